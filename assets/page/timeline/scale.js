/**
 * The timeline's scale: which span of time shows, how it zooms and pans, and its marks.
 * Seconds since 2000; days, months and years are Beijing's.
 */
import { EPOCH, full } from '../../engine/time.js';

/** @typedef {{from: number, to: number}} Span */
/** @typedef {{at: number, label: string}} Mark */

export const MINUTE = 60;
export const HOUR = 60 * MINUTE;
export const DAY = 24 * HOUR;
/** The least and the most that shows; all that is known may be more. */
export const SHORTEST = MINUTE;
export const LONGEST = 3653 * DAY; // ten years
const BEIJING = 8 * HOUR;
const STEPS = [1, 2, 5, 10, 15, 30, ...[1, 2, 5, 10, 15, 30].map((n) => n * MINUTE), ...[1, 2, 3, 6, 12].map((n) => n * HOUR), DAY, 2 * DAY, 7 * DAY];
const MONTHS = [1, 3, 6, 12, 24, 60, 120];
/** Of what shows at least this part lies where something is known. */
const SOME = 0.1;
/** CSS pixels that a mark's label wants. */
const ROOM = 72;
/** Of what shows: one key press, and what a dragged hand falls on. */
const STEPS_ACROSS = 120;
const GRAINS_ACROSS = 1000;

/** @param {number} year @param {number} month from 1; 13 is the next January @param {number} [day] @returns {number} its midnight */
export const civil = (year, month, day = 1) => Date.UTC(year, month - 1, day) / 1000 - EPOCH - BEIJING;

/** @param {number} at @returns {number[]} year, month, day */
export const dateOf = (at) => full(at).slice(0, 10).split('-').map(Number);

/** A round time by a step that divides days, or counts whole ones. @param {number} at @param {number} step @param {(n: number) => number} [round] */
export const aligned = (at, step, round = Math.floor) => round((at + BEIJING) / step) * step - BEIJING;

/** @param {number} seconds @returns {number} the longest round step that is no longer */
const stepWithin = (seconds) => STEPS.findLast((step) => step <= seconds) ?? STEPS[0];

/** @param {Span} span @returns {number} what one key press moves T by */
export const stepOf = (span) => stepWithin((span.to - span.from) / STEPS_ACROSS);

/** @param {Span} span @returns {number} what a dragged T falls on multiples of */
export const grainOf = (span) => stepWithin((span.to - span.from) / GRAINS_ACROSS);

/**
 * The nearest span that is allowed: neither too short nor too long, some of it where something is known.
 * @param {number} from @param {number} length @param {Span} limits of what is known @returns {Span}
 */
function allowed(from, length, limits) {
  const long = Math.round(Math.min(Math.max(LONGEST, limits.to - limits.from), Math.max(SHORTEST, length)));
  const some = SOME * long;
  const start = Math.round(Math.max(limits.from + some - long, Math.min(limits.to - some, from)));
  return { from: start, to: start + long };
}

/** @param {Span} span @param {number} factor below 1 zooms in @param {number} around stays where it is @param {Span} limits @returns {Span} */
export function zoomed({ from, to }, factor, around, limits) {
  const length = Math.min(Math.max(LONGEST, limits.to - limits.from), Math.max(SHORTEST, (to - from) * factor));
  return allowed(around - ((around - from) / (to - from)) * length, length, limits);
}

/** @param {Span} span @param {number} by seconds @param {Span} limits @returns {Span} */
export const panned = ({ from, to }, by, limits) => allowed(from + by, to - from, limits);

/**
 * Marks of an axis at round times. The first one, and one where a day or year begins, says the date or year too.
 * @param {Span} span @param {number} width CSS pixels @returns {Mark[]}
 */
export function marks({ from, to }, width) {
  const least = ((to - from) / width) * ROOM;
  const step = STEPS.find((one) => one >= least);
  const times = step ? even(from, to, step) : monthly(from, to, MONTHS.find((n) => n * 28 * DAY >= least) ?? MONTHS[MONTHS.length - 1]);
  const yearly = times.length > 1 && times[1] - times[0] > 360 * DAY;
  return times.map((at, k) => ({ at, label: label(full(at), k === 0, step, yearly) }));
}

/** @param {number} from @param {number} to @param {number} step */
function even(from, to, step) {
  const found = [];
  for (let at = aligned(from, step, Math.ceil); at <= to; at += step) found.push(at);
  return found;
}

/** @param {number} from @param {number} to @param {number} months */
function monthly(from, to, months) {
  const found = [];
  const [year] = dateOf(from);
  const first = months > 12 ? Math.floor(year / (months / 12)) * (months / 12) : year;
  for (let month = 1, at = civil(first, month); at <= to; month += months, at = civil(first, month)) {
    if (at >= from) found.push(at);
  }
  return found;
}

/** @param {string} text 2020-05-22 01:12:00 @param {boolean} first @param {number|undefined} step @param {boolean} yearly */
function label(text, first, step, yearly) {
  if (yearly) return text.slice(0, 4);
  if (!step) return text.slice(0, 7);
  const midnight = text.endsWith('00:00:00');
  if (step >= DAY) return first || text.slice(5, 10) === '01-01' ? text.slice(0, 10) : text.slice(5, 10);
  if (midnight) return text.slice(5, 10);
  const clock = step < MINUTE ? text.slice(11) : text.slice(11, 16);
  return first ? `${text.slice(5, 10)} ${clock}` : clock;
}
