/**
 * The selection's card: how many lie in the View's area, at once from the arrays; who answers for them and what adds up
 * from the server, as soon as the view rests. The area is drawn on the map and stands in the address.
 */
import { box, circle, formatArea, LARGEST_RADIUS_M } from '../engine/area.js';
import { surface } from '../engine/geodesy.js';
import { Selection } from '../engine/selection.js';
import { formatView } from '../engine/view.js';
import { parseCoordinates, shownDatum } from './coordinates.js';
import { toWgs84 } from './datums.js';
import { byId, make, write } from './elements.js';
import { lengthText } from './measure.js';
import { edgeOf, Outline } from './outline.js';
import { reasonOf, refusalOf } from './refusal.js';
import { LEVELS, levelName, table, tables } from './statistics.js';
import { number, said, t } from './words.js';
import { offerWorkbook } from './workbook.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('../engine/area.js').Area} Area */

const PAUSE_MS = 250;
const AGAIN_MS = 3000;
const MOST_RESPONSIBLE = 30;
const RADIUS_KM = 5;
const LOW_PX = 640;

export class SelectionCard {
  /** @param {Engine} engine @param {any} facts code lists, with the districts' sizes @param {import('./standing.js').Standing} standing */
  constructor(engine, facts, standing) {
    this.standing = standing;
    this.engine = engine;
    this.facts = facts;
    this.card = byId('selection');
    this.selection = new Selection(engine);
    this.outline = new Outline(engine.map, 'area');
    /** What the server told, and of which question. @type {{query: string, layers: any[]}|null} */
    this.told = null;
    this.drawn = '';
    this.asked = 0;
    /** @type {number|undefined} */
    this.frame = undefined;
    /** @type {number|undefined} */
    this.waiting = undefined;
    this.waitingFor = '';
    /** @type {Promise<Map<string, any>>|null} */
    this.outlines = null;
    this.form();
    const legend = byId('legend');
    new ResizeObserver(() => this.card.parentElement?.style.setProperty('--legend', `${legend.offsetHeight}px`)).observe(legend);
    byId('selection-open').addEventListener('click', () => this.toggle());
    byId('selection-close').addEventListener('click', () => this.open(false));
    byId('selection-clear').addEventListener('click', () => engine.view.set({ area: null }));
    byId('selection-zoom').addEventListener('click', () => void this.zoom());
    byId('selection-excel').addEventListener('click', () => this.excel());
    for (const event of ['answer', 'counted', 'shapes', 'standing', 'language']) engine.on(event, () => this.soon());
    engine.on('answer', () => this.ask());
    this.follow();
  }

  /** @param {Area} area */
  choose(area) {
    this.engine.view.set({ area: formatArea(area) });
    this.follow();
  }

  toggle() {
    this.open(this.card.hidden !== false);
    if (!this.card.hidden && !this.engine.view.get().area) byId('circle-centre').querySelector('input')?.focus();
  }

  /** @param {boolean} open */
  open(open) {
    this.card.hidden = !open;
    byId('selection-open').setAttribute('aria-expanded', String(open));
    if (!open) return;
    if (!this.engine.view.get().area) this.enter(true);
    // On a low screen there is not room for both.
    if (this.engine.map.getSize().y < LOW_PX) /** @type {HTMLDetailsElement} */ (byId('legend')).open = false;
    this.draw();
    this.ask();
  }

  /** Draws a new area, and opens the card for it. */
  follow() {
    const text = this.engine.view.get().area ?? '';
    if (text === this.drawn) return;
    this.drawn = text;
    byId('selection-state').replaceChildren();
    void this.outlineIt();
    if (text) this.open(true);
    this.enter(!text);
  }

  /** @param {boolean} open whether the fields for an area show */
  enter(open) {
    /** @type {HTMLDetailsElement} */ (byId('selection-enter')).open = open;
  }

  async outlineIt() {
    const area = this.selection.current();
    if (!area) {
      this.outline.clear();
      return;
    }
    const lines = area.kind === 'district' ? await this.districtLines(area.code) : [edgeOf(area)];
    if (area === this.selection.current()) this.outline.show({ lines, filled: true, corners: area.kind === 'circle' ? [area.centre] : [] });
  }

