/** The span of all that is known, looked through once for the rows as they are. */
import { UNBOUNDED_END, UNBOUNDED_START } from '../../engine/time.js';
import { DAY } from './scale.js';

/** @typedef {import('./scale.js').Span} Span */

export class Known {
  /** @param {import('../../engine/engine.js').Engine} engine */
  constructor(engine) {
    this.engine = engine;
    /** What it was made from. @type {unknown[]} */
    this.from = [];
    this.first = Infinity;
    this.last = -Infinity;
  }

  /**
   * From when the first known thing begins to when the last one begins or ceases; T and now lie inside, and a day at least.
   * @param {number} at T @returns {Span}
   */
  span(at) {
    const columns = [...this.engine.answers.values()].map((answer) => answer.columns);
    const from = columns.flatMap((one) => [one, one.generation]);
    if (from.length !== this.from.length || from.some((one, k) => one !== this.from[k])) {
      this.from = from;
      this.look(columns);
    }
    const { now } = this.engine;
    return { from: Math.min(this.first, at, now - DAY), to: Math.max(this.last, at, now) };
  }

  /** @param {import('../../engine/columns.js').Columns[]} all */
  look(all) {
    this.first = Infinity;
    this.last = -Infinity;
    for (const { n, t0, t1 } of all) {
      for (let i = 0; i < n; i++) {
        if (t0[i] > UNBOUNDED_START && t0[i] < this.first) this.first = t0[i];
        if (t0[i] > this.last) this.last = t0[i];
        if (t1[i] < UNBOUNDED_END && t1[i] > this.last) this.last = t1[i];
      }
    }
  }
}
