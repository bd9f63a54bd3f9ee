/** The timeline: a native slider for T over a histogram of what holds, windows, steps, K and 现在. */
import { fromRfc3339, full, UNBOUNDED_END, UNBOUNDED_START } from '../engine/time.js';
import { byId, make, write } from './elements.js';
import { note } from './notes.js';
import { t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** `step` is one key press, `grain` what a dragged hand falls on; seconds. @typedef {{from: number, to: number, step: number, grain: number}} Window */

const HOUR = 3600;
const DAY = 24 * HOUR;
const BEIJING = 8 * HOUR;
const REST_MS = 250;
const AXIS = 18;
/** Seconds between marks of the axis, the first that leaves enough room. */
const MARKS = [HOUR / 2, HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR, DAY, 2 * DAY, 7 * DAY, 14 * DAY, 30 * DAY, 91 * DAY, 365 * DAY, 1826 * DAY];

export class Timeline {
  /** @param {Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.plot = byId('timeline-plot');
    this.canvas = make('canvas', { role: 'img' });
    this.slider = make('input', { type: 'range', id: 'time-slider', class: 'time-slider', step: '1' });
    this.hand = make('div', { class: 'hand', 'aria-hidden': 'true' });
    this.plot.append(this.canvas, this.slider, this.hand);
    this.field = make('input', { id: 'time', type: 'text', autocomplete: 'off', spellcheck: 'false', maxlength: '25' });
    byId('time-field').append(this.field);
    this.name = 'day';
    /** @type {Window} */
    this.window = { from: 0, to: 1, step: 60, grain: 60 };
    this.wire();
    new ResizeObserver(() => this.draw()).observe(this.plot);
    this.choose(this.engine.view.get().at === null ? 'day' : 'week');
    this.label();
  }

  wire() {
    const { engine, slider, field } = this;
    slider.addEventListener('input', () => this.go(this.snapped(Number(slider.value))));
    slider.addEventListener('change', () => this.restSoon());
    slider.addEventListener('keydown', (event) => this.key(event));
    field.addEventListener('keydown', (event) => event.key === 'Enter' && this.read());
    field.addEventListener('blur', () => this.sayTime());
    byId('step-back').addEventListener('click', () => this.step(-1));
    byId('step-forward').addEventListener('click', () => this.step(1));
    byId('previous-change').addEventListener('click', () => this.change(-1));
    byId('next-change').addEventListener('click', () => this.change(1));
    byId('to-now').addEventListener('click', () => this.toNow());
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-window]'))) {
      button.addEventListener('click', () => this.choose(button.dataset.window ?? 'day'));
    }
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-known]'))) {
      button.addEventListener('click', () => engine.view.set({ known_at: button.dataset.known === 'at' ? 'at' : null }));
    }
    engine.on('answer', () => this.follow());
    engine.on('moving', () => this.show());
    engine.on('clock', (now) => this.clock(now));
    engine.on('language', () => this.label());
    engine.on('theme', () => this.draw());
  }

  label() {
    this.slider.setAttribute('aria-label', t('time_slider'));
    this.slider.title = t('time_slider');
    this.field.setAttribute('aria-label', t('time_field'));
    this.field.title = t('time_field');
    this.canvas.setAttribute('aria-label', t('histogram'));
    this.draw();
  }

  /** T, whether it moves or not. */
  get at() {
    return this.engine.view.get().at ?? this.engine.now;
  }

  /** @param {string} name */
  choose(name) {
    this.name = name;
    this.window = this.frame(this.at);
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-window]'))) {
      button.setAttribute('aria-pressed', String(button.dataset.window === name));
    }
    this.slider.min = String(this.window.from);
    this.slider.max = String(this.window.to);
    this.draw();
  }

  /** The window of the chosen name around T. @param {number} at @returns {Window} */
  frame(at) {
    const aligned = (/** @type {number} */ time, /** @type {number} */ step) => Math.floor((time + BEIJING) / step) * step - BEIJING;
    const spans = /** @type {Record<string, [number, number, number, number]>} */ ({
      day: [DAY, 6 * HOUR, 600, 60],
      week: [6 * DAY, DAY, HOUR, 600],
      month: [28 * DAY, 2 * DAY, 6 * HOUR, HOUR],
    });
    if (this.name in spans) {
      const [before, after, step, grain] = spans[this.name];
      return { from: aligned(at - before, step), to: aligned(at + after, step) + step, step, grain };
    }
    if (this.name === 'year') {
      const year = Number(full(at).slice(0, 4));
      const start = (/** @type {number} */ y) => fromRfc3339(`${y}-01-01T00:00:00+08:00`);
      return { from: start(year), to: start(year + 1), step: DAY, grain: 6 * HOUR };
    }
    const [first, last] = this.extent();
    return { from: aligned(first, DAY), to: aligned(Math.max(last, at), DAY) + DAY, step: last - first > 400 * DAY ? 7 * DAY : DAY, grain: DAY };
  }

  /** @returns {[number, number]} when the first known thing began, and the later of now and the last known beginning */
  extent() {
    let first = this.engine.now - DAY;
    let last = this.engine.now;
    for (const { columns } of this.engine.answers.values()) {
      for (let i = 0; i < columns.n; i++) {
        const at = columns.t0[i];
        if (at > UNBOUNDED_START && at < first) first = at;
        if (at < UNBOUNDED_END && at > last) last = at;
      }
    }
    return [first, last];
  }

  /** Near now the hand falls on now, elsewhere on a round time. @param {number} at @returns {number|null} */
  snapped(at) {
    const { from, to, grain } = this.window;
    if (Math.abs(at - this.engine.now) < (to - from) / 300) return null;
    return Math.round((at + BEIJING) / grain) * grain - BEIJING;
  }

  /** @param {number|null} at */
  go(at) {
    this.engine.moveTime(at);
  }

  restSoon() {
    clearTimeout(this.resting);
    this.resting = setTimeout(() => this.engine.rest(), REST_MS);
  }

  /** @param {number} by steps of the window */
  step(by) {
    const { step } = this.window;
    const shifted = this.at + BEIJING;
    const next = (by > 0 ? Math.floor(shifted / step) : Math.ceil(shifted / step)) * step + by * step - BEIJING;
    this.go(next);
    this.restSoon();
  }

  /** @param {1|-1} direction */
  change(direction) {
    const at = this.engine.nextChange(direction);
    if (at === null) {
      note(t('no_change'));
      return;
    }
    this.go(at);
    this.restSoon();
  }

  toNow() {
    clearTimeout(this.resting);
    this.engine.view.set({ at: null, known_at: null });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 });
    if (event.key in steps) this.step(steps[event.key]);
    else if (event.key === 'Home') this.toNow();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** A typed time: 2020-05-22 01:12, with or without seconds; a date alone is its midnight. */
  read() {
    const text = this.field.value.trim().replace(/[/.年月]/g, '-').replace(/日/g, ' ').replace(/:/g, ':').replace(/\s+/g, ' ').trim();
    const parts = /^(\d{4})-(\d{1,2})-(\d{1,2})(?:[ T](\d{1,2}):(\d{2})(?::(\d{2}))?)?$/.exec(text);
    const two = (/** @type {string|undefined} */ part) => (part ?? '0').padStart(2, '0');
    const iso = parts ? `${parts[1]}-${two(parts[2])}-${two(parts[3])}T${two(parts[4])}:${two(parts[5])}:${two(parts[6])}+08:00` : '';
    const at = fromRfc3339(iso);
    if (Number.isNaN(at) || full(at).slice(0, 10) !== iso.slice(0, 10)) {
      note(t('bad_time', { text: this.field.value.slice(0, 40) }), 'error');
      this.sayTime();
      return;
    }
    this.engine.view.set({ at });
  }

  /** After an answer: the window keeps T in sight. */
  follow() {
    const { from, to } = this.window;
    if (this.at < from || this.at > to) this.choose(this.name);
    else this.draw();
  }

  /** @param {number} now */
  clock(now) {
    if (this.engine.view.get().at !== null) return;
    if (now % 60 === 0) {
      this.window = this.frame(now);
      this.slider.min = String(this.window.from);
      this.slider.max = String(this.window.to);
      this.draw();
    }
    this.show();
  }

  sayTime() {
    if (document.activeElement !== this.field) this.field.value = full(this.at).slice(0, 16);
  }

  /** Hand, words and buttons. */
  show() {
    const view = this.engine.view.get();
    const { from, to } = this.window;
    this.sayTime();
    this.slider.value = String(this.at);
    this.slider.setAttribute('aria-valuetext', `${full(this.at).slice(0, 16)} ${view.at === null ? t('now') : t('not_now')}`);
    this.hand.style.left = `${(100 * (this.at - from)) / (to - from)}%`;
    this.hand.dataset.text = view.at === null ? t('now') : view.known_at === 'at' ? 'T = K' : 'T';
    byId('known').hidden = view.at === null;
    for (const button of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll('[data-known]'))) {
      button.setAttribute('aria-pressed', String((button.dataset.known === 'at') === (view.known_at === 'at') && typeof view.known_at !== 'number'));
    }
    byId('to-now').setAttribute('aria-pressed', String(view.at === null && view.known_at === null));
    byId('to-now').classList.toggle('quiet', view.at === null && view.known_at === null);
  }

  /** The histogram, by severity, the worst on top. */
  draw() {
    this.show();
    const { width, height } = this.plot.getBoundingClientRect();
    if (width < 10) return;
    const ratio = window.devicePixelRatio || 1;
    const { canvas, engine } = this;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    g.scale(ratio, ratio);
    const { from, to } = this.window;
    const bins = Math.max(10, Math.floor(width / 12));
    const levels = engine.histogram(from, to, bins);
    const style = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    const sums = Array.from({ length: bins }, (_, bin) => levels.reduce((sum, row) => sum + row[bin], 0));
    const most = Math.max(1, ...sums);
    const room = height - AXIS - 8;
    const wide = width / bins;
    for (let bin = 0; bin < bins; bin++) {
      let y = height - AXIS;
      for (let level = 0; level < 5; level++) {
        const tall = (levels[level][bin] / most) * room;
        g.fillStyle = colour(`--level-${level}`);
        g.fillRect(bin * wide + 0.5, y - tall, wide - 1, tall);
        y -= tall;
      }
    }
    this.axis(g, width, height, colour);
    this.scale(most);
  }

  /** @param {CanvasRenderingContext2D} g @param {number} width @param {number} height @param {(name: string) => string} colour */
  axis(g, width, height, colour) {
    const { from, to } = this.window;
    const mark = MARKS.find((seconds) => (width * seconds) / (to - from) >= 64) ?? MARKS[MARKS.length - 1];
    g.fillStyle = colour('--muted');
    g.strokeStyle = colour('--line');
    g.font = '11px system-ui, sans-serif';
    g.textAlign = 'center';
    g.textBaseline = 'bottom';
    for (let at = Math.ceil((from + BEIJING) / mark) * mark - BEIJING; at <= to; at += mark) {
      const x = ((at - from) / (to - from)) * width;
      if (x < 24 || x > width - 24) continue;
      const text = full(at);
      const label = mark >= 365 * DAY ? text.slice(0, 7) : mark >= DAY || text.slice(11, 16) === '00:00' ? text.slice(5, 10) : text.slice(11, 16);
      g.fillText(mark >= 14 * DAY && mark < 365 * DAY ? text.slice(0, 10) : label, x, height - 2);
      g.fillRect(x, height - AXIS, 1, 4);
    }
    g.fillRect(0, height - AXIS, width, 1);
    const now = ((this.engine.now - from) / (to - from)) * width;
    if (now > 0 && now < width) {
      g.fillStyle = colour('--accent');
      g.fillRect(now, 4, 1, height - AXIS - 4);
    }
  }

  /** @param {number} most */
  scale(most) {
    this.plot.dataset.most = most.toLocaleString('en-US');
  }
}

