// Runs before Gradio's own scripts. A sentence that the browser says by itself, beside Gradio's toasts.
window.pageToast = {
  seconds: 10,
  show(key, facts = {}) {
    const words = window.gradio_config.i18n_translations[document.documentElement.lang][key];
    const note = document.createElement('div');
    note.className = 'page-toast';
    note.setAttribute('role', 'alert');
    note.textContent = words.replace(/{(\w+)}/g, (_, name) => facts[name]);
    note.onclick = () => note.remove();
    setTimeout(() => note.remove(), 1000 * this.seconds);
    document.body.append(note);
  },
};
