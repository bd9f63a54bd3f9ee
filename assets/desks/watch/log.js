/** The duty log: what was written down, the newest first; a field to write; a field to search. */
import { brief, wall } from '../../engine/time.js';
import { secondsOf } from '../../page/alarm_bar.js';
import { draft, keep } from '../../page/drafts.js';
import { make } from '../../page/elements.js';
import { t } from '../../page/words.js';
import { askJson } from '../asking.js';
import { Outbox } from './outbox.js';

/** @typedef {import('../../page/room.js').Room} Room */
/** @typedef {import('../../page/room.js').Entry} Entry */

const PAUSE_MS = 250;
/** The account of what nobody did by hand. */
export const SYSTEM = 'system';

export class Log {
  /** @param {HTMLElement} box @param {Room} room @param {{openAlarm: (id: number) => void}} page */
  constructor(box, room, page) {
    this.room = room;
    this.page = page;
    this.outbox = new Outbox(room.realm, room.me, () => this.showWaiting());
    /** The alarm that what is typed belongs to. @type {{id: number, event_no: string}|null} */
    this.alarm = null;
    /** @type {Entry|null} */
    this.amends = null;
    /** What a search has found; null: nothing is searched. @type {Entry[]|null} */
    this.found = null;
    this.heading = make('h3');
    this.search = make('input', { type: 'search', id: 'log-search', maxlength: '200', autocomplete: 'off' });
    this.about = make('p', { class: 'muted', hidden: true });
    this.input = make('textarea', { id: 'log-entry', rows: '2', maxlength: '4000' });
    this.waiting = make('div', { class: 'log-waiting', role: 'status' });
    this.list = make('ol', { class: 'log-list' });
    box.append(make('div', { class: 'part-head' }, this.heading, this.search), this.about, this.input, this.waiting, this.list);
    this.input.value = draft('log') ?? '';
    this.input.addEventListener('input', () => keep('log', this.input.value || null));
    this.input.addEventListener('keydown', (event) => this.key(event));
    this.search.addEventListener('input', () => this.soon());
    room.on('log', () => this.show());
    this.label();
    this.showWaiting();
    void this.outbox.send();
  }

  label() {
    this.heading.textContent = t('watch_log');
    this.search.placeholder = t('watch_log_search');
    this.search.setAttribute('aria-label', t('watch_log_search'));
    this.input.placeholder = t('watch_log_entry');
    this.input.setAttribute('aria-label', t('watch_log_entry'));
    this.showAbout();
    this.show();
    this.showWaiting();
  }

  /** @param {{id: number, event_no: string}|null} alarm what is typed from now on belongs to it */
  belongsTo(alarm) {
    this.alarm = alarm;
    this.showAbout();
  }

  showAbout() {
    const told = this.amends ? t('watch_log_amends', { n: this.amends.stamp }) : this.alarm ? t('watch_log_for', { no: this.alarm.event_no }) : '';
    this.about.hidden = !told;
    const away = make('button', { class: 'link', 'aria-label': t('close') }, '✕');
    away.addEventListener('click', () => {
      this.amends = null;
      this.belongsTo(null);
    });
    this.about.replaceChildren(told, away);
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    const body = this.input.value.trim();
    if (!body) return;
    const alarm = this.amends?.alarm_id ? { id: this.amends.alarm_id, event_no: this.amends.event_no } : this.alarm;
    this.outbox.add({ body, alarm_id: alarm?.id ?? null, event_no: alarm?.event_no ?? null, amends: this.amends?.stamp ?? null });
    this.input.value = '';
    keep('log', null);
    this.amends = null;
    this.showAbout();
  }

  soon() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.find(), PAUSE_MS);
  }

  async find() {
    const q = this.search.value.trim();
    if (!q) this.found = null;
    else {
      try {
        const found = await askJson('/api/watch/log', { realm: this.room.realm, query: { q } });
        if (q !== this.search.value.trim()) return;
        this.found = found;
      } catch {
        this.found = [];
      }
    }
    this.show();
  }

  /** What was typed and is not with the server yet, and what it did not take. */
  showWaiting() {
    const entries = this.outbox.waiting;
    const going = entries.filter((one) => !one.refused);
    this.waiting.replaceChildren(
      ...(going.length ? [make('p', { class: 'late' }, t('watch_log_waiting', { n: going.length }))] : []),
      ...entries.map((one) => {
        const line = make('div', { class: 'log-unsent' }, make('span', {}, one.body));
        if (one.refused) {
          const again = make('button', { class: 'link' }, t('watch_log_again'));
          const drop = make('button', { class: 'link' }, t('watch_log_drop'));
          again.addEventListener('click', () => this.outbox.again(one.client_id));
          drop.addEventListener('click', () => this.outbox.drop(one.client_id));
          line.append(make('span', { class: 'failed' }, t('watch_log_refused', { why: one.refused })), again, drop);
        }
        return line;
      }),
    );
  }

  show() {
    const entries = this.found ?? this.room.log;
    const amended = new Map(entries.filter((one) => one.amends !== null).map((one) => [one.amends, one.stamp]));
    this.list.replaceChildren(
      ...(this.found?.length === 0 ? [make('li', { class: 'muted' }, t('watch_log_nothing'))] : entries.map((one) => this.entry(one, amended.get(one.stamp)))),
    );
  }

  /** @param {Entry} one @param {number|undefined} amendedBy */
  entry(one, amendedBy) {
    const at = secondsOf(one.recorded_at);
    const delay = at - secondsOf(one.typed_at);
    const head = make(
      'div', { class: 'log-head' },
      make('time', { class: 'numbers' }, brief(at, wall())),
      make('b', {}, one.account === SYSTEM ? t('watch_system') : one.account),
      ...(one.by_system && one.account !== SYSTEM ? [make('span', { class: 'muted' }, t('watch_by_system'))] : []),
      ...(delay > 60 ? [make('span', { class: 'muted numbers' }, t('watch_typed_at', { at: brief(secondsOf(one.typed_at), wall()) }))] : []),
      make('span', { class: 'spring' }),
      make('span', { class: 'muted numbers' }, `#${one.stamp}`),
    );
    if (!one.by_system) {
      const amend = make('button', { class: 'link amend' }, t('watch_log_amend'));
      amend.addEventListener('click', () => {
        this.amends = one;
        this.showAbout();
        this.input.focus();
      });
      head.append(amend);
    }
    const body = make('div', { class: 'log-body' });
    const { alarm_id, event_no } = one;
    if (alarm_id !== null && event_no) {
      const link = make('button', { class: 'link numbers' }, event_no);
      link.addEventListener('click', () => this.page.openAlarm(alarm_id));
      body.append(link, ' ');
    }
    // What the system writes of an alarm begins with its number, which leads there.
    body.append(event_no && one.body.startsWith(event_no) ? one.body.slice(event_no.length).trim() : one.body);
    const made = make('li', { class: `log-entry${one.by_system ? ' by-system' : ''}${amendedBy ? ' amended' : ''}`, 'data-stamp': String(one.stamp) }, head, body);
    if (one.amends !== null) made.append(make('div', { class: 'late' }, t('watch_log_amends', { n: one.amends })));
    if (amendedBy) made.append(make('div', { class: 'late' }, t('watch_log_amended', { n: amendedBy })));
    return made;
  }
}
