// What was typed is kept: on the server when it can be reached, otherwise on this device until it can.
// PUT JSON to data-draft-url; the copy on the device stands under data-draft-key and is removed once the server has it.
import { collect } from './fields.js';
import { csrf } from './uploads.js';

const PAUSE_MS = 1200;
const KEPT_DAYS = 14;
const GONE = [403, 404, 409, 410]; // the task is done or somebody else's: there is nothing left to keep a draft for
const STORE = 'facet-draft:';

export class Drafts {
  constructor(form, words) {
    this.form = form;
    this.words = words;
    this.url = form.dataset.draftUrl;
    this.key = form.dataset.draftKey && STORE + form.dataset.draftKey;
    this.timer = 0;
    this.unsaved = false;
    this.closed = false;
    if (!this.url) return;
    this.online = () => this.unsaved && this.save();
    window.addEventListener('online', this.online);
    window.addEventListener('pagehide', () => this.unsaved && !this.closed && this.save(true));
  }

  /** Something changed: saved soon. */
  touch() {
    if (!this.url || this.closed) return;
    this.unsaved = true;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.save(), PAUSE_MS);
  }

  /** The form itself is on its way: no draft may come after it. Undone when it is refused or did not arrive. */
  close(closed = true) {
    this.closed = closed;
    clearTimeout(this.timer);
  }

  async save(leaving = false) {
    if (this.closed || !this.form.isConnected) return;
    clearTimeout(this.timer);
    if (this.busy && !leaving) {
      this.again = true; // one at a time, or an older draft could arrive after a newer one
      return;
    }
    const body = JSON.stringify(collect(this.form));
    if (leaving) this.keep(body);
    this.busy = true;
    try {
      const answer = await fetch(this.url, { method: 'PUT', body, headers: { 'Content-Type': 'application/json', ...csrf() }, keepalive: leaving });
      if (GONE.includes(answer.status)) {
        this.unsaved = false;
        this.forget();
        return;
      }
      if (!answer.ok) throw new Error(String(answer.status));
      this.unsaved = body !== JSON.stringify(collect(this.form));
      this.forget();
      this.say(this.words.saved);
    } catch {
      if (this.closed) return;
      this.keep(body);
      this.say(this.words.saved_here);
    } finally {
      this.busy = false;
      if (this.again) {
        this.again = false;
        this.touch();
      }
    }
  }

  say(text) {
    const place = this.form.querySelector('[data-draft-state]');
    if (place) place.textContent = text;
  }

  keep(body) {
    if (!this.key) return;
    try {
      localStorage.setItem(this.key, JSON.stringify({ at: Date.now(), data: JSON.parse(body) }));
    } catch {
      // a full or forbidden store: the page itself still holds what was typed
    }
  }

  forget() {
    try {
      if (this.key) localStorage.removeItem(this.key);
    } catch {
      // nothing was kept then
    }
  }

  /** The copy on this device, if the server never got it; copies that nobody came back for are thrown away. */
  kept() {
    try {
      const oldest = Date.now() - KEPT_DAYS * 86_400_000;
      for (const name of Object.keys(localStorage).filter((each) => each.startsWith(STORE))) {
        if (!(JSON.parse(localStorage.getItem(name))?.at > oldest)) localStorage.removeItem(name);
      }
      return this.key && JSON.parse(localStorage.getItem(this.key))?.data;
    } catch {
      return null;
    }
  }
}
