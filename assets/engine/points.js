/**
 * Every point layer on one canvas pinned to the viewport. Rows are found by a grid, laid down as pixel stamps,
 * the worse later; where discs would only smear, cells count instead.
 */
import { Bubbles } from './bubbles.js';
import { cellRadius, Cells, OUTSIDE } from './cells.js';
import { coarseCells } from './coarse.js';
import { ringCompared } from './compared.js';
import { DENSITY_MARGIN } from './density_layer.js';
import { Grid, NO_POINT, WORLD, worldOf } from './grid.js';
import { mercatorX, mercatorY } from './mercator.js';
import { PiecedAnswer } from './pieced_answer.js';
import { press, stamp, trace } from './stamps.js';
import { stacked, symbolTable } from './symbols.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./columns.js').Columns} Columns */
/** @typedef {{answer: Answer, i: number}} Hit */
/** @typedef {{x: number, y: number, n: number, worst: any}} Cell world pixels of its middle; `worst` the symbol of the worst in it, null for a hexagon */

/** Above areas and lines, below names and cards. */
const PANE = 'emmap-points';
const PANE_ABOVE_SHAPES = '450';
/** Symbols that stand outside the view by less may show in it, CSS pixels. */
const MARGIN = 16;
/** With fewer points of a layer in view each is drawn, however close. */
const FEWEST_TO_COUNT = 4000;
/** From this zoom on each is drawn, however many. */
const DEEPEST_TO_COUNT = 17;
const PULSE_MS = 8000;
const PULSE_EVERY_MS = 1600;
/** A row whose cell counts instead of it. */
const COUNTED = 0xffff;

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
    /** Rows that a comparison marks, in its colours. @type {import('./compared.js').Compared|null} */
    this.compared = null;
    /** Rows that pulse, and until when (ms of the page). @type {{layer: string, row: number, until: number}[]} */
    this.pulsing = [];
    /** What is drawn, row by row: device pixels, symbols. */
    this.X = new Int16Array(0);
    this.Y = new Int16Array(0);
    this.symbols = new Uint16Array(0);
    /** Which cell each lies in; `OUTSIDE` is added where it is not in the view. */
    this.cellOf = new Uint16Array(0);
    /** Those that are drawn, the undermost first; where each symbol's begin, and where all end. */
    this.order = new Uint32Array(0);
    this.starts = new Uint32Array(1);
    this.lastAt = new Uint16Array(0);
    /** @type {ImageData|null} */
    this.image = null;
    /** @type {Cell[]} */
    this.cells = [];
    /** @type {Cells|null} */
    this.counting = null;
    /** @type {Bubbles|null} */
    this.bubbles = null;
    /** The layer that is drawn as density. @type {import('./density_layer.js').DensityLayer|null} */
    this.density = null;
    this.fewestToCount = FEWEST_TO_COUNT;
    /** How many lie in the view, as discs or in the cells' numbers. */
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

  /** @returns {import('./cells.js').Frame} */
  frame() {
    const map = /** @type {L.Map} */ (this.map);
    const origin = map.getPixelBounds().min ?? L.point(0, 0);
    const { x: width, y: height } = map.getSize();
    return { scale: 256 * 2 ** (this.zoom ?? 0), ox: origin.x, oy: origin.y, width, height };
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

  /** @param {number} n rows that there must be room for */
  reserve(n) {
    if (this.X.length >= n) return;
    const size = Math.ceil(n * 1.25);
    this.X = new Int16Array(size);
    this.Y = new Int16Array(size);
    this.symbols = new Uint16Array(size);
    this.cellOf = new Uint16Array(size);
    this.order = new Uint32Array(size);
  }

  /** Draws what holds. */
  draw() {
    if (!this.map || !this.canvas) return;
    const { width, height } = this.canvas;
    if (!width || !height) return;
    const frame = this.frame();
    this.image ??= new ImageData(width, height);
    const pixels = new Uint32Array(this.image.data.buffer);
    pixels.fill(0);
    const box = this.box([-MARGIN, -MARGIN], [frame.width + MARGIN, frame.height + MARGIN]);
    const view = extentOf(this.map).map((degrees) => Math.round(degrees * 1e7));
    const { order, ids } = stacked(this.answers);
    const cells = new Cells(frame);
    this.reserve(this.answers.reduce((sum, answer) => sum + answer.total(), 0));
    this.drawn = 0;
    let end = 0;
    /** @type {Cell[]} */
    const coarse = [];
    this.answers.forEach((answer, rank) => {
      const { density } = this;
      if (density && answer.layer.id === density.layer) {
        const around = this.box([-DENSITY_MARGIN, -DENSITY_MARGIN], [frame.width + DENSITY_MARGIN, frame.height + DENSITY_MARGIN]);
        density.draw(answer, this.grid(answer.columns), around, frame, { pixels, width, height, ratio: this.ratio ?? 1, night: this.night });
        this.drawn += density.n;
        return;
      }
      if (answer instanceof PiecedAnswer && !answer.close) {
        coarse.push(...this.fromAfar(answer, frame));
        return;
      }
      const gathered = this.grid(answer.columns).gather(answer, box, ids[rank].codes);
      end = this.locate(gathered, ids[rank], end, { frame, view, cells, rank });
    });
    this.counting = cells;
    this.cells = [...coarse, ...cells.shown().map((cell) => ({ ...cell, worst: order[cell.worst] }))];
    const bubbles = this.bubblesOf(frame);
    for (const one of bubbles) one.disc(pixels, width, height);
    const starts = (this.starts = this.sort(end, order.length));
    const drawn = this.drawnAt(width * height);
    order.forEach((symbol, id) => {
      if (starts[id] === starts[id + 1]) return;
      const picture = this.stampOf(symbol);
      for (let at = starts[id]; at < starts[id + 1]; at++) {
        const k = this.order[at];
        const x = this.X[k];
        const y = this.Y[k];
        // The same symbol at the same pixel once more would show nothing new.
        if (x >= 0 && x < width && drawn[y * width + x] === id + 1) continue;
        press(pixels, width, height, picture, x, y);
        if (x >= 0 && x < width) drawn[y * width + x] = id + 1;
      }
    });
    // Other layers' symbols may lie on a cell's disc, never on its number.
    for (const one of bubbles) one.number(pixels, width, height);
    this.show();
  }

  /** @param {PiecedAnswer} answer @param {import('./cells.js').Frame} frame @returns {Cell[]} what of it holds in view, counted */
  fromAfar(answer, frame) {
    const { symbols } = symbolTable(answer);
    const found = coarseCells(answer.spans, frame, this.zoom ?? 0, (symbol) => symbols[symbol].z);
    for (const { n } of found) this.drawn += n;
    return found.map((cell) => ({ ...cell, worst: symbols[cell.worst] }));
  }

  /**
   * Where a layer's rows stand on the canvas and as which symbol; where they are many in a cell, it counts instead.
   * @param {ReturnType<Grid['gather']>} gathered @param {ReturnType<typeof stacked>['ids'][0]} ids
   * @param {number} from where in the arrays the layer's rows begin
   * @param {{frame: import('./cells.js').Frame, view: number[], cells: Cells, rank: number}} given view: 1e-7 degrees
   * @returns {number} where they end
   */
  locate(gathered, { codes, byCode, other }, from, { frame: { scale, ox, oy, width, height }, view, cells, rank }) {
    const { X, Y, symbols, cellOf } = this;
    const { u, v, code } = gathered;
    const ratio = this.ratio ?? 1;
    const west = worldOf(mercatorX(view[0]));
    const south = worldOf(mercatorY(view[1]));
    const east = worldOf(mercatorX(view[2]));
    const north = worldOf(mercatorY(view[3]));
    const pixels = scale / WORLD;
    let end = from;
    let n = 0;
    for (let k = 0; k < gathered.n; k++) {
      const px = u[k] * pixels - ox;
      const py = v[k] * pixels - oy;
      if (!(px > -MARGIN && px < width + MARGIN && py > -MARGIN && py < height + MARGIN) || v[k] === NO_POINT) continue;
      const inside = west <= u[k] && u[k] <= east && north <= v[k] && v[k] <= south;
      if (inside) n++;
      X[end] = Math.floor(px * ratio + 0.5);
      Y[end] = Math.floor(py * ratio + 0.5);
      symbols[end] = codes ? byCode[code[k]] : other;
      cellOf[end++] = cells.at(px, py) + (inside ? 0 : OUTSIDE);
    }
    this.drawn += n;
    if (n <= this.fewestToCount || (this.zoom ?? 0) >= DEEPEST_TO_COUNT) return end;
    const counting = cells.take(rank, cellOf.subarray(from, end), symbols.subarray(from, end));
    for (let k = from; k < end; k++) if (counting[cellOf[k] & (OUTSIDE - 1)] === 1) symbols[k] = COUNTED;
    return end;
  }

  /**
   * The first `n` rows by symbol into `order`. @param {number} n @param {number} kinds how many symbols there are
   * @returns {Uint32Array<ArrayBuffer>} where each symbol begins, and where all end
   */
  sort(n, kinds) {
    const { symbols, order } = this;
    const starts = new Uint32Array(kinds + 1);
    for (let k = 0; k < n; k++) if (symbols[k] !== COUNTED) starts[symbols[k] + 1]++;
    for (let id = 0; id < kinds; id++) starts[id + 1] += starts[id];
    const next = starts.slice();
    for (let k = 0; k < n; k++) if (symbols[k] !== COUNTED) order[next[symbols[k]]++] = k;
    return starts;
  }

  /** @param {number} n pixels @returns {Uint16Array} which symbol (and one) was drawn last around each: none yet */
  drawnAt(n) {
    if (this.lastAt.length !== n) this.lastAt = new Uint16Array(n);
    else this.lastAt.fill(0);
    return this.lastAt;
  }

  /** @param {import('./cells.js').Frame} frame @returns {ReturnType<Bubbles['at']>[]} the counting cells' */
  bubblesOf({ ox, oy }) {
    const ratio = this.ratio ?? 1;
    if (this.bubbles?.night !== this.night || this.bubbles.ratio !== ratio) this.bubbles = new Bubbles(this.night, ratio);
    const { bubbles, night } = this;
    return this.cells.map(({ x, y, n, worst }) => bubbles.at((x - ox) * ratio, (y - oy) * ratio, n, night ? worst.night : worst.colour));
  }

  /** Puts the picture up, and rings around what is selected, marked or new. */
  show() {
    if (!this.g || !this.image) return;
    cancelAnimationFrame(this.frameAsked);
    this.frameAsked = 0;
    this.g.putImageData(this.image, 0, 0);
    for (const [layer, rows] of this.marked) for (const row of rows) this.ring(layer, row, 3);
    if (this.compared) ringCompared(this, this.compared);
    if (this.selected) this.ring(this.selected.answer.layer.id, this.selected.row, 5);
    const time = performance.now();
    this.pulsing = this.pulsing.filter(({ until }) => time < until);
    for (const { layer, row, until } of this.pulsing) {
      const share = ((until - time) % PULSE_EVERY_MS) / PULSE_EVERY_MS;
      this.ring(layer, row, 4 + 16 * (1 - share), share);
    }
    if (this.pulsing.length) this.frameAsked = requestAnimationFrame(() => this.show());
  }

  /** @param {string} layer @param {number} row @param {number} room CSS pixels around the symbol @param {number} [alpha] @param {string} [colour] */
  ring(layer, row, room, alpha = 1, colour = this.night ? '#5aa9ff' : '#0b5cad') {
    const answer = this.answers.find((one) => one.layer.id === layer);
    const i = answer?.columns.placeOf(row) ?? -1;
    if (!answer || i < 0 || answer.columns.shape[i] !== 1 || !answer.holds(i)) return;
    const { symbols, of } = symbolTable(answer);
    const { x, y } = this.pixelOf(answer.columns, i);
    this.circle(x, y, symbols[of(i)].size / 2 + room, alpha, colour);
  }

  /** @param {number} x @param {number} y @param {number} radius CSS pixels of the viewport @param {number} alpha @param {string} colour */
  circle(x, y, radius, alpha, colour) {
    const g = /** @type {CanvasRenderingContext2D} */ (this.g);
    const ratio = this.ratio ?? 1;
    g.globalAlpha = alpha;
    trace(g, 'circle', x * ratio, y * ratio, radius * ratio);
    g.lineWidth = 2.5 * ratio;
    g.strokeStyle = colour;
    g.stroke();
    g.globalAlpha = 1;
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

  /** @param {Answer} answer @param {number} i @returns {any} its row of the style table */
  symbolOf(answer, i) {
    const { symbols, of } = symbolTable(answer);
    return symbols[of(i)];
  }

  /** @param {Columns} columns @param {number} i @returns {{x: number, y: number}} CSS pixels of the viewport */
  pixelOf(columns, i) {
    const { scale, ox, oy } = this.frame();
    return { x: mercatorX(columns.x[i]) * scale - ox, y: mercatorY(columns.y[i]) * scale - oy };
  }

  /**
   * Symbols under a point, topmost first; what a cell counts has none.
   * @param {{x: number, y: number}} at CSS pixels of the viewport @param {number} [reach]
   * @returns {Hit[]}
   */
  pick(at, reach = 8) {
    const box = this.box([at.x - 2 * reach, at.y - 2 * reach], [at.x + 2 * reach, at.y + 2 * reach]);
    /** @type {(Hit & {z: number, rank: number, distance: number})[]} */
    const hits = [];
    this.answers.forEach((answer, rank) => {
      if (answer.layer.id === this.density?.layer) return;
      const { symbols, of } = symbolTable(answer);
      const counting = this.counting?.counting.get(rank);
      const rows = new Uint32Array(answer.total());
      const n = this.grid(answer.columns).find(answer, box, rows);
      for (let k = 0; k < n; k++) {
        const i = rows[k];
        if (answer.columns.shape[i] !== 1) continue;
        const { x, y } = this.pixelOf(answer.columns, i);
        if (counting?.[this.counting?.at(x, y) ?? 0]) continue;
        const symbol = symbols[of(i)];
        const distance = Math.hypot(x - at.x, y - at.y);
        if (distance <= Math.max(reach, symbol.size / 2)) hits.push({ answer, i, distance, z: symbol.z, rank });
      }
    });
    return hits.sort((a, b) => b.z - a.z || b.rank - a.rank || a.distance - b.distance);
  }

  /** @param {{x: number, y: number}} at CSS pixels of the viewport @returns {Cell|null} the counting cell whose disc lies there, or the hexagon */
  cellAt(at) {
    const { ox, oy } = this.frame();
    const cell = this.cells.find((one) => Math.hypot(one.x - ox - at.x, one.y - oy - at.y) <= cellRadius(one));
    if (cell) return cell;
    const hexagon = this.density?.at(at);
    return hexagon ? { x: hexagon.x + ox, y: hexagon.y + oy, n: hexagon.n, worst: null } : null;
  }
}

/** @param {L.Map} map @returns {[number, number, number, number]} where it looks, degrees, to the metre */
export function extentOf(map) {
  const bounds = map.getBounds();
  const round = (/** @type {number} */ n) => Number(n.toFixed(5));
  return [
    round(Math.max(-180, bounds.getWest())), round(Math.max(-90, bounds.getSouth())),
    round(Math.min(180, bounds.getEast())), round(Math.min(90, bounds.getNorth())),
  ];
}
