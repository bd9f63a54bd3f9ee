/**
 * The search field: a combo box that offers districts, places, coordinates and features as one types, by pointer or
 * keyboard. What is typed also filters by text, but for coordinates.
 */
import { formatCoordinates, parseCoordinates, shownDatum } from './coordinates.js';
import { DATUMS, toWgs84 } from './datums.js';
import { byId, make, write } from './elements.js';
import { titleOf } from './list.js';
import { nameOf, Places, zoomOf } from './places.js';
import { lang, number, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('./datums.js').Datum} Datum */
/** @typedef {{id: string, name: string, line: string, go: () => void}} Choice */
/** @typedef {{name: string, choices: Choice[]}} Group */

const PAUSE_MS = 300;
const MOST_FEATURES = 5;
const COORDINATES_ZOOM = 15;
const GAP_PX = 6;
/** While a flight lasts, Leaflet lets the next one fall. */
const AT_ONCE = { animate: false };

export class Search {
  /** @param {Engine} engine @param {import('./pin.js').Pin} pin
   * @param {{districts: import('./places.js').District[], places: string, open: (key: {layer: string, row: number}) => void,
   *   showMap: () => void}} page showMap: where the map is not in sight, on a phone */
  constructor(engine, pin, page) {
    this.engine = engine;
    this.pin = pin;
    this.page = page;
    this.places = new Places(page.districts, page.places);
    this.box = byId('search');
    this.input = make('input', {
      type: 'search', id: 'search-text', autocomplete: 'off', spellcheck: 'false', maxlength: '200',
      role: 'combobox', 'aria-expanded': 'false', 'aria-controls': 'search-list', 'aria-autocomplete': 'list',
    });
    this.hint = make('kbd', { 'aria-hidden': 'true' }, '/');
    this.list = make('div', { id: 'search-list', role: 'listbox' });
    this.nothing = make('p', { class: 'muted', role: 'status' });
    this.credit = make('p', { class: 'muted' });
    this.card = make('div', { class: 'card found', hidden: true }, this.list, this.nothing, this.credit);
    this.box.append(this.input, this.hint, this.card);
    this.input.value = engine.view.get().q;
    /** Features that the text finds: how many, and the first ones. @type {{q: string, total: number, choices: Choice[]}} */
    this.features = { q: '', total: 0, choices: [] };
    /** @type {Choice[]} */
    this.choices = [];
    this.active = '';
    /** Whether the list is wanted: what arrives late does not open it again. */
    this.open = false;
    this.listen();
    this.label();
  }

  listen() {
    const { engine } = this;
    this.input.addEventListener('input', () => this.soon());
    this.input.addEventListener('keydown', (event) => this.key(event));
    this.input.addEventListener('focus', () => this.wake());
    this.input.addEventListener('blur', () => this.close());
    // The field keeps the focus, so that the keyboard goes on where the pointer left off.
    this.card.addEventListener('pointerdown', (event) => event.preventDefault());
    this.list.addEventListener('click', (event) => {
      const option = /** @type {HTMLElement} */ (event.target).closest('[role="option"]');
      this.choices.find(({ id }) => id === option?.id)?.go();
    });
    engine.view.subscribe((view) => {
      if (document.activeElement !== this.input) this.input.value = view.q;
    });
    engine.on('answer', () => void this.findFeatures());
    engine.on('language', () => this.label());
  }

  label() {
    this.input.placeholder = t('search');
    this.input.setAttribute('aria-label', t('search_label'));
    this.list.setAttribute('aria-label', t('search_list'));
    this.credit.textContent = t('gazetteer_credit');
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  /** The gazetteer is wanted; without it districts, coordinates and features are still found. */
  wake() {
    this.open = true;
    this.places.load().then(() => this.offer(), () => {});
    void this.findFeatures();
    this.offer();
  }

  soon() {
    this.open = true;
    this.active = '';
    this.offer();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.apply(), PAUSE_MS);
  }

  apply() {
    clearTimeout(this.waiting);
    const text = this.input.value.trim();
    const q = parseCoordinates(text) ? '' : text;
    if (q !== this.engine.view.get().q) this.engine.view.set({ q });
  }

