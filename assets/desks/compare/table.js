/** What differs, as tables and as a list. */
import { isNight, make } from '../../page/elements.js';
import { number, said, t } from '../../page/words.js';

export const KINDS = /** @type {const} */ (['appeared', 'gone', 'changed']);
/** Colours of the marks, by day and by night. @type {Record<string, [string, string]>} */
const COLOURS = { appeared: ['#1a7f4b', '#55d695'], gone: ['#6b7684', '#b4c0cd'], changed: ['#8a4b00', '#f5b26b'] };

/** @param {string} kind @returns {string} the colour of its marks, the same on both maps */
export const kindColour = (kind) => COLOURS[kind][isNight() ? 1 : 0];

/** @typedef {'time'|'knowledge'|'filters'} Apart in what the sides are apart, as the route says */

/** @param {string} kind @param {Apart} apart @returns {string} */
export const kindName = (kind, apart) => t(`${apart}_${kind}`);

/** @param {string[]} heads @param {(string|Node)[][]} rows @param {string} caption */
function table(heads, rows, caption) {
  return make('table', {}, make('caption', {}, caption),
    make('thead', {}, make('tr', {}, ...heads.map((head) => make('th', { scope: 'col' }, head)))),
    make('tbody', {}, ...rows.map(([first, ...rest]) => make('tr', {}, make('th', { scope: 'row' }, first), ...rest.map((one) => make('td', {}, one))))));
}

/** @param {Record<string, number>} totals @param {Apart} apart */
export function totals(totals, apart) {
  return make('div', { class: 'totals' }, ...KINDS.map((kind) => {
    const tile = make('div', { class: `kind ${kind}`, 'data-kind': kind }, make('b', {}, number(totals[kind])), make('span', {}, kindName(kind, apart)));
    tile.style.setProperty('--kind', kindColour(kind));
    return tile;
  }));
}

/** @param {any[]} counts by kind and district @param {any[]} districts the code list @param {Apart} apart */
export function byDistrict(counts, districts, apart) {
  const cell = (/** @type {string|null} */ code, /** @type {string} */ kind) =>
    counts.filter((one) => one.district === code && one.kind === kind).reduce((sum, one) => sum + one.count, 0);
  const codes = [...districts.map((one) => one.code), null].filter((code) => counts.some((one) => one.district === code));
  const name = (/** @type {string|null} */ code) => (code === null ? t('compare_outside') : said(districts.find((one) => one.code === code)));
  return table(['', ...KINDS.map((kind) => kindName(kind, apart))],
    codes.map((code) => [name(code), ...KINDS.map((kind) => number(cell(code, kind)))]), t('compare_by_district'));
}

/**
 * From what to what, of those in both answers and of those in one.
 * @param {any[]} counts by kind and `field` @param {'status'|'severity'} field @param {(code: any) => string} name @param {Apart} apart
 */
export function transitions(counts, field, name, apart) {
  const moved = counts.filter((one) => one[`${field}_before`] !== one[`${field}_after`]).sort((a, b) => b.count - a.count);
  if (!moved.length) return null;
  const word = (/** @type {any} */ one, /** @type {'before'|'after'} */ side) => {
    const absent = (side === 'before' && one.kind === 'appeared') || (side === 'after' && one.kind === 'gone');
    return absent ? t('compare_nothing') : name(one[`${field}_${side}`]);
  };
  const sides = apart === 'filters' ? ['filters_left', 'filters_right'] : ['compare_before', 'compare_after'];
  return table([...sides.map((side) => t(side)), t('compare_count')],
    moved.map((one) => [word(one, 'before'), word(one, 'after'), number(one.count)]), t(`compare_by_${field}`));
}
