/** What lies over the plot and moves with T: the slider, its hand, now, the window's band, the marks of what flashed. */
import { full } from '../../engine/time.js';
import { make } from '../elements.js';
import { t } from '../words.js';

/** @typedef {import('../../engine/engine.js').ListRow} ListRow */
/** @typedef {import('./scale.js').Span} Span */
/** @typedef {{at: number, now: number, live: boolean, known: number|'at'|null, window: Span|null}} Moment what there is to place */

export class Overlay {
  /** @param {HTMLElement} plot */
  constructor(plot) {
    const part = (/** @type {string} */ name) => make('div', { class: name, 'aria-hidden': 'true' });
    this.band = part('window-band');
    this.edges = part('window-edges');
    this.nowLine = part('now-line');
    this.flashes = part('flash-marks');
    this.slider = make('input', { type: 'range', id: 'time-slider', class: 'time-slider', step: '1' });
    this.hand = part('hand');
    this.axis = part('time-axis');
    plot.prepend(this.band);
    plot.append(this.edges, this.nowLine, this.flashes, this.slider, this.hand, this.axis);
    /** @type {Span} */
    this.span = { from: 0, to: 1 };
    this.width = 0;
    /** @type {ListRow[]} */
    this.flashed = [];
  }

  label() {
    this.slider.setAttribute('aria-label', t('time_slider'));
    this.slider.title = t('time_slider');
    this.axis.title = t('time_axis');
  }

  /** @param {Span} span @param {number} width CSS pixels */
  fit(span, width) {
    this.span = span;
    this.width = width;
    this.slider.min = String(span.from);
    this.slider.max = String(span.to);
    this.placeFlashes();
  }

  /** @param {number} at @returns {number} CSS pixels from the left */
  x(at) {
    return ((at - this.span.from) / (this.span.to - this.span.from)) * this.width;
  }

  /** @param {number} x @returns {number} */
  timeAt(x) {
    return this.span.from + (x / Math.max(1, this.width)) * (this.span.to - this.span.from);
  }

  /** @param {Moment} moment */
  place({ at, now, live, known, window }) {
    const { from, to } = this.span;
    this.slider.value = String(at);
    this.slider.setAttribute('aria-valuetext', `${full(at)} ${live ? t('now') : t('not_now')}`);
    this.line(this.hand, at, true);
    this.hand.dataset.side = at < from ? 'before' : at > to ? 'after' : '';
    this.hand.dataset.text = live ? t('now') : known === 'at' ? 'T = K' : 'T';
    this.line(this.nowLine, now, !live);
    const left = window ? Math.max(0, this.x(window.from)) : 0;
    const wide = window ? Math.min(this.width, this.x(window.to)) - left : 0;
    for (const part of [this.band, this.edges]) {
      part.hidden = wide <= 0;
      part.style.transform = `translateX(${left}px)`;
      part.style.width = `${Math.max(0, wide)}px`;
    }
  }

  /** A vertical line at a time; the hand stays at the edge, so that it can be found. @param {HTMLElement} line @param {number} at @param {boolean} wanted */
  line(line, at, wanted) {
    const x = this.x(at);
    line.hidden = !wanted || (line !== this.hand && (x < 0 || x > this.width));
    line.style.transform = `translateX(${Math.min(this.width, Math.max(0, x))}px)`;
  }

  /** @param {ListRow[]} rows */
  setFlashed(rows) {
    this.flashed = rows;
    this.placeFlashes();
  }

  placeFlashes() {
    const { from, to } = this.span;
    this.flashes.replaceChildren(
      ...this.flashed.filter(({ t0 }) => from <= t0 && t0 <= to).map(({ t0, severity }) => {
        const mark = make('i', { class: `flash-mark level-${severity}` });
        mark.style.transform = `translateX(${this.x(t0)}px)`;
        return mark;
      }),
    );
  }
}
