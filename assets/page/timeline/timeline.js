/** The timeline: T, the span that shows, the window that is read, K and 现在. */
import { comesAndGoes } from '../../engine/lives.js';
import { byId } from '../elements.js';
import { note } from '../notes.js';
import { number, t } from '../words.js';
import { MOST_LISTED, WindowCard } from './card.js';
import { TimeField } from './field.js';
import { gestures } from './gestures.js';
import { Known } from './known.js';
import { Knowledge } from './knowledge.js';
import { recalled, remember } from './memory.js';
import { Overlay } from './overlay.js';
import { Play } from './play.js';
import { Plot } from './plot.js';
import { aligned, grainOf, HOUR, MINUTE, panned, stepOf, zoomed } from './scale.js';
import { TimeWindow } from './window.js';
import { around, goesAlong } from './windows.js';

/** @typedef {import('../../engine/engine.js').Engine} Engine */
/** @typedef {import('../../engine/engine.js').ListRow} ListRow */
/** @typedef {import('./scale.js').Span} Span */

const REST_MS = 250;
/** One press of + or −. */
const ZOOM = 2;
const MANY_STEPS = 10;
/** Where T comes to lie when it leaves what shows, as part of it. */
const TURNED = 0.1;
/** With so little showing, seconds are worth saying. */
const SAY_SECONDS_WITHIN = 2 * HOUR;

export class Timeline {
  /** @param {Engine} engine @param {{open: (key: {layer: string, row: number}) => void, season: [number, number][], opening: import('../opening.js').Opening}} page season: month and day of its first and last day */
  constructor(engine, page) {
    this.engine = engine;
    this.page = page;
    const box = byId('timeline-plot');
    this.plot = new Plot(box, engine);
    this.overlay = new Overlay(box);
    this.field = new TimeField((at) => engine.view.set({ at }));
    this.known = new Known(engine);
    this.card = new WindowCard(engine, (row) => this.open(row));
    /** What the plot shows. @type {Span} */
    this.span = { from: 0, to: 1 };
    this.window = new TimeWindow(engine, { at: () => this.at, season: page.season, known: () => this.limits(), passing: () => this.passing });
    this.selecting = false;
    /** Whether only what comes and goes is wanted here, standing things and states aside. */
    this.onlyPassing = true;
    this.knowledge = new Knowledge(engine, box, {
      at: () => this.at, snapped: (at) => aligned(at, grainOf(this.span), Math.round), step: () => stepOf(this.span), many: MANY_STEPS, restSoon: () => this.restSoon(),
    });
    /** The frame in which the plot is drawn anew. @type {number|undefined} */
    this.drawing = undefined;
    /** The present as it was last told. @type {number|undefined} */
    this.clocked = undefined;
    /** T of the last answer. @type {number|undefined} */
    this.followed = undefined;
    this.play = new Play(engine, {
      range: () => ({ shown: this.window.span() ?? this.span, fixed: this.window.fixed, known: this.limits() }),
      flashed: (rows) => this.overlay.setFlashed(rows),
    });
    this.wire(box);
    new ResizeObserver(([entry]) => {
      this.plot.width = entry.contentRect.width;
      this.plot.height = entry.contentRect.height;
      this.look(this.span);
    }).observe(box);
    this.begin();
    this.label();
  }

  /** As it was before a reload; else the last day. */
  begin() {
    const { engine } = this;
    const kept = recalled(engine.realm, engine.view.get().at, engine.now);
    if (kept) {
      this.window.put(kept.name, kept.fixed);
      this.look(kept.span);
    } else this.choose('last_24h');
    window.addEventListener('pagehide', () => {
      const { name, fixed } = this.window;
      remember(engine.realm, { span: this.span, name, fixed, live: engine.view.get().at === null, now: engine.now });
    });
  }

  /** @param {HTMLElement} box */
  wire(box) {
    const { engine } = this;
    const { slider, axis } = this.overlay;
    slider.addEventListener('input', () => this.go(this.snapped(Number(slider.value))));
    slider.addEventListener('change', () => this.restSoon());
    gestures(box, axis, {
      zoom: (factor, x) => this.look(zoomed(this.span, factor, this.overlay.timeAt(x), this.limits())),
      pan: (dx) => this.look(panned(this.span, this.overlay.timeAt(0) - this.overlay.timeAt(dx), this.limits())),
      select: (x0, x1, done) => this.drawWindow(x0, x1, done),
      selecting: () => this.selecting,
    });
    byId('timeline').addEventListener('keydown', (event) => this.key(event));
    for (const [id, does] of /** @type {[string, () => void][]} */ ([
      ['step-back', () => this.step(-1)],
      ['step-forward', () => this.step(1)],
      ['previous-change', () => this.change(-1)],
      ['next-change', () => this.change(1)],
      ['to-now', () => this.toNow()],
      ['time-zoom-in', () => this.zoomAroundT(1 / ZOOM)],
      ['time-zoom-out', () => this.zoomAroundT(ZOOM)],
      ['select-span', () => this.selectNext(!this.selecting)],
      ['only-passing', () => this.setOnlyPassing(!this.onlyPassing)],
      ['window-told', () => this.listBegan()],
      ['flashed', () => this.listFlashed()],
      ['unfold-timeline', () => this.unfold(!byId('timeline').classList.contains('unfolded'))],
    ])) byId(id).addEventListener('click', does);
    for (const button of all('[data-window]')) button.addEventListener('click', () => this.choose(button.dataset.window ?? ''));
    engine.on('answer', () => this.follow());
    engine.on('moving', () => this.moving());
    engine.on('counted', () => this.recount());
    engine.on('clock', (now) => this.clock(now));
    engine.on('language', () => this.label());
    engine.on('theme', () => this.draw());
  }