/** What the banner says of T and K. @param {Engine} engine */
export function replayWords(engine) {
  const { at, known_at: known } = engine.view.get();
  if (at === null && typeof known !== 'number') return null;
  const time = full(at ?? engine.now).slice(0, 16);
  const k = known === null ? t('known_now') : known === 'at' ? t('known_then') : t('known_fixed', { time: full(known).slice(0, 16) });
  return { title: at !== null && at > engine.now ? t('preview') : t('replay'), time: t('picture_time', { time }), known: k };
}

/** The frame that says the picture is not now, and the mark of an exercise. */
export class Frame {
  /** @param {Engine} engine @param {() => void} toNow */
  constructor(engine, toNow) {
    this.engine = engine;
    this.banner = byId('replay');
    this.words = make('span', { class: 'replay-words' });
    this.title = make('b');
    this.back = make('button', { id: 'back-to-now' });
    this.back.addEventListener('click', toNow);
    this.banner.append(this.title, this.words, this.back);
    for (const event of ['answer', 'moving', 'language']) engine.on(event, () => this.show());
    this.show();
  }

  show() {
    const told = replayWords(this.engine);
    this.banner.hidden = told === null;
    byId('frame').classList.toggle('replaying', told !== null);
    byId('watermark').hidden = this.engine.realm === 'real';
    if (!told) return;
    write(this.title, told.title);
    write(this.words, `${told.time} · ${told.known} · ${t('not_now')}`);
    write(this.back, `${t('back_to_now')} Home`);
  }
}
