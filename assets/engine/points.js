/**
 * Every point layer on one canvas pinned to the viewport. Rows are found by a grid, laid down as pixel stamps,
 * the worse later; where discs would only smear, cells count instead.
 */
import { press, stamp, trace } from './stamps.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {{answer: Answer, index: number}} Source */
/** @typedef {{answer: Answer, i: number}} Hit */

const CELL = 1e7 / 64; // grid cell: 1/64 degree
const REACH = 24;
const COUNT_CELL = 56;
/** More points than this for each square of 100 × 100 CSS pixels, and cells count instead of discs. */
const SMEAR = 90;
const FEWEST_TO_COUNT = 4000;

/** Rows by place: a counting-sorted grid over 1/64°; rows that came later lie in no cell and are looked at one by one. */
class Grid {
  /** @param {import('./columns.js').Columns} columns */
  constructor(columns) {
    this.columns = columns;
    this.n = columns.n;
    let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
    const { x, y, shape } = columns;
    for (let i = 0; i < this.n; i++) {
      if (shape[i] !== 1) continue;
      if (x[i] < x0) x0 = x[i];
      if (x[i] > x1) x1 = x[i];
      if (y[i] < y0) y0 = y[i];
      if (y[i] > y1) y1 = y[i];
    }
    const wide = Math.max(CELL, (x1 - x0) / 2048, (y1 - y0) / 2048);
    this.cell = Number.isFinite(wide) ? wide : CELL;
    this.x0 = x0;
    this.y0 = y0;
    this.w = x1 >= x0 ? Math.floor((x1 - x0) / this.cell) + 1 : 0;
    this.h = x1 >= x0 ? Math.floor((y1 - y0) / this.cell) + 1 : 0;
    this.start = new Uint32Array(this.w * this.h + 1);
    const cells = new Int32Array(this.n).fill(-1);
    for (let i = 0; i < this.n; i++) {
      if (shape[i] !== 1) continue;
      const cell = Math.floor((y[i] - y0) / this.cell) * this.w + Math.floor((x[i] - x0) / this.cell);
      cells[i] = cell;
      this.start[cell + 1]++;
    }
    for (let k = 0; k < this.w * this.h; k++) this.start[k + 1] += this.start[k];
    const next = this.start.slice();
    this.rows = new Uint32Array(this.start[this.w * this.h] ?? 0);
    for (let i = 0; i < this.n; i++) if (cells[i] >= 0) this.rows[next[cells[i]]++] = i;
  }

  /** Calls `visit` for each row in or near a box of 1e-7 degrees. @param {number[]} box @param {(i: number) => void} visit */
  each([west, south, east, north], visit) {
    if (this.w) {
      const a = Math.max(0, Math.floor((west - this.x0) / this.cell));
      const b = Math.min(this.w - 1, Math.floor((east - this.x0) / this.cell));
      const d = Math.min(this.h - 1, Math.floor((north - this.y0) / this.cell));
      for (let row = Math.max(0, Math.floor((south - this.y0) / this.cell)); row <= d; row++) {
        if (b < a) break;
        for (let k = this.start[row * this.w + a], end = this.start[row * this.w + b + 1]; k < end; k++) visit(this.rows[k]);
      }
    }
    for (let i = this.n; i < this.columns.n; i++) if (this.columns.shape[i] === 1) visit(i);
  }
}

export class PointsLayer extends L.Layer {
  /** @param {{night?: boolean}} [options] */
  constructor(options = {}) {
    super();
    this.night = options.night ?? false;
    /** @type {Answer[]} */
    this.answers = [];
    /** @type {Map<Answer, Grid>} */
    this.grids = new Map();
    /** @type {Map<string, import('./stamps.js').Stamp>} */
    this.stamps = new Map();
    /** @type {{answer: Answer, row: number}|null} */
    this.selected = null;
    /** Rows to point at, by layer. @type {Map<string, Set<number>>} */
    this.marked = new Map();
    this.drawn = 0;
    this.counted = false;
  }

  /** @param {L.Map} map */
  onAdd(map) {
    this.map = map;
    this.canvas = L.DomUtil.create('canvas', 'emmap-points leaflet-zoom-animated', map.getPane('overlayPane'));
    this.canvas.setAttribute('aria-hidden', 'true');
    this.canvas.style.pointerEvents = 'none';
    this.g = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d', { willReadFrequently: true }));
    this.place();
    return this;
  }

  onRemove() {
    this.canvas?.remove();
    return this;
  }

  getEvents() {
    return { move: this.place, moveend: this.place, resize: this.place, viewreset: this.place, zoomanim: this.animate };
  }

  /** @param {Answer[]} answers in drawing order, the last on top */
  setAnswers(answers) {
    this.answers = answers;
    this.draw();
  }

  /** @param {L.ZoomAnimEvent} event */
  animate(event) {
    const map = /** @type {any} */ (this.map);
    const scale = map.getZoomScale(event.zoom, this.zoom);
    const offset = map._latLngBoundsToNewLayerBounds(this.bounds, event.zoom, event.center).min;
    L.DomUtil.setTransform(/** @type {HTMLElement} */ (this.canvas), offset, scale);
  }

