// the kernel as a table of number fields; props.value is its rows, props.columns how a 0 to 1 share of the largest is tinted
const table = element.querySelector('.kernel');
let timer = null;

const fields = () => [...table.querySelectorAll('input')];
const rows = () => props.value || [];

function tint() {
  const all = fields(), largest = Math.max(...all.map(f => Math.abs(parseFloat(f.value)) || 0), 1e-9);
  for (const f of all) {
    const w = parseFloat(f.value);
    f.classList.toggle('wrong', !Number.isFinite(w));
    f.style.background = w ? `rgba(${w < 0 ? '33,102,172' : '178,24,43'},${0.15 + 0.4 * Math.abs(w) / largest})` : '';
  }
}

function draw() {
  const kernel = rows(), side = kernel.length;
  if (fields().length !== side * side) {
    table.replaceChildren(...kernel.flatMap((row, y) => row.map((_, x) => {
      const f = document.createElement('input');
      f.type = 'number'; f.step = 'any'; f.ariaLabel = `${y + 1}, ${x + 1}`;
      f.onfocus = () => f.select();
      return f;
    })));
    table.style.gridTemplateColumns = `repeat(${side}, minmax(0, 1fr))`;
    table.dataset.side = side;
  }
  // a field that is being typed in keeps its text
  fields().forEach((f, i) => {
    const w = kernel[Math.floor(i / side)][i % side];
    if (parseFloat(f.value) !== w) f.value = +w.toFixed(4);
  });
  tint();
}

function edited() {
  tint();
  const numbers = fields().map(f => parseFloat(f.value)), side = rows().length;
  if (!numbers.every(Number.isFinite)) return;
  props.value = Array.from({length: side}, (_, y) => numbers.slice(y * side, (y + 1) * side));
  trigger('input');
}

table.addEventListener('input', () => { clearTimeout(timer); tint(); timer = setTimeout(edited, 120); });
watch('value', draw);
draw();
