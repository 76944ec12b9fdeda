// Shows and hides fields as their conditions say. A hidden field is not sent, and counts as empty for other conditions.
import { holds } from './conditions.js';
import { fieldAt, fieldsOf, valueOf } from './fields.js';

const PASSES = 12; // each pass settles at least one more link of a chain of conditions

export function refresh(form) {
  const fields = fieldsOf(form);
  const conditional = fields.filter((field) => 'when' in field.dataset);
  for (let pass = 0; pass < PASSES; pass += 1) {
    let changed = false;
    for (const field of conditional) {
      const hide = !holds(JSON.parse(field.dataset.when), lookup(form, field));
      changed ||= field.hidden !== hide;
      field.hidden = hide;
    }
    if (!changed) break;
  }
  for (const field of fields) if ('requiredWhen' in field.dataset) star(form, field);
  for (const control of form.querySelectorAll('[data-field] :is(input, select, textarea, button)')) {
    control.disabled = control.closest('[data-field][hidden]') !== null || 'locked' in control.dataset;
  }
}

function lookup(form, field) {
  const beside = field.dataset.field.replace(/[^.]*$/, '');
  return (name, root) => {
    const other = fieldAt(form, (root ? '' : beside) + name);
    return other && !other.closest('[data-field][hidden]') ? valueOf(other) : null;
  };
}

function star(form, field) {
  const mark = [...field.querySelectorAll('[data-star]')].find((each) => each.closest('[data-field]') === field);
  if (mark) mark.hidden = !holds(JSON.parse(field.dataset.requiredWhen), lookup(form, field));
}
