// Files and photos go up as soon as they are chosen; the form then carries only their ids.
// POST multipart `file` to the form's data-upload-url?field=… answers 201 {"id", "name", "size", "type"}, or a sentence (`detail`).

const THUMB = 160;

/** The header that the server wants on every change. */
export function csrf() {
  return { 'X-CSRF-Token': document.querySelector('meta[name="csrf-token"]')?.content ?? '' };
}

export function prepareUploads(form, words, changed) {
  const url = form.dataset.uploadUrl;
  for (const box of form.querySelectorAll('[data-upload]')) showRemove(box);
  form.addEventListener('click', (event) => {
    const item = event.target.closest('[data-remove-file]')?.closest('[data-file-id]');
    if (!item) return;
    const box = item.closest('[data-upload]');
    item.remove();
    showRemove(box);
    box.querySelector('input[type=file], canvas')?.focus();
    changed();
  });
  if (!url) return;
  takeOver(form);
  form.addEventListener('change', (event) => {
    const input = event.target;
    const box = input.closest?.('[data-upload]');
    if (input.type !== 'file' || !box) return;
    const files = [...input.files];
    input.value = '';
    box.refused = '';
    for (const file of files) {
      if (tooLarge(box, file, words)) continue;
      if (!send(form, box, file, words, changed)) break;
    }
  });
}

/** The browser must not send the files a second time with the form. */
export function takeOver(root) {
  for (const input of root.querySelectorAll('[data-upload] input[type=file][name]')) {
    input.dataset.name = input.name;
    input.removeAttribute('name');
  }
}

const nameOf = (box) => (box.querySelector('input[type=file]').name || box.querySelector('input[type=file]').dataset.name);
const fieldOf = (form, box) => nameOf(box).slice((form.dataset.prefix ?? '').length);
const state = (box, text) => {
  const place = box.querySelector('[data-state]');
  place.textContent = text;
  place.classList.toggle('upload-refused', text !== '' && text === box.refused);
};
/** The reason stays while other files of the same choice go up. */
const refuse = (box, text) => { box.refused = text; state(box, text); };

/** Says so before anything is sent: whoever stands in a shop with a slow connection need not wait to be refused. */
function tooLarge(box, file, words) {
  const most = Number(box.dataset.maxBytes ?? 0);
  if (!most || file.size <= most) return false;
  refuse(box, words.too_large.replace('{name}', file.name).replace('{n}', String(Math.round(most / 10485.76) / 100)));
  return true;
}

/** Starts an upload; its promise stands on `box.pending`. False when the box is full. */
export function send(form, box, file, words, changed) {
  const full = box.querySelectorAll('[data-file-id]').length + (box.waiting ?? 0) >= Number(box.dataset.max);
  if (full && Number(box.dataset.max) > 1) {
    state(box, words.too_many);
    return false;
  }
  if (full) box.querySelectorAll('[data-file-id]').forEach((item) => item.remove());
  box.waiting = (box.waiting ?? 0) + 1;
  const url = `${form.dataset.uploadUrl}?field=${encodeURIComponent(fieldOf(form, box))}`;
  const done = post(url, file, (part) => state(box, `${words.uploading} ${file.name} ${Math.round(part * 100)} %`))
    .then(async (saved) => {
      addFile(box, saved.id, saved.name, words, await thumbnail(file));
      state(box, box.refused ?? '');
      changed();
    })
    .catch((error) => refuse(box, error.sentence ?? words.failed))
    .finally(() => { box.waiting -= 1; });
  box.pending = Promise.all([box.pending, done]);
  return true;
}

function post(url, file, progress) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest(); // fetch cannot tell how far an upload is
    request.open('POST', url);
    for (const [name, value] of Object.entries(csrf())) request.setRequestHeader(name, value);
    request.responseType = 'json';
    request.upload.onprogress = (event) => event.lengthComputable && progress(event.loaded / event.total);
    request.onload = () => {
      if (request.status === 201 && request.response?.id) resolve(request.response);
      else reject(Object.assign(new Error(request.status), { sentence: request.response?.detail }));
    };
    request.onerror = () => reject(new Error('network'));
    const body = new FormData();
    body.append('file', file, file.name);
    request.send(body);
  });
}

/** Adds an attachment to the box's list and to what the form will send. */
export function addFile(box, id, name, words, picture = '') {
  const item = document.createElement('li');
  item.className = 'upload-item';
  item.dataset.fileId = id;
  if (picture) {
    const image = Object.assign(document.createElement('img'), { src: picture, alt: '', className: 'upload-thumb' });
    item.append(image);
  }
  const label = Object.assign(document.createElement('span'), { className: 'upload-name', textContent: name });
  const hidden = Object.assign(document.createElement('input'), { type: 'hidden', name: nameOf(box), value: id });
  const button = Object.assign(document.createElement('button'), { type: 'button', className: 'btn btn-ghost btn-s', textContent: words.remove });
  button.dataset.removeFile = '';
  button.setAttribute('aria-label', `${words.remove} ${name}`);
  item.append(label, hidden, button);
  box.querySelector('[data-files]').append(item);
  showRemove(box);
}

function showRemove(box) {
  for (const button of box.querySelectorAll('[data-remove-file]')) button.hidden = false;
  const pad = box.querySelector('[data-pad]');
  if (pad && 'ready' in pad.dataset) pad.hidden = box.querySelector('[data-file-id]') !== null;
}

/** A small picture as a data: address, which the page's policy allows; "" for what is no picture. */
async function thumbnail(file) {
  if (!file.type.startsWith('image/')) return '';
  try {
    const bitmap = await createImageBitmap(file);
    const scale = Math.min(1, THUMB / Math.max(bitmap.width, bitmap.height));
    const canvas = Object.assign(document.createElement('canvas'), {
      width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)),
    });
    canvas.getContext('2d').drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    return canvas.toDataURL('image/jpeg', 0.7);
  } catch {
    return '';
  }
}
