/** Rows by place: a counting-sorted grid over a layer's points, and where on the map each lies. */
import { emptyBits, has, put, roomFor, write } from './bits.js';
import { mercatorX, mercatorY } from './mercator.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./columns.js').Columns} Columns */

const CELL = 1e7 / 64; // 1/64 degree
const MOST_CELLS = 2048; // a side
/** Rows that came after a grid was made are looked at one by one, up to so many. */
const MOST_LATE = 65_536;
/** What the world's side is divided into: 2^-32 of it is a centimetre, a thirtieth of a device pixel at the deepest zoom. */
export const WORLD = 2 ** 32;
/** Southing of what is no point. */
export const NO_POINT = WORLD - 1;
/** A row of the whole answer costs about as much as so many of the grid's. */
const COST_OF_ALL = 3;

export class Grid {
  /** @param {Columns} columns */
  constructor(columns) {
    this.columns = columns;
    this.loads = columns.loads;
    this.n = columns.n;
    /** Web Mercator place of row i: at 2 i from the west, at 2 i + 1 from the north; side by side, since both are read together. */
    this.world = new Uint32Array(2 * (columns.n + 1024));
    this.filled = 0;
    this.fill();
    this.near = emptyBits(columns.n);
    this.last = new Gathered(0);
    this.spare = new Gathered(0);
    let x0 = Infinity, y0 = Infinity, x1 = -Infinity, y1 = -Infinity;
    const { x, y, shape } = columns;
    for (let i = 0; i < this.n; i++) {
      if (shape[i] !== 1) continue;
      if (x[i] < x0) x0 = x[i];
      if (x[i] > x1) x1 = x[i];
      if (y[i] < y0) y0 = y[i];
      if (y[i] > y1) y1 = y[i];
    }
    const some = x1 >= x0;
    this.cell = some ? Math.max(CELL, (x1 - x0) / MOST_CELLS, (y1 - y0) / MOST_CELLS) : CELL;
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
    return this.columns.loads === this.loads && this.columns.n - this.n <= MOST_LATE;
  }

  fill() {
    const { x, y, shape, n } = this.columns;
    if (2 * n > this.world.length) {
      const more = new Uint32Array(2 * Math.ceil(n * 1.25));
      more.set(this.world.subarray(0, 2 * this.filled));
      this.world = more;
    }
    const { world } = this;
    let last = NaN;
    let southing = 0;
    for (let i = this.filled; i < n; i++) {
      // The spans of one feature often lie next to each other.
      if (y[i] !== last) southing = worldOf(mercatorY((last = y[i])));
      world[2 * i] = worldOf(mercatorX(x[i]));
      world[2 * i + 1] = shape[i] === 1 ? southing : NO_POINT;
    }
    this.filled = n;
  }

  /**
   * Rows that hold, in their order: all that are points in a box, and others.
   * @param {Answer} answer @param {number[]} box west, south, east, north, 1e-7 degrees
   * @param {Uint32Array} into with room for all that hold @returns {number} how many
   */
  find(answer, [west, south, east, north], into) {
    const { alive, n } = answer;
    const { rows, start, w, cell, x0, y0 } = this;
    this.fill();
    const a = w ? Math.max(0, Math.floor((west - x0) / cell)) : 0;
    const b = Math.min(w - 1, Math.floor((east - x0) / cell));
    const bottom = Math.max(0, Math.floor((south - y0) / cell));
    const top = Math.min(this.h - 1, Math.floor((north - y0) / cell));
    let inCells = 0;
    for (let line = bottom; line <= top && a <= b; line++) inCells += start[line * w + b + 1] - start[line * w + a];
    if (inCells > COST_OF_ALL * answer.total()) return write(alive, into);
    // By way of bits, so that rows come in their order, and what lies on what does not depend on the box.
    const near = (this.near = roomFor(this.near, n));
    for (let line = bottom; line <= top && a <= b; line++) {
      for (let k = start[line * w + a], last = start[line * w + b + 1]; k < last; k++) {
        const i = rows[k];
        near[i >>> 5] |= alive[i >>> 5] & (1 << (i & 31));
      }
    }
    for (let i = this.n; i < n; i++) if (has(alive, i)) put(near, i, true);
    const found = write(near, into);
    near.fill(0);
    return found;
  }

  /**
   * Finds, and says where on the map the rows lie and which code each has. Most were found by the last call too: what
   * was known of them stands in a row, which is read many times faster than from all over the arrays.
   * @param {Answer} answer @param {number[]} box @param {import('./columns.js').Numbers|null} codes
   * @returns {Gathered} valid until the call after the next
   */
  gather(answer, box, codes) {
    const before = this.last;
    const found = this.spare.length < answer.total() ? new Gathered(Math.ceil(answer.total() * 1.25)) : this.spare;
    this.spare = before;
    this.last = found;
    found.n = this.find(answer, box, found.rows);
    const { world } = this;
    const same = before.loads === this.columns.loads && before.codes === Boolean(codes);
    const known = same ? before.n : 0;
    for (let k = 0, j = 0; k < found.n; k++) {
      const i = found.rows[k];
      while (j < known && before.rows[j] < i) j++;
      if (j < known && before.rows[j] === i) {
        found.u[k] = before.u[j];
        found.v[k] = before.v[j];
        found.code[k] = before.code[j];
      } else {
        found.u[k] = world[2 * i];
        found.v[k] = world[2 * i + 1];
        found.code[k] = codes ? codes[i] : 0;
      }
    }
    found.loads = this.columns.loads;
    found.codes = Boolean(codes);
    return found;
  }
}

/** Rows side by side with what drawing needs of them. */
class Gathered {
  /** @param {number} length for how many there is room */
  constructor(length) {
    this.length = length;
    this.n = 0;
    this.rows = new Uint32Array(length);
    /** Parts of the world from the west and from the north. */
    this.u = new Uint32Array(length);
    this.v = new Uint32Array(length);
    this.code = new Uint16Array(length);
    this.loads = 0;
    this.codes = false;
  }
}

/** @param {number} part of the world's side, 0 to 1 @returns {number} the same in whole 2^-32 parts */
export const worldOf = (part) => Math.max(0, Math.min(NO_POINT - 1, Math.round(part * WORLD)));
