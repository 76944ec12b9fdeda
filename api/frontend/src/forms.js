// Makes rendered forms (forms/templates) come alive. Everything works without it but uploads on the spot and hiding fields.
// `init(root)` may be called again for parts of a page that were replaced.
import { calculations } from './forms/calculations.js';
import { Drafts } from './forms/drafts.js';
import { fill, tidyMoney } from './forms/fields.js';
import { prepareLocations } from './forms/location.js';
import { addRow, prepareRows } from './forms/rows.js';
import { prepareSignatures } from './forms/signature.js';
import { addFile, prepareUploads, takeOver } from './forms/uploads.js';
import { refresh } from './forms/visibility.js';

export function init(root = document) {
  const inside = [...root.querySelectorAll('[data-form]')];
  for (const form of root.matches?.('[data-form]') ? [root, ...inside] : inside) {
    if (!('live' in form.dataset)) start(form);
  }
}

function start(form) {
  form.dataset.live = '';
  const words = JSON.parse(form.dataset.words);
  const drafts = new Drafts(form, words);
  const calculate = calculations(form, words, () => refresh(form));
  const changed = () => {
    if (form.dataset.uploadUrl) takeOver(form); // rows that were just added bring their own file fields
    prepareSignatures(form, words, changed);
    refresh(form);
    calculate();
    drafts.touch();
  };
  prepareRows(form, words, changed);
  prepareUploads(form, words, changed);
  prepareSignatures(form, words, changed);
  prepareLocations(form, words, changed);
  listen(form, changed);
  guardSubmit(form, drafts);
  restore(form, drafts, words, changed);
  refresh(form);
  calculate();
  form.querySelector('[data-summary]')?.focus();
}

function listen(form, changed) {
  form.addEventListener('input', (event) => event.target.name && changed());
  form.addEventListener('change', (event) => {
    if (!event.target.name) return;
    const money = event.target.closest('[data-field]')?.dataset.kind === 'money';
    if (money) event.target.value = tidyMoney(event.target.value);
    changed();
  });
}

function restore(form, drafts, words, changed) {
  const kept = drafts.kept();
  if (!kept) return;
  fill(form, kept, {
    addRow: (field) => addRow(field, words),
    addFile: (field, id) => addFile(field.querySelector('[data-upload]'), id, id.slice(0, 8), words),
  });
  changed();
  drafts.say(words.restored);
}

/** Holds the form back until uploads are through and a drawn signature is up; then sends it as it was meant. */
function guardSubmit(form, drafts) {
  const owner = form.closest('form');
  owner?.addEventListener('submit', (event) => {
    const boxes = [...form.querySelectorAll('[data-upload]')];
    const waiting = boxes.filter((box) => box.waiting || (box.signature?.dirty && !box.querySelector('[data-file-id]') && !box.closest('[hidden]')));
    if (!waiting.length) {
      drafts.close();
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    const { submitter } = event;
    Promise.all(waiting.map((box) => (box.waiting ? box.pending : box.signature.save()))).then(() => {
      for (const box of waiting) if (box.signature && !box.querySelector('[data-file-id]')) box.signature.dirty = false;
      owner.requestSubmit(submitter ?? undefined);
    });
  }, true);
  for (const name of ['htmx:responseError', 'htmx:sendError', 'htmx:timeout']) {
    owner?.addEventListener(name, () => { drafts.close(false); drafts.touch(); });
  }
}
