/**
 * One scale for both clocks of a feature's life. What happened lies minutes or years apart, so a stretch grows with the
 * logarithm of its length, and within it time runs evenly: order and simultaneity are true, lengths are not.
 */
import { full } from '../engine/time.js';
import { t } from './words.js';

const HOUR = 3600;
/** What shows before the first and after the last, as part of all. */
const BEYOND = 0.08;

export class LifeScale {
  /** @param {number[]} instants of versions, infinite where they are open @param {number} now */
  constructor(instants, now) {
    this.now = now;
    /** Instants at which something begins or ends, in order. */
    this.knots = [...new Set([...instants.filter(Number.isFinite), now])].sort((a, b) => a - b);
    const { knots } = this;
    const lengths = knots.slice(1).map((at, k) => 1 + Math.log10(1 + (at - knots[k]) / 60));
    const sum = lengths.reduce((all, one) => all + one, 0) || 1;
    /** Where they lie, as part of the whole. */
    this.places = [BEYOND];
    for (const length of lengths) this.places.push(this.places[this.places.length - 1] + ((1 - 2 * BEYOND) * length) / sum);
    const before = Math.max(HOUR, (knots[1] ?? now) - knots[0]);
    this.ends = { from: knots[0] - before, to: knots[knots.length - 1] + before };
  }

  /** @param {number} at @returns {number} 0 to 1 */
  share(at) {
    return between([this.ends.from, ...this.knots, this.ends.to], [0, ...this.places, 1], at);
  }

  /** @param {number} share @returns {number} seconds since 2000 */
  at(share) {
    return between([0, ...this.places, 1], [this.ends.from, ...this.knots, this.ends.to], share);
  }

  /** @returns {{at: number, lines: string[]}[]} what to write at the axes: the time alone where all is of one day */
  marks() {
    const { knots, now } = this;
    const past = knots.filter((at) => at !== now).map((at) => full(at));
    const sameDay = new Set(past.map((text) => text.slice(0, 10))).size <= 1;
    const sameYear = new Set(past.map((text) => text.slice(0, 4))).size <= 1;
    return knots.map((at) => {
      const text = full(at);
      if (at === now) return { at, lines: [t('axis_now')] };
      return { at, lines: sameDay ? [text.slice(11, 16)] : [text.slice(sameYear ? 5 : 2, 10), text.slice(11, 16)] };
    });
  }
}

/** Linear from one knot to the next. @param {number[]} from rising @param {number[]} to @param {number} value */
function between(from, to, value) {
  if (value <= from[0]) return to[0];
  const k = from.findIndex((one) => one >= value);
  if (k < 0) return to[to.length - 1];
  return to[k - 1] + ((value - from[k - 1]) / (from[k] - from[k - 1])) * (to[k] - to[k - 1]);
}
