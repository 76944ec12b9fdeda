// Short messages at the edge of the page. Server: HX-Trigger: {"toast": {"text": "…", "kind": "success|info|warning|danger"}}.
// Code: document.dispatchEvent(new CustomEvent('toast', {detail: {text, kind}})).
const STAY_MS = 6000;

export function showToasts() {
  document.addEventListener('toast', (event) => add(event.detail));
  document.addEventListener('htmx:responseError', (event) => add({ text: reason(event.detail.xhr), kind: 'danger' }));
  document.addEventListener('htmx:sendError', () => add({ text: words().offline, kind: 'warning' }));
  document.addEventListener('click', (event) => event.target.closest('.toast [data-close]')?.closest('.toast').remove());
  for (const toast of document.querySelectorAll('#toasts .toast')) leaveLater(toast);
}

function words() {
  return document.getElementById('toasts').dataset;
}

/** The sentence of an RFC 9457 problem, else a general one. */
function reason(xhr) {
  if (/json/.test(xhr.getResponseHeader('Content-Type') || '')) {
    try {
      const problem = JSON.parse(xhr.responseText);
      return problem.detail || problem.title || words().failed;
    } catch {
      return words().failed;
    }
  }
  return words().failed;
}

function add({ text, kind = 'info' }) {
  const toast = document.getElementById('toast-template').content.firstElementChild.cloneNode(true);
  toast.classList.add(`toast-${kind}`);
  toast.querySelector('[data-text]').textContent = text;
  document.getElementById('toasts').append(toast);
  leaveLater(toast);
}

function leaveLater(toast) {
  const errors = toast.classList.contains('toast-danger');
  let timer = setTimeout(() => toast.remove(), errors ? 2 * STAY_MS : STAY_MS);
  for (const name of ['pointerenter', 'focusin']) toast.addEventListener(name, () => clearTimeout(timer));
  for (const name of ['pointerleave', 'focusout']) {
    toast.addEventListener(name, () => { timer = setTimeout(() => toast.remove(), STAY_MS); });
  }
}
