// A picture under a slider takes every finger for itself, as two of them enlarge it. One finger alone scrolls the page
// past it, as anywhere else; it moves the picture only once that is enlarged. The slider's own handle is no picture.
(() => {
  const isEnlarged = image => !/scale\(1\)/.test(image.style.transform || 'scale(1)');
  document.addEventListener('touchstart', event => {
    const image = event.target;
    if (event.touches.length === 1 && image.matches?.('[data-testid="imageslider-image"]') && !isEnlarged(image))
      event.stopPropagation();
  }, {capture: true, passive: true});
})();
