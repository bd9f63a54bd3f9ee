/**
 * Counting cells: where a layer's discs would only smear, a number stands for them. Cells stand still in the world; what
 * lies in the view and not in a cell's number is drawn, so that numbers and discs sum to the whole.
 */

/** CSS pixels of a cell's side. */
export const CELL = 56;
/** More of a layer than this in a cell, and it counts: their discs would cover it more than half. */
const SMEAR = 28;
/** Added to the cell of a row that stands outside the view: it goes along with its cell, but does not count. */
export const OUTSIDE = 2 ** 15;

/** @typedef {{x: number, y: number, n: number, worst: number}} Cell world pixels of its middle; `worst` the highest symbol in it */
/** @typedef {{scale: number, ox: number, oy: number, width: number, height: number}} Frame world and viewport in CSS pixels */

export class Cells {
  /** @param {Frame} frame */
  constructor({ ox, oy, width, height }) {
    // Every cell has its middle in the view: what lies in the part of another counts in the next.
    this.left = Math.ceil(ox / CELL - 0.5);
    this.top = Math.ceil(oy / CELL - 0.5);
    this.across = Math.max(1, Math.floor((ox + width) / CELL - 0.5) - this.left + 1);
    this.down = Math.max(1, Math.floor((oy + height) / CELL - 0.5) - this.top + 1);
    this.x0 = ox / CELL - this.left;
    this.y0 = oy / CELL - this.top;
    this.counts = new Uint32Array(this.across * this.down);
    this.worst = new Uint16Array(this.across * this.down);
    /** For each layer, which of its cells count. @type {Map<number, Uint8Array>} */
    this.counting = new Map();
  }

  /** @param {number} x @param {number} y CSS pixels of the viewport @returns {number} the cell of that place */
  at(x, y) {
    const { across, down } = this;
    const column = x / CELL + this.x0;
    const line = y / CELL + this.y0;
    return (line < 0 ? 0 : line >= down ? down - 1 : line | 0) * across + (column < 0 ? 0 : column >= across ? across - 1 : column | 0);
  }

  /**
   * Takes a layer's rows in. @param {number} rank of the layer @param {Uint16Array} cells of each row
   * @param {Uint16Array} symbols of each row @returns {Uint8Array} which cells count
   */
  take(rank, cells, symbols) {
    const { counts, worst } = this;
    const own = new Uint32Array(counts.length);
    for (let k = 0; k < cells.length; k++) if (cells[k] < OUTSIDE) own[cells[k]]++;
    const counting = new Uint8Array(counts.length);
    for (let cell = 0; cell < own.length; cell++) {
      if (own[cell] <= SMEAR) continue;
      counting[cell] = 1;
      counts[cell] += own[cell];
    }
    for (let k = 0; k < cells.length; k++) {
      const cell = cells[k];
      if (cell < OUTSIDE && counting[cell] === 1 && symbols[k] > worst[cell]) worst[cell] = symbols[k];
    }
    this.counting.set(rank, counting);
    return counting;
  }

  /** @returns {Cell[]} those that count */
  shown() {
    const found = [];
    for (let cell = 0; cell < this.counts.length; cell++) {
      if (this.counts[cell] === 0) continue;
      const x = (this.left + (cell % this.across) + 0.5) * CELL;
      const y = (this.top + Math.floor(cell / this.across) + 0.5) * CELL;
      found.push({ x, y, n: this.counts[cell], worst: this.worst[cell] });
    }
    return found;
  }
}

/** @param {{n: number}} cell @returns {number} of its disc, CSS pixels */
export const cellRadius = ({ n }) => 11 + Math.min(15, Math.log2(n + 1) * 1.4);
