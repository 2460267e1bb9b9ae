// Runs before Gradio's own scripts. Names for what Gradio leaves without one: whoever hears the page, or goes through it
// by its keys, learns which picture a button stands for.
(() => {
  const words = key => window.gradio_config?.i18n_translations?.[document.documentElement.lang]?.[key];
  const set = (node, name, value) => { if (value && node.getAttribute(name) !== value) node.setAttribute(name, value); };
  const labelOf = node => {
    for (let block = node.closest('.block'); block; block = block.parentElement?.closest('.block')) {
      const label = block.querySelector('[data-testid=block-label], [data-testid=block-info], .label-wrap');
      if (label?.textContent.trim()) return label.textContent.trim();
    }
    return document.querySelector('[role=tabpanel] [role=tab][aria-selected=true]')?.textContent ?? document.title;
  };
  const stemOf = image => decodeURIComponent(image.src).split('/').pop().replace(/\.[^.]*$/, '');

  const RULES = {
    // an example: what is in the picture
    '.gallery-item'(button) {
      if (button.textContent.trim()) return;
      const image = button.querySelector('img'), number = [...button.parentElement.children].indexOf(button) + 1;
      set(button, 'aria-label', (image && words(`samples.${stemOf(image)}`)) ?? `${words('ui.example')} ${number}`);
    },
    'button:has(> .image-frame)': button => set(button, 'aria-label', labelOf(button)),
    'button:not([aria-label], [title], .gallery-item)'(button) {
      if (!button.textContent.trim() && !button.querySelector('img[alt]:not([alt=""])')) set(button, 'aria-label', labelOf(button));
    },
    '.image-frame img[alt=""], .image-frame img:not([alt])': image => set(image, 'alt', labelOf(image)),
    // by its name in either language: another script of ours translates it
    'div.empty[aria-label]'(box) {
      set(box, 'role', 'img');
      set(box, 'aria-label', words('ui.empty'));
    },
    '[data-testid=image][aria-label]'(box) {
      set(box, 'role', 'group');
      set(box, 'aria-label', words('ui.drop'));
    },
    'canvas:not([aria-label], [aria-labelledby]), svg[role=img]:not([aria-label], [aria-labelledby])'(drawn) {
      if (drawn.localName === 'svg' && drawn.querySelector(':scope > title')) return;
      set(drawn, 'role', 'img');
      set(drawn, 'aria-label', labelOf(drawn));
    },
    'input[type=file]:not([aria-label])': input => set(input, 'aria-label', words('ui.drop')),
  };

  let due = false;
  function nameAll() {
    due = false;
    for (const [selector, rule] of Object.entries(RULES)) document.querySelectorAll(selector).forEach(rule);
  }
  new MutationObserver(() => {
    if (due) return;
    due = true;
    setTimeout(nameAll, 200);
  }).observe(document, {subtree: true, childList: true});
})();
