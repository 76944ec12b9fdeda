// One server-sent-event stream a page: <body data-events="/events">. An event named "inbox" becomes "facet:inbox" on the
// body, so markup may say hx-trigger="facet:inbox from:body". A tab in the background listens no longer than it must.
export function listenToEvents(htmx) {
  const address = document.body.dataset.events;
  if (!address || !('EventSource' in window)) return;
  let source = null;
  const names = (document.body.dataset.eventNames || 'inbox instance toast').split(' ');
  const open = () => {
    source = new EventSource(address);
    for (const name of names) source.addEventListener(name, (event) => pass(htmx, name, event.data));
  };
  const close = () => {
    source?.close();
    source = null;
  };
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) return close();
    if (!source) {
      open();
      for (const name of names) if (name !== 'toast') htmx.trigger(document.body, `facet:${name}`, {}); // what was missed meanwhile
    }
  });
  window.addEventListener('pagehide', close);
  if (!document.hidden) open();
}

function pass(htmx, name, data) {
  let detail = {};
  try {
    detail = JSON.parse(data || '{}');
  } catch {
    return;
  }
  if (name === 'toast') document.dispatchEvent(new CustomEvent('toast', { detail }));
  else htmx.trigger(document.body, `facet:${name}`, detail);
}
