// Calculated fields are the server's; this shows what it would say now. POST the data to data-calc-url answers {"values": …}.
import { collect, fieldsOf } from './fields.js';
import { csrf } from './uploads.js';

const PAUSE_MS = 350;

/** Returns a function that asks again soon; `after` runs when new values stand in the page. */
export function calculations(form, words, after) {
  const url = form.dataset.calcUrl;
  if (!url) return () => {};
  let timer;
  let latest = 0;
  const ask = async () => {
    const mine = (latest += 1);
    try {
      const answer = await fetch(url, {
        method: 'POST', body: JSON.stringify(collect(form)), headers: { 'Content-Type': 'application/json', Accept: 'application/json', ...csrf() },
      });
      if (!answer.ok || mine !== latest) return; // an older answer must not overwrite a newer one
      show(form, (await answer.json()).values ?? {}, words);
      after();
    } catch {
      // without a connection the last values stay; the server calculates again when the form is sent
    }
  };
  return () => {
    clearTimeout(timer);
    timer = setTimeout(ask, PAUSE_MS);
  };
}

function show(form, values, words) {
  for (const field of fieldsOf(form)) {
    const place = field.querySelector('[data-calculated]');
    if (!place || place.closest('[data-field]') !== field) continue;
    const value = at(form, values, field.dataset.field);
    if (value === null || value === undefined) delete field.dataset.value;
    else field.dataset.value = JSON.stringify(value);
    place.textContent = text(field, value, words);
  }
}

/** Rows are found by where they stand: the numbers in names have gaps once a row was removed. */
function at(form, values, path) {
  let here = values;
  const steps = path.split('.');
  for (let index = 0; index < steps.length && here !== null && here !== undefined; index += 1) {
    const row = /^\d+$/.test(steps[index]) ? position(form, steps.slice(0, index + 1).join('.')) : -1;
    here = here[row >= 0 ? row : steps[index]];
  }
  return here;
}

function position(form, prefix) {
  const row = form.querySelector(`[data-field^="${CSS.escape(prefix)}."]`)?.closest('[data-row]');
  return row ? [...row.parentElement.children].indexOf(row) : -1;
}

function text(field, value, words) {
  if (value === null || value === undefined || value === '') return words.none;
  if (typeof value === 'boolean') return value ? words.yes : words.no;
  if (field.dataset.kind === 'money') return String(value).replace(/^[+-]?\d+/, (whole) => whole.replace(/\B(?=(\d{3})+$)/g, ','));
  return Array.isArray(value) ? value.join(', ') : String(value);
}
