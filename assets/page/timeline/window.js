/** The window that is read: its buttons, what began, ended and held in it. */
import { full } from '../../engine/time.js';
import { byId, write } from '../elements.js';
import { number, t } from '../words.js';
import { goesAlong, windowAt } from './windows.js';

/** @typedef {import('../../engine/engine.js').Engine} Engine */
/** @typedef {import('../../engine/engine.js').ListRow} ListRow */
/** @typedef {import('./scale.js').Span} Span */

export class TimeWindow {
  /** @param {Engine} engine @param {{at: () => number, season: [number, number][], known: () => Span, passing: () => boolean}} timeline */
  constructor(engine, timeline) {
    this.engine = engine;
    this.timeline = timeline;
    /** Null: none, or one that was drawn. @type {string|null} */
    this.name = null;
    /** Of a window that stays. @type {Span|null} */
    this.fixed = null;
    /** What the words were made from. @type {unknown[]} */
    this.toldFrom = [];
  }

  /** @param {string|null} name @param {Span|null} [drawn] */
  set(name, drawn = null) {
    this.put(name, name === null || goesAlong(name) ? drawn : this.named(name));
  }

  /** @param {string|null} name @param {Span|null} fixed */
  put(name, fixed) {
    this.name = name;
    this.fixed = fixed;
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-window]'))) {
      button.setAttribute('aria-pressed', String(button.dataset.window === name));
    }
    this.tell();
  }

  /** A new day may have begun. */
  renew() {
    if (this.name !== null) this.set(this.name);
  }

  /** @returns {Span|null} */
  span() {
    return this.name !== null && goesAlong(this.name) ? this.named(this.name) : this.fixed;
  }

  /** @param {string} name @returns {Span} */
  named(name) {
    const { at, season, known } = this.timeline;
    return windowAt(name, at(), { season, known: known() });
  }

  tell() {
    const span = this.span();
    const told = byId('window-told');
    told.hidden = span === null;
    if (!span) return;
    const passing = this.timeline.passing();
    const from = [span.from, span.to, document.documentElement.lang, ...this.engine.history(passing)];
    if (from.length === this.toldFrom.length && from.every((one, k) => one === this.toldFrom[k])) return;
    this.toldFrom = from;
    const { began, ended, held } = this.engine.lived(span.from, span.to, passing);
    write(told, t('window_told', { began: number(began), ended: number(ended), held: number(held) }));
    told.title = `${words(span)}\n${t('window_told_meaning')}`;
    told.dataset.span = words(span);
  }

  /** @param {number} limit @returns {{title: string, listed: {total: number, rows: ListRow[]}}} */
  began(limit) {
    const span = this.span() ?? { from: 0, to: 0 };
    const listed = this.engine.list({ what: 'began', limit, ...span, passing: this.timeline.passing() });
    return { title: t('began_in', { time: words(span), n: number(listed.total) }), listed };
  }
}

/** @param {Span} span */
const words = ({ from, to }) => `${full(from).slice(0, 16)} – ${full(to).slice(0, 16)}`;
