// Shows where on pictures of the page something is. gr.HTML gives `element`, `props` and `watch`.
// props.value: [{on: id of the component, box: [left, top, right, bottom], size: [width, height] in the same pixels}]
const LEAST = 26; // CSS pixels: a smaller place gets a ring around it instead of a frame
const hosts = new Set();

// where the picture is within its <img>, which may be larger than what it shows
function shown(image) {
  const frame = image.getBoundingClientRect(), whole = [image.naturalWidth, image.naturalHeight];
  const fit = Math.min(frame.width / whole[0], frame.height / whole[1]);
  const scale = getComputedStyle(image).objectFit === 'scale-down' ? Math.min(fit, 1) : fit;
  const [width, height] = whole.map(side => side * scale);
  return {left: frame.left + (frame.width - width) / 2, top: frame.top + (frame.height - height) / 2, width, height};
}

function place(host, box, size) {
  const image = host.querySelector('img');
  if (!image?.naturalWidth || !image.getClientRects().length) return;
  const picture = shown(image), from = host.getBoundingClientRect(), style = getComputedStyle(host);
  const left = picture.left - from.left - parseFloat(style.borderLeftWidth) + host.scrollLeft;
  const top = picture.top - from.top - parseFloat(style.borderTopWidth) + host.scrollTop;
  const [width, height] = size || [image.naturalWidth, image.naturalHeight];
  let [x1, x2] = [box[0], box[2]].map(x => left + Math.min(width, Math.max(0, x)) / width * picture.width);
  let [y1, y2] = [box[1], box[3]].map(y => top + Math.min(height, Math.max(0, y)) / height * picture.height);
  const small = Math.max(x2 - x1, y2 - y1) < LEAST;
  if (small) {
    const [x, y] = [(x1 + x2) / 2, (y1 + y2) / 2];
    [x1, x2, y1, y2] = [x - LEAST / 2, x + LEAST / 2, y - LEAST / 2, y + LEAST / 2];
  }
  const mark = document.createElement('div');
  mark.className = small ? 'mark ring' : 'mark';
  mark.dataset.by = element.id;
  Object.assign(mark.style, {left: `${x1}px`, top: `${y1}px`, width: `${x2 - x1}px`, height: `${y2 - y1}px`});
  host.append(mark);
}

function draw() {
  for (const host of hosts) host.querySelectorAll(`:scope > .mark[data-by="${element.id}"]`).forEach(mark => mark.remove());
  if (!element.getClientRects().length) return; // its part is not open
  for (const {on, box, size} of props.value || []) {
    const host = document.getElementById(on);
    if (!host) continue;
    follow(host);
    place(host, box, size);
  }
}

// another picture, another size
function follow(host) {
  if (hosts.has(host)) return;
  hosts.add(host);
  resized.observe(host);
  host.addEventListener('load', draw, true);
}

const resized = new ResizeObserver(() => requestAnimationFrame(draw));
resized.observe(element);
watch('value', draw);
draw();
