// Runs before Gradio's own scripts. Tab strips: the address and the browser's history name what is open, arrow keys move,
// and the open tab is in sight where a strip is longer than the screen.
(() => {
  const OUTER = 'tabs', SECONDS = 5, PREFIX = 'edges-to-images-part:';
  const memory = (() => { try { return sessionStorage; } catch { return {}; } })();
  // what is still to be opened, by the id of its panel; while there is some, nothing is written into the history
  let wanted = null;
  // the tab that the visitor chose, and not the page for them
  let pressed = null;

  const inStrip = strip => [...strip.querySelectorAll('[role=tab]')];
  const idOf = button => button.getAttribute('aria-controls');
  const isOpen = button => button.getAttribute('aria-selected') === 'true';
  const strips = () => [...document.querySelectorAll('[role=tablist]')].filter(strip => strip.offsetParent);
  const outer = () => document.querySelector(`#${OUTER} > .tab-wrapper > [role=tablist]`);

  function readAddress() {
    const query = new URL(location).searchParams, tab = query.get('tab');
    return {tab: tab && `tab-${tab}`, parts: (query.get('part') ?? '').split(',').filter(Boolean)};
  }

  // the address of what is open; the first part of a strip goes without saying
  function writeAddress(move) {
    const address = new URL(location), open = outer() && inStrip(outer()).find(isOpen);
    if (!open) return;
    const inner = strips().filter(strip => strip !== outer()).map(inStrip);
    const parts = inner.flatMap(tabs => tabs.slice(1).filter(isOpen)).map(idOf).filter(Boolean);
    address.searchParams.set('tab', open.dataset.tabId);
    address.searchParams.delete('part');
    if (parts.length) address.searchParams.set('part', parts.join(','));
    if (address.href !== location.href) history[move](null, '', address);
  }

  // presses what the address names, as soon as it is there
  function openWanted() {
    const {tab, parts} = wanted.address, first = outer() && inStrip(outer());
    const target = first && (first.find(button => idOf(button) === tab) ?? first[0]);
    if (!target) return;
    if (!isOpen(target)) { target.click(); return; }
    for (const strip of strips()) {
      if (strip === outer() || wanted.done.has(strip)) continue;
      wanted.done.add(strip);
      const tabs = inStrip(strip), chosen = tabs.find(button => parts.includes(idOf(button))) ?? tabs[0];
      if (chosen && !isOpen(chosen)) chosen.click();
    }
  }

  function follow(address) {
    const mine = wanted = {address, done: new Set()};
    openWanted();
    setTimeout(() => { if (wanted === mine) endWanted(); }, 1000 * (address.parts.length ? SECONDS : 1));
  }

  function endWanted() {
    wanted = null;
    writeAddress('replaceState');
  }

  addEventListener('popstate', () => follow(readAddress()));
  // whoever acts has arrived
  for (const act of ['pointerdown', 'keydown']) addEventListener(act, () => { if (wanted) endWanted(); }, true);

  function keepKeys(strip) {
    for (const button of inStrip(strip)) button.tabIndex = isOpen(button) ? 0 : -1;
  }

  function showOpen(button) {
    const strip = button.closest('[role=tablist]'), edge = strip.getBoundingClientRect(), own = button.getBoundingClientRect();
    if (own.left < edge.left || own.right > edge.right)
      strip.scrollBy({left: own.left + own.width / 2 - edge.left - edge.width / 2});
  }

  new MutationObserver(records => {
    if (wanted) openWanted();
    const changed = records.filter(record => record.type === 'attributes').map(record => record.target);
    const added = records.flatMap(record => [...record.addedNodes]).filter(node => node.querySelectorAll);
    const touched = new Set(changed.map(button => button.closest('[role=tablist]')));
    for (const node of added) {
      for (const strip of node.querySelectorAll('[role=tablist]')) touched.add(strip);
      touched.add(node.closest('[role=tablist]'));
    }
    touched.delete(null);
    if (!touched.size) return;
    touched.forEach(keepKeys);
    // where things are is known anyway when they are drawn
    requestAnimationFrame(() => { for (const strip of touched) inStrip(strip).filter(isOpen).forEach(showOpen); });
    for (const button of changed.filter(isOpen)) memory[PREFIX + button.closest('.tabs')?.id] = idOf(button);
    const opened = changed.filter(button => isOpen(button) && button.isConnected);
    if (wanted || !opened.length) return;
    // a picture that goes to another tab opens a part there too: the way back is one step
    const isStep = opened.some(button => button === pressed || button.closest('[role=tablist]') === outer());
    writeAddress(isStep ? 'pushState' : 'replaceState');
  }).observe(document, {subtree: true, childList: true, attributes: true, attributeFilter: ['aria-selected']});

  document.addEventListener('click', event => {
    const tab = event.isTrusted && event.target.closest?.('[role=tab]');
    if (tab) pressed = tab;
  }, true);

  // the tab list pattern of WAI-ARIA
  document.addEventListener('keydown', event => {
    const strip = event.target.closest?.('[role=tablist]');
    if (!strip || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const tabs = inStrip(strip).filter(button => !button.disabled), at = tabs.indexOf(event.target), last = tabs.length - 1;
    const to = {ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at === 0 ? last : at - 1, Home: 0, End: last}[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    tabs[to].focus();
    pressed = tabs[to];
    tabs[to].click();
  });

  // before Gradio reads it: the page opens with what its address names, instead of opening the first tab in vain;
  // in the other tabs with the part that was open in this window
  window.openByAddress = config => {
    const {tab, parts} = readAddress(), named = [tab, ...parts].filter(Boolean);
    const byId = new Map((config.components ?? []).map(component => [component.id, component]));
    const walk = node => {
      const component = byId.get(node.id), children = node.children ?? [];
      if (component?.type === 'tabs') {
        const tabs = children.map(child => byId.get(child.id)).filter(Boolean), id = component.props.elem_id;
        const pick = ids => tabs.find(child => ids.includes(child.props.elem_id));
        const chosen = pick(named) ?? (id && id !== OUTER ? pick([memory[PREFIX + id]]) : undefined);
        if (chosen) component.props.selected = chosen.props.id ??= chosen.props.elem_id;
      }
      children.forEach(walk);
    };
    if (config.layout) walk(config.layout);
  };
})();
