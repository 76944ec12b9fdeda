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
  };
  box.closest('.diagram-frame')?.addEventListener('click', (event) => {
    const name = event.target.closest('[data-zoom]')?.dataset.zoom;
    if (act[name]) act[name]();
  });
  // the wheel scrolls the page; zooming asks for Ctrl (a trackpad's pinch sends it too), as embedded maps do
  box.addEventListener('wheel', (event) => {
    if (!event.ctrlKey && !event.metaKey) return;
    event.preventDefault();
    const { left, top } = box.getBoundingClientRect();
    viewer.get('zoomScroll').stepZoom(event.deltaY < 0 ? 1 : -1, { x: event.clientX - left, y: event.clientY - top });
  }, { passive: false });
}

function fit(viewer) {
  const canvas = viewer.get('canvas');
  canvas.zoom('fit-viewport', 'auto');
  if (canvas.zoom() > 1) canvas.zoom(1, 'auto');
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
  fit(viewer);
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