  /** What the answer to the text holds, worst first. */
  async findFeatures() {
    const { q } = this.engine.view.get();
    if (!q || !this.open) return;
    const { total, rows } = this.engine.list({ what: 'all', limit: MOST_FEATURES });
    try {
      const keys = rows.map(({ layer, row }) => ({ layer: layer.id, row }));
      const choices = await Promise.all(keys.map(async (key) => this.feature(key, (await this.engine.features(key.layer, [key.row])).get(key.row))));
      this.features = { q, total, choices };
    } catch {
      // The engine tells that reading failed; the list goes without.
      this.features = { q: '', total: 0, choices: [] };
    }
    if (this.input.value.trim() === q) this.offer();
  }

  /** @param {{layer: string, row: number}} key @param {any} feature @returns {Choice} */
  feature(key, feature) {
    const layer = this.engine.layers.find((one) => one.id === key.layer);
    const names = (feature?.properties.districts ?? []).map((/** @type {string} */ code) => this.page.districts.find((one) => one.code === code)).filter(Boolean).map(said);
    const go = () => {
      this.close();
      this.page.open(key);
      this.engine.zoomTo(key.layer, key.row);
    };
    return { id: `found-${key.layer}-${key.row}`, name: feature ? titleOf(feature) : `${key.row}`, line: [said(layer.title), ...names].join(' · '), go };
  }

  /** @returns {Group[]} what the text may mean */
  groups() {
    const text = this.input.value.trim();
    if (!text) return [];
    const { districts, places } = this.places.find(text);
    const features = this.features.q === text ? this.features : { total: 0, choices: [] };
    return [
      { name: t('coordinates'), choices: this.coordinates(text) },
      { name: t('districts'), choices: districts.map((one) => this.district(one)) },
      { name: t('place_names'), choices: places.map((one, k) => this.place(one, k)) },
      { name: t('found_features', { n: number(features.total) }), choices: features.choices },
    ].filter(({ choices }) => choices.length);
  }

  /** The coordinates as of each datum, the one that they name or that the map shows first. @param {string} text @returns {Choice[]} */
  coordinates(text) {
    const found = parseCoordinates(text);
    if (!found) return [];
    const first = found.datum ?? shownDatum();
    const datums = /** @type {Datum[]} */ (Object.keys(DATUMS)).sort((a, b) => Number(b === first) - Number(a === first));
    return datums.map((datum) => {
      const [lng, lat] = toWgs84([found.lng, found.lat], datum);
      const written = formatCoordinates([found.lng, found.lat]);
      const name = `${DATUMS[datum]}${lang() === 'en' ? '' : t(`of_${datum}`)}`;
      return {
        id: `found-${datum}`, name, line: `${written} · ${t(`first_${found.first}`)}`,
        go: () => this.jump(() => this.engine.map.setView([lat, lng], COORDINATES_ZOOM, AT_ONCE), [lat, lng], `${written} ${DATUMS[datum]}`),
      };
    });
  }

  /** @param {import('./places.js').District} one @returns {Choice} */
  district(one) {
    const go = () => this.jump(() => this.engine.aim.look(one.bounds), [one.at[1], one.at[0]], said(one));
    return { id: `found-${one.code}`, name: said(one), line: lang() === 'en' ? one.zh : one.en, go };
  }

  /** @param {import('./places.js').Place} one @param {number} k @returns {Choice} */
  place(one, k) {
    const other = lang() === 'en' ? one.zh[0] : one.en;
    const go = () => this.jump(() => this.engine.map.setView([one.lat, one.lng], zoomOf(one), AT_ONCE), [one.lat, one.lng], nameOf(one));
    return { id: `found-place-${k}`, name: nameOf(one), line: [one.of ? said(one.of) : '', other ?? ''].filter(Boolean).join(' · '), go };
  }

