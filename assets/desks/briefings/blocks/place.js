/** A field for a place: a name of the gazetteer or of a district, or longitude and latitude. */
import { make } from '../../../page/elements.js';
import { nameOf, Places } from '../../../page/places.js';
import { said, t } from '../../../page/words.js';
import { line } from '../controls.js';

/** One gazetteer for the page. @type {Places|undefined} */
let gazetteer;

/** @param {[number, number]|null} value longitude, latitude @param {any} facts of the page @param {(at: [number, number]|null) => void} heard */
export function placeField(value, facts, heard) {
  gazetteer ??= new Places(facts.districts, facts.places);
  const known = gazetteer;
  const list = make('datalist', { id: `places-${Math.random().toString(36).slice(2)}` });
  const found = make('small', { class: 'muted', role: 'status' });
  const tell = (/** @type {[number, number]|null} */ at) => (found.textContent = at ? t('briefing_place_at', { lon: at[0].toFixed(4), lat: at[1].toFixed(4) }) : t('briefing_place_none'));
  const field = line(value ? value.join(', ') : '', (typed) => {
    const at = coordinates(typed) ?? named(typed);
    tell(at);
    heard(at);
  }, { list: list.id, placeholder: t('briefing_place_hint') });
  field.addEventListener('focus', () => void known.load().catch(() => {}));
  tell(value);
  return make('span', { class: 'place' }, field, list, found);

  /** @param {string} typed @returns {[number, number]|null} the nearest name's place */
  function named(typed) {
    const { places, districts } = typed.trim() ? known.find(typed) : { places: [], districts: [] };
    const choices = [
      ...places.map((one) => ({ name: `${one.of ? said(one.of) : ''}${nameOf(one)}`, at: /** @type {[number, number]} */ ([round(one.lng), round(one.lat)]) })),
      ...districts.map((one) => ({ name: said(one), at: /** @type {[number, number]} */ ([round(one.at[0]), round(one.at[1])]) })),
    ];
    list.replaceChildren(...choices.map((one) => make('option', { value: one.name })));
    return (choices.find((one) => one.name === typed.trim()) ?? choices[0])?.at ?? null;
  }
}

/** @param {string} typed @returns {[number, number]|null} */
function coordinates(typed) {
  const parts = typed.split(/[,，\s]+/).filter(Boolean).map(Number);
  return parts.length === 2 && parts.every(Number.isFinite) ? [parts[0], parts[1]] : null;
}

/** @param {number} degrees to the decimetre */
const round = (degrees) => Math.round(degrees * 1e6) / 1e6;
