/**
 * Every point layer on one canvas pinned to the viewport. Rows are found by a grid, laid down as pixel stamps,
 * the worse later; where discs would only smear, cells count instead.
 */
import { grey, press, stamp, trace } from './stamps.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./columns.js').Columns} Columns */
/** @typedef {{answer: Answer, i: number}} Hit */
/** @typedef {{x: number, y: number, n: number, worst: any}} Cell world pixels of its middle; `worst` the symbol of the worst in it */

/** Above areas and lines, below names and cards. */
const PANE = 'emmap-points';
const PANE_ABOVE_SHAPES = '450';
const GRID_CELL = 1e7 / 64; // 1/64 degree
const MOST_CELLS = 2048; // a side
/** Rows that came after a grid was made are looked at one by one, up to so many. */
const MOST_LATE = 2000;
/** CSS pixels of a cell that counts; rows so far outside the view still count in a cell that shows. */
const COUNT_CELL = 56;
/** With more points than this for each square of 100 × 100 CSS pixels, cells count instead of discs. */
const SMEAR = 90;
const FEWEST_TO_COUNT = 4000;
const PULSE_MS = 8000;
const PULSE_EVERY_MS = 1600;

/** Rows by place: a counting-sorted grid. */
class Grid {
  /** @param {Columns} columns */
  constructor(columns) {
    this.columns = columns;
    this.n = columns.n;
    /** Web Mercator y of each row, 0 to 1 from the north. */
    this.north = new Float64Array(columns.n + MOST_LATE);
    this.filled = 0;
    this.fill();
    let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
    const { x, y, shape } = columns;
    for (let i = 0; i < this.n; i++) {
      if (shape[i] !== 1) continue;
      x0 = Math.min(x0, x[i]);
      x1 = Math.max(x1, x[i]);
      y0 = Math.min(y0, y[i]);
      y1 = Math.max(y1, y[i]);
    }
    const some = x1 >= x0;
    this.cell = some ? Math.max(GRID_CELL, (x1 - x0) / MOST_CELLS, (y1 - y0) / MOST_CELLS) : GRID_CELL;
    this.x0 = x0;
    this.y0 = y0;
    this.w = some ? Math.floor((x1 - x0) / this.cell) + 1 : 0;
    this.h = some ? Math.floor((y1 - y0) / this.cell) + 1 : 0;
    this.start = new Uint32Array(this.w * this.h + 1);
    const cells = new Int32Array(this.n).fill(-1);
    for (let i = 0; i < this.n; i++) {
      if (shape[i] !== 1) continue;
      cells[i] = Math.floor((y[i] - y0) / this.cell) * this.w + Math.floor((x[i] - x0) / this.cell);
      this.start[cells[i] + 1]++;
    }
    for (let k = 0; k < this.w * this.h; k++) this.start[k + 1] += this.start[k];
    const next = this.start.slice();
    this.rows = new Uint32Array(this.start[this.w * this.h]);
    for (let i = 0; i < this.n; i++) if (cells[i] >= 0) this.rows[next[cells[i]]++] = i;
  }

  /** @returns {boolean} whether it still serves its columns */
  fits() {
    return this.columns.n >= this.n && this.columns.n - this.n <= MOST_LATE;
  }

  fill() {
    const { y, n } = this.columns;
    for (; this.filled < n; this.filled++) this.north[this.filled] = mercatorY(y[this.filled]);
  }

  /**
   * Rows in or near a box that hold, into `found`. @param {Answer} answer @param {number[]} box 1e-7 degrees
   * @param {Uint32Array} found @returns {number} how many
   */
  gather(answer, [west, south, east, north], found) {
    const { t0, t1, r0, r1, shape, n } = this.columns;
    const { refused, T, K } = answer;
    const { rows, start, w, cell, x0, y0 } = this;
    let count = 0;
    if (w) {
      const a = Math.max(0, Math.floor((west - x0) / cell));
      const b = Math.min(w - 1, Math.floor((east - x0) / cell));
      const top = Math.min(this.h - 1, Math.floor((north - y0) / cell));
      for (let line = Math.max(0, Math.floor((south - y0) / cell)); line <= top && a <= b; line++) {
        for (let k = start[line * w + a], end = start[line * w + b + 1]; k < end; k++) {
          const i = rows[k];
          if (t0[i] <= T && T < t1[i] && r0[i] <= K && K < r1[i] && refused[i] === 0) found[count++] = i;
        }
      }
    }
    this.fill();
    for (let i = this.n; i < n; i++) if (shape[i] === 1 && answer.holds(i)) found[count++] = i;
    return count;
  }
}