  offer() {
    if (!this.open) return;
    const groups = this.groups();
    this.choices = groups.flatMap(({ choices }) => choices);
    this.list.replaceChildren(
      ...groups.map(({ name, choices }, k) =>
        make('div', { role: 'group', 'aria-labelledby': `search-group-${k}` },
          make('div', { id: `search-group-${k}`, class: 'found-group', role: 'presentation' }, name),
          ...choices.map(({ id, name, line }) => make('div', { role: 'option', id, class: 'found-one' }, make('span', { class: 'name' }, name), make('span', { class: 'line' }, line))))),
    );
    this.credit.hidden = !this.list.querySelector('[id^="found-place"]');
    const nothing = this.choices.length === 0 && this.features.q !== '' && this.features.q === this.input.value.trim();
    write(this.nothing, nothing ? t('nothing_found', { text: this.features.q }) : '');
    this.card.hidden = this.choices.length === 0 && !nothing;
    this.input.setAttribute('aria-expanded', String(this.choices.length > 0));
    this.mark();
    if (!this.card.hidden) this.lay();
  }

  /** Below the field and the banner that stands right below that; inside the window. */
  lay() {
    const field = this.input.getBoundingClientRect();
    const banners = ['bar', 'replay'].map((id) => byId(id).getBoundingClientRect()).filter(({ width, bottom }) => width > 0 && bottom < window.innerHeight / 2);
    const top = Math.max(field.bottom, ...banners.map(({ bottom }) => bottom)) + GAP_PX;
    const { style } = this.card;
    style.top = `${top}px`;
    style.maxHeight = `${Math.max(120, window.innerHeight - top - 2 * GAP_PX)}px`;
    style.left = `${Math.max(GAP_PX, Math.min(field.left, window.innerWidth - this.card.offsetWidth - GAP_PX))}px`;
  }

  mark() {
    const there = this.choices.some(({ id }) => id === this.active);
    for (const option of this.list.querySelectorAll('[role="option"]')) option.setAttribute('aria-selected', String(option.id === this.active));
    if (there) this.input.setAttribute('aria-activedescendant', this.active);
    else this.input.removeAttribute('aria-activedescendant');
    if (there) byId(this.active).scrollIntoView({ block: 'nearest' });
  }

  /** @param {1|-1} by round and round, with the field itself between last and first */
  move(by) {
    this.open = true;
    if (this.card.hidden) this.offer();
    const at = this.choices.findIndex(({ id }) => id === this.active);
    const next = at < 0 && by < 0 ? this.choices.length - 1 : at + by;
    this.active = this.choices[next]?.id ?? '';
    this.mark();
  }

  close() {
    this.open = false;
    this.card.hidden = true;
    this.active = '';
    this.input.setAttribute('aria-expanded', 'false');
    this.input.removeAttribute('aria-activedescendant');
  }

  /** Going somewhere is no filter: the text leaves the field. @param {() => void} go @param {[number, number]} at lat, lng @param {string} name */
  jump(go, at, name) {
    clearTimeout(this.waiting);
    this.input.value = '';
    this.close();
    if (this.engine.view.get().q) this.engine.view.set({ q: '' });
    this.page.showMap();
    go();
    this.pin.put(at, name);
  }

  /** Enter: what is marked; else what the text means for certain, a place only where it finds no feature; else the text as a filter. */
  enter() {
    const text = this.input.value.trim();
    const { certain } = this.places.find(text);
    const alone = this.features.q === text && this.features.total === 0;
    const sure = parseCoordinates(text) || certain === 'district' || (certain === 'place' && alone);
    const chosen = this.choices.find(({ id }) => id === this.active) ?? (sure ? this.choices[0] : undefined);
    if (chosen) chosen.go();
    else {
      this.apply();
      this.close();
    }
  }

  /** Esc: the list closes; then the text goes. */
  escape() {
    if (!this.card.hidden) this.close();
    else {
      this.input.value = '';
      this.apply();
      this.input.blur();
    }
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.isComposing) return;
    if (event.key === 'Enter') this.enter();
    else if (event.key === 'Escape') this.escape();
    else if (event.key === 'ArrowDown') this.move(1);
    else if (event.key === 'ArrowUp') this.move(-1);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