  label() {
    this.overlay.label();
    this.knowledge.label();
    this.field.label();
    this.plot.canvas.setAttribute('aria-label', t('histogram'));
    this.play.show();
    this.unfold(byId('timeline').classList.contains('unfolded'));
    this.draw();
    this.window.tell();
  }

  /** @returns {number} T, whether it moves or not */
  get at() {
    return this.engine.view.get().at ?? this.engine.now;
  }

  /** Whether some of the visible layers' features come and go, and others' stay. */
  get mixed() {
    const layers = this.engine.visible();
    return layers.some(comesAndGoes) && !layers.every(comesAndGoes);
  }

  /** Whether only what comes and goes counts. */
  get passing() {
    return this.onlyPassing && this.mixed;
  }

  /** Takes a named window and shows it, or gives it up where it is taken. @param {string} name */
  choose(name) {
    const taken = this.window.name === name;
    this.window.set(taken ? null : name);
    const span = this.window.span();
    if (span) this.look(around(name, span));
    else this.show();
  }

  /** @param {number} x0 @param {number} x1 CSS pixels @param {boolean} done */
  drawWindow(x0, x1, done) {
    const [from, to] = [x0, x1].map((x) => aligned(this.overlay.timeAt(x), grainOf(this.span), Math.round)).sort((a, b) => a - b);
    if (from === to) return;
    this.window.set(null, { from, to });
    this.show();
    if (done) this.selectNext(false);
  }

  /** The window begins or ends at T. @param {'from'|'to'} end */
  setEnd(end) {
    const other = end === 'from' ? 'to' : 'from';
    const span = { ...(this.window.span() ?? this.span), [end]: this.at };
    // Where the other end would lie on the wrong side, it goes to the edge of what shows.
    if (span.from >= span.to) span[other] = this.span[other];
    if (span.from < span.to) this.window.set(null, span);
    this.show();
  }

  /** @param {boolean} selecting whether the next drag draws a window */
  selectNext(selecting) {
    this.selecting = selecting;
    byId('timeline-plot').classList.toggle('selecting', selecting);
    byId('select-span').setAttribute('aria-pressed', String(selecting));
  }

  /** @param {boolean} only */
  setOnlyPassing(only) {
    this.onlyPassing = only;
    this.draw();
    this.window.tell();
  }

  /** @returns {Span} of all that is known */
  limits() {
    return this.known.span(this.at);
  }

  /** @param {Span} span to show */
  look(span) {
    this.span = span;
    this.overlay.fit(span, this.plot.width);
    this.show();
    this.drawing ??= requestAnimationFrame(() => {
      this.drawing = undefined;
      this.draw();
    });
  }

  /** @param {number} factor */
  zoomAroundT(factor) {
    const { from, to } = this.span;
    const middle = from <= this.at && this.at <= to ? this.at : (from + to) / 2;
    this.look(zoomed(this.span, factor, middle, this.limits()));
  }

  /** Near now the hand falls on now, elsewhere on a round time. @param {number} at @returns {number|null} */
  snapped(at) {
    const grain = grainOf(this.span);
    if (Math.abs(at - this.engine.now) < 3 * grain) return null;
    return Math.min(this.span.to, Math.max(this.span.from, aligned(at, grain, Math.round)));
  }

  /** T by hand. @param {number|null} at */
  go(at) {
    this.play.interrupt();
    this.engine.moveTime(at);
  }

