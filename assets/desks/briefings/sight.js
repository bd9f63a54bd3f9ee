/** What a picture shows: its time, what was known, its layers. Of a block, only what differs from the briefing's own. */
import { fromRfc3339, full, toRfc3339 } from '../../engine/time.js';
import { make } from '../../page/elements.js';
import { said, t } from '../../page/words.js';
import { typed } from '../typed.js';
import { choice, line, named, tick } from './controls.js';

/** @typedef {Record<string, any>} Told a View as JSON: the names and texts of the map's address */
/** @typedef {{layers: any[], at: () => string, changed: () => void}} Given `at`: T of the data, where the view is live */

/** @param {any} value @returns {string[]} */
const list = (value) => (value === undefined || value === null ? [] : Array.isArray(value) ? value.map(String) : String(value).split(','));

/** Beijing time to the minute. @param {string} at RFC 3339 */
export const minute = (at) => full(fromRfc3339(at)).slice(0, 16);

/** @param {string|null} at RFC 3339 @param {(at: string|null) => void} heard null: nothing is typed @param {Record<string, string>} [attributes] */
export function timeField(at, heard, attributes = {}) {
  const field = line(at ? minute(at) : '', () => {}, { maxlength: '19', spellcheck: 'false', placeholder: '2020-05-22 01:12', ...attributes });
  field.addEventListener('change', () => {
    const found = typed(field.value);
    field.setAttribute('aria-invalid', String(found === undefined));
    field.title = found === undefined ? t('briefing_bad_time') : '';
    if (found !== undefined) heard(found === null ? null : toRfc3339(found));
  });
  return field;
}

/**
 * @param {Told} view is changed in place @param {Told|null} base the briefing's own view, for a block; null: it is this one
 * @param {Given} given
 */
export function sightFields(view, base, given) {
  const set = (/** @type {string} */ name, /** @type {any} */ value) => {
    if (value === undefined) delete view[name];
    else view[name] = value;
    given.changed();
  };
  const at = timeField(view.at ?? null, (value) => set('at', value ?? undefined), { placeholder: base ? t('briefing_same') : t('briefing_live', { at: minute(given.at()) }) });
  const box = make('div', { class: 'sight' }, named(t('briefing_at'), at), known(view, base, set));
  box.append(layerTicks(view, base, given.layers, set));
  return box;
}

/** @param {Told} view @param {Told|null} base @param {(name: string, value: any) => void} set */
function known(view, base, set) {
  const box = make('div', { class: 'pair' });
  const kind = !('known_at' in view) && base ? 'same' : view.known_at === 'at' ? 'then' : view.known_at ? 'fixed' : 'now';
  const options = /** @type {[string, string][]} */ ([...(base ? ['same'] : []), 'now', 'then', 'fixed'].map((one) => [one, t(`briefing_known_${one}`)]));
  const select = choice(options, kind, (chosen) => {
    const values = { same: undefined, now: base ? null : undefined, then: 'at', fixed: view.at ?? base?.at ?? toRfc3339(Math.floor(Date.now() / 1000) - 946684800) };
    set('known_at', values[/** @type {keyof typeof values} */ (chosen)]);
    box.replaceWith(known(view, base, set));
  });
  box.append(named(t('briefing_known'), select));
  if (kind === 'fixed') box.append(named(t('briefing_known_at'), timeField(view.known_at, (value) => value && set('known_at', value))));
  return box;
}

/** @param {Told} view @param {Told|null} base @param {any[]} layers @param {(name: string, value: any) => void} set */
function layerTicks(view, base, layers, set) {
  const inherited = () => (base?.layers === undefined ? layers.filter((one) => one.shown !== false).map((one) => one.id) : list(base.layers));
  const chosen = () => new Set(view.layers === undefined ? inherited() : list(view.layers));
  const ticks = layers.map((one) =>
    tick(said(one.title), chosen().has(one.id), (on) => {
      const now = chosen();
      if (on) now.add(one.id);
      else now.delete(one.id);
      set('layers', layers.map((each) => each.id).filter((id) => now.has(id)));
    }),
  );
  return make('fieldset', { class: 'ticks' }, make('legend', {}, t('briefing_layers')), ...ticks);
}

/** In a few words. @param {Told} view @param {Told|null} base @param {any[]} layers @param {string} at T where the view is live @returns {string} */
export function sightWords(view, base, layers, at) {
  const parts = [];
  if (view.at) parts.push(minute(view.at));
  else if (!base) parts.push(minute(at));
  if (!base || 'known_at' in view) parts.push(t(view.known_at === 'at' ? 'briefing_known_then' : view.known_at ? 'briefing_known_until' : 'briefing_known_now', { at: view.known_at && view.known_at !== 'at' ? minute(view.known_at) : '' }));
  if (view.layers !== undefined) {
    const names = list(view.layers).map((id) => layers.find((one) => one.id === id)).filter(Boolean).map((one) => said(one.title));
    parts.push(names.join(t('list_join')) || t('briefing_no_layers'));
  }
  const others = Object.keys(view).filter((name) => !['realm', 'at', 'known_at', 'layers', 'bbox'].includes(name) && view[name] !== null && view[name] !== '');
  if (others.length) parts.push(t('briefing_filters', { n: others.length }));
  return parts.length ? parts.join(' · ') : t('briefing_same');
}
