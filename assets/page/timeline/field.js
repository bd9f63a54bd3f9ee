/** The field that says T and takes a typed one, in Beijing time. */
import { fromRfc3339, full } from '../../engine/time.js';
import { byId, make } from '../elements.js';
import { note } from '../notes.js';
import { t } from '../words.js';

export class TimeField {
  /** @param {(at: number) => void} typed */
  constructor(typed) {
    this.typed = typed;
    this.text = '';
    this.input = make('input', { id: 'time', type: 'text', autocomplete: 'off', spellcheck: 'false', maxlength: '25' });
    this.input.addEventListener('keydown', (event) => event.key === 'Enter' && this.read());
    this.input.addEventListener('blur', () => this.show());
    byId('time-field').append(this.input);
  }

  label() {
    this.input.setAttribute('aria-label', t('time_field'));
    this.input.title = t('time_field');
  }

  /** @param {number} at @param {boolean} seconds whether they are worth saying */
  say(at, seconds) {
    const text = full(at);
    this.text = seconds ? text : text.slice(0, 16);
    this.input.classList.toggle('seconds', seconds);
    this.show();
  }

  show() {
    if (document.activeElement !== this.input && this.input.value !== this.text) this.input.value = this.text;
  }

  read() {
    const at = typedTime(this.input.value);
    if (at !== null) {
      this.typed(at);
      return;
    }
    note(t('bad_time', { text: this.input.value.slice(0, 40) }), 'error');
    this.input.value = this.text;
  }
}

/** A typed time: 2020-05-22 01:12, with or without seconds; a date alone is its midnight. @param {string} typed @returns {number|null} */
function typedTime(typed) {
  const text = typed.trim().replace(/[/.年月]/g, '-').replace(/日/g, ' ').replace(/:/g, ':').replace(/\s+/g, ' ').trim();
  const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
  if (!parts) return null;
  const [year, month, day, hour, minute, second] = parts.slice(1).map((part) => (part ?? '0').padStart(2, '0'));
  const at = fromRfc3339(`${year}-${month}-${day}T${hour}:${minute}:${second}+08:00`);
  return Number.isNaN(at) ? null : at;
}
