// A picture to point at. gr.HTML gives `element`, `props`, `trigger` and `watch`.
// props: value {points: [[x, y, keep]], box: [x1, y1, x2, y2] | null, size}, picture, mask, outline (data URLs), most
const canvas = element.querySelector('canvas'), pen = canvas.getContext('2d');
const layers = {picture: null, mask: null, outline: null};
const MOUSE = 9, FINGER = 18, DRAG = 6; // reach of a dot and shortest drag, in CSS pixels
let mode = 'keep', opacity = 0.5, drag = null, cursor = null, corner = null, past = [], future = [];

const prompt = () => ({points: [], box: null, ...props.value});
const zoom = () => canvas.width / (canvas.getBoundingClientRect().width || 1);
const near = (x, y, place, reach) => Math.hypot(x - place[0], y - place[1]) <= reach * zoom();

function pixel(event) {
  const frame = canvas.getBoundingClientRect();
  const inside = (v, n) => Math.min(n - 1, Math.max(0, Math.floor(v)));
  return [inside((event.clientX - frame.left) * canvas.width / frame.width, canvas.width),
          inside((event.clientY - frame.top) * canvas.height / frame.height, canvas.height)];
}

function spanned(p, q) {
  return [Math.min(p[0], q[0]), Math.min(p[1], q[1]), Math.max(p[0], q[0]) + 1, Math.max(p[1], q[1]) + 1];
}

function draw(box = prompt().box) {
  if (!layers.picture) { canvas.width = 3; canvas.height = 2; return; }
  const k = zoom();
  pen.imageSmoothingEnabled = false;
  pen.drawImage(layers.picture, 0, 0);
  if (layers.mask) { pen.globalAlpha = opacity; pen.drawImage(layers.mask, 0, 0, canvas.width, canvas.height); pen.globalAlpha = 1; }
  if (layers.outline) pen.drawImage(layers.outline, 0, 0, canvas.width, canvas.height);
  if (box) drawBox(box, k);
  if (corner) drawDot(corner[0] + 0.5, corner[1] + 0.5, '#24292f', '\u25f0', k);
  for (const [x, y, keep] of prompt().points) drawDot(x + 0.5, y + 0.5, keep ? '#1a7f37' : '#cf222e', keep ? '+' : '\u2212', k);
  if (cursor) { pen.lineWidth = 2 * k; pen.strokeStyle = '#fff'; pen.strokeRect(cursor[0] - 8 * k, cursor[1] - 8 * k, 16 * k, 16 * k); }
}

function drawBox([x1, y1, x2, y2], k) {
  for (const [width, colour, dash] of [[4, '#000a', []], [2, '#ffd33d', [6 * k, 4 * k]]]) {
    pen.lineWidth = width * k; pen.strokeStyle = colour; pen.setLineDash(dash);
    pen.strokeRect(x1, y1, x2 - x1, y2 - y1);
  }
  pen.setLineDash([]);
  drawDot(x2, y1, '#24292f', '\u00d7', k);
}

function drawDot(x, y, colour, sign, k) {
  pen.beginPath(); pen.arc(x, y, 8 * k, 0, 2 * Math.PI);
  pen.fillStyle = colour; pen.fill();
  pen.lineWidth = 2 * k; pen.strokeStyle = '#fff'; pen.stroke();
  pen.fillStyle = '#fff'; pen.font = `bold ${13 * k}px sans-serif`; pen.textAlign = 'center'; pen.textBaseline = 'middle';
  pen.fillText(sign, x, y + 0.5 * k);
}

function set(next) {
  props.value = {points: next.points, box: next.box, size: [canvas.width, canvas.height]};
  trigger('input'); // off before the dot is painted, which takes longer than sending
  requestAnimationFrame(() => draw());
}

function change(next) { past.push(prompt()); future = []; set(next); }
function undo() { if (past.length) { future.push(prompt()); set(past.pop()); } }
function redo() { if (future.length) { past.push(prompt()); set(future.pop()); } }