  /** @param {string} code @returns {Promise<[number, number][][]>} the rings of a district */
  async districtLines(code) {
    this.outlines ??= fetch(this.card.dataset.outlines ?? '')
      .then((answer) => answer.json())
      .then(({ features }) => new Map(features.map((/** @type {any} */ one) => [one.properties.code, one.geometry])));
    const geometry = (await this.outlines).get(code);
    return geometry.type === 'MultiPolygon' ? geometry.coordinates.flat() : geometry.coordinates;
  }

  /** One drawing a frame, whatever tells. */
  soon() {
    this.follow();
    if (this.card.hidden) return;
    this.frame ??= requestAnimationFrame(() => {
      this.frame = undefined;
      this.draw();
    });
  }

  draw() {
    const counts = this.selection.counts();
    for (const id of ['selection-acts', 'selection-body']) byId(id).hidden = !counts;
    write(byId('selection-n'), counts ? number(counts.total) : '');
    write(byId('selection-words'), counts ? this.words() : t('selection_none'));
    if (!counts) return;
    const all = this.engine.counts();
    const notes = [
      t('selection_of', { n: number(counts.total), m: number(all.total) }),
      ...(counts.pending ? [t('selection_pending', { n: number(counts.pending) })] : []),
      ...(counts.distant ? [t('distant_selected', { layers: this.engine.visible().filter(({ id }) => counts.layers[id]?.distant).map(({ title }) => said(title)).join(t('list_join')) })] : []),
      ...(all.unplaced ? [t('selection_unplaced', { n: number(all.unplaced) })] : []),
    ];
    const [byLayer, ...others] = tables(counts, this.engine.visible(), this.facts, this.standing);
    byId('selection-body').replaceChildren(
      ...notes.map((text) => make('p', { class: 'muted' }, text)),
      byLayer,
      ...this.fromServer(),
      ...others,
      make('p', { class: 'muted' }, t('several')),
    );
  }

  /** @returns {string} the area in words */
  words() {
    const area = /** @type {Area} */ (this.selection.current());
    if (area.kind === 'district') {
      const district = this.facts.districts.find((/** @type {any} */ one) => one.code === area.code);
      return said(district) + t('area_size', { n: size(district.area_km2) });
    }
    const km2 = t('area_size', { n: size(surface(edgeOf(area)) / 1e6) });
    if (area.kind === 'circle') return t('area_circle', { lon: place(area.centre[0]), lat: place(area.centre[1]), radius: lengthText(area.radius) }) + km2;
    const [[west, south], , [east, north]] = area.ring.map((corner) => corner.map(place));
    return (area.kind === 'box' ? t('area_box', { west, east, south, north }) : t('area_polygon', { n: area.ring.length })) + km2;
  }

  /** @returns {string} the question to the server */
  query() {
    return formatView({ ...this.engine.view.get(), bbox: null });
  }

  /** Asks the server, once the view rests; about the same question, when the data changed, not more often than need be. */
  ask() {
    const query = this.query();
    if (!this.engine.view.get().area || this.card.hidden || (this.waiting && this.waitingFor === query)) return;
    clearTimeout(this.waiting);
    this.waitingFor = query;
    this.waiting = setTimeout(() => void this.fetch(query), this.told?.query === query ? AGAIN_MS : PAUSE_MS);
  }

  /** @param {string} query */
  async fetch(query) {
    this.waiting = undefined;
    const turn = ++this.asked;
    try {
      const answer = await fetch(`/api/selection?${query}`);
      if (!answer.ok) throw new Error(await refusalOf(answer));
      const { layers } = await answer.json();
      if (turn === this.asked) this.told = { query, layers };
    } catch (error) {
      if (turn !== this.asked) return;
      this.told = { query, layers: [] };
      write(byId('selection-state'), t('selection_failed', { why: reasonOf(/** @type {Error} */ (error).message) }));
    }
    this.soon();
  }

  /** What only the server knows; nothing of an older question. @returns {HTMLElement[]} */
  fromServer() {
    if (this.told?.query !== this.query()) return [make('p', { class: 'muted waiting', role: 'status' }, t('loading'))];
    const told = this.told.layers.map((one) => ({ ...one, layer: this.engine.layers.find((layer) => layer.id === one.layer) }));
    return [...told.flatMap((one) => this.sums(one)), ...told.filter((one) => one.responsible.length).flatMap((one) => this.responsible(one))];
  }

