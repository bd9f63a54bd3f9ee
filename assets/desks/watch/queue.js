/** The queue: what is open, what rings first; each with its holder and with deadlines that count down. */
import { brief, wall } from '../../engine/time.js';
import { level, secondsOf } from '../../page/alarm_bar.js';
import { make } from '../../page/elements.js';
import { age, t } from '../../page/words.js';
import { askJson } from '../asking.js';

/** @typedef {import('../../page/room.js').Room} Room */
/** @typedef {import('../../page/room.js').Alarm} Alarm */

/** @param {Alarm} alarm @returns {HTMLElement[]} how long is left, or by how much it is late; what is done is only said on the alarm itself */
export function deadlines(alarm, { whole = false } = {}) {
  const told = [];
  for (const [due, done, name] of /** @type {const} */ ([['phone_due_at', 'phoned_at', 'watch_phone_due'], ['written_due_at', 'reported_at', 'watch_written_due']])) {
    const at = alarm.deadlines[done];
    const left = secondsOf(/** @type {string} */ (alarm.deadlines[due])) - wall();
    if (at) {
      if (whole) told.push(make('span', { class: 'deadline done' }, `${t(name)} ${t('watch_done_at', { at: brief(secondsOf(at), wall()) })}`));
    } else if (!alarm.closed_at) {
      const kind = left < 0 ? 'overdue' : left < 180 ? 'soon' : '';
      told.push(make('span', { class: `deadline ${kind}`, 'data-due': String(left) }, `${t(name)} ${t(left < 0 ? 'watch_overdue' : 'watch_left', { age: left < 0 ? age(left) : clock(left) })}`));
    }
  }
  return told;
}

/** @param {number} seconds @returns {string} 9:42 */
const clock = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

export class Queue {
  /** @param {HTMLElement} box @param {Room} room @param {{openAlarm: (id: number) => void}} page */
  constructor(box, room, page) {
    this.room = room;
    this.page = page;
    this.selected = 0;
    /** Closed ones, when they are looked at. @type {Alarm[]|null} */
    this.settled = null;
    this.tabs = make('div', { class: 'part-head' });
    this.list = make('ul', { class: 'queue-list' });
    box.append(this.tabs, this.list);
    room.on('queue', () => this.show());
  }

  /** @param {number} id */
  select(id) {
    this.selected = id;
    this.show();
  }

  /** @param {1|-1} by */
  move(by) {
    const all = this.settled ?? this.room.queue;
    const at = all.findIndex(({ id }) => id === this.selected);
    const next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? 0 : at + by))];
    if (next) this.page.openAlarm(next.id);
  }

  async showSettled() {
    this.settled = await askJson('/api/watch/alarms', { realm: this.room.realm });
    this.show();
  }

  show() {
    const open = make('button', { class: 'chip', 'aria-pressed': String(!this.settled) }, t('watch_open', { n: this.room.alarms.size }));
    const done = make('button', { class: 'chip', 'aria-pressed': String(Boolean(this.settled)) }, t('watch_settled'));
    open.addEventListener('click', () => {
      this.settled = null;
      this.show();
    });
    done.addEventListener('click', () => void this.showSettled());
    this.tabs.replaceChildren(make('h3', {}, t('watch_queue')), open, done);
    const shown = this.settled ?? this.room.queue;
    this.list.replaceChildren(...(shown.length ? shown.map((one) => this.item(one)) : [make('li', { class: 'empty' }, t('watch_empty'))]));
  }

  /** The second hand has moved. */
  tick() {
    for (const one of this.room.queue) this.list.querySelector(`[data-alarm="${one.id}"] .deadlines`)?.replaceChildren(...deadlines(one));
  }

  /** @param {Alarm} one */
  item(one) {
    const holder = one.holder ? t(one.holder === this.room.me ? 'watch_mine' : 'watch_holder', { name: one.holder }) : t('watch_unheld');
    const made = make(
      'button', { class: 'queue-item', 'data-alarm': String(one.id), 'aria-current': String(one.id === this.selected) },
      make('div', { class: 'queue-head' }, level(one.severity), make('span', { class: 'muted numbers' }, one.event_no), make('span', { class: 'spring' }), make('time', { class: 'muted numbers' }, brief(secondsOf(one.received_at), wall()))),
      make('div', { class: 'queue-title' }, one.facts.title),
      make('div', { class: 'queue-line' }, make('span', { class: 'stage' }, t(`watch_stage_${one.stage}`)), make('span', { class: one.holder ? '' : 'unheld' }, holder), ...(one.facts.place ? [make('span', { class: 'muted' }, one.facts.place)] : [])),
      make('div', { class: 'deadlines' }, ...deadlines(one)),
    );
    if (one.ringing) made.classList.add('ringing');
    made.addEventListener('click', () => this.page.openAlarm(one.id));
    return make('li', {}, made);
  }
}
