/**
 * What was known when, over rows that carry both their clocks: which features two states of knowledge differ in at one T,
 * as `emmap/store/differences.py` says it (there, 'ended' is 'changed' too), and when knowledge next changes.
 */
import { kinOf } from './lineage.js';
import { UNBOUNDED_END } from './time.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {'appeared'|'changed'|'gone'} Kind known later, corrected, withdrawn */
/** With 'ended': the same state from the same start, but when it ends came to be known, or known otherwise. @typedef {Kind|'ended'} Way */
/** @typedef {{kind: Way, before: number, after: number, known: number}} Difference places in the arrays, -1 where there is none; when it became known */

/** The most telling first. */
export const KINDS = /** @type {const} */ (['appeared', 'changed', 'gone']);

/**
 * How what was known at K of the instant T differs from what is known now, among rows that pass the filters.
 * @param {Answer} answer @param {number} T @param {number} K @param {import('./lineage.js').Kin} kin
 * @returns {{differences: Difference[], unknown: number[]}} unknown: rows that came after the checkpoint and whose kin was not asked for
 */
export function hindsight(answer, T, K, kin) {
  const { t0, t1, r0, r1, row, n, closed } = answer.columns;
  const { refused } = answer;
  const then = [];
  const now = [];
  const between = [];
  for (let i = 0; i < n; i++) {
    if (!(t0[i] <= T && T < t1[i]) || refused[i] !== 0) continue;
    const open = r1[i] === UNBOUNDED_END;
    const known = r0[i] <= K && K < r1[i];
    if (known === open) {
      if (r0[i] > K && !open) between.push(i);
    } else if (known) then.push(i);
    else now.push(i);
  }
  const late = new Set(closed.map((i) => row[i]));
  const unknown = [...then, ...now].map((i) => row[i]).filter((one) => (one > kin.last || late.has(one)) && !kin.later.has(one));
  /** @type {Map<number, number>} */
  const before = new Map(then.map((i) => [kinOf(kin, row[i])[0], i]));
  /** @type {Map<number, number>} */
  const first = new Map();
  for (const i of between) {
    const [feature] = kinOf(kin, row[i]);
    first.set(feature, Math.min(first.get(feature) ?? UNBOUNDED_END, r0[i]));
  }
  /** @type {Difference[]} */
  const differences = [];
  for (const after of now) {
    const [feature, content] = kinOf(kin, row[after]);
    const old = before.get(feature);
    before.delete(feature);
    if (old === undefined) differences.push({ kind: 'appeared', before: -1, after, known: Math.min(r0[after], first.get(feature) ?? UNBOUNDED_END) });
    else if (content !== kinOf(kin, row[old])[1] || t0[old] !== t0[after]) differences.push({ kind: 'changed', before: old, after, known: r0[after] });
    else if (t1[old] !== t1[after]) differences.push({ kind: 'ended', before: old, after, known: r0[after] });
  }
  for (const i of before.values()) differences.push({ kind: 'gone', before: i, after: -1, known: r1[i] });
  return { differences, unknown };
}

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
