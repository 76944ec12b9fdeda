// Repeating rows: adding from the <template>, removing, numbering.
import { rowsOf } from './fields.js';

export function prepareRows(form, words, changed) {
  for (const table of form.querySelectorAll('[data-rows]')) update(table, words);
  form.addEventListener('click', (event) => {
    const add = event.target.closest('[data-add-row]');
    const remove = event.target.closest('[data-remove-row]');
    if (add) {
      const row = addRow(add.closest('[data-field]'), words);
      row?.querySelector('input:not([type=hidden]), select, textarea')?.focus();
      changed();
    } else if (remove) {
      const table = remove.closest('[data-rows]');
      remove.closest('[data-row]').remove();
      update(table, words);
      table.querySelector('[data-add-row]')?.focus();
      changed();
    }
  });
}

/** Appends a blank row to a table and returns it; null when no more are allowed. */
export function addRow(field, words) {
  const table = own(field, '[data-rows]');
  const template = own(field, '[data-row-template]');
  if (!table || !template || rowsOf(field).length >= Number(table.dataset.max)) return null;
  const number = 1 + Number(table.dataset.last ?? rowsOf(field).length - 1);
  table.dataset.last = String(number);
  const holder = document.createElement('template');
  holder.innerHTML = template.innerHTML.replaceAll(`__i${table.dataset.depth}__`, String(number));
  const row = holder.content.firstElementChild;
  own(field, '[data-rows-list]').append(row);
  for (const inner of row.querySelectorAll('[data-rows]')) update(inner, words);
  update(table, words);
  return row;
}

function own(field, selector) {
  return [...field.querySelectorAll(selector)].find((each) => each.closest('[data-field]') === field);
}

function update(table, words) {
  if ('fixed' in table.dataset) return;
  const field = table.closest('[data-field]');
  const rows = rowsOf(field);
  const least = Number(table.dataset.min);
  rows.forEach((row, index) => {
    row.querySelector('[data-row-number]').textContent = words.row.replace('{n}', index + 1);
    const button = [...row.querySelectorAll('[data-remove-row]')].find((each) => each.closest('[data-row]') === row);
    button.hidden = rows.length <= least;
  });
  own(field, '[data-add-row]').hidden = rows.length >= Number(table.dataset.max);
}
