// Runs before Gradio's own scripts. What a visitor has set outlasts a reload: as the visitor leaves, each setting that
// is not as the page begins goes into the memory of this window, which no other window and nobody else reads, under the
// id of its control.
(() => {
  const PREFIX = 'edges-to-images:', LONGEST = 20000, MOST_PICTURES = 60;
  const memory = (() => { try { return sessionStorage; } catch { return null; } })();
  // tabs whose controls show what lay in the memory: before that, nothing that they show is news
  const restored = new Set();
  let restoring = 0;

  let byId;
  function findControl(id) {
    byId ??= new Map(gradio_config.components.filter(c => c.props?.elem_id).map(c => [c.props.elem_id, c]));
    return byId.get(id);
  }

  const root = () => (gradio_config.root ?? '').replace(/\/$/, '');
  const isText = (value, most = LONGEST) => typeof value === 'string' && value.length <= most;
  const isNumber = (value, {minimum, maximum}) =>
    Number.isFinite(value) && value >= (minimum ?? -Infinity) && value <= (maximum ?? Infinity);
  const isChoice = (value, {choices = [], allow_custom_value: own}) =>
    choices.some(choice => choice[1] === value) || Boolean(own && isText(value, 200));

  // a file of the server's by its path alone: whatever else is kept beside it could lead elsewhere
  function readFile(file) {
    if (!file || !isText(file.path, 1000)) return undefined;
    const url = `${root()}/gradio_api/file=${file.path}`;
    return {path: file.path, url, orig_name: isText(file.orig_name, 300) ? file.orig_name : null, size: null,
      mime_type: null, is_stream: false, meta: {_type: 'gradio.FileData'}};
  }

  // the value as a control of this kind takes it; undefined where it takes none such
  const KINDS = {
    slider: (value, props) => isNumber(value, props) ? value : undefined,
    number: (value, props) => value === null || isNumber(value, props) ? value : undefined,
    checkbox: value => typeof value === 'boolean' ? value : undefined,
    textbox: value => isText(value) ? value : undefined,
    colorpicker: value => /^(#[0-9a-f]{3,8}|rgba?\([\d., %]{1,40}\))$/i.test(value) ? value : undefined,
    radio: (value, props) => isChoice(value, {...props, allow_custom_value: false}) ? value : undefined,
    dropdown: (value, props) => !props.multiselect ? (isChoice(value, props) ? value : undefined)
      : Array.isArray(value) && value.length <= (props.max_choices ?? 100) && value.every(each => isChoice(each, props))
        ? value : undefined,
    image: value => readFile(value),
    gallery(value) {
      if (!Array.isArray(value) || !value.length || value.length > MOST_PICTURES) return undefined;
      const files = value.map(each => readFile(each?.image));
      return files.includes(undefined) ? undefined : files.map(image => ({image, caption: null}));
    },
  };
  KINDS.checkboxgroup = (value, props) =>
    Array.isArray(value) && value.every(each => isChoice(each, props)) ? value : undefined;

  function check(id, value) {
    const control = findControl(id);
    try { return control && KINDS[control.type]?.(value, control.props); } catch { return undefined; }
  }

  const isAsBegun = (id, value) =>
    JSON.stringify(value ?? null) === JSON.stringify(findControl(id)?.props.value ?? null);

  function keep(id, value) {
    if (!memory) return;
    const kept = isAsBegun(id, value) ? undefined : check(id, value);
    // a full memory keeps what it has
    try {
      if (kept === undefined) memory.removeItem(PREFIX + id); else memory.setItem(PREFIX + id, JSON.stringify(kept));
    } catch { return; }
  }

  // undefined where nothing was kept, and where it is nothing that the control takes
  function read(id) {
    const kept = memory.getItem(PREFIX + id);
    try { return kept === null ? undefined : check(id, JSON.parse(kept)); } catch { return undefined; }
  }

  const filesIn = value => [value].flat().map(each => each?.image ?? each).filter(each => each?.url);

  async function isThere(value) {
    const asked = filesIn(value).map(file => fetch(file.url, {method: 'HEAD'}).then(answer => answer.ok, () => false));
    return !(await Promise.all(asked)).includes(false);
  }

  const unchanged = () => ({__type__: 'update'});

  // a tab that was never opened has no such button yet, and nothing new; Gradio answers before the page is gone
  const saveAll = () => document.querySelectorAll('.keeps-settings').forEach(button => button.click());
  addEventListener('pagehide', saveAll);
  document.addEventListener('visibilitychange', () => { if (document.hidden) saveAll(); });

  window.pageMemory = {
    // all controls of a tab
    save(tab, ids, values) {
      if (restored.has(tab)) ids.forEach((id, at) => keep(id, values[at]));
      return [];
    },
    // what a tab's controls shall show as it opens for the first time; nothing, where nothing was kept
    async restore(tab, ids) {
      if (restored.has(tab) || !memory || !ids.some(id => memory.getItem(PREFIX + id) !== null)) {
        restored.add(tab);
        return [];
      }
      const values = ids.map(read);
      const there = await Promise.all(values.map(value => value === undefined ? false : isThere(value)));
      restored.add(tab);
      if (there.includes(true)) {
        restoring += 1;
        setTimeout(() => { restoring -= 1; }, 1500);
      }
      return values.map((value, at) => there[at] ? value : unchanged());
    },
    // whether what changes is only what was there before the reload
    isRestoring: () => restoring > 0,
    // a picture for the inbox of a tab, which may not be open yet, and the tab
    handOver(tab, inbox, picture) {
      const file = [picture].flat()[0]?.image ?? [picture].flat()[0];
      if (!file) { pageToast.show('ui.send_nothing'); return [unchanged(), unchanged()]; }
      keep(inbox, file);
      scrollTo({top: 0});
      return [file, {selected: tab, __type__: 'update'}];
    },
  };
})();
