// data-confirm="question" on a form or an hx- element: asks in the page's own dialog. Without JavaScript it just submits.
function ask(question, label) {
  const dialog = document.getElementById('confirm');
  dialog.querySelector('[data-question]').textContent = question;
  dialog.querySelector('[value=yes]').textContent = label || dialog.dataset.label;
  dialog.returnValue = '';
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'), { once: true });
  });
}

export function confirmSubmits(htmx) {
  document.addEventListener('submit', async (event) => {
    const form = event.target;
    const source = event.submitter?.dataset.confirm ? event.submitter : form;
    if (!source.dataset.confirm || form.dataset.confirmed || isHtmx(form)) return;
    event.preventDefault();
    const submitter = event.submitter;
    if (!(await ask(source.dataset.confirm, source.dataset.confirmLabel))) return;
    form.dataset.confirmed = 'true';
    form.requestSubmit(submitter);
    delete form.dataset.confirmed;
  });
  document.addEventListener('htmx:confirm', async (event) => {
    const { elt, issueRequest, triggeringEvent } = event.detail;
    const source = triggeringEvent?.submitter?.dataset?.confirm ? triggeringEvent.submitter : elt;
    if (!source.dataset.confirm) return;
    event.preventDefault();
    if (await ask(source.dataset.confirm, source.dataset.confirmLabel)) issueRequest(true);
  });
}

function isHtmx(form) {
  return ['hx-post', 'hx-get', 'hx-put', 'hx-patch', 'hx-delete'].some((name) => form.hasAttribute(name));
}