  /** Pins the canvas to the viewport and draws. */
  place() {
    if (!this.map || !this.canvas) return;
    const size = this.map.getSize();
    this.ratio = window.devicePixelRatio || 1;
    this.zoom = this.map.getZoom();
    this.bounds = this.map.getBounds();
    L.DomUtil.setTransform(this.canvas, this.map.containerPointToLayerPoint([0, 0]), 1);
    const width = Math.round(size.x * this.ratio);
    const height = Math.round(size.y * this.ratio);
    if (this.canvas.width !== width || this.canvas.height !== height) {
      this.canvas.width = width;
      this.canvas.height = height;
      this.canvas.style.width = `${size.x}px`;
      this.canvas.style.height = `${size.y}px`;
      this.image = null;
    }
    this.draw();
  }

  /** @returns {{scale: number, ox: number, oy: number}} from world pixels to device pixels */
  frame() {
    const origin = /** @type {L.Map} */ (this.map).getPixelBounds().min ?? L.point(0, 0);
    return { scale: 256 * 2 ** (this.zoom ?? 0), ox: origin.x, oy: origin.y };
  }

  /** @param {number} margin CSS pixels @returns {number[]} the visible box in 1e-7 degrees */
  box(margin) {
    const map = /** @type {L.Map} */ (this.map);
    const size = map.getSize();
    const sw = map.containerPointToLatLng([-margin, size.y + margin]);
    const ne = map.containerPointToLatLng([size.x + margin, -margin]);
    return [sw.lng, sw.lat, ne.lng, ne.lat].map((degrees) => degrees * 1e7);
  }

  /** @param {Answer} answer @returns {Grid} */
  grid(answer) {
    let grid = this.grids.get(answer);
    if (!grid || grid.columns !== answer.columns || answer.columns.n - grid.n > 2000 || grid.n > answer.columns.n) {
      grid = new Grid(answer.columns);
      this.grids.set(answer, grid);
    }
    return grid;
  }

  /** Draws what holds. */
  draw() {
    if (!this.map || !this.g || !this.canvas) return;
    const { width, height } = this.canvas;
    if (!width || !height) return;
    const ratio = this.ratio ?? 1;
    const { scale, ox, oy } = this.frame();
    const box = this.box(REACH);
    if (!this.image) this.image = new ImageData(width, height);
    const pixels = new Uint32Array(this.image.data.buffer);
    pixels.fill(0);
    this.drawn = 0;
    this.counted = false;
    /** @type {{x: number, y: number, n: number, worst: number, answer: Answer}[]} */
    const cells = [];
    /** @type {{x: number, y: number, r: number}[]} */
    const rings = [];
    for (const answer of this.answers) {
      const c = answer.columns;
      const table = symbolTable(answer);
      /** @type {number[][]} */
      const buckets = table.symbols.map(() => []);
      let n = 0;
      this.grid(answer).each(box, (i) => {
        if (!answer.holds(i)) return;
        buckets[table.of(i)].push(i);
        n++;
      });
      this.drawn += n;
      const area = (width * height) / (ratio * ratio * 10_000);
      if (n > FEWEST_TO_COUNT && n / area > SMEAR) {
        this.counted = true;
        cells.push(...countCells(answer, buckets, { scale, ox, oy }));
        continue;
      }
      const order = table.symbols.map((_, k) => k).sort((a, b) => table.symbols[a].z - table.symbols[b].z);
      for (const k of order) {
        const picture = this.stampOf(table.symbols[k]);
        for (const i of buckets[k]) {
          const X = Math.round((mercatorX(c.x[i]) * scale - ox) * ratio);
          const Y = Math.round((mercatorY(c.y[i]) * scale - oy) * ratio);
          press(pixels, width, height, picture, X, Y);
          const marked = this.marked.get(answer.layer.id)?.has(c.row[i]);
          const selected = this.selected?.answer === answer && this.selected.row === c.row[i];
          if (marked || selected) rings.push({ x: X, y: Y, r: picture.radius + (selected ? 5 : 3) * ratio });
        }
      }
    }
    this.g.putImageData(this.image, 0, 0);
    this.drawCells(cells, ratio);
    this.g.lineWidth = 2.5 * ratio;
    this.g.strokeStyle = this.night ? '#5aa9ff' : '#0b5cad';
    for (const ring of rings) {
      this.g.beginPath();
      this.g.arc(ring.x, ring.y, ring.r, 0, 2 * Math.PI);
      this.g.stroke();
    }
  }

