// <button data-copy="#id" data-copied="Copied" hidden>: copies the text of that element; shown only where it can.
export function copyButtons(root = document) {
  if (!navigator.clipboard) return;
  for (const button of root.querySelectorAll('[data-copy]')) button.hidden = false;
  if (root !== document) return;
  document.addEventListener('click', async (event) => {
    const button = event.target.closest('[data-copy]');
    if (!button) return;
    await navigator.clipboard.writeText(document.querySelector(button.dataset.copy).textContent.trim());
    document.dispatchEvent(new CustomEvent('toast', { detail: { text: button.dataset.copied, kind: 'success' } }));
  });
}
