// Lists by keyboard: j and k go down and up, Enter opens (the focus is on a link). Not while somebody types.
export function moveThroughRows() {
  document.addEventListener('keydown', (event) => {
    const step = { j: 1, k: -1 }[event.key];
    if (!step || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.closest('input, textarea, select, [contenteditable], dialog[open]')) return;
    const links = [...document.querySelectorAll('.rows .row-title[href]')];
    if (!links.length) return;
    event.preventDefault();
    const at = links.indexOf(document.activeElement);
    links[at < 0 ? (step > 0 ? 0 : links.length - 1) : Math.max(0, Math.min(links.length - 1, at + step))].focus();
  });
}
