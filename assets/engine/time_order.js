/** Places by when something happens there, in buckets: a step in time looks only at the buckets that it passes. */
import { UNBOUNDED_END, UNBOUNDED_START } from './time.js';

/** Of a year, half an hour each. */
const BUCKETS = 16_384;

export class TimeOrder {
  /** @param {Int32Array} times one a place; unbounded ones never happen @param {number} n */
  constructor(times, n) {
    let first = Infinity;
    let last = -Infinity;
    for (let i = 0; i < n; i++) {
      const at = times[i];
      if (at === UNBOUNDED_START || at === UNBOUNDED_END) continue;
      if (at < first) first = at;
      if (at > last) last = at;
    }
    this.first = last >= first ? first : 0;
    this.width = last >= first ? Math.ceil((last - first + 1) / BUCKETS) : 1;
    /** Where each bucket begins in `places`. */
    this.start = new Uint32Array(BUCKETS + 1);
    const { start } = this;
    for (let i = 0; i < n; i++) {
      const at = times[i];
      if (at !== UNBOUNDED_START && at !== UNBOUNDED_END) start[((at - this.first) / this.width | 0) + 1]++;
    }
    for (let k = 0; k < BUCKETS; k++) start[k + 1] += start[k];
    const next = start.slice();
    this.places = new Uint32Array(start[BUCKETS]);
    for (let i = 0; i < n; i++) {
      const at = times[i];
      if (at !== UNBOUNDED_START && at !== UNBOUNDED_END) this.places[next[(at - this.first) / this.width | 0]++] = i;
    }
  }

  /** @param {number} at @returns {number} its bucket; the nearest for a time outside */
  bucket(at) {
    return Math.max(0, Math.min(BUCKETS - 1, Math.floor((at - this.first) / this.width)));
  }

  /**
   * Where in `places` everything stands that happens after one time and not after another, and a little else.
   * @param {number} after @param {number} upto not before `after` @returns {[number, number]} from, to
   */
  between(after, upto) {
    return [this.start[this.bucket(after)], this.start[this.bucket(upto) + 1]];
  }
}
