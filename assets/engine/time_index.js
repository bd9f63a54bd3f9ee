/** Rows by when they begin and cease on one of the two clocks, so that a step looks only at those that it passes. */
import { UNBOUNDED_END, UNBOUNDED_START } from './time.js';

/** @typedef {import('./columns.js').Columns} Columns */

/** A step looks at whole buckets: of a year, half an hour each. */
const BUCKETS = 16_384;

export class TimeIndex {
  /** @param {Columns} columns @param {'t'|'r'} [clock] t: when they hold; r: when they were known, of those that closed before the download */
  constructor(columns, clock = 't') {
    const { n, loads } = columns;
    const t0 = columns[`${clock}0`];
    const t1 = columns[`${clock}1`];
    this.loads = loads;
    /** Rows beyond are not in it. */
    this.n = n;
    let first = Infinity, last = -Infinity;
    for (let i = 0; i < n; i++) {
      if (t0[i] > UNBOUNDED_START) {
        if (t0[i] < first) first = t0[i];
        if (t0[i] > last) last = t0[i];
      }
      if (t1[i] < UNBOUNDED_END) {
        if (t1[i] < first) first = t1[i];
        if (t1[i] > last) last = t1[i];
      }
    }
    this.first = last >= first ? first : 0;
    this.width = Math.max(1, Math.ceil((last - first + 1) / BUCKETS) || 1);
    /** Where each bucket's rows begin in `rows`. */
    this.start = new Uint32Array(BUCKETS + 1);
    const { start, width } = this;
    for (let i = 0; i < n; i++) {
      if (t0[i] > UNBOUNDED_START) start[Math.floor((t0[i] - this.first) / width) + 1]++;
      if (t1[i] < UNBOUNDED_END) start[Math.floor((t1[i] - this.first) / width) + 1]++;
    }
    for (let k = 0; k < BUCKETS; k++) start[k + 1] += start[k];
    const next = start.slice();
    this.rows = new Uint32Array(start[BUCKETS]);
    for (let i = 0; i < n; i++) {
      if (t0[i] > UNBOUNDED_START) this.rows[next[Math.floor((t0[i] - this.first) / width)]++] = i;
      if (t1[i] < UNBOUNDED_END) this.rows[next[Math.floor((t1[i] - this.first) / width)]++] = i;
    }
  }

  /** @param {number} at @returns {number} its bucket; the nearest for a time outside */
  bucket(at) {
    return Math.max(0, Math.min(BUCKETS - 1, Math.floor((at - this.first) / this.width)));
  }

  /**
   * Where in `rows` everything stands that begins or ceases between two times, in either order.
   * @param {number} a @param {number} b @returns {[number, number]} from, to
   */
  between(a, b) {
    return [this.start[this.bucket(Math.min(a, b))], this.start[this.bucket(Math.max(a, b)) + 1]];
  }
}
