/** A field for a place: a name of the gazetteer, a district, coordinates in any datum, or a click on the map. */
import { formatCoordinates, parseCoordinates, shownDatum } from '../../page/coordinates.js';
import { DATUMS, toWgs84 } from '../../page/datums.js';
import { make } from '../../page/elements.js';
import { nameOf, Places } from '../../page/places.js';
import { said, t } from '../../page/words.js';

/** @typedef {{lon: number|null, lat: number|null, district: string, name: string}} Chosen */
/** @typedef {{name: string, line: string, at: Chosen}} Choice */

/** Places by name, one gazetteer for the page. @type {Places|null} */
let gazetteer = null;

export class PlaceField {
  /** @param {any} facts of the page @param {(chosen: Chosen) => void} changed */
  constructor(facts, changed) {
    gazetteer ??= new Places(facts.districts, facts.places);
    this.changed = changed;
    /** @type {{lon: number|null, lat: number|null}} */
    this.at = { lon: null, lat: null };
    /** @type {Choice[]} */
    this.choices = [];
    this.active = -1;
    this.input = make('input', { type: 'text', name: 'place', maxlength: '200', autocomplete: 'off', role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'place-list', 'aria-autocomplete': 'list' });
    this.list = make('div', { id: 'place-list', role: 'listbox', class: 'card place-list', hidden: true });
    this.where = make('div', { class: 'muted numbers', role: 'status' });
    this.box = make('div', { class: 'place-field' }, this.input, this.list, this.where);
    this.input.placeholder = t('watch_place_hint');
    this.input.addEventListener('input', () => this.offer());
    this.input.addEventListener('focus', () => void gazetteer?.load().then(() => document.activeElement === this.input && this.offer(), () => {}));
    this.input.addEventListener('blur', () => this.close());
    this.input.addEventListener('keydown', (event) => this.key(event));
    this.list.addEventListener('pointerdown', (event) => {
      event.preventDefault();
      const k = [...this.list.children].indexOf(/** @type {Element} */ (/** @type {HTMLElement} */ (event.target).closest('[role="option"]')));
      if (this.choices[k]) this.choose(this.choices[k]);
    });
  }

  /** @param {{lon?: number|null, lat?: number|null, place?: string}} facts */
  set(facts) {
    this.input.value = facts.place ?? '';
    this.at = { lon: facts.lon ?? null, lat: facts.lat ?? null };
    this.showWhere();
  }

  /** A place that the map gave. @param {number} lon @param {number} lat */
  pick(lon, lat) {
    this.at = { lon, lat };
    this.showWhere();
    this.changed({ lon, lat, district: '', name: this.input.value });
  }

  offer() {
    const text = this.input.value.trim();
    this.active = -1;
    this.choices = text ? [...this.coordinates(text), ...this.named(text)] : [];
    this.list.replaceChildren(...this.choices.map(({ name, line }, k) => make('div', { role: 'option', id: `place-${k}`, 'aria-selected': 'false' }, make('span', {}, name), make('span', { class: 'muted' }, line))));
    this.list.hidden = this.choices.length === 0;
    this.input.setAttribute('aria-expanded', String(!this.list.hidden));
  }

  /** @param {string} text @returns {Choice[]} */
  coordinates(text) {
    const found = parseCoordinates(text);
    if (!found) return [];
    const first = found.datum ?? shownDatum();
    const datums = /** @type {import('../../page/datums.js').Datum[]} */ (Object.keys(DATUMS)).sort((a, b) => Number(b === first) - Number(a === first));
    return datums.map((datum) => {
      const [lon, lat] = toWgs84([found.lng, found.lat], datum);
      return { name: `${formatCoordinates([found.lng, found.lat])}`, line: DATUMS[datum], at: { lon: round(lon), lat: round(lat), district: '', name: text } };
    });
  }

  /** @param {string} text @returns {Choice[]} */
  named(text) {
    const { districts, places } = gazetteer?.find(text) ?? { districts: [], places: [] };
    return [
      ...places.map((one) => ({ name: nameOf(one), line: one.of ? said(one.of) : '', at: { lon: round(one.lng), lat: round(one.lat), district: '', name: `${one.of ? said(one.of) : ''}${nameOf(one)}` } })),
      // A district is no point: it says where, and the map shows it.
      ...districts.map((one) => ({ name: said(one), line: t('watch_f_district'), at: { lon: null, lat: null, district: one.code, name: said(one) } })),
    ];
  }

  /** @param {Choice} choice */
  choose(choice) {
    this.input.value = choice.at.name;
    this.at = { lon: choice.at.lon, lat: choice.at.lat };
    this.close();
    this.showWhere();
    this.changed(choice.at);
  }

  showWhere() {
    const { lon, lat } = this.at;
    this.where.replaceChildren();
    if (lon === null || lat === null) return;
    const away = make('button', { type: 'button', class: 'link' }, t('watch_place_clear'));
    away.addEventListener('click', () => {
      this.at = { lon: null, lat: null };
      this.showWhere();
      this.changed({ lon: null, lat: null, district: '', name: this.input.value });
    });
    this.where.append(t('watch_place_set', { coordinates: formatCoordinates([lon, lat]) }), away);
  }

  close() {
    this.list.hidden = true;
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.isComposing || this.list.hidden) return;
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      const by = event.key === 'ArrowDown' ? 1 : -1;
      this.active = Math.max(0, Math.min(this.choices.length - 1, this.active + by));
      [...this.list.children].forEach((option, k) => option.setAttribute('aria-selected', String(k === this.active)));
      this.input.setAttribute('aria-activedescendant', `place-${this.active}`);
      this.list.children[this.active]?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && !event.ctrlKey && this.choices.length) this.choose(this.choices[Math.max(0, this.active)]);
    else if (event.key === 'Escape') this.close();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}

/** @param {number} degrees to the decimetre */
const round = (degrees) => Math.round(degrees * 1e6) / 1e6;
