/**
 * When rows live: from when they begin to when they cease, as the timeline sees them. With K going along with T a row
 * lives while it holds and is known. Only rows that pass the filters count.
 */

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./columns.js').Columns} Columns */

/** From this level on nothing passes unseen between two frames: 橙 and 红. */
export const NEVER_UNSEEN = 3;
/** A key holds when a row begins and its place below this. */
const PLACES = 2 ** 21;
const FIRST = 2 ** 31;

/** Whether a layer's features come and go, by its time rule: neither states nor standing things. @param {any} layer as /api/layers lists it */
export const comesAndGoes = (layer) => layer.time_rule !== 'standing' && layer.time_rule !== 'state';

/** Severe rows by when they begin, for the columns as they were. @type {WeakMap<Columns, {generation: number, together: boolean, keys: Float64Array}>} */
const severe = new WeakMap();

/** @param {Answer} answer @param {number} i */
const begins = ({ columns: c, together }, i) => (together ? Math.max(c.t0[i], c.r0[i]) : c.t0[i]);

/** @param {Answer} answer @param {number} i */
const ceases = ({ columns: c, together }, i) => (together ? Math.min(c.t1[i], c.r1[i]) : c.t1[i]);

/** @param {Answer} answer @param {number} i @returns {boolean} whether row i passes the filters and is known, or comes to be */
const counts = ({ columns: c, refused, together, K }, i) => refused[i] === 0 && (together || (c.r0[i] <= K && K < c.r1[i]));

/**
 * How many began, ceased and held in a span, its two ends included. @param {Answer} answer @param {number} from @param {number} to
 * @returns {{began: number, ended: number, held: number}}
 */
export function lived({ columns, refused, together, K }, from, to) {
  const { t0, t1, r0, r1, n } = columns;
  const sum = { began: 0, ended: 0, held: 0 };
  for (let i = 0; i < n; i++) {
    if (refused[i] !== 0) continue;
    let begins = t0[i];
    let ceases = t1[i];
    if (together) {
      begins = Math.max(begins, r0[i]);
      ceases = Math.min(ceases, r1[i]);
    } else if (!(r0[i] <= K && K < r1[i])) continue;
    if (ceases <= begins || begins > to || ceases < from) continue;
    if (begins >= from) sum.began++;
    if (ceases <= to) sum.ended++;
    if (ceases > from) sum.held++;
  }
  return sum;
}

/** @param {Answer} answer @param {number} from @param {number} to @returns {Uint32Array} places of rows that began in a span, its two ends included */
export function began(answer, from, to) {
  const found = [];
  for (let i = 0; i < answer.columns.n; i++) {
    const t0 = begins(answer, i);
    if (from <= t0 && t0 <= to && t0 < ceases(answer, i) && counts(answer, i)) found.push(i);
  }
  return Uint32Array.from(found);
}

/**
 * Severe rows that a leap of T swallows: their whole life lies between two pictures, so that neither shows them.
 * @param {Answer} answer @param {number} before T of the earlier picture @param {number} at T of the later one
 * @returns {number[]} places, by when they begin
 */
export function swallowed(answer, before, at) {
  const keys = severeByStart(answer);
  const found = [];
  for (let k = firstAfter(keys, before); k < keys.length; k++) {
    const i = keys[k] % PLACES;
    if (begins(answer, i) > at) break;
    if (ceases(answer, i) <= at && counts(answer, i)) found.push(i);
  }
  return found;
}

/**
 * The worst of the severe rows that a histogram does not show, since they begin and cease between the middles of two bins.
 * @param {Answer} answer @param {number} from @param {number} to @param {number} bins
 * @param {Uint8Array} worst by the edge of bins where they lie, `bins` + 1 of them; raised where this answer's are worse
 */
export function unseen(answer, from, to, bins, worst) {
  const width = (to - from) / bins;
  for (let edge = 0; edge <= bins; edge++) {
    const before = from + Math.max(0, edge - 0.5) * width;
    for (const i of swallowed(answer, before, from + Math.min(bins, edge + 0.5) * width)) {
      worst[edge] = Math.max(worst[edge], answer.columns.severity[i]);
    }
  }
}

/** @param {Answer} answer */
function severeByStart(answer) {
  const { columns: c, together } = answer;
  const known = severe.get(c);
  if (known && known.generation === c.generation && known.together === together) return known.keys;
  const keys = [];
  for (let i = 0; i < c.n; i++) {
    const t0 = begins(answer, i);
    // Numbers sort many times faster than objects: the start in the upper bits, the place in the lower.
    if (c.severity[i] >= NEVER_UNSEEN && t0 < ceases(answer, i)) keys.push((t0 + FIRST) * PLACES + i);
  }
  const sorted = Float64Array.from(keys).sort();
  severe.set(c, { generation: c.generation, together, keys: sorted });
  return sorted;
}

/** @param {Float64Array} keys @param {number} at @returns {number} place of the first that begins after `at` */
function firstAfter(keys, at) {
  const least = (Math.floor(at) + 1 + FIRST) * PLACES;
  let low = 0;
  let high = keys.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (keys[middle] < least) low = middle + 1;
    else high = middle;
  }
  return low;
}
