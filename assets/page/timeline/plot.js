/** The histogram of what holds over time, stacked by severity, and its axis: drawn anew only when it would differ. */
import { make } from '../elements.js';
import { number, t } from '../words.js';
import { marks } from './scale.js';

/** @typedef {import('../../engine/engine.js').Engine} Engine */
/** @typedef {import('./scale.js').Span} Span */

/** CSS pixels. */
export const AXIS = 18;
const BAR = 12;
const HEADROOM = 8;
const LABEL_GAP = 6;
/** The mark of what comes and goes between two bars. */
const UNSEEN = 6;
const LEVELS = [0, 1, 2, 3, 4];

export class Plot {
  /** @param {HTMLElement} box @param {Engine} engine */
  constructor(box, engine) {
    this.box = box;
    this.engine = engine;
    this.canvas = make('canvas', { role: 'img' });
    this.width = 0;
    this.height = 0;
    /** What the picture was drawn from. @type {unknown[]} */
    this.drawnFrom = [];
    box.append(this.canvas);
  }

  /** @param {Span} span @param {boolean} passing whether only what comes and goes counts */
  draw(span, passing) {
    const { width, height, engine } = this;
    if (width < 10) return;
    const from = [span.from, span.to, width, height, window.devicePixelRatio, document.documentElement.dataset.theme, document.documentElement.lang, ...engine.history(passing)];
    if (from.length === this.drawnFrom.length && from.every((one, k) => one === this.drawnFrom[k])) return;
    this.drawnFrom = from;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const g = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    g.scale(ratio, ratio);
    const style = getComputedStyle(document.documentElement);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    this.bars(g, span, passing, LEVELS.map((level) => colour(`--level-${level}`)));
    this.axis(g, span, colour('--muted'));
  }

  /** @param {CanvasRenderingContext2D} g @param {Span} span @param {boolean} passing @param {string[]} colours by level */
  bars(g, { from, to }, passing, colours) {
    const { width, height, engine, box } = this;
    const bins = Math.max(10, Math.floor(width / BAR));
    const levels = engine.histogram(from, to, bins, passing);
    let most = 1;
    for (let bin = 0; bin < bins; bin++) most = Math.max(most, LEVELS.reduce((sum, level) => sum + levels[level][bin], 0));
    const room = height - AXIS - HEADROOM;
    const wide = width / bins;
    for (let bin = 0; bin < bins; bin++) {
      let y = height - AXIS;
      for (const level of LEVELS) {
        const tall = (levels[level][bin] / most) * room;
        g.fillStyle = colours[level];
        g.fillRect(bin * wide + 0.5, y - tall, wide - 1, tall);
        y -= tall;
      }
    }
    engine.unseen(from, to, bins).forEach((level, edge) => {
      if (!level) return;
      g.fillStyle = colours[level];
      g.fillRect(edge * wide - UNSEEN / 2, 0, UNSEEN, UNSEEN);
    });
    box.dataset.most = number(most);
  }

  /** @param {CanvasRenderingContext2D} g @param {Span} span @param {string} ink */
  axis(g, span, ink) {
    const { width, height } = this;
    g.fillStyle = ink;
    g.font = '11px system-ui, sans-serif';
    g.textBaseline = 'bottom';
    g.textAlign = 'right';
    const zone = t('beijing_time');
    const end = width - g.measureText(zone).width - LABEL_GAP;
    g.fillText(zone, width, height - 2);
    g.textAlign = 'center';
    g.fillRect(0, height - AXIS, width, 1);
    let taken = -LABEL_GAP;
    for (const { at, label } of marks(span, width)) {
      const x = ((at - span.from) / (span.to - span.from)) * width;
      g.fillRect(x, height - AXIS, 1, 4);
      const half = g.measureText(label).width / 2;
      const middle = Math.max(half, x);
      if (middle - half < taken + LABEL_GAP || middle + half > end) continue;
      g.fillText(label, middle, height - 2);
      taken = middle + half;
    }
  }
}
