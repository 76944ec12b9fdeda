// Marks a drawn diagram with what happened: done, waiting, failed. Colours come from css/diagram.css.
function badge(kind, text, title) {
  const node = document.createElement('div');
  node.className = `token token-${kind}`;
  node.textContent = text;
  if (title) node.title = title;
  return node;
}

export function markState(viewer, state) {
  const canvas = viewer.get('canvas');
  const overlays = viewer.get('overlays');
  const registry = viewer.get('elementRegistry');
  const mark = (id, marker) => registry.get(id) && canvas.addMarker(id, marker);
  for (const id of state.completed || []) mark(id, 'is-completed');
  for (const id of state.taken || []) mark(id, 'is-taken');
  for (const [id, count] of Object.entries(state.active || {})) {
    if (!registry.get(id)) continue;
    mark(id, state.suspended ? 'is-suspended' : 'is-active');
    const kind = state.suspended ? 'suspended' : 'active';
    overlays.add(id, { position: { top: -12, right: 12 }, html: badge(kind, String(count)) });
  }
  for (const [id, why] of Object.entries(state.incidents || {})) {
    if (!registry.get(id)) continue;
    mark(id, 'is-failed');
    overlays.add(id, { position: { bottom: 12, left: -12 }, html: badge('incident', '!', why) });
  }
  for (const [id, text] of Object.entries(state.heat || {})) {
    if (registry.get(id)) overlays.add(id, { position: { bottom: 4, right: 16 }, html: badge('heat', text) });
  }
}