  /** @param {{x: number, y: number, n: number, worst: number, answer: Answer}[]} cells @param {number} ratio */
  drawCells(cells, ratio) {
    const g = /** @type {CanvasRenderingContext2D} */ (this.g);
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    for (const cell of cells) {
      const table = symbolTable(cell.answer);
      const symbol = table.symbols[cell.worst];
      const r = (11 + Math.min(15, Math.log2(cell.n + 1) * 1.4)) * ratio;
      trace(g, 'circle', cell.x * ratio, cell.y * ratio, r);
      g.fillStyle = this.night ? '#131e2ce6' : '#ffffffe6';
      g.fill();
      g.lineWidth = 3 * ratio;
      g.strokeStyle = this.night ? symbol.night : symbol.colour;
      g.stroke();
      g.fillStyle = this.night ? '#e6edf5' : '#14202e';
      g.font = `600 ${Math.round(11 * ratio)}px sans-serif`;
      g.fillText(cell.n >= 10_000 ? `${Math.round(cell.n / 1000)}k` : String(cell.n), cell.x * ratio, cell.y * ratio);
    }
  }

  /** @param {any} symbol */
  stampOf(symbol) {
    const colour = this.night ? symbol.night : symbol.colour;
    const key = `${symbol.shape} ${symbol.size} ${colour} ${this.ratio}`;
    let found = this.stamps.get(key);
    if (!found) {
      found = stamp(symbol, colour, this.night ? '#0d1520' : '#ffffff', this.ratio ?? 1);
      this.stamps.set(key, found);
    }
    return found;
  }

  /**
   * What lies under a point, topmost first. @param {L.Point} at container point, CSS pixels @param {number} [reach]
   * @returns {Hit[]}
   */
  pick(at, reach = 8) {
    const map = /** @type {L.Map} */ (this.map);
    const sw = map.containerPointToLatLng([at.x - reach, at.y + reach]);
    const ne = map.containerPointToLatLng([at.x + reach, at.y - reach]);
    const box = [sw.lng * 1e7, sw.lat * 1e7, ne.lng * 1e7, ne.lat * 1e7];
    const { scale, ox, oy } = this.frame();
    /** @type {(Hit & {rank: number, distance: number})[]} */
    const hits = [];
    this.answers.forEach((answer, rank) => {
      const c = answer.columns;
      const table = symbolTable(answer);
      this.grid(answer).each(box, (i) => {
        if (!answer.holds(i)) return;
        const dx = mercatorX(c.x[i]) * scale - ox - at.x;
        const dy = mercatorY(c.y[i]) * scale - oy - at.y;
        const symbol = table.symbols[table.of(i)];
        const distance = Math.hypot(dx, dy);
        if (distance <= Math.max(reach, symbol.size / 2)) hits.push({ answer, i, distance, rank: rank * 100 + symbol.z });
      });
    });
    return hits.sort((a, b) => b.rank - a.rank || a.distance - b.distance);
  }
}

/** @param {number} x 1e-7 degrees @returns {number} 0 to 1 across the Web Mercator world */
export const mercatorX = (x) => x / 3.6e9 + 0.5;

/** @param {number} y 1e-7 degrees */
export function mercatorY(y) {
  const sin = Math.sin((Math.max(-85.0511e7, Math.min(85.0511e7, y)) * Math.PI) / 1.8e9);
  return 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI);
}

/**
 * The layer's compiled style as a look-up by row.
 * @param {Answer} answer @returns {{symbols: any[], of: (i: number) => number}}
 */
export function symbolTable(answer) {
  const { style } = answer.layer;
  const c = answer.columns;
  const symbols = style.table;
  const other = symbols.length - 1;
  const place = new Map(symbols.map((/** @type {any} */ symbol, /** @type {number} */ k) => [symbol.value, k]));
  if (style.by === 'severity') {
    const bySeverity = [0, 1, 2, 3, 4].map((n) => place.get(String(n)) ?? other);
    return { symbols, of: (i) => bySeverity[c.severity[i]] };
  }
  const codes = c.codes[style.by];
  const byCode = (c.dictionaries[style.by] ?? []).map((value) => place.get(value) ?? other);
  return { symbols, of: codes ? (i) => byCode[codes[i]] : () => other };
}

/**
 * Counts of world-anchored cells; they sum to the rows given.
 * @param {Answer} answer @param {number[][]} buckets rows by symbol @param {{scale: number, ox: number, oy: number}} frame
 */
function countCells(answer, buckets, { scale, ox, oy }) {
  const c = answer.columns;
  const { symbols } = symbolTable(answer);
  /** @type {Map<string, {x: number, y: number, n: number, worst: number, answer: Answer}>} */
  const cells = new Map();
  buckets.forEach((rows, symbol) => {
    for (const i of rows) {
      const X = Math.floor((mercatorX(c.x[i]) * scale) / COUNT_CELL);
      const Y = Math.floor((mercatorY(c.y[i]) * scale) / COUNT_CELL);
      const key = `${X} ${Y}`;
      const cell = cells.get(key);
      if (cell) {
        cell.n++;
        if (symbols[symbol].z > symbols[cell.worst].z) cell.worst = symbol;
      } else {
        cells.set(key, { x: (X + 0.5) * COUNT_CELL - ox, y: (Y + 0.5) * COUNT_CELL - oy, n: 1, worst: symbol, answer });
      }
    }
  });
  return [...cells.values()];
}
