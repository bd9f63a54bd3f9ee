/**
 * A feature's life on both clocks: valid time across, recorded time down, a block for each version, T and K as a cross.
 * It is drawn from the list of versions below it, which says the same as text.
 */
import { EPOCH, full } from '../engine/time.js';
import { LifeScale } from './life_scale.js';
import { colourOf, make } from './elements.js';
import { t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {{row: string, state: string, style: string, t0: number, t1: number, r0: number, r1: number}} Version bounds that are open are infinite */

/** CSS pixels. */
const HEIGHT = 190;
const GUTTER = 40;
const FOOT = 26;
const EDGE = 8;
/** A click nearer than this falls on a version's bound, on K = T, or on what is known now. */
const MAGNET = 5;
const BETWEEN_LABELS = { across: 36, down: 22 };

export class Lifetimes {
  /** @param {Engine} engine */
  constructor(engine) {
    this.engine = engine;
    /** @type {HTMLElement|null} */
    this.box = null;
    this.width = 0;
    engine.on('moving', () => this.cross());
    engine.on('theme', () => this.draw());
  }

  /** Draws the picture of what was answered. @param {HTMLElement} body the details' */
  show(body) {
    this.box = body.querySelector('.lifetimes');
    this.draw();
  }

  draw() {
    const { box, engine } = this;
    const list = box?.nextElementSibling;
    if (!box?.isConnected || !list) return;
    const versions = [...list.children].map((line) => versionOf(/** @type {HTMLElement} */ (line))).reverse();
    const width = box.clientWidth || this.width;
    const drawn = JSON.stringify([versions, width, document.documentElement.dataset.theme, document.documentElement.lang]);
    if (box.dataset.drawn !== drawn) {
      box.dataset.drawn = drawn;
      this.width = width;
      this.scale = new LifeScale(versions.flatMap(({ t0, t1, r0, r1 }) => [t0, t1, r0, r1]), engine.now);
      const told = make('p', { class: 'lifetime-told muted', 'aria-live': 'polite' }, t('lifetimes_read'));
      const picture = this.picture(versions, told);
      box.replaceChildren(picture, told);
    }
    this.cross();
  }

  /** @param {number} at @returns {number} */
  x(at) {
    return GUTTER + /** @type {LifeScale} */ (this.scale).share(at) * (this.width - GUTTER - EDGE);
  }

  /** @param {number} at @returns {number} */
  y(at) {
    return EDGE + /** @type {LifeScale} */ (this.scale).share(at) * (HEIGHT - FOOT - EDGE);
  }

  /** @param {Version[]} versions in the order in which they were recorded @param {HTMLElement} told */
  picture(versions, told) {
    const { width } = this;
    const [right, bottom] = [width - EDGE, HEIGHT - FOOT];
    const table = this.engine.layers.find((layer) => layer.id === this.box?.dataset.layer)?.style.table ?? [];
    const blocks = versions.map((version) => {
      const look = table.find((/** @type {any} */ row) => String(row.value) === version.style) ?? table[table.length - 1];
      const [x0, x1] = [Math.max(GUTTER, this.x(version.t0)), Math.min(right, this.x(version.t1))];
      const [y0, y1] = [Math.max(EDGE, this.y(version.r0)), Math.min(bottom, this.y(version.r1))];
      const name = t('lifetime', { state: version.state || '—', valid: spanText(version.t0, version.t1, 'until_open'), known: spanText(version.r0, version.r1, 'until_now') });
      const block = svg('rect', {
        x: x0, y: y0, width: Math.max(3, x1 - x0), height: Math.max(3, y1 - y0), class: 'lifetime', tabindex: 0, role: 'button',
        fill: look ? colourOf(look) : 'var(--level-0)', 'aria-label': name + t('lifetime_go'), 'data-row': version.row,
      });
      const say = () => (told.textContent = name);
      block.addEventListener('pointerenter', say);
      block.addEventListener('focus', say);
      block.addEventListener('pointerleave', () => (told.textContent = t('lifetimes_read')));
      block.addEventListener('keydown', (event) => {
        if (event.key !== 'Enter' && event.key !== ' ') return;
        event.preventDefault();
        this.go(Number.isFinite(version.t0) ? version.t0 : version.t1 - 1, Number.isFinite(version.r1) ? version.r0 : Infinity);
      });
      return block;
    });
    const made = svg('svg', { class: 'lifetimes-picture', width, height: HEIGHT, viewBox: `0 0 ${width} ${HEIGHT}`, role: 'group', 'aria-label': t('lifetimes') },
      svg('rect', { x: GUTTER, y: EDGE, width: right - GUTTER, height: bottom - EDGE, class: 'lifetimes-ground' }),
      ...blocks,
      svg('line', { x1: GUTTER, y1: EDGE, x2: right, y2: bottom, class: 'lifetimes-together' }),
      ...this.labels(bottom),
      svg('line', { class: 'lifetimes-t', y1: EDGE - 4, y2: bottom }),
      svg('line', { class: 'lifetimes-k', x1: GUTTER - 4, x2: right }),
      svg('circle', { class: 'lifetimes-cross', r: 4.5 }),
    );
    made.addEventListener('click', (event) => this.click(/** @type {MouseEvent} */ (event)));
    return made;
  }

  /** Times at both axes, as many as find room. @param {number} bottom */
  labels(bottom) {
    const scale = /** @type {LifeScale} */ (this.scale);
    const found = [];
    let [x, y] = [-Infinity, -Infinity];
    for (const { at, lines } of scale.marks()) {
      const [across, down] = [this.x(at), this.y(at)];
      if (across - x >= BETWEEN_LABELS.across) {
        x = across;
        found.push(svg('line', { x1: x, x2: x, y1: bottom, y2: bottom + 3, class: 'lifetimes-mark' }));
        found.push(...lines.map((text, k) => svg('text', { x: Math.min(x, this.width - 16), y: bottom + 12 + 10 * k, class: 'lifetimes-label', 'text-anchor': 'middle' }, text)));
      }
      if (down - y >= BETWEEN_LABELS.down) {
        y = down;
        found.push(svg('line', { x1: GUTTER - 3, x2: GUTTER, y1: y, y2: y, class: 'lifetimes-mark' }));
        found.push(...lines.map((text, k) => svg('text', { x: GUTTER - 5, y: y + 3 + 10 * (k - (lines.length - 1) / 2), class: 'lifetimes-label', 'text-anchor': 'end' }, text)));
      }
    }
    return found;
  }

  /** T and K of the picture now. */
  cross() {
    const picture = this.box?.querySelector('svg');
    if (!picture || !this.box?.isConnected) return;
    const { at, known_at: known } = this.engine.view.get();
    const T = at ?? this.engine.now;
    const x = this.x(T);
    const y = this.y(known === null ? this.engine.now : known === 'at' ? T : known);
    set(picture.querySelector('.lifetimes-t'), { x1: x, x2: x });
    set(picture.querySelector('.lifetimes-k'), { y1: y, y2: y });
    set(picture.querySelector('.lifetimes-cross'), { cx: x, cy: y });
  }

  /** @param {MouseEvent} event */
  click(event) {
    const scale = /** @type {LifeScale} */ (this.scale);
    const { left, top } = /** @type {Element} */ (event.currentTarget).getBoundingClientRect();
    const [x, y] = [event.clientX - left, event.clientY - top];
    const T = scale.at((x - GUTTER) / (this.width - GUTTER - EDGE));
    const K = scale.at((y - EDGE) / (HEIGHT - FOOT - EDGE));
    const near = (/** @type {number} */ at, /** @type {(at: number) => number} */ place, /** @type {number} */ of) =>
      scale.knots.find((knot) => Math.abs(place(knot) - of) <= MAGNET) ?? at;
    const together = Math.abs(this.y(T) - y) <= MAGNET;
    this.go(near(T, (at) => this.x(at), x), together ? 'at' : near(K, (at) => this.y(at), y));
  }

  /** @param {number} at @param {number|'at'} known from now on: what is known now */
  go(at, known) {
    const known_at = known === 'at' ? known : known >= this.engine.now ? null : Math.round(known);
    this.engine.view.set({ at: Math.round(at), known_at });
  }
}

/** @param {HTMLElement} line of the list @returns {Version} */
function versionOf({ dataset }) {
  const { row = '', state = '', style = '', t0 = '', t1 = '', r0 = '', r1 = '' } = dataset;
  const seconds = (/** @type {string} */ text, /** @type {number} */ open) => (text ? Math.ceil(Date.parse(text) / 1000) - EPOCH : open);
  return { row, state, style, t0: seconds(t0, -Infinity), t1: seconds(t1, Infinity), r0: seconds(r0, -Infinity), r1: seconds(r1, Infinity) };
}

/** @param {number} from @param {number} to @param {string} open the word for no end */
function spanText(from, to, open) {
  const text = (/** @type {number} */ at) => full(at).slice(0, 16);
  return t('from_to', { start: Number.isFinite(from) ? text(from) : t('since_always'), end: Number.isFinite(to) ? text(to) : t(open) });
}

/** @param {string} name @param {Record<string, string|number>} attributes @param {...(Node|string)} children */
function svg(name, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', name);
  set(made, attributes);
  made.append(...children);
  return made;
}

/** @param {Element|null} element @param {Record<string, string|number>} attributes */
function set(element, attributes) {
  for (const [name, value] of Object.entries(attributes)) element?.setAttribute(name, String(value));
}
