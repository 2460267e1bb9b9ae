// Runs before Gradio's own scripts, after the language is known. Most of Gradio's words come from its catalogue, which
// `gr.I18n` may change; these are written into its scripts in English. They are put into words of the page as they are
// written, before anything is drawn, and only where Gradio writes: what visitors write stays as it is.
(() => {
  const words = GRADIO_WORDS[document.documentElement.lang] ?? GRADIO_WORDS.en;
  const places = '.progress-text, .cache-indicator, .toast-title-row, [data-testid=toast-text], .upload-container, .theme-button, .component-wrapper';
  const fill = (sentence, facts) => sentence.replace(/\{(\w+)\}/g, (_, name) => facts[name]);
  const patterns = [
    // how many wait before us and who is served now: Gradio counts from the first that waits
    [/^queue: (\d+)\/\d* \|$/, found => fill(words.ahead, {count: found[1]}) + ' · '],
    [/^processing \|$/, () => words.working + ' · '],
    [/^(\d+\.\d(?:\/\d+\.\d)?)s$/, found => fill(words.seconds, {seconds: found[1]})],
    [/^Thumbnail (\d+) of (\d+)$/, found => fill(words.thumbnail, {index: found[1], total: found[2]})],
    [/^Line number (\d+)$/, found => fill(words.line, {number: found[1]})],
    [/^number input for (.+)$/s, found => fill(words.number_input, {name: found[1]})],
    [/^range slider for (.+)$/s, found => fill(words.range_slider, {name: found[1]})],
  ];

  function say(text) {
    const plain = text.trim();
    for (const [pattern, put] of patterns) {
      const found = plain.match(pattern);
      if (found) return put(found);
    }
    // a button may have a sign before its word
    const core = plain.replace(/^[^A-Za-z\[]+/, ''), said = words.exact[core.toLowerCase()];
    return said === undefined ? text : text.replace(core, () => said);
  }

  function sayText(node) {
    if (!/[A-Za-z]/.test(node.data) || !node.parentElement?.closest(places)) return;
    const said = say(node.data);
    if (said !== node.data) node.data = said;
  }

  const names = ['aria-label', 'title'];
  function sayNames(element) {
    // page.css knows it by this name
    if (element.matches('.banner-wrap *')) return;
    for (const name of names) {
      const text = element.getAttribute(name), said = text && say(text);
      if (said !== text) element.setAttribute(name, said);
    }
  }

  function sayAll(node) {
    if (node.nodeType === Node.TEXT_NODE) return sayText(node);
    if (node.nodeType !== Node.ELEMENT_NODE) return;
    sayNames(node);
    for (const named of node.querySelectorAll('[aria-label], [title]')) sayNames(named);
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) sayText(walker.currentNode);
  }

  new MutationObserver(records => {
    for (const record of records) {
      if (record.type === 'characterData') sayText(record.target);
      else if (record.type === 'attributes') sayNames(record.target);
      else record.addedNodes.forEach(sayAll);
    }
  }).observe(document, {subtree: true, childList: true, characterData: true, attributes: true, attributeFilter: names});
})();
