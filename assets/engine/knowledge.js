/** What was known when: reports, late and corrected ones, over rows that carry both their clocks. */
import { UNBOUNDED_END } from './time.js';

/** @typedef {import('./answer.js').Answer} Answer */

/**
 * When what is known of an instant next changes: the nearest K at which a row that holds at T and passes the filters comes
 * or goes. @param {Answer[]} answers @param {number} T @param {number} K @param {1|-1} direction @returns {number|null}
 */
export function nextReport(answers, T, K, direction) {
  let found = direction > 0 ? UNBOUNDED_END : -Infinity;
  for (const { columns, refused } of answers) {
    const { t0, t1, r0, r1, n } = columns;
    for (let i = 0; i < n; i++) {
      if (!(t0[i] <= T && T < t1[i]) || refused[i] !== 0) continue;
      if (direction > 0) {
        if (r0[i] > K && r0[i] < found) found = r0[i];
        if (r1[i] > K && r1[i] < found) found = r1[i];
      } else {
        if (r0[i] < K && r0[i] > found) found = r0[i];
        if (r1[i] < K && r1[i] > found) found = r1[i];
      }
    }
  }
  return found === UNBOUNDED_END || found === -Infinity ? null : found;
}
