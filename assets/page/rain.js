/** The city's rain, day by day around T, and the year's sum up to T. Follows when the hand rests. */
import { EPOCH, fromRfc3339, full, toRfc3339 } from '../engine/time.js';
import { byId, make } from './elements.js';
import { said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** `at`: the end of the day that it fell in. @typedef {{at: number, mm: number|null}} Day */

const SERIES = 'rain_day_440100';
const DAY = 86400;
const BEIJING = 8 * 3600;
/** Days before and after T. */
const REACH = 15;

export class Rain {
  /** @param {Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.box = byId('rain');
    this.address = '';
    /** @type {Day[]} */
    this.days = [];
    /** @type {{zh: string, en: string}|null} null: the realm has no such series */
    this.title = null;
    engine.on('answer', () => this.look());
    engine.on('language', () => this.draw());
    new ResizeObserver(() => this.look()).observe(byId('statistics'));
  }

  get at() {
    return this.engine.view.get().at ?? this.engine.now;
  }

  /** Asks for the year and for the days around T, where the panel is seen and they are others than before. */
  async look() {
    if (!byId('statistics').offsetParent) return;
    const known = this.engine.view.get().known_at;
    const today = Math.floor((this.at + BEIJING) / DAY) * DAY - BEIJING;
    const asked = new URLSearchParams({
      realm: this.engine.realm,
      series: SERIES,
      from: toRfc3339(Math.min(newYear(this.at), today - (REACH + 1) * DAY)),
      to: toRfc3339(today + (REACH + 2) * DAY),
    });
    if (known !== null) asked.set('known_at', toRfc3339(known === 'at' ? this.at : known));
    const address = `/api/observations?${asked}`;
    if (address === this.address) return this.draw();
    this.address = address;
    // A realm without rain says so in its list; it may come while an exercise is being loaded.
    const listed = this.title ? [] : await asJson(`/api/series?realm=${encodeURIComponent(this.engine.realm)}&prefix=${SERIES}`);
    const found = this.title || listed?.some((/** @type {any} */ one) => one.series === SERIES) ? await asJson(address) : null;
    if (address !== this.address) return;
    if (found === null) this.address = ''; // asked again at the next rest
    this.title = found?.title ?? null;
    this.days = found?.values.map((/** @type {any} */ one) => ({ at: fromRfc3339(one.at), mm: one.value })) ?? [];
    this.draw();
  }

  draw() {
    this.box.hidden = this.title === null;
    if (this.title === null) return;
    const { at } = this;
    const past = this.days.filter((day) => day.at <= at);
    const inYear = past.filter((day) => day.at > newYear(at));
    const last = past[past.length - 1];
    const sum = inYear.reduce((mm, day) => mm + (day.mm ?? 0), 0);
    const near = last && at - last.at < 2 * DAY;
    if (!this.days.length) {
      this.box.replaceChildren(make('h3', {}, said(this.title)), make('p', { class: 'muted' }, t('rain_none')));
      return;
    }
    this.box.replaceChildren(
      make('h3', {}, said(this.title)),
      make('p', {}, inYear.length ? t('rain_sum', { year: full(at).slice(0, 4), mm: sum.toFixed(1), at: day(inYear[inYear.length - 1].at) }) : t('rain_none')),
      make('p', { class: 'muted' }, near ? t('rain_last', { at: day(last.at), mm: (last.mm ?? 0).toFixed(1) }) : ''),
      this.bars(at),
    );
  }

  /** @param {number} at */
  bars(at) {
    // The readings are taken at one hour of the day; those that are not known yet keep their place.
    const first = this.days[0].at;
    const before = first + Math.floor((at - first) / DAY) * DAY;
    const byTime = new Map(this.days.map((one) => [one.at, one.mm]));
    const shown = Array.from({ length: 2 * REACH + 1 }, (_, k) => before + (k - REACH) * DAY).map((when) => ({ at: when, mm: byTime.get(when) ?? null }));
    const most = Math.max(...shown.map((one) => one.mm ?? 0));
    const bars = shown.map((one) => {
      const bar = make('span', { class: one.at > at ? 'after' : '', title: one.mm === null ? '' : t('rain_bar', { at: day(one.at), mm: one.mm.toFixed(1) }) });
      if (one.mm) bar.style.height = `${Math.max(3, (100 * one.mm) / most)}%`;
      return make('div', { class: one.at > at && one.at - at <= DAY ? 'at' : '' }, bar);
    });
    const says = t('rain_label', { from: day(shown[0].at), to: day(shown[2 * REACH].at), mm: most.toFixed(1) });
    return make(
      'figure',
      { role: 'img', 'aria-label': says },
      make('div', { class: 'most', 'aria-hidden': 'true' }, most ? `${most.toFixed(1)} mm` : ''),
      make('div', { class: 'bars', 'aria-hidden': 'true' }, ...bars),
      make('figcaption', { 'aria-hidden': 'true' }, make('span', {}, day(shown[0].at).slice(0, 5)), make('span', {}, t('rain_after')), make('span', {}, day(shown[2 * REACH].at).slice(0, 5))),
    );
  }
}

/** What an address answers; null where it does not. @param {string} address @returns {Promise<any>} */
async function asJson(address) {
  const answer = await fetch(address).catch(() => null);
  return answer?.ok ? answer.json().catch(() => null) : null;
}

/** @param {number} at @returns {number} when its year began, Beijing time */
const newYear = (at) => Date.UTC(Number(full(at).slice(0, 4)), 0, 1) / 1000 - EPOCH - BEIJING;

/** @param {number} at @returns {string} 05-22 08:00 */
const day = (at) => full(at).slice(5, 16);
