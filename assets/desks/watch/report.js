/** A report before it goes out: composed by the server, edited here field by field. */
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { t } from '../../page/words.js';
import { askJson } from '../asking.js';

/** @typedef {import('../../page/room.js').Room} Room */

export class ReportForm {
  /** @param {HTMLElement} box @param {Room} room @param {any} alarm @param {string} kind @param {() => void} done */
  constructor(box, room, alarm, kind, done) {
    this.box = box;
    this.room = room;
    this.alarm = alarm;
    this.kind = kind;
    this.done = done;
    this.failed = make('p', { class: 'failed', role: 'alert' });
    /** @type {[string, HTMLTextAreaElement][]} */
    this.fields = [];
  }

  async open() {
    const draft = await this.draft();
    if (this.box.dataset.work !== 'report') return;
    const form = make('form', { class: 'watch-form' });
    this.fields = draft.fields.map((/** @type {any} */ one) => {
      const control = make('textarea', { rows: String(Math.min(6, 1 + Math.ceil(one.text.length / 30) + one.text.split('\n').length - 1)), maxlength: '4000' });
      control.value = one.text;
      return [one.title, control];
    });
    const correcting = make('input', { type: 'checkbox', name: 'correcting' });
    const again = this.alarm.reports.some((/** @type {any} */ one) => one.kind === this.kind);
    form.append(
      make('h3', {}, draft.title),
      ...this.fields.map(([title, control]) => make('label', { class: 'field' }, make('span', {}, title), control)),
      ...(again ? [make('label', { class: 'check' }, correcting, t('watch_correct'))] : []),
      this.failed,
      make('button', { class: 'primary', type: 'submit' }, t('watch_issue')),
    );
    const send = () => void this.send(correcting.checked);
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      send();
    });
    form.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      send();
    });
    this.seen = draft.seen;
    this.box.replaceChildren(form);
    this.fields[0]?.[1].focus();
  }

  draft() {
    return askJson(`/api/watch/alarms/${this.alarm.id}/draft`, { realm: this.room.realm, query: { kind: this.kind } });
  }

  /** @param {boolean} correcting */
  async send(correcting) {
    const button = /** @type {HTMLButtonElement} */ (this.box.querySelector('[type="submit"]'));
    if (button.disabled) return;
    button.disabled = true;
    try {
      const fields = this.fields.map(([title, control]) => ({ title, text: control.value.trim() }));
      const made = await askJson(`/api/watch/alarms/${this.alarm.id}/reports`, { realm: this.room.realm, json: { kind: this.kind, seen: this.seen, fields, correcting } });
      note(() => t('watch_issued', { title: made.title }));
      await this.room.catchUp();
      this.done();
    } catch (error) {
      // What was typed stays; the next try is made on what has happened since, which the sentence names.
      const refused = /** @type {import('../asking.js').Refusal} */ (error);
      this.failed.textContent = refused.message;
      if (refused.problem?.code === 'overtaken') this.seen = refused.problem.number;
      button.disabled = false;
    }
  }
}
