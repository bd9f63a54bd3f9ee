/** Whether a stored briefing is what it was, in words. */
import { make } from '../../page/elements.js';
import { t, worded } from '../../page/words.js';
import { beijing } from '../telling.js';

/** Of a rendering's manifest, what made it; the rest is what it was made of. */
const SOFTWARE = /^(emmap|typst|layers|drawing|base_map|.*\.(ttf|otf|ttc))$/;

/** @typedef {{where: string, name: string, was: string, now: string}} Difference */

/** @param {{same: boolean, gone: boolean, differs: Difference[], outputs: Record<string, string>, verified_at: string}} told @returns {HTMLElement[]} */
export function verdictParts(told) {
  const formats = Object.keys(told.outputs).map((one) => one.toUpperCase()).join(t('list_join'));
  const key = told.same ? 'briefing_verified' : told.gone ? 'briefing_verified_gone' : told.differs.every((one) => SOFTWARE.test(one.name)) ? 'briefing_differs_software' : 'briefing_differs';
  const head = make('p', { class: told.same ? 'well' : told.gone ? 'late' : 'failed' }, t(key, { formats, at: beijing(told.verified_at) }));
  return told.differs.length ? [head, make('ul', {}, ...together(told.differs).map(item))] : [head];
}

/** One entry for what differs alike in several outputs. @param {Difference[]} differs @returns {(Difference & {places: string[]})[]} */
function together(differs) {
  /** @type {Map<string, Difference & {places: string[]}>} */
  const found = new Map();
  for (const one of differs) {
    const key = [one.name, one.was, one.now].join(' ');
    const known = found.get(key) ?? { ...one, places: [] };
    known.places.push(worded(`briefing_where_${one.where}`) ? t(`briefing_where_${one.where}`) : one.where.toUpperCase());
    found.set(key, known);
  }
  return [...found.values()];
}

/** @param {Difference & {places: string[]}} one */
function item({ name, was, now, places }) {
  const word = worded(`briefing_manifest_${name}`) ? t(`briefing_manifest_${name}`) : name;
  return make('li', {}, `${word} (${places.join(t('list_join'))}) `, make('code', {}, `${short(was)} → ${short(now)}`));
}

/** @param {string} text or hash */
const short = (text) => (text.length > 24 ? `${text.slice(0, 10)}…` : text || '—');