export class PointsLayer extends L.Layer {
  /** @param {{night?: boolean}} [options] */
  constructor(options = {}) {
    super();
    this.night = options.night ?? false;
    /** @type {Answer[]} */
    this.answers = [];
    /** @type {WeakMap<Columns, Grid>} */
    this.grids = new WeakMap();
    /** @type {Map<string, import('./stamps.js').Stamp>} */
    this.stamps = new Map();
    /** @type {{answer: Answer, row: number}|null} */
    this.selected = null;
    /** Rows to point at, by layer. @type {Map<string, Set<number>>} */
    this.marked = new Map();
    /** Rows that pulse, and until when (ms of the page). @type {{layer: string, row: number, until: number}[]} */
    this.pulsing = [];
    this.found = new Uint32Array(0);
    this.inOrder = new Uint32Array(0);
    /** @type {ImageData|null} */
    this.image = null;
    /** @type {Cell[]} */
    this.cells = [];
    /** Layers that cells count instead of drawing. @type {Set<Answer>} */
    this.counting = new Set();
    this.drawn = 0;
    this.frameAsked = 0;
  }

  /** @override @param {L.Map} map */
  onAdd(map) {
    this.map = map;
    const pane = map.getPane(PANE) ?? map.createPane(PANE);
    pane.style.zIndex = PANE_ABOVE_SHAPES;
    pane.style.pointerEvents = 'none';
    this.canvas = L.DomUtil.create('canvas', 'emmap-points leaflet-zoom-animated', pane);
    this.canvas.setAttribute('aria-hidden', 'true');
    this.g = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d', { willReadFrequently: true }));
    this.place();
    return this;
  }

  /** @override */
  onRemove() {
    cancelAnimationFrame(this.frameAsked);
    this.canvas?.remove();
    return this;
  }

  /** @override @returns {Record<string, (event: any) => void>} */
  getEvents() {
    return { move: this.place, moveend: this.place, resize: this.place, viewreset: this.place, zoomanim: this.animate };
  }

  /** @param {Answer[]} answers in drawing order, the last on top */
  setAnswers(answers) {
    this.answers = answers;
    this.draw();
  }

