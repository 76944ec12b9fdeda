// A diagram that the server drew: zoom, drag, and where it is too large to read, a look at the place where the case stands.
const READABLE = 0.65; // below this zoom the labels cannot be read
const LARGEST = 2;
const STEP = 1.25;

export function liveDrawings(root = document) {
  for (const frame of root.querySelectorAll('[data-drawing]:not(.is-live)')) start(frame);
}

function start(frame) {
  const box = frame.querySelector('.drawing');
  const svg = box?.querySelector('svg');
  if (!svg) return;
  frame.classList.add('is-live');
  frame.querySelector('.diagram-tools').hidden = false;
  const natural = svg.viewBox.baseVal.width;
  let scale = 1;
  const zoom = (wanted, place) => {
    const before = { x: (box.scrollLeft + box.clientWidth / 2) / scale, y: (box.scrollTop + box.clientHeight / 2) / scale };
    scale = Math.max(0.1, Math.min(LARGEST, wanted));
    svg.style.width = `${Math.round(natural * scale)}px`;
    svg.style.height = 'auto';
    const middle = place ?? before;
    box.scrollTo(middle.x * scale - box.clientWidth / 2, middle.y * scale - box.clientHeight / 2);
  };
  const whole = () => Math.min(1, box.clientWidth / natural);
  const full = () => {
    const on = frame.classList.toggle('is-full');
    frame.querySelector('[data-draw=full]').setAttribute('aria-pressed', String(on));
    look();
  };
  const look = () => {
    const place = centre(svg, natural);
    zoom(whole() < READABLE && place ? READABLE : whole(), place);
  };
  const act = { in: () => zoom(scale * STEP), out: () => zoom(scale / STEP), fit: () => zoom(whole()), full };
  frame.addEventListener('click', (event) => act[event.target.closest('[data-draw]')?.dataset.draw]?.());
  frame.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && frame.classList.contains('is-full')) full();
  });
  box.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    zoom(event.deltaY < 0 ? scale * STEP : scale / STEP);
  }, { passive: false });
  drag(box);
  look();
}

/** The middle of the first failed or active element, in the drawing's own units. */
function centre(svg, natural) {
  const found = svg.querySelector('.is-incident') ?? svg.querySelector('.is-active');
  if (!found) return null;
  const unit = svg.getBoundingClientRect().width / natural || 1;
  const [all, one] = [svg.getBoundingClientRect(), found.getBoundingClientRect()];
  return { x: (one.x + one.width / 2 - all.x) / unit, y: (one.y + one.height / 2 - all.y) / unit };
}

/** A mouse drags the paper; fingers scroll it as everything else. */
function drag(box) {
  let from = null;
  box.addEventListener('pointerdown', (event) => {
    if (event.pointerType !== 'mouse' || event.button !== 0) return;
    from = { x: event.clientX + box.scrollLeft, y: event.clientY + box.scrollTop };
    box.setPointerCapture(event.pointerId);
  });
  box.addEventListener('pointermove', (event) => from && box.scrollTo(from.x - event.clientX, from.y - event.clientY));
  for (const name of ['pointerup', 'pointercancel']) box.addEventListener(name, () => { from = null; });
}
