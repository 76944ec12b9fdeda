// A signature is drawn with finger, pen or mouse, or typed, and goes up as a PNG like any other attachment.
import { send } from './uploads.js';

const INK = '#1a2433';
const PAPER = '#ffffff';

export function prepareSignatures(form, words, changed) {
  if (!form.dataset.uploadUrl) return; // without an address the plain file field stays
  for (const box of form.querySelectorAll('[data-signature]')) {
    if (!('ready' in box.querySelector('[data-pad]').dataset)) new Pad(form, box, words, changed);
  }
}

class Pad {
  constructor(form, box, words, changed) {
    Object.assign(this, { form, box, words, changed, dirty: false, last: null });
    this.pad = box.querySelector('[data-pad]');
    this.canvas = this.pad.querySelector('canvas');
    this.pen = this.canvas.getContext('2d');
    box.signature = this;
    box.querySelector('input[type=file]').hidden = true;
    this.pad.dataset.ready = '';
    this.pad.hidden = box.querySelector('[data-file-id]') !== null;
    this.clear();
    this.canvas.addEventListener('pointerdown', (event) => this.down(event));
    this.canvas.addEventListener('pointermove', (event) => this.move(event));
    for (const name of ['pointerup', 'pointercancel']) this.canvas.addEventListener(name, () => { this.last = null; });
    this.pad.querySelector('[data-sign-clear]').addEventListener('click', () => this.clear());
    this.pad.querySelector('[data-sign-save]').addEventListener('click', () => this.save());
    this.pad.querySelector('[data-sign-typed]').addEventListener('click', () => this.type());
    this.pad.querySelector('[data-sign-name]').addEventListener('keydown', (event) => {
      if (event.key !== 'Enter') return;
      event.preventDefault(); // Enter here means the signature, not the form
      this.type();
    });
  }

  clear() {
    this.pen.fillStyle = PAPER; // a ground of its own: a transparent PNG would vanish on dark pages
    this.pen.fillRect(0, 0, this.canvas.width, this.canvas.height);
    this.dirty = false;
  }

  point(event) {
    const area = this.canvas.getBoundingClientRect();
    return [((event.clientX - area.left) * this.canvas.width) / area.width, ((event.clientY - area.top) * this.canvas.height) / area.height];
  }

  down(event) {
    if (event.button > 0) return;
    event.preventDefault();
    this.canvas.setPointerCapture(event.pointerId);
    this.last = this.point(event);
    this.line(this.last, this.last);
  }

  move(event) {
    if (!this.last) return;
    for (const each of event.getCoalescedEvents?.() ?? [event]) {
      const next = this.point(each);
      this.line(this.last, next);
      this.last = next;
    }
  }

  line(from, to) {
    Object.assign(this.pen, { strokeStyle: INK, lineWidth: 5, lineCap: 'round', lineJoin: 'round' });
    this.pen.beginPath();
    this.pen.moveTo(...from);
    this.pen.lineTo(...to);
    this.pen.stroke();
    this.dirty = true;
  }

  type() {
    const name = this.pad.querySelector('[data-sign-name]').value.trim();
    if (!name) return;
    this.clear();
    this.pen.fillStyle = INK;
    this.pen.font = `italic 110px ${getComputedStyle(this.canvas).fontFamily}`;
    Object.assign(this.pen, { textAlign: 'center', textBaseline: 'middle' });
    this.pen.fillText(name, this.canvas.width / 2, this.canvas.height / 2, this.canvas.width - 60);
    this.dirty = true;
    this.save();
  }

  /** Sends what was drawn; resolves when it is up (or has failed and said so). */
  async save() {
    if (!this.dirty) return;
    const blob = await new Promise((resolve) => { this.canvas.toBlob(resolve, 'image/png'); });
    send(this.form, this.box, new File([blob], 'signature.png', { type: 'image/png' }), this.words, this.changed);
    await this.box.pending;
    if (this.box.querySelector('[data-file-id]')) this.clear();
  }
}
