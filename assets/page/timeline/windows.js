/** Windows: spans of time to read the picture by, most of them with a name. Seconds since 2000; days are Beijing's. */
import { civil, DAY, dateOf, HOUR } from './scale.js';

/** @typedef {import('./scale.js').Span} Span */

/** Windows that end at T and go along with it: their length. */
const TRAILING = /** @type {Record<string, number>} */ ({ last_1h: HOUR, last_6h: 6 * HOUR, last_24h: DAY, last_7d: 7 * DAY, last_30d: 30 * DAY });
/** What shows around a window, as parts of it: before; after one that goes along; after one that stays. */
const BEFORE = 0.04;
const AHEAD = 0.25;
const AFTER = 0.04;

/** @param {string|null} name @returns {boolean} whether it ends at T */
export const goesAlong = (name) => name !== null && name in TRAILING;

/**
 * The span of a named window.
 * @param {string} name @param {number} at T: today, the season and the year are T's
 * @param {{season: [number, number][], known: Span}} facts season: its first and last day, as month and day; known: of all there is
 * @returns {Span}
 */
export function windowAt(name, at, { season: [first, last], known }) {
  if (name in TRAILING) return { from: at - TRAILING[name], to: at };
  const [year, month, day] = dateOf(at);
  switch (name) {
    case 'today':
      return { from: civil(year, month, day), to: civil(year, month, day + 1) };
    case 'season':
      return { from: civil(year, first[0], first[1]), to: civil(year, last[0], last[1] + 1) };
    case 'year':
      return { from: civil(year, 1), to: civil(year + 1, 1) };
    default:
      return known;
  }
}

/** What the plot shows for a window. @param {string|null} name @param {Span} window @returns {Span} */
export function around(name, { from, to }) {
  const length = to - from;
  return { from: Math.floor(from - BEFORE * length), to: Math.ceil(to + (goesAlong(name) ? AHEAD : AFTER) * length) };
}
