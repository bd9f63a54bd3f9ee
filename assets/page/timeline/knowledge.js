/**
 * K, the second clock: what is known at it counts. Its handle goes in a lane of its own below the plot, so that it is not
 * taken for T's hand above; the chips say whether it goes along with T, stands at now, or stays.
 */
import { full } from '../../engine/time.js';
import { nextReport } from '../../engine/knowledge.js';
import { byId, make, write } from '../elements.js';
import { note } from '../notes.js';
import { t } from '../words.js';

/** @typedef {import('../../engine/engine.js').Engine} Engine */
/** @typedef {import('./scale.js').Span} Span */
/** @typedef {number|'at'|null} Known as the View has it: an instant, 'at' with T, null now */
/** What the handle stands for, where it lies, and what shows. @typedef {{known: Known, at: number, now: number, span: Span, width: number}} Place */

/** CSS pixels: less is no drag; nearer to T or to now than this the handle falls on it. */
const SHORTEST_DRAG = 3;
const MAGNET = 5;
/** About what a letter of the handle takes, and what stands around them. */
const LETTER = 8;
const BORDER = 16;

export class Knowledge {
  /**
   * @param {Engine} engine @param {HTMLElement} plot
   * @param {{at: () => number, snapped: (at: number) => number, step: () => number, many: number, restSoon: () => void}} timeline
   *   snapped: a round time near one; step: what an arrow key moves by
   */
  constructor(engine, plot, timeline) {
    this.engine = engine;
    this.timeline = timeline;
    this.line = make('div', { class: 'known-line', 'aria-hidden': 'true' });
    this.handle = make('div', { class: 'known-handle', id: 'known-handle', role: 'slider', tabindex: '0', 'aria-orientation': 'horizontal' });
    this.lane = make('div', { class: 'known-lane' }, this.handle);
    plot.append(this.line, this.lane);
    this.buttons = /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-known]'));
    /** @type {Place} */
    this.placed = { known: null, at: 0, now: 0, span: { from: 0, to: 1 }, width: 0 };
    for (const button of this.buttons) button.addEventListener('click', () => this.choose(button.dataset.known ?? ''));
    this.lane.addEventListener('pointerdown', (event) => this.take(event));
    this.handle.addEventListener('keydown', (event) => this.key(event));
  }

  label() {
    this.handle.setAttribute('aria-label', t('known_slider'));
    this.handle.title = t('known_slider_meaning');
    this.lane.title = t('known_lane');
  }

  /** @param {string} how 'at': K = T; 'now': what is known now; 'fixed': K stays where it is */
  choose(how) {
    const { known_at: before } = this.engine.view.get();
    const fixed = typeof before === 'number' ? before : before === 'at' ? this.timeline.at() : this.engine.now;
    this.engine.view.set({ known_at: how === 'at' ? 'at' : how === 'now' ? null : fixed });
  }

  /** K by hand: near T it joins T, near now or later it is now. @param {number} at @param {number} [reach] seconds */
  move(at, reach = 0) {
    const { at: T } = this.engine.view.get();
    const { now } = this.engine;
    if (at >= now - reach) this.engine.moveKnown(null);
    else if (T !== null && reach > 0 && Math.abs(at - T) <= reach) this.engine.moveKnown('at');
    else this.engine.moveKnown(Math.round(at));
  }

  /** @param {PointerEvent} event */
  take(event) {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    this.handle.focus();
    const start = event.clientX;
    let moves = event.target !== this.handle;
    const go = (/** @type {PointerEvent} */ moved) => {
      moves ||= Math.abs(moved.clientX - start) >= SHORTEST_DRAG;
      if (!moves) return;
      const { span, width } = this.placed;
      const { left } = this.lane.getBoundingClientRect();
      const second = (span.to - span.from) / Math.max(1, width);
      const x = Math.min(width, Math.max(0, moved.clientX - left));
      this.move(this.timeline.snapped(span.from + x * second), MAGNET * second);
    };
    go(event);
    this.lane.setPointerCapture(event.pointerId);
    const drag = new AbortController();
    const end = () => {
      drag.abort();
      if (moves) this.engine.rest();
    };
    this.lane.addEventListener('pointermove', go, { signal: drag.signal });
    this.lane.addEventListener('pointerup', end, { signal: drag.signal });
    this.lane.addEventListener('pointercancel', end, { signal: drag.signal });
  }

  /** @returns {number} K, whatever it is tied to */
  get instant() {
    const { known, at, now } = this.placed;
    return known === null ? now : known === 'at' ? at : known;
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { many } = this.timeline;
    const by = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -many, PageUp: many }[event.key];
    if (by !== undefined) this.move(this.instant + by * this.timeline.step() * (event.shiftKey ? many : 1));
    else if (event.key === ',' || event.key === '.') this.report(event.key === '.' ? 1 : -1);
    else if (event.key === 'End') this.engine.moveKnown(null);
    else return;
    event.preventDefault();
    event.stopPropagation();
    this.timeline.restSoon();
  }

  /** To the report before or after, of what holds at T. @param {1|-1} direction */
  report(direction) {
    void this.engine.data.loadClosed().then(() => {
      const at = nextReport(this.engine.asked(), this.timeline.at(), this.instant, direction);
      if (at !== null) this.move(at);
      else note(t('no_report'));
    });
  }

  /** @param {Place} place */
  place(place) {
    this.placed = place;
    const { known, at, now, span, width } = place;
    const how = known === null ? 'now' : known === 'at' ? 'then' : 'fixed';
    const K = this.instant;
    const x = ((K - span.from) / (span.to - span.from)) * width;
    const side = K < span.from ? 'before' : K > span.to ? 'after' : '';
    const { handle, line } = this;
    line.hidden = side !== '' || how === 'then';
    line.style.transform = `translateX(${x}px)`;
    handle.dataset.how = how;
    handle.dataset.side = side;
    const text = full(K);
    const told = how === 'now' ? t('known_handle_now') : how === 'then' ? 'K = T' : `K ${beside(text, full(at))}`;
    write(handle, told);
    // Measured by its letters: to ask for its width would lay the page out in every frame.
    const half = BORDER + LETTER * told.length / 2;
    handle.style.transform = `translateX(calc(${Math.min(width - half, Math.max(half, x))}px - 50%))`;
    handle.setAttribute('aria-valuemin', String(Math.min(span.from, K)));
    handle.setAttribute('aria-valuemax', String(Math.max(span.to, now, K)));
    handle.setAttribute('aria-valuenow', String(K));
    handle.setAttribute('aria-valuetext', `${text} ${t(how === 'now' ? 'known_now' : how === 'then' ? 'known_then' : 'k_fixed')}`);
    byId('known').hidden = place.known === null && this.engine.view.get().at === null;
    const pressed = how === 'then' ? 'at' : how;
    for (const button of this.buttons) button.setAttribute('aria-pressed', String(button.dataset.known === pressed));
  }
}

/** @param {string} text 2020-05-22 01:12:00 @param {string} other @returns {string} what is not plain from the other: the year, the day, seconds */
function beside(text, other) {
  const from = text.slice(0, 4) !== other.slice(0, 4) ? 0 : text.slice(0, 10) !== other.slice(0, 10) ? 5 : 11;
  return text.slice(from, text.endsWith(':00') ? 16 : 19);
}
