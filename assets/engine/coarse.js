/** A layer in pieces from afar: its cells, added up to what the zoom shows, exactly. */
import { tileOf } from './spans.js';

/** @typedef {import('./spans.js').Spans} Spans */
/** @typedef {import('./cells.js').Frame} Frame */
/** @typedef {{x: number, y: number, n: number, worst: number}} CoarseCell world pixels of its middle; `worst` a place in the style's table */

/** How the cells of one layer lie at one level. @typedef {{level: number, count: number, group: Uint32Array, x: number[], y: number[]}} Groups */

/** @type {WeakMap<Spans, Groups>} */
const last = new WeakMap();

/** Zoom levels that a counting cell is deeper than the map: a tile of 256 pixels, halved so often, is 64 pixels wide. */
const DEEPER = 2;
/** A hexagon is wider than a cell: its radius, in sides of cells. */
const COARSE = 0.75;

/** @param {Spans} spans @param {number} level at most that of the cells @returns {Groups} which cells lie in which tile of a level */
function groups(spans, level) {
  const known = last.get(spans);
  if (known && known.level === level && known.count === spans.cells.length) return known;
  const places = new Map();
  /** @type {Groups} */
  const found = { level, count: spans.cells.length, group: new Uint32Array(spans.cells.length), x: [], y: [] };
  spans.cells.forEach((code, cell) => {
    const coarse = code < 0 ? -1 : Math.floor(code / 4 ** (spans.level - level));
    let at = places.get(coarse);
    if (at === undefined) {
      const [x, y] = tileOf(coarse, level);
      at = found.x.push(x) - 1;
      found.y.push(y);
      places.set(coarse, at);
    }
    found.group[cell] = at;
  });
  last.set(spans, found);
  return found;
}

/**
 * What holds in view, by counting cell.
 * @param {Spans} spans @param {Frame} frame @param {number} zoom @param {(symbol: number) => number} rank of a symbol among those that lie on each other
 * @returns {CoarseCell[]}
 */
export function coarseCells(spans, { scale, ox, oy, width, height }, zoom, rank) {
  const level = Math.max(0, Math.min(spans.level, Math.floor(zoom) + DEEPER));
  const { group, x, y } = groups(spans, level);
  const { byCell, symbols, nowhere } = spans;
  const n = new Int32Array(x.length);
  const worst = new Int32Array(x.length).fill(-1);
  const ranks = Array.from({ length: symbols }, (_, symbol) => rank(symbol));
  for (let cell = 0; cell * symbols < byCell.length; cell++) {
    if (cell === nowhere) continue;
    const at = group[cell];
    for (let symbol = 0; symbol < symbols; symbol++) {
      const some = byCell[cell * symbols + symbol];
      if (some === 0) continue;
      n[at] += some;
      if (worst[at] < 0 || ranks[symbol] > ranks[worst[at]]) worst[at] = symbol;
    }
  }
  const side = scale / 2 ** level;
  const found = [];
  for (let at = 0; at < n.length; at++) {
    if (n[at] === 0) continue;
    const px = (x[at] + 0.5) * side;
    const py = (y[at] + 0.5) * side;
    if (px < ox - side / 2 || py < oy - side / 2 || px > ox + width + side / 2 || py > oy + height + side / 2) continue;
    found.push({ x: px, y: py, n: n[at], worst: worst[at] });
  }
  return found;
}

/**
 * What holds by cell, as fine as the cells are. @param {Spans} spans @param {Frame} frame
 * @returns {import('./density.js').Spots}
 */
export function fineCells(spans, { scale, ox, oy }) {
  const { group, x, y } = groups(spans, spans.level);
  const { byCell, symbols, nowhere } = spans;
  const side = scale / 2 ** spans.level;
  const found = { x: new Float32Array(x.length), y: new Float32Array(x.length), weight: new Int32Array(x.length), n: 0, coarse: side * COARSE };
  for (let cell = 0; cell * symbols < byCell.length; cell++) {
    if (cell === nowhere) continue;
    let n = 0;
    for (let symbol = 0; symbol < symbols; symbol++) n += byCell[cell * symbols + symbol];
    if (n === 0) continue;
    const at = found.n++;
    found.x[at] = (x[group[cell]] + 0.5) * side - ox;
    found.y[at] = (y[group[cell]] + 0.5) * side - oy;
    found.weight[at] = n;
  }
  return found;
}
