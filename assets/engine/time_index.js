/** Rows by when something happens to them, so that a step in time looks only at those that it passes. */
import { UNBOUNDED_END, UNBOUNDED_START } from './time.js';

/** A step looks at whole buckets: of a year, half an hour each. */
const BUCKETS = 16_384;

export class TimeIndex {
  /**
   * @param {Int32Array[]} times such as when each row begins and when it ceases; what is unbounded never happens
   * @param {number} n rows; those beyond are not in it @param {number} [loads] of the columns that they are of
   */
  constructor(times, n, loads = 0) {
    this.loads = loads;
    this.n = n;
    const bounded = (/** @type {number} */ at) => at !== UNBOUNDED_START && at !== UNBOUNDED_END;
    let first = Infinity;
    let last = -Infinity;
    for (const some of times) {
      for (let i = 0; i < n; i++) {
        if (!bounded(some[i])) continue;
        if (some[i] < first) first = some[i];
        if (some[i] > last) last = some[i];
      }
    }
    this.first = last >= first ? first : 0;
    this.width = Math.max(1, Math.ceil((last - first + 1) / BUCKETS) || 1);
    /** Where each bucket's rows begin in `rows`. */
    this.start = new Uint32Array(BUCKETS + 1);
    const { start, width } = this;
    for (const some of times) {
      for (let i = 0; i < n; i++) if (bounded(some[i])) start[Math.floor((some[i] - this.first) / width) + 1]++;
    }
    for (let k = 0; k < BUCKETS; k++) start[k + 1] += start[k];
    const next = start.slice();
    this.rows = new Uint32Array(start[BUCKETS]);
    for (const some of times) {
      for (let i = 0; i < n; i++) if (bounded(some[i])) this.rows[next[Math.floor((some[i] - this.first) / width)]++] = i;
    }
  }

  /** @param {number} at @returns {number} its bucket; the nearest for a time outside */
  bucket(at) {
    return Math.max(0, Math.min(BUCKETS - 1, Math.floor((at - this.first) / this.width)));
  }

  /**
   * Where in `rows` everything stands that happens between two times, in either order.
   * @param {number} a @param {number} b @returns {[number, number]} from, to
   */
  between(a, b) {
    return [this.start[this.bucket(Math.min(a, b))], this.start[this.bucket(Math.max(a, b)) + 1]];
  }
}
