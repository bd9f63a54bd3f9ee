/** Records per day as small bars: all that came pale, what was new dark. */
import { number, t } from '../../page/words.js';

const DAYS = 14;
const STEP = 10;
const BAR = 7;
const HEIGHT = 34;

/** @param {string} tag @param {Record<string, string|number>} attributes @param {...Node} children */
function svg(tag, attributes, ...children) {
  const made = document.createElementNS('http://www.w3.org/2000/svg', tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, String(value));
  made.append(...children);
  return made;
}

/** The last days until today, Beijing. @param {string} now RFC 3339 @returns {string[]} 2026-11-24 */
function lastDays(now) {
  const today = Date.parse(now) + 8 * 3_600_000;
  return Array.from({ length: DAYS }, (_, i) => new Date(today - (DAYS - 1 - i) * 86_400_000).toISOString().slice(0, 10));
}

/** @typedef {{day: string, records: number, new: number}} Day */

/** @param {Day[]} days @param {string} now RFC 3339 @returns {number} records that came today */
export const today = (days, now) => days.find((one) => one.day === lastDays(now)[DAYS - 1])?.records ?? 0;

/**
 * @param {Day[]} days those with any records @param {string} now RFC 3339
 * @returns {SVGElement}
 */
export function plot(days, now) {
  const told = new Map(days.map((one) => [one.day, one]));
  const shown = lastDays(now).map((day) => told.get(day) ?? { day, records: 0, new: 0 });
  const most = Math.max(1, ...shown.map((one) => one.records));
  const tall = (/** @type {number} */ n) => (n ? Math.max(2, (n / most) * (HEIGHT - 2)) : 0);
  const bars = shown.map((one, i) => {
    const bar = (/** @type {string} */ kind, /** @type {number} */ n) =>
      svg('rect', { class: kind, x: i * STEP, y: HEIGHT - tall(n), width: BAR, height: tall(n), rx: 1 });
    const title = svg('title', {});
    title.textContent = t('per_day_bar', { day: one.day, records: number(one.records), new: number(one.new) });
    const ground = svg('rect', { class: 'ground', x: i * STEP, y: 0, width: STEP, height: HEIGHT });
    return svg('g', {}, title, ground, bar('came', one.records), bar('new', Math.min(one.new, one.records)));
  });
  const label = t('per_day_label', { today: number(shown[DAYS - 1].records), most: number(Math.max(...shown.map((one) => one.records))) });
  const line = svg('line', { class: 'axis', x1: 0, x2: DAYS * STEP - (STEP - BAR), y1: HEIGHT + 0.5, y2: HEIGHT + 0.5 });
  return svg('svg', { class: 'plot', role: 'img', 'aria-label': label, width: DAYS * STEP, height: HEIGHT + 1, viewBox: `0 0 ${DAYS * STEP} ${HEIGHT + 1}` }, ...bars, line);
}