function tap([x, y], reach, remove) {
  const now = prompt(), hit = now.points.findIndex(point => near(x, y, point, reach));
  if (hit >= 0) change({...now, points: now.points.filter((_, i) => i !== hit)});
  else if (now.box && near(x, y, [now.box[2], now.box[1]], reach)) change({...now, box: null});
  else if (mode === 'box') secondCorner([x, y]);
  else if (now.points.length < props.most) change({...now, points: [...now.points, [x, y, remove ? 0 : 1]]});
}

// a box by two taps, for fingers and keys
function secondCorner(place) {
  if (!corner || corner[0] === place[0] || corner[1] === place[1]) { corner = place; draw(); return; }
  const box = spanned(corner, place);
  corner = null;
  change({...prompt(), box});
}

canvas.oncontextmenu = event => event.preventDefault();
canvas.onpointerdown = event => {
  if (!layers.picture || event.button === 1) return;
  cursor = null;
  canvas.setPointerCapture(event.pointerId);
  drag = {from: pixel(event), x: event.clientX, y: event.clientY};
};
const isBox = event => drag && Math.hypot(event.clientX - drag.x, event.clientY - drag.y) > DRAG
  && (mode === 'box' || event.pointerType === 'mouse');
canvas.onpointermove = event => { if (isBox(event)) draw(spanned(drag.from, pixel(event))); };
canvas.onpointercancel = () => { drag = null; draw(); };
canvas.onpointerup = event => {
  if (!drag) return;
  const {from, x, y} = drag, boxed = isBox(event), still = Math.hypot(event.clientX - x, event.clientY - y) <= DRAG;
  drag = null;
  if (boxed) corner = null;
  if (boxed) change({...prompt(), box: spanned(from, pixel(event))});
  else if (still) tap(from, event.pointerType === 'mouse' ? MOUSE : FINGER, mode === 'remove' || event.button === 2 || event.shiftKey);
};
canvas.onkeydown = event => {
  const step = {ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1]}[event.key];
  const command = event.ctrlKey || event.metaKey, key = event.key.toLowerCase();
  if (step && layers.picture) {
    const stride = event.shiftKey ? 1 : Math.ceil(canvas.width / 50);
    cursor = cursor || [canvas.width >> 1, canvas.height >> 1];
    cursor = cursor.map((v, i) => Math.min([canvas.width, canvas.height][i] - 1, Math.max(0, v + step[i] * stride)));
    draw();
  } else if (cursor && (key === 'enter' || key === ' ')) tap(cursor, MOUSE, mode === 'remove' || event.shiftKey);
  else if (command && key === 'z') event.shiftKey ? redo() : undo();
  else if (command && key === 'y') redo();
  else return;
  event.preventDefault();
};
canvas.addEventListener('undo', undo);
canvas.addEventListener('redo', redo);
canvas.addEventListener('reset', () => { corner = null; draw(); if (prompt().points.length || prompt().box) change({points: [], box: null}); });
// a finger scrolls the page over the picture unless it is to draw a box
canvas.addEventListener('mode', event => { mode = event.detail; corner = null; canvas.style.touchAction = mode === 'box' ? 'none' : 'manipulation'; });
canvas.addEventListener('opacity', event => { opacity = event.detail; draw(); });

function load(name) {
  const url = props[name];
  if (!url) { layers[name] = null; draw(); return; }
  const image = new Image();
  image.onload = () => {
    if (props[name] !== url) return; // a newer one is on its way
    layers[name] = image;
    if (name === 'picture') {
      canvas.width = image.naturalWidth; canvas.height = image.naturalHeight;
      canvas.style.width = `min(100%, calc(var(--canvas-height, 56vh) * ${canvas.width / canvas.height}))`;
      past = []; future = []; cursor = null; corner = null;
    }
    draw();
  };
  image.src = url;
}
for (const name in layers) { watch(name, () => load(name)); load(name); }
watch('value', () => draw());
new ResizeObserver(() => draw()).observe(canvas);
canvas.style.touchAction = 'manipulation';
