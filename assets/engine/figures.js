/** What is told of several layers at once: their answers' numbers, put together. */
import { began, lived as livedOf, unseen as unseenOf } from './lives.js';
import { listed } from './listing.js';
import { PiecedAnswer } from './pieced_answer.js';
import { added } from './tally.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./listing.js').ListRow} ListRow */
/**
 * @typedef {object} Asked
 * @property {'all'|'inside'|'unplaced'|'current'|'began'} what inside: in the map's extent; unplaced: without a place; current:
 *   everywhere, of layers whose features come and go (not standing, not state); began: from `from` to `to`, whether they hold at
 *   T or not
 * @property {number} [limit]
 * @property {number} [offset]
 * @property {number} [from]
 * @property {number} [to]
 * @property {boolean} [passing] only of layers whose features come and go
 */

/** @param {Map<string, Answer>} answers @param {any[]} visible the layers that are summed */
export function counted(answers, visible) {
  const layers = Object.fromEntries([...answers].map(([id, answer]) => [id, answer.counts()]));
  const shown = visible.map((layer) => layers[layer.id]);
  return {
    total: shown.reduce((sum, one) => sum + one.total, 0),
    unplaced: shown.reduce((sum, one) => sum + one.unplaced, 0),
    severity: added(shown.map((one) => ({ severity: one.severity }))).severity ?? {},
    groups: added(shown.map((one) => one.groups)),
    facets: added(shown.map((one) => one.facets)),
    layers,
  };
}

/**
 * Rows worst first, newest first within a level.
 * @param {Answer[]} asked @param {[number, number, number, number]} extent degrees @param {Asked} given
 * @returns {{total: number, rows: ListRow[]}}
 */
export function list(asked, extent, { what, limit = 100, offset = 0, from = 0, to = 0 }) {
  const places = (/** @type {Answer} */ answer) => {
    if (what === 'began') return began(answer, from, to);
    return what === 'inside' ? answer.inside(extent) : what === 'unplaced' ? answer.unplaced() : answer.all();
  };
  return listed(asked.map((answer) => ({ answer, places: places(answer) })), limit, offset);
}

/** How many hold over time, by severity. @param {Answer[]} asked @param {number} from @param {number} to @param {number} bins */
export function histogram(asked, from, to, bins) {
  const sum = Array.from({ length: 5 }, () => new Float64Array(bins));
  for (const answer of asked) {
    answer.histogram(from, to, bins).forEach((row, level) => row.forEach((n, bin) => (sum[level][bin] += n)));
  }
  return sum;
}

/**
 * The worst that comes and goes unseen between the histogram's bins: by edge, 0 where there is none severe.
 * @param {Answer[]} asked @param {number} from @param {number} to @param {number} bins
 */
export function unseen(asked, from, to, bins) {
  const worst = new Uint8Array(bins + 1);
  for (const answer of asked) unseenOf(answer, from, to, bins, worst);
  return worst;
}

/** What histogram and `lived` depend on besides their span. @param {Answer[]} asked @returns {unknown[]} */
export function history(asked) {
  return asked.flatMap((answer) => /** @type {unknown[]} */ (historyOf(answer)));
}

/** @param {Answer} answer */
function historyOf(answer) {
  if (answer instanceof PiecedAnswer) return [answer.spans, answer.spans.historyKey()];
  const { columns, n, closed, loads, filteredFor, together, K } = answer;
  return [columns, n, closed, loads, filteredFor, together || K];
}

/** How many began, ceased and held in a span, its ends included. @param {Answer[]} asked @param {number} from @param {number} to */
export function lived(asked, from, to) {
  const sum = { began: 0, ended: 0, held: 0 };
  for (const answer of asked) {
    const one = answer instanceof PiecedAnswer ? answer.spans.lived(from, to) : livedOf(answer, from, to);
    sum.began += one.began;
    sum.ended += one.ended;
    sum.held += one.held;
  }
  return sum;
}

/** @param {Answer[]} asked @param {number} T @param {1|-1} direction @returns {number|null} when something next (last) begins or ceases */
export function nextChange(asked, T, direction) {
  const all = asked.map((answer) => answer.nextChange(T, direction)).filter((at) => at !== null);
  return all.length ? (direction > 0 ? Math.min(...all) : Math.max(...all)) : null;
}
