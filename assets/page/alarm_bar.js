/** The bar that every page shows while an alarm rings: what it is, since when, who is called, and the button to take it. */
import { EPOCH, brief, wall } from '../engine/time.js';
import { make } from './elements.js';
import { note } from './notes.js';
import { age, t } from './words.js';
import { Bell } from './bell.js';

/** @typedef {import('./room.js').Room} Room */
/** @typedef {import('./room.js').Alarm} Alarm */

export const LEVELS = ['level_0', 'level_1', 'level_2', 'level_3', 'level_4'];
export const SIGNS = ['○', '■', '●', '▲', '◆'];

/** @param {string} at RFC 3339 @returns {number} seconds since 2000 */
export const secondsOf = (at) => Date.parse(at) / 1000 - EPOCH;

/** @param {number} severity @returns {HTMLElement} shape, colour and word */
export function level(severity) {
  return make('span', { class: `level level-${severity}` }, `${SIGNS[severity]} ${t(LEVELS[severity])}`);
}

export class AlarmBar {
  /** @param {Room} room */
  constructor(room) {
    this.room = room;
    /** Where the page itself shows alarms. @type {((alarm: Alarm) => void)|null} */
    this.open = null;
    this.bell = new Bell(room);
    this.bell.changed = () => this.show();
    this.bar = make('div', { class: 'alarm-bar', role: 'alert', hidden: true });
    document.getElementById('bar')?.after(this.bar);
    this.shown = '';
    // A tab that slept heard nothing meanwhile.
    document.addEventListener('resume', () => void room.catchUp());
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void room.catchUp());
  }

  /** Anew, where something has changed: while nothing has, the button stays the one that has the focus. */
  show() {
    const { room, bell } = this;
    const rings = room.ringing;
    this.bar.hidden = rings.length === 0;
    const [first] = rings;
    if (!first) {
      this.shown = '';
      this.bar.replaceChildren();
      return;
    }
    const minutes = age(Math.max(0, wall() - secondsOf(first.received_at)));
    const told = JSON.stringify([rings.map(({ id, number }) => [id, number]), room.muted, bell.silenced, Bell.mayAsk, minutes, t('bell_take')]);
    if (told === this.shown) return;
    const focused = this.bar.contains(document.activeElement);
    this.shown = told;
    const take = make('button', { class: 'primary', 'data-take': String(first.id) }, t('bell_take'));
    take.addEventListener('click', () => void this.take(first));
    const parts = [
      make('b', {}, t('bell_waiting', { n: rings.length })),
      level(first.severity),
      make('span', { class: 'alarm-title' }, first.facts.title),
      make('span', { class: 'numbers' }, t('bell_since', { at: brief(secondsOf(first.received_at), wall()), age: minutes })),
      ...(first.called ? [make('span', {}, t('bell_called', { name: first.called }))] : []),
      take,
    ];
    if (!this.open) parts.push(make('a', { class: 'link', href: this.address(first) }, t('bell_open')));
    if (bell.silenced) parts.push(button('bell_sound', () => bell.wake()));
    if (Bell.mayAsk) parts.push(button('bell_notify', () => void Notification.requestPermission().then(() => bell.follow())));
    parts.push(button(room.muted ? 'bell_unmute' : 'bell_mute', () => void room.mute(!room.muted).catch(sayWhy)));
    this.bar.replaceChildren(...parts);
    if (focused) take.focus();
  }

  /** @param {Alarm} alarm */
  async take(alarm) {
    try {
      const taken = await this.room.act(alarm, 'take');
      this.open?.(taken);
    } catch (error) {
      sayWhy(error);
    }
  }

  /** @param {Alarm} alarm */
  address(alarm) {
    const kept = new URLSearchParams(location.search);
    const query = new URLSearchParams({ realm: this.room.realm, alarm: String(alarm.id) });
    if (kept.get('lang') === 'en') query.set('lang', 'en');
    return `/watch?${query}`;
  }
}

/** @param {string} word @param {() => void} act */
function button(word, act) {
  const made = make('button', { class: 'link' }, t(word));
  made.addEventListener('click', act);
  return made;
}

/** @param {unknown} error */
export const sayWhy = (error) => note(() => /** @type {Error} */ (error).message, 'error');
