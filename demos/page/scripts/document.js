// Runs before Gradio's own scripts. The server has decided the language and written it into <html lang>.
(() => {
  const root = document.documentElement, fixed = 'fixed' in root.dataset, language = root.lang;
  // Gradio's words and ours follow what the browser says of itself: it says what the page is in
  for (const [name, value] of [['language', language], ['languages', Object.freeze([language])]])
    Object.defineProperty(navigator, name, {get: () => value, configurable: true});

  // the server knows it at the next request; the page starts anew in that language, with all that was set on it
  function choose(chosen) {
    if (fixed || chosen === language) return;
    document.cookie = `page-language=${chosen}; path=/; max-age=31536000; SameSite=Lax`;
    location.reload();
  }

  document.addEventListener('click', event => {
    const button = event.target.closest?.('[data-language]');
    if (button) choose(button.dataset.language);
  });

  // Gradio writes what is chosen in its settings into <html lang>, but not all of the page follows.
  // A browser that translates may write there too, while the settings are closed
  new MutationObserver(() => {
    if (document.querySelector('.banner-wrap')) choose(root.lang);
  }).observe(root, {attributes: true, attributeFilter: ['lang']});

  // Svelte puts a proxy around every plain object and array of the settings, and asks it at each look: Gradio looks through
  // all events for each component, which takes a phone seconds. An array of a class of its own is left as it is, and so
  // is what lies in it; neither events nor components are written to once the page is there
  class Unwatched extends Array {}

  // of Gradio's settings, before it reads them
  window.preparePage = config => {
    config.title = document.title;
    for (const name of ['dependencies', 'components']) if (config[name]) config[name] = Unwatched.from(config[name]);
    const buttons = config.components?.find(component => component.props.elem_id === 'languages');
    if (buttons) buttons.props.value = buttons.props.value.replace(/data-language="(\w+)"/g,
      (found, named) => `${found} aria-pressed="${named === language}"`);
    window.openByAddress(config);
  };

  // what the server says by itself, badges and errors, is in the language of the page
  const ask = window.fetch;
  window.fetch = (what, how) => {
    const request = what instanceof Request, address = new URL(request ? what.url : what, document.baseURI);
    if (address.origin !== location.origin) return ask(what, how);
    const headers = new Headers(how?.headers ?? (request ? what.headers : {}));
    headers.set('X-Page-Language', language);
    return ask(what, {...how, headers});
  };

  // Gradio takes for a picture only what the browser calls one, and refuses the rest in English, or with "An error
  // occurred". Many a browser has no word for HEIC, JPEG 2000 or PSD: whether a file can be read, and why not, the
  // server knows, and says in the language of the page
  const typeOf = Object.getOwnPropertyDescriptor(Blob.prototype, 'type').get;
  Object.defineProperty(File.prototype, 'type', {configurable: true, get() {
    const type = typeOf.call(this);
    return type.startsWith('image/') ? type : 'image/unknown';
  }});

  // A translator takes a text out of the page and puts a <font> with its own words there. The page goes on writing to
  // the text that it knows, which nobody sees: old words would stay beside a new picture. So each text goes back into
  // its place, emptied, before the <font>; when the page writes to it or removes it, the <font> goes.
  const covers = new WeakMap(), under = new WeakMap();
  const observer = new MutationObserver(records => {
    const fonts = new Set(records.flatMap(record => [...record.addedNodes]).filter(node => node.nodeName === 'FONT'));
    for (const record of records) {
      if (record.type === 'characterData') { uncover(record.target); continue; }
      for (const node of record.removedNodes) {
        if (node.nodeType === Node.TEXT_NODE) follow(node, record, fonts);
        else if (covers.has(node) && !node.isConnected) giveBack(node);
      }
    }
    // what was done here is no news
    observer.takeRecords();
  });
  observer.observe(document, {subtree: true, childList: true, characterData: true});

  function follow(text, record, fonts) {
    const font = under.get(text);
    if (font?.isConnected) return text.isConnected && text.parentNode === font.parentNode ? font.before(text) : uncover(text);
    if (font) return;
    const near = [...record.addedNodes, record.previousSibling, record.nextSibling].find(node => fonts.has(node));
    // moved elsewhere by the page itself
    if (!near?.isConnected || (text.isConnected && !near.contains(text))) return;
    if (text.isConnected) text.replaceWith(text.cloneNode());
    if (!covers.has(near)) covers.set(near, new Map());
    covers.get(near).set(text, text.data);
    under.set(text, near);
    near.before(text);
    text.data = '';
  }

  function uncover(text) {
    const font = under.get(text);
    if (!font) return;
    covers.get(font).delete(text);
    under.delete(text);
    font.remove();
    giveBack(font);
  }

  // the translator, or the page, has taken the <font> away: its words are the page's own again
  function giveBack(font) {
    for (const [text, words] of covers.get(font)) {
      under.delete(text);
      if (text.data === '') text.data = words;
    }
    covers.delete(font);
  }
})();