  /** @param {any} one what the server told of a layer */
  sums({ layer, sums }) {
    return Object.entries(sums).filter(([, n]) => n !== null).map(([name, n]) => {
      const { title, unit } = layer.fields.find((/** @type {any} */ field) => field.name === name);
      return make('p', { class: 'sums' }, `${said(layer.title)} · ${said(title)} ${number(n)} ${unit}`);
    });
  }

  /** @param {any} one what the server told of a layer */
  responsible({ layer, ...one }) {
    const shown = one.responsible.slice(0, MOST_RESPONSIBLE);
    const rows = shown.map((/** @type {any} */ group) => ({
      name: group.names.map((/** @type {string|null} */ name) => name ?? t('not_stated')).join(' · '),
      cells: [...LEVELS.map((level) => group.severity[level] ?? 0), group.total],
    }));
    const made = table(t('by_responsible', { layer: said(layer.title) }), [...LEVELS.map(levelName), t('sum')], rows);
    made.id = `responsible-${layer.id}`;
    const more = one.responsible_groups > shown.length ? [make('p', { class: 'muted' }, t('responsible_first', { n: shown.length, m: number(one.responsible_groups) }))] : [];
    return [made, ...more];
  }

  excel() {
    void offerWorkbook(this.engine.view.get(), byId('selection-state'), /** @type {HTMLButtonElement} */ (byId('selection-excel')));
  }

  async zoom() {
    const area = this.selection.current();
    if (!area) return;
    const lines = area.kind === 'district' ? await this.districtLines(area.code) : [edgeOf(area)];
    this.engine.map.fitBounds(L.latLngBounds(lines.flat().map(([lng, lat]) => [lat, lng])), { padding: [24, 24] });
  }

  /** The fields that give an area without the pointer. */
  form() {
    const field = (/** @type {string} */ id, /** @type {Record<string, string>} */ attributes) => {
      const input = make('input', { class: 'text', autocomplete: 'off', ...attributes });
      byId(id).append(input);
      return input;
    };
    this.centre = field('circle-centre', { type: 'text', placeholder: '113.32, 23.12', maxlength: '80' });
    this.radius = field('circle-radius', { type: 'number', min: '0.001', max: String(LARGEST_RADIUS_M / 1000), step: 'any', value: String(RADIUS_KM), required: '' });
    const choice = make('select', {});
    byId('area-district').append(choice);
    const fill = () => {
      choice.setAttribute('aria-label', t('choose_district'));
      choice.replaceChildren(make('option', { value: '' }, t('choose_district')), ...this.facts.districts.map((/** @type {any} */ one) => make('option', { value: one.code }, said(one))));
    };
    fill();
    this.engine.on('language', fill);
    choice.addEventListener('change', () => {
      if (choice.value) this.choose({ kind: 'district', code: choice.value });
      choice.value = '';
    });
    byId('area-form').addEventListener('submit', (event) => {
      event.preventDefault();
      this.circle();
    });
    byId('area-from-extent').addEventListener('click', () => {
      const [w, s, e, n] = this.engine.extent();
      this.choose(box([w, s], [e, n]));
    });
    byId('centre-from-selected').addEventListener('click', () => this.centreOfSelected());
  }

  circle() {
    const text = this.centre?.value.trim() ?? '';
    const found = parseCoordinates(text);
    if (!found) {
      write(byId('selection-state'), t('bad_centre', { text }));
      return;
    }
    const [lng, lat] = toWgs84([found.lng, found.lat], found.datum ?? shownDatum());
    this.choose(circle([lng, lat], Number(this.radius?.value) * 1000));
  }

  /** The place of the feature whose details are open becomes the centre. */
  centreOfSelected() {
    const { selected, answers } = this.engine;
    const columns = selected && answers.get(selected.layer)?.columns;
    const i = columns ? columns.placeOf(selected.row) : -1;
    if (!columns || !this.centre || i < 0 || columns.shape[i] === 0) {
      write(byId('selection-state'), t('nothing_selected'));
      return;
    }
    this.centre.value = `${(columns.x[i] / 1e7).toFixed(6)}, ${(columns.y[i] / 1e7).toFixed(6)} WGS84`;
    this.radius?.focus();
  }
}

/** @param {number} degrees @returns {string} to the metre */
const place = (degrees) => String(Number(degrees.toFixed(5)));

/** @param {number} km2 @returns {string} three digits */
const size = (km2) => number(Number(km2.toPrecision(3)));