  restSoon() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.engine.rest(), REST_MS);
  }

  /** @param {number} by steps */
  step(by) {
    const step = stepOf(this.span);
    this.go(aligned(this.at, step, by > 0 ? Math.floor : Math.ceil) + by * step);
    this.restSoon();
  }

  /** @param {1|-1} direction */
  change(direction) {
    const at = this.engine.nextChange(direction, this.passing);
    if (at === null) {
      note(t('no_change'));
      return;
    }
    this.go(at);
    this.restSoon();
  }

  toNow() {
    clearTimeout(this.resting);
    this.play.interrupt();
    this.engine.view.set({ ...this.page.opening.dropped(), at: null, known_at: null });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const target = /** @type {HTMLElement} */ (event.target);
    if (target.matches('input:not([type="range"]), select')) return;
    const many = event.shiftKey ? MANY_STEPS : 1;
    const onSlider = /** @type {Record<string, () => void>} */ ({
      ArrowLeft: () => this.step(-many),
      ArrowDown: () => this.step(-many),
      ArrowRight: () => this.step(many),
      ArrowUp: () => this.step(many),
      PageDown: () => this.step(-MANY_STEPS),
      PageUp: () => this.step(MANY_STEPS),
      ' ': () => this.play.toggle(),
    });
    const anywhere = /** @type {Record<string, () => void>} */ ({
      '+': () => this.zoomAroundT(1 / ZOOM),
      '=': () => this.zoomAroundT(1 / ZOOM),
      '-': () => this.zoomAroundT(ZOOM),
      '_': () => this.zoomAroundT(ZOOM),
      ',': () => this.change(-1),
      '.': () => this.change(1),
      '[': () => this.setEnd('from'),
      ']': () => this.setEnd('to'),
      Home: () => this.toNow(),
    });
    const does = (target === this.overlay.slider ? onSlider[event.key] : undefined) ?? anywhere[event.key];
    if (!does) return;
    does();
    event.preventDefault();
    event.stopPropagation();
  }

  /** After an answer: T stays in sight when it moved. */
  follow() {
    if (this.at !== this.followed) this.keepInSight();
    this.followed = this.at;
    this.recount();
  }

  /** Bars and numbers: while K moves they follow at the lists' pace. */
  recount() {
    this.draw();
    this.window.tell();
  }

  moving() {
    if (this.at > this.span.to || this.at < this.span.from) this.keepInSight();
    this.show();
  }

  keepInSight() {
    const { from, to } = this.span;
    if (from <= this.at && this.at <= to) return;
    const rest = (this.at > to ? TURNED : 1 - TURNED) * (to - from);
    this.look(panned(this.span, this.at - rest - from, this.limits()));
  }

  /** @param {number} now */
  clock(now) {
    const before = this.clocked ?? now;
    this.clocked = now;
    if (this.engine.view.get().at !== null) return;
    const { from, to } = this.span;
    const inSight = from <= before && before <= to;
    // In a replay a second of the wall clock may be many minutes.
    const minutes = Math.floor(now / MINUTE) - Math.floor(before / MINUTE);
    if (minutes) {
      this.window.renew();
      if (inSight && goesAlong(this.window.name)) this.look(panned(this.span, minutes * MINUTE, this.limits()));
    }
    if (inSight) this.keepInSight();
    this.show();
  }

  /** Hand, words and buttons. */
  show() {
    const view = this.engine.view.get();
    const live = view.at === null;
    this.field.say(this.at, !live && this.span.to - this.span.from <= SAY_SECONDS_WITHIN);
    this.overlay.place({ at: this.at, now: this.engine.now, live, known: view.known_at, window: this.window.span() });
    this.knowledge.place({ known: live && view.known_at === 'at' ? null : view.known_at, at: this.at, now: this.engine.now, span: this.span, width: this.plot.width });
    const now = live && view.known_at === null;
    byId('to-now').setAttribute('aria-pressed', String(now));
    byId('to-now').classList.toggle('quiet', now);
  }

  draw() {
    this.show();
    this.plot.draw(this.span, this.passing);
    const chip = byId('only-passing');
    chip.hidden = !this.mixed;
    chip.setAttribute('aria-pressed', String(this.onlyPassing));
  }

  listBegan() {
    const { title, listed } = this.window.began(MOST_LISTED);
    void this.card.show(byId('window-told'), title, listed);
  }

  listFlashed() {
    const rows = this.play.flashed;
    void this.card.show(byId('flashed'), t('flashed', { n: number(rows.length) }), { total: rows.length, rows });
  }

  /** Opens a row; where it does not hold, T goes to when it began. @param {ListRow} row */
  open(row) {
    const answer = this.engine.answers.get(row.layer.id);
    if (!answer?.holds(answer.columns.placeOf(row.row))) {
      this.play.interrupt();
      this.engine.view.set({ at: row.t0 });
    }
    this.page.open({ layer: row.layer.id, row: row.row });
  }

  /** On a narrow page the plot is folded away. @param {boolean} unfolded */
  unfold(unfolded) {
    const button = byId('unfold-timeline');
    byId('timeline').classList.toggle('unfolded', unfolded);
    button.setAttribute('aria-expanded', String(unfolded));
    button.setAttribute('aria-label', t(unfolded ? 'fold_timeline' : 'unfold_timeline'));
  }
}

/** @param {string} selector @returns {NodeListOf<HTMLElement>} */
const all = (selector) => document.querySelectorAll(selector);
