/** Playing: the button, the rate, where it starts and stops, and what it would swallow. */
import { byId, make, write } from '../elements.js';
import { note } from '../notes.js';
import { number, t } from '../words.js';
import { Player, RATES } from './player.js';

/** @typedef {import('../../engine/engine.js').Engine} Engine */
/** @typedef {import('../../engine/engine.js').ListRow} ListRow */
/** @typedef {import('./scale.js').Span} Span */
/** Where playing may go: what shows, the window if it stays, and all that is known. @typedef {{shown: Span, fixed: Span|null, known: Span}} Range */

const DEFAULT_RATE = 600;
const MOST_MARKED = 500;

export class Play {
  /** @param {Engine} engine @param {{range: () => Range, flashed: (rows: ListRow[]) => void}} timeline */
  constructor(engine, timeline) {
    this.engine = engine;
    this.timeline = timeline;
    /** Since it last started. @type {ListRow[]} */
    this.flashed = [];
    this.button = byId('play');
    this.select = make('select', { id: 'rate', class: 'chip' });
    this.select.append(...RATES.map((rate) => make('option', { value: String(rate), selected: rate === DEFAULT_RATE }, `${rate}×`)));
    byId('rate-field').append(this.select);
    this.player = new Player({ move: (at, before) => this.move(at, before), ended: (at) => this.ended(at), changed: () => this.show() });
    this.player.setRate(DEFAULT_RATE);
    this.select.addEventListener('change', () => this.player.setRate(Number(this.select.value)));
    this.button.addEventListener('click', () => this.toggle());
    // Who sets T otherwise (the back button, a typed time) has the say.
    engine.view.subscribe((view, before) => view.at !== before.at && this.player.stop());
    this.show();
  }

  get playing() {
    return this.player.playing;
  }

  toggle() {
    if (this.playing) this.pause();
    else this.start();
  }

  pause() {
    if (!this.playing) return;
    this.player.stop();
    this.engine.rest();
  }

  /** For whoever moves T by hand, and lets it rest himself. */
  interrupt() {
    this.player.stop();
  }

  /** From T on; from now, or from a window's end, from where the window or the plot begins. */
  start() {
    const { view, now } = this.engine;
    const { shown, fixed, known } = this.timeline.range();
    const at = view.get().at ?? now;
    const again = view.get().at === null || at === fixed?.to;
    const from = again ? (fixed ?? shown).from : at;
    const stop = fixed && from < fixed.to ? fixed.to : Infinity;
    const end = from < now ? () => Math.min(stop, this.engine.now) : () => Math.min(stop, known.to);
    if (from >= end()) {
      note(t('nothing_to_play'));
      return;
    }
    this.flashed = [];
    this.timeline.flashed(this.flashed);
    if (from !== view.get().at) view.set({ at: from });
    this.player.start(from, end);
  }

  /** @param {number} at @param {number} before */
  move(at, before) {
    this.engine.moveTime(at);
    const found = this.engine.flash(before, at);
    if (!found.length) return;
    this.flashed = [...this.flashed, ...found];
    this.timeline.flashed(this.flashed.slice(-MOST_MARKED));
    this.show();
  }

  /** @param {number} at */
  ended(at) {
    const { view, now } = this.engine;
    const { known_at: known } = view.get();
    if (at === now) view.set({ at: null, known_at: typeof known === 'number' ? known : null });
    else this.engine.rest();
  }

  /** Button and count, in the page's language. */
  show() {
    const label = t(this.playing ? 'pause' : 'play');
    this.button.setAttribute('aria-label', label);
    this.button.title = label;
    this.button.classList.toggle('playing', this.playing);
    this.select.setAttribute('aria-label', t('rate'));
    this.select.title = t('rate');
    const chip = byId('flashed');
    chip.hidden = this.flashed.length === 0;
    write(chip, t('flashed', { n: number(this.flashed.length) }));
    chip.title = t('flashed_meaning');
  }
}
