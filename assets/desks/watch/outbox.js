/**
 * Entries of the log on their way: kept in this browser, beyond the tab, until the server has them. They go one after
 * the other, in the order in which they were typed; each has an id, so that one that was sent twice stands once.
 */
import { askJson } from '../asking.js';

const AGAIN_MS = 5000;

/** @typedef {{client_id: string, typed_at: string, body: string, alarm_id?: number|null, event_no?: string|null, amends?: number|null, refused?: string}} Waiting */

export class Outbox {
  /** @param {string} realm @param {string} name of who types @param {() => void} changed */
  constructor(realm, name, changed) {
    this.realm = realm;
    this.key = `emmap-log ${realm} ${name}`;
    this.changed = changed;
    this.sending = false;
    window.addEventListener('online', () => void this.send());
    // Another tab of the same person has typed or sent.
    window.addEventListener('storage', (event) => event.key === this.key && changed());
  }

  /** @returns {Waiting[]} */
  get waiting() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? '[]');
    } catch {
      return [];
    }
  }

  /** @param {Waiting[]} entries */
  keep(entries) {
    if (entries.length) localStorage.setItem(this.key, JSON.stringify(entries));
    else localStorage.removeItem(this.key);
    this.changed();
  }

  /** @param {{body: string, alarm_id?: number|null, event_no?: string|null, amends?: number|null}} entry */
  add(entry) {
    this.keep([...this.waiting, { ...entry, client_id: newId(), typed_at: new Date().toISOString() }]);
    void this.send();
  }

  /** @param {string} id */
  drop(id) {
    this.keep(this.waiting.filter(({ client_id }) => client_id !== id));
  }

  /** @param {string} id */
  again(id) {
    this.keep(this.waiting.map((one) => (one.client_id === id ? { ...one, refused: undefined } : one)));
    void this.send();
  }

  async send() {
    clearTimeout(this.timer);
    if (this.sending) return;
    this.sending = true;
    try {
      for (let next = this.next(); next; next = this.next()) {
        const { refused: _, event_no: __, ...entry } = next;
        try {
          await askJson('/api/watch/log', { realm: this.realm, json: entry });
          this.drop(next.client_id);
        } catch (error) {
          const { status, message } = /** @type {import('../asking.js').Refusal} */ (error);
          // Only what the server will never take is put aside; a line, a sign-in or a database comes back.
          if (![400, 404, 413, 422].includes(status)) throw error;
          const { client_id } = next;
          this.keep(this.waiting.map((one) => (one.client_id === client_id ? { ...one, refused: message } : one)));
        }
      }
    } catch {
      this.timer = setTimeout(() => void this.send(), AGAIN_MS);
    } finally {
      this.sending = false;
    }
  }

  next() {
    return this.waiting.find((one) => !one.refused);
  }
}

/** A random UUID; `crypto.randomUUID` is there on secure pages only. */
export function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
