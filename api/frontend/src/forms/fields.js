// The fields of a form in the page: finding them, reading what was typed, and writing it back.

const NUMERIC = new Set(['integer', 'number', 'money']);

/** All field wrappers of a form, outermost first (what lies in a <template> is not among them). */
export const fieldsOf = (form) => [...form.querySelectorAll('[data-field]')];

/** The wrapper with this path, or undefined. */
export const fieldAt = (form, path) => form.querySelector(`[data-field="${CSS.escape(path)}"]`);

/** Controls that belong to this wrapper and not to a field inside it. */
export function controlsOf(field) {
  return [...field.querySelectorAll('input, select, textarea')].filter(
    (control) => control.closest('[data-field]') === field && control.name,
  );
}

/** The value as conditions see it: numbers as numbers, switches as booleans, nothing as null. */
export function valueOf(field) {
  const { kind } = field.dataset;
  if ('value' in field.dataset) return typed(field, JSON.parse(field.dataset.value));
  if (kind === 'section') return { there: true }; // conditions can ask whether it is shown, and how many rows there are
  if (kind === 'rows') return rowsOf(field).map(() => ({ there: true }));
  const raw = rawOf(field);
  return Array.isArray(raw) ? raw.map((each) => typed(field, each)) : typed(field, raw);
}

function typed(field, raw) {
  if (Array.isArray(raw)) return raw.map((each) => typed(field, each));
  if (typeof raw !== 'string') return raw;
  if (!raw.trim()) return null;
  if (field.dataset.kind === 'switch') return raw === 'true';
  if (!NUMERIC.has(field.dataset.kind) && !('number' in field.dataset)) return raw.trim();
  const number = Number(raw.normalize('NFKC').replace(/[¥￥\s,]/g, ''));
  return Number.isFinite(number) ? number : null;
}

/** What was typed, as JSON for drafts: text, a list of texts, a boolean for a tick, an object for a location. */
export function rawOf(field) {
  const { kind } = field.dataset;
  const controls = controlsOf(field);
  if (kind === 'geolocation') {
    const parts = controls.map((control) => [control.name.split('.').pop(), control.value]);
    return parts.some(([, text]) => text) ? Object.fromEntries(parts) : null;
  }
  if (kind === 'file' || kind === 'photo' || kind === 'signature') {
    const ids = controls.filter((control) => control.type === 'hidden').map((control) => control.value);
    return 'multiple' in field.dataset ? ids : (ids[0] ?? null);
  }
  const chosen = controls.filter((control) => !['checkbox', 'radio'].includes(control.type) || control.checked);
  const ticks = controls.filter((control) => control.type === 'checkbox');
  if (kind === 'switch' && ticks.length) return String(ticks[0].checked);
  if (kind === 'choices' || 'multiple' in field.dataset) return chosen.map((control) => control.value).filter(Boolean);
  return chosen.length ? chosen[0].value : null;
}

/** Nested data of the whole form, rows as lists in the order in which they stand; shown and calculated fields stay out. */
export function collect(form) {
  return record(fieldsOf(form).filter((field) => !field.parentElement.closest('[data-field]')));
}

function record(fields) {
  const data = {};
  for (const field of fields) {
    const name = field.dataset.field.split('.').pop();
    const { kind } = field.dataset;
    if (kind === 'section') data[name] = record(inner(field));
    else if (kind === 'rows') data[name] = rowsOf(field).map((row) => record(inner(row, field)));
    else if (controlsOf(field).length || field.querySelector('[data-upload]')) data[name] = rawOf(field);
  }
  return data;
}

function inner(element, owner = element) {
  return [...element.querySelectorAll('[data-field]')].filter((each) => each.parentElement.closest('[data-field]') === owner);
}

/** The rows of one table. */
export const rowsOf = (field) => [...field.querySelectorAll('[data-row]')].filter((row) => row.closest('[data-field]') === field);

/** Puts `data` (as `collect` gives it) back; `addRow(field)` and `addFile(field, id)` make what is missing. */
export function fill(form, data, tools, prefix = '') {
  for (const [name, value] of Object.entries(data)) {
    const field = fieldAt(form, prefix + name);
    if (!field) continue;
    if (field.dataset.kind === 'section') fill(form, value ?? {}, tools, `${prefix}${name}.`);
    else if (field.dataset.kind === 'rows') fillRows(form, field, value ?? [], tools);
    else fillOne(field, value, tools);
  }
}

function fillRows(form, field, rows, tools) {
  while (rowsOf(field).length < rows.length && tools.addRow(field));
  rowsOf(field).forEach((row, index) => {
    const first = inner(row, field)[0];
    if (index < rows.length && first) fill(form, rows[index], tools, first.dataset.field.replace(/[^.]*$/, ''));
  });
}

function fillOne(field, value, tools) {
  if (field.querySelector('[data-upload]')) {
    const there = [rawOf(field)].flat();
    for (const id of [value].flat()) if (id && !there.includes(id)) tools.addFile(field, id);
    return;
  }
  const wanted = [value].flat().map((each) => (each === null ? '' : String(each)));
  for (const control of controlsOf(field)) {
    if (control.type === 'checkbox' || control.type === 'radio') control.checked = wanted.includes(control.value);
    else if (field.dataset.kind === 'geolocation') control.value = value?.[control.name.split('.').pop()] ?? '';
    else [control.value] = wanted;
  }
}

/** Money as it will be stored, when nothing but the cents is missing: `1,250` becomes `1250.00`. */
export function tidyMoney(text) {
  const plain = text.normalize('NFKC').replace(/[¥￥\s]/g, '').replace(/,(?=\d{3}(\D|$))/g, '');
  const found = /^([+-]?\d+)(?:\.(\d{0,2}))?$/.exec(plain);
  return found ? `${found[1]}.${(found[2] ?? '').padEnd(2, '0')}` : text;
}
