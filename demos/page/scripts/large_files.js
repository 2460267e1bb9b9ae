// A file over the limit never leaves the browser: Gradio stops it there, in English, with all that was chosen beside it,
// and in a gallery with a bare "An error occurred". Here it is left out and named, and the others go on.
(() => {
  const NAMES_SHOWN = 5;

  function split(files) {
    const most = window.gradio_config?.max_file_size ?? Infinity, kept = new DataTransfer(), large = [];
    for (const file of files) if (file.size > most) large.push(file.name); else kept.items.add(file);
    return {most, kept, large};
  }

  function say(names, most) {
    const shown = names.slice(0, NAMES_SHOWN).join(', ') + (names.length > NAMES_SHOWN ? ', ...' : '');
    pageToast.show('ui.file_large', {most: Math.floor(most / 2 ** 20), names: shown});
  }

  // in the capturing phase: before whatever Gradio listens with
  document.addEventListener('change', event => {
    const input = event.target;
    if (!(input instanceof HTMLInputElement) || input.type !== 'file') return;
    const {most, kept, large} = split(input.files);
    if (!large.length) return;
    say(large, most);
    input.files = kept.files;
    if (!kept.files.length) event.stopImmediatePropagation();
  }, true);

  for (const kind of ['drop', 'paste']) document.addEventListener(kind, event => {
    const came = event.dataTransfer ?? event.clipboardData, {most, kept, large} = split(came?.files ?? []);
    if (!large.length) return;
    say(large, most);
    event.preventDefault();
    event.stopImmediatePropagation();
    if (kind === 'drop' && kept.files.length)
      event.target.dispatchEvent(new DragEvent('drop', {dataTransfer: kept, bubbles: true, cancelable: true}));
  }, true);
})();
