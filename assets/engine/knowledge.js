/**
 * What was known when, over rows that carry both their clocks: which features two states of knowledge differ in at one T,
 * as `emmap/store/differences.py` says it, and when knowledge next changes.
 */
import { kinshipOf } from './lineage.js';
import { UNBOUNDED_END } from './time.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {'appeared'|'changed'|'gone'} Kind known later, corrected, withdrawn */
/**
 * @typedef {object} Differences one after the other, places in the layer's arrays; -1 where there is none
 * @property {Answer} answer
 * @property {number[]} kinds places in `KINDS`
 * @property {number[]} before what was known at K
 * @property {number[]} after what is known now
 * @property {[number, number][]} ended before and after: the same state from the same start, but when it ends came to be
 *   known, or known otherwise; to the store these are changed too
 * @property {number[]} between what was known in between and is not any more
 * @property {number[]} unknown version numbers that came or closed after the checkpoint and whose kin was not asked for
 */

/** The most telling first. */
export const KINDS = /** @type {const} */ (['appeared', 'changed', 'gone']);
const APPEARED = 0;
const CHANGED = 1;
const GONE = 2;

/**
 * How what was known at K of the instant T differs from what is known now, among rows that pass the filters.
 * @param {Answer} answer @param {number} T @param {number} K @param {import('./lineage.js').Kin} kin @returns {Differences}
 */
export function hindsight(answer, T, K, kin) {
  const { t0, t1, r0, r1, row, n, closed } = answer.columns;
  const { refused } = answer;
  const { feature, content } = kinshipOf(answer.columns, kin);
  const then = [];
  const now = [];
  /** @type {Differences} */
  const found = { answer, kinds: [], before: [], after: [], ended: [], between: [], unknown: [] };
  for (let i = 0; i < n; i++) {
    if (!(t0[i] <= T && T < t1[i]) || refused[i] !== 0) continue;
    const open = r1[i] === UNBOUNDED_END;
    const known = r0[i] <= K && K < r1[i];
    if (known === open) {
      if (!open && r0[i] > K) found.between.push(i);
    } else if (known) then.push(i);
    else now.push(i);
  }
  const late = new Set(closed.map((i) => row[i]));
  for (const some of [then, now]) {
    for (const i of some) if ((row[i] > kin.last || late.has(row[i])) && !kin.later.has(row[i])) found.unknown.push(row[i]);
  }
  const add = (/** @type {number} */ kind, /** @type {number} */ before, /** @type {number} */ after) => {
    found.kinds.push(kind);
    found.before.push(before);
    found.after.push(after);
  };
  /** @type {Map<number, number>} */
  const byFeature = new Map();
  for (const i of then) byFeature.set(feature[i], i);
  for (const after of now) {
    const before = byFeature.get(feature[after]);
    if (before === undefined) {
      add(APPEARED, -1, after);
      continue;
    }
    byFeature.delete(feature[after]);
    if (content[before] !== content[after] || t0[before] !== t0[after]) add(CHANGED, before, after);
    else if (t1[before] !== t1[after]) found.ended.push([before, after]);
  }
  for (const before of byFeature.values()) add(GONE, before, -1);
  return found;
}

/**
 * When it first came to be known after K that a feature is, or is otherwise: not by what is known now, if something said so before.
 * @param {Differences} differences @param {import('./lineage.js').Kin} kin @returns {(after: number) => number} by the place of what is known now
 */
export function firstKnown({ answer, between }, kin) {
  const { r0 } = answer.columns;
  const { feature } = kinshipOf(answer.columns, kin);
  /** @type {Map<number, number>} */
  const first = new Map();
  for (const i of between) first.set(feature[i], Math.min(first.get(feature[i]) ?? UNBOUNDED_END, r0[i]));
  return (after) => Math.min(r0[after], first.get(feature[after]) ?? UNBOUNDED_END);
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
