// Draws <div data-bpmn="/path/to/diagram.bpmn"> read-only, with pan and zoom. What runs is said by a JSON block inside it:
// {"active": {"Approve": 1}, "completed": ["Start"], "taken": ["Flow_1"], "incidents": {"Quote": "why"}, "suspended": false}
import NavigatedViewer from 'bpmn-js/lib/NavigatedViewer.js';
import { markState } from './js/tokens.js';

const COLOURS = {
  defaultFillColor: 'var(--diagram-fill)',
  defaultStrokeColor: 'var(--diagram-stroke)',
  defaultLabelColor: 'var(--diagram-label)',
};

/** Elements carry a Chinese name beside the English one; readers of Chinese see it. */
function useChineseNames(definitions) {
  const seen = new Set();
  const walk = (element) => {
    if (!element || typeof element !== 'object' || seen.has(element)) return;
    seen.add(element);
    const key = Object.keys(element.$attrs || {}).find((name) => name.endsWith(':name-zh'));
    if (key) element.name = element.$attrs[key];
    for (const part of ['rootElements', 'flowElements', 'participants', 'messageFlows', 'artifacts', 'laneSets', 'lanes', 'childLaneSet']) {
      const value = element[part];
      if (Array.isArray(value)) value.forEach(walk);
      else walk(value);
    }
  };
  walk(definitions);
}

function controls(viewer, box) {
  const act = {
    in: () => viewer.get('zoomScroll').stepZoom(1),
    out: () => viewer.get('zoomScroll').stepZoom(-1),
    fit: () => fit(viewer),
    full: () => fillScreen(viewer, frame),
  };
  const frame = box.closest('.diagram-frame');
  frame?.addEventListener('click', (event) => {
    const name = event.target.closest('[data-zoom]')?.dataset.zoom;
    if (act[name]) act[name]();
  });
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape' && frame?.classList.contains('is-full')) fillScreen(viewer, frame);
  });
  // the wheel scrolls the page; zooming asks for Ctrl (a trackpad's pinch sends it too), as embedded maps do
  box.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = box.getBoundingClientRect();
    viewer.get('zoomScroll').stepZoom(event.deltaY < 0 ? 1 : -1, { x: event.clientX - left, y: event.clientY - top });
  }, { passive: false });
}

const FOOT = 44; // px below it for the zoom buttons and the mark
const READABLE = 0.65; // below this zoom the labels cannot be read
const MARGIN = 24; // px around the drawing: tokens and labels reach over its edge

function fit(viewer) {
  const canvas = viewer.get('canvas');
  const { inner, outer } = canvas.viewbox();
  const free = { width: outer.width - 2 * MARGIN, height: outer.height - 2 * MARGIN - FOOT };
  const scale = Math.min(1, free.width / inner.width, free.height / inner.height);
  const [width, height] = [outer.width / scale, outer.height / scale];
  const top = (MARGIN + (free.height - inner.height * scale) / 2) / scale;
  canvas.viewbox({ x: inner.x - (width - inner.width) / 2, y: inner.y - top, width, height });
}

/** The diagram over the whole page and back; not the browser's own full screen, which phones deny to elements. */
function fillScreen(viewer, frame) {
  const full = frame.classList.toggle('is-full');
  frame.querySelector('[data-zoom=full]').setAttribute('aria-pressed', String(full));
  viewer.get('canvas').resized();
  fit(viewer);
}

/** Where the whole would be too small to read, show the part where it stands; "Show all" is one tap away. */
function focusTokens(viewer, state) {
  const canvas = viewer.get('canvas');
  const registry = viewer.get('elementRegistry');
  const first = [...Object.keys(state.incidents || {}), ...Object.keys(state.active || {})].map((id) => registry.get(id)).find(Boolean);
  if (canvas.zoom() >= READABLE || !first) return;
  const { outer } = canvas.viewbox();
  const [width, height] = [outer.width / READABLE, outer.height / READABLE];
  canvas.viewbox({ x: first.x + first.width / 2 - width / 2, y: first.y + first.height / 2 - height / 2, width, height });
}

/** As high as the drawing needs at this width, within limits; a flat diagram leaves no empty field on a phone. */
function shape(viewer, box) {
  const { inner, outer } = viewer.get('canvas').viewbox();
  const scale = Math.min(1, (outer.width - 2 * MARGIN) / inner.width);
  const wanted = inner.height * scale + 2 * MARGIN + FOOT;
  box.style.height = `${Math.round(Math.max(180, Math.min(wanted, window.innerHeight * 0.7)))}px`;
  viewer.get('canvas').resized();
}

async function draw(box) {
  const answer = await fetch(box.dataset.bpmn, { headers: { Accept: 'application/xml' } });
  if (!answer.ok) throw new Error(`diagram: HTTP ${answer.status}`);
  const xml = await answer.text();
  const state = JSON.parse(box.querySelector('script[type="application/json"]')?.textContent || '{}');
  box.replaceChildren();
  const viewer = new NavigatedViewer({ container: box, bpmnRenderer: COLOURS, zoomScroll: { enabled: false } });
  if ((document.documentElement.lang || '').startsWith('zh')) {
    viewer.on('import.parse.complete', ({ definitions }) => definitions && useChineseNames(definitions));
  }
  await viewer.importXML(xml);
  shape(viewer, box);
  fit(viewer);
  focusTokens(viewer, state);
  markState(viewer, state);
  controls(viewer, box);
  box.facetViewer = viewer;
  box.dataset.ready = 'true';
}

async function drawAll(root) {
  for (const box of root.querySelectorAll('[data-bpmn]:not([data-drawn])')) {
    box.dataset.drawn = 'true';
    try {
      await draw(box);
    } catch (error) {
      box.dataset.failed = 'true';
      console.error(error);
    }
  }
}

drawAll(document);
document.addEventListener('htmx:load', (event) => drawAll(event.detail.elt.parentElement || document));