  /** Lets rows that are new pulse for a while, where the reader has nothing against it. @param {string} layer @param {number[]} rows */
  pulse(layer, rows) {
    if (matchMedia('(prefers-reduced-motion: reduce)').matches) return;
    const until = performance.now() + PULSE_MS;
    this.pulsing.push(...rows.map((row) => ({ layer, row, until })));
    this.show();
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

  /** @returns {{scale: number, ox: number, oy: number}} from the world (0 to 1) to CSS pixels of the viewport */
  frame() {
    const origin = /** @type {L.Map} */ (this.map).getPixelBounds().min ?? L.point(0, 0);
    return { scale: 256 * 2 ** (this.zoom ?? 0), ox: origin.x, oy: origin.y };
  }

  /** @param {L.PointExpression} from @param {L.PointExpression} to two corners, CSS pixels @returns {number[]} 1e-7 degrees */
  box(from, to) {
    const map = /** @type {L.Map} */ (this.map);
    const bounds = L.latLngBounds(map.containerPointToLatLng(from), map.containerPointToLatLng(to));
    return [bounds.getWest(), bounds.getSouth(), bounds.getEast(), bounds.getNorth()].map((degrees) => degrees * 1e7);
  }

  /** @param {Columns} columns @returns {Grid} */
  grid(columns) {
    let grid = this.grids.get(columns);
    if (!grid?.fits()) {
      grid = new Grid(columns);
      this.grids.set(columns, grid);
    }
    return grid;
  }

  /** @param {Answer} answer @param {number[]} box @returns {number} how many rows of it hold in the box; they stand in `found` */
  gather(answer, box) {
    const { n } = answer.columns;
    if (this.found.length < n) {
      this.found = new Uint32Array(n + MOST_LATE);
      this.inOrder = new Uint32Array(n + MOST_LATE);
    }
    return this.grid(answer.columns).gather(answer, box, this.found);
  }

  /** Draws what holds. */
  draw() {
    if (!this.map || !this.canvas) return;
    const { width, height } = this.canvas;
    if (!width || !height) return;
    const ratio = this.ratio ?? 1;
    const { scale, ox, oy } = this.frame();
    this.image ??= new ImageData(width, height);
    const pixels = new Uint32Array(this.image.data.buffer);
    pixels.fill(0);
    this.drawn = 0;
    const size = this.map.getSize();
    const box = this.box([-COUNT_CELL, -COUNT_CELL], [size.x + COUNT_CELL, size.y + COUNT_CELL]);
    const most = Math.max(FEWEST_TO_COUNT, (SMEAR * size.x * size.y) / 10_000);
    const cells = this.emptyCells(size.x, size.y);
    this.counting.clear();
    for (const answer of this.answers) {
      const n = this.gather(answer, box);
      this.drawn += n;
      if (n > most) {
        this.counting.add(answer);
        this.countInto(cells, answer, n, scale);
        continue;
      }
      const { x } = answer.columns;
      const { north } = this.grid(answer.columns);
      for (const { symbol, from, to } of this.sorted(answer, n)) {
        const picture = this.stampOf(symbol);
        for (let at = from; at < to; at++) {
          const i = this.inOrder[at];
          const X = Math.round((mercatorX(x[i]) * scale - ox) * ratio);
          press(pixels, width, height, picture, X, Math.round((north[i] * scale - oy) * ratio));
        }
      }
    }
    this.cells = [];
    cells.counts.forEach((n, at) => {
      if (n === 0) return;
      const x = (cells.left + (at % cells.across) + 0.5) * COUNT_CELL;
      const y = (cells.top + Math.floor(at / cells.across) + 0.5) * COUNT_CELL;
      this.cells.push({ x, y, n, worst: cells.worst[at] });
    });
    this.show();
  }

  /**
   * The first `n` of `found` by symbol into `inOrder`, the worse later.
   * @param {Answer} answer @param {number} n @returns {{symbol: any, from: number, to: number}[]}
   */
  sorted(answer, n) {
    const { symbols, of } = symbolTable(answer);
    const counts = new Uint32Array(symbols.length);
    for (let k = 0; k < n; k++) counts[of(this.found[k])]++;
    const order = symbols.map((_, k) => k).sort((a, b) => symbols[a].z - symbols[b].z);
    const next = new Uint32Array(symbols.length);
    let from = 0;
    const parts = order.map((k) => {
      next[k] = from;
      from += counts[k];
      return { symbol: symbols[k], from: from - counts[k], to: from };
    });
    for (let k = 0; k < n; k++) this.inOrder[next[of(this.found[k])]++] = this.found[k];
    return parts;
  }

  /** Cells that stand still in the world, as many as show. @param {number} width @param {number} height CSS pixels of the viewport */
  emptyCells(width, height) {
    const { ox, oy } = this.frame();
    const left = Math.floor(ox / COUNT_CELL) - 1;
    const top = Math.floor(oy / COUNT_CELL) - 1;
    const across = Math.ceil(width / COUNT_CELL) + 3;
    const down = Math.ceil(height / COUNT_CELL) + 3;
    /** @type {any[]} */
    const worst = new Array(across * down).fill(null);
    return { left, top, across, down, counts: new Uint32Array(across * down), worst };
  }

  /**
   * Counts the first `n` of `found`.
   * @param {ReturnType<PointsLayer['emptyCells']>} cells @param {Answer} answer @param {number} n @param {number} scale
   */
  countInto({ left, top, across, down, counts, worst }, answer, n, scale) {
    const { x } = answer.columns;
    const { north } = this.grid(answer.columns);
    const { symbols, of } = symbolTable(answer);
    const cellsAcross = scale / COUNT_CELL;
    for (let k = 0; k < n; k++) {
      const i = this.found[k];
      const X = Math.floor(mercatorX(x[i]) * cellsAcross) - left;
      const Y = Math.floor(north[i] * cellsAcross) - top;
      if (X < 0 || Y < 0 || X >= across || Y >= down) continue;
      const at = Y * across + X;
      const symbol = symbols[of(i)];
      if (counts[at]++ === 0 || symbol.z > worst[at].z) worst[at] = symbol;
    }
  }

  /** Puts the picture up, with the cells, and rings around what is selected, marked or new. */
  show() {
    if (!this.g || !this.image) return;
    cancelAnimationFrame(this.frameAsked);
    this.frameAsked = 0;
    this.g.putImageData(this.image, 0, 0);
    for (const cell of this.cells) this.showCell(cell);
    for (const [layer, rows] of this.marked) for (const row of rows) this.ring(layer, row, 3);
    if (this.selected) this.ring(this.selected.answer.layer.id, this.selected.row, 5);
    const time = performance.now();
    this.pulsing = this.pulsing.filter(({ until }) => time < until);
    for (const { layer, row, until } of this.pulsing) {
      const share = ((until - time) % PULSE_EVERY_MS) / PULSE_EVERY_MS;
      this.ring(layer, row, 4 + 16 * (1 - share), share);
    }
    if (this.pulsing.length) this.frameAsked = requestAnimationFrame(() => this.show());
  }

  /** @param {string} layer @param {number} row @param {number} room CSS pixels around the symbol @param {number} [alpha] */
  ring(layer, row, room, alpha = 1) {
    const answer = this.answers.find((one) => one.layer.id === layer);
    const i = answer?.columns.placeOf(row) ?? -1;
    if (!answer || i < 0 || answer.columns.shape[i] !== 1 || !answer.holds(i)) return;
    const g = /** @type {CanvasRenderingContext2D} */ (this.g);
    const ratio = this.ratio ?? 1;
    const { symbols, of } = symbolTable(answer);
    const at = this.pixelOf(answer.columns, i);
    g.globalAlpha = alpha;
    trace(g, 'circle', at.x * ratio, at.y * ratio, (symbols[of(i)].size / 2 + room) * ratio);
    g.lineWidth = 2.5 * ratio;
    g.strokeStyle = this.night ? '#5aa9ff' : '#0b5cad';
    g.stroke();
    g.globalAlpha = 1;
  }

  /** @param {Cell} cell */
  showCell(cell) {
    const g = /** @type {CanvasRenderingContext2D} */ (this.g);
    const ratio = this.ratio ?? 1;
    const { ox, oy } = this.frame();
    const x = (cell.x - ox) * ratio;
    const y = (cell.y - oy) * ratio;
    trace(g, 'circle', x, y, cellRadius(cell) * ratio);
    g.fillStyle = this.night ? '#131e2ce6' : '#ffffffe6';
    g.fill();
    g.lineWidth = 3 * ratio;
    g.strokeStyle = this.night ? cell.worst.night : cell.worst.colour;
    g.stroke();
    g.fillStyle = this.night ? '#e6edf5' : '#14202e';
    g.font = `600 ${Math.round(11 * ratio)}px sans-serif`;
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.fillText(cell.n >= 10_000 ? `${Math.round(cell.n / 1000)}k` : String(cell.n), x, y);
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

  /** @param {Columns} columns @param {number} i @returns {{x: number, y: number}} CSS pixels of the viewport */
  pixelOf(columns, i) {
    const { scale, ox, oy } = this.frame();
    return { x: mercatorX(columns.x[i]) * scale - ox, y: mercatorY(columns.y[i]) * scale - oy };
  }

  /**
   * What lies under a point, topmost first; nothing where cells count.
   * @param {{x: number, y: number}} at CSS pixels of the viewport @param {number} [reach]
   * @returns {Hit[]}
   */
  pick(at, reach = 8) {
    if (this.cellAt(at)) return [];
    const box = this.box([at.x - 2 * reach, at.y - 2 * reach], [at.x + 2 * reach, at.y + 2 * reach]);
    /** @type {(Hit & {rank: number, distance: number})[]} */
    const hits = [];
    this.answers.forEach((answer, rank) => {
      if (this.counting.has(answer)) return;
      const { symbols, of } = symbolTable(answer);
      const n = this.gather(answer, box);
      for (let k = 0; k < n; k++) {
        const i = this.found[k];
        const symbol = symbols[of(i)];
        const { x, y } = this.pixelOf(answer.columns, i);
        const distance = Math.hypot(x - at.x, y - at.y);
        if (distance <= Math.max(reach, symbol.size / 2)) hits.push({ answer, i, distance, rank: rank * 100 + symbol.z });
      }
    });
    return hits.sort((a, b) => b.rank - a.rank || a.distance - b.distance);
  }

  /** @param {{x: number, y: number}} at CSS pixels of the viewport @returns {Cell|null} the counting cell whose disc lies there */
  cellAt(at) {
    const { ox, oy } = this.frame();
    return this.cells.find((cell) => Math.hypot(cell.x - ox - at.x, cell.y - oy - at.y) <= cellRadius(cell)) ?? null;
  }
}

/** @param {Cell} cell @returns {number} of its disc, CSS pixels */
const cellRadius = (cell) => 11 + Math.min(15, Math.log2(cell.n + 1) * 1.4);

/** @param {number} x 1e-7 degrees @returns {number} 0 to 1 across the Web Mercator world */
export const mercatorX = (x) => x / 3.6e9 + 0.5;

/** @param {number} y 1e-7 degrees @returns {number} 0 to 1 down the Web Mercator world */
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
  const symbols = answer.late ? style.table.map(grey) : style.table;
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
