/** What stands on the map besides the data: buttons, names that do not collide, read-out, legend, what was picked. */
import { grey } from '../engine/stamps.js';
import { byId, make, setProps, styleOf, symbol, tile, write } from './elements.js';
import { shortLabel, titleOf } from './list.js';
import { timeRule, timeRulesMean } from './time_rules.js';
import { number, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {{layer: string, row: number}} Key */

const MOST_PICKED = 200;
const WIDEST_SCALE_PX = 110;
const ROOM_FOR_LEGEND_PX = 900;
const FOOT_PX = 48; // the read-out's height
const EARTH_M = 40_075_016.686; // equator of WGS 84

/** What hatched areas are filled with: fine slanting lines. */
function hatching() {
  const of = (/** @type {string} */ name, /** @type {Record<string, string>} */ told) => {
    const made = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(told)) made.setAttribute(key, value);
    return made;
  };
  const svg = of('svg', { class: 'hatching', 'aria-hidden': 'true' });
  const pattern = of('pattern', { id: 'hatching', width: '7', height: '7', patternUnits: 'userSpaceOnUse', patternTransform: 'rotate(45)' });
  pattern.append(of('path', { d: 'M0 0V7' }));
  svg.append(pattern);
  return svg;
}

export class MapCards {
  /** @param {Engine} engine @param {{open: (key: Key) => void, extent: number[], standing: import('./standing.js').Standing}} page */
  constructor(engine, page) {
    this.engine = engine;
    this.page = page;
    const { map } = engine;
    byId('zoom-in').addEventListener('click', () => map.zoomIn(1));
    byId('zoom-out').addEventListener('click', () => map.zoomOut(1));
    byId('whole-city').addEventListener('click', () => this.wholeCity());
    map.on('zoomend moveend resize', () => this.settled());
    map.on('movestart zoomstart', () => this.closePicked());
    engine.on('shapes', ({ layer, data }) => setProps(`shapes-${layer}`, { data }));
    engine.on('picked', (told) => this.picked(told));
    for (const event of ['answer', 'counted', 'language', 'theme', 'standing']) engine.on(event, () => this.legend());
    engine.on('language', () => this.settled());
    const legend = /** @type {HTMLDetailsElement} */ (byId('legend'));
    const wanted = localStorage.getItem('emmap-legend');
    legend.open = wanted ? wanted === 'open' : map.getSize().x >= ROOM_FOR_LEGEND_PX;
    legend.querySelector('summary')?.addEventListener('click', () => localStorage.setItem('emmap-legend', legend.open ? 'closed' : 'open'));
    document.body.append(hatching());
    this.name();
    engine.on('language', () => this.name());
    this.settled();
    new ResizeObserver(() => map.invalidateSize({ animate: false })).observe(map.getContainer());
  }

  name() {
    const container = this.engine.map.getContainer();
    container.setAttribute('role', 'region');
    container.setAttribute('aria-label', t('map_label'));
  }

  wholeCity() {
    const [west, south, east, north] = this.page.extent;
    this.engine.map.fitBounds([[south, west], [north, east]], { paddingBottomRight: [0, FOOT_PX] });
  }

  settled() {
    this.scale();
    this.labels();
  }

  /** A bar of a round length, true at the middle of the map. */
  scale() {
    const { map } = this.engine;
    const metres = (EARTH_M * Math.cos((map.getCenter().lat * Math.PI) / 180)) / (256 * 2 ** map.getZoom());
    const longest = metres * WIDEST_SCALE_PX;
    const power = 10 ** Math.floor(Math.log10(longest));
    const length = [5, 2, 1].map((n) => n * power).find((n) => n <= longest) ?? power;
    write(byId('scale-text'), length >= 1000 ? `${length / 1000} km` : `${length} m`);
    byId('scale').style.width = `${length / metres}px`;
  }

  /** A name that would lie on an earlier one is left out; districts come before cities, large ones first. */
  labels() {
    /** @type {DOMRect[]} */
    const taken = [];
    const zoom = this.engine.map.getZoom();
    for (const label of /** @type {NodeListOf<HTMLElement>} */ (this.engine.map.getContainer().querySelectorAll('.map-label'))) {
      const text = /** @type {HTMLElement} */ (label.firstElementChild);
      label.style.visibility = '';
      const box = text.getBoundingClientRect();
      const far = label.classList.contains('district') ? zoom < 8 : zoom < 6.5;
      const hit = far || taken.some((one) => box.left < one.right + 4 && one.left < box.right + 4 && box.top < one.bottom + 2 && one.top < box.bottom + 2);
      if (hit) label.style.visibility = 'hidden';
      else taken.push(box);
    }
  }

  legend() {
    const counts = this.engine.counts();
    const view = this.engine.view.get();
    const parts = this.engine.visible().map((layer) => {
      const one = counts.layers[layer.id];
      const { late, error, here } = this.page.standing.of(layer.id);
      const stands = error ? t('layer_missing') : late ? this.page.standing.lateness(layer.id) : '';
      const rows = layer.style.table.map((/** @type {any} */ row) => ({ row, n: countOf(layer, one, row.value) })).filter((/** @type {any} */ each) => each.n > 0);
      return make(
        'div',
        { class: late ? 'legend-layer late' : 'legend-layer' },
        make('h3', {}, make('span', {}, said(layer.title), timeRule(layer)), make('span', { class: 'n' }, error && !here ? '–' : number(one.total))),
        ...(stands ? [make('p', { class: error ? 'failed' : 'late' }, stands)] : []),
        make('div', { class: 'legend-rows' }, ...rows.map((/** @type {{row: any, n: number}} */ { row, n }) =>
          make('span', { class: 'legend-row' }, symbol(late ? grey(row) : row, Math.min(14, row.size + 3)), said(row.label), make('span', { class: 'n' }, number(n))))),
      );
    });
    const shapes = this.engine.visible().some((layer) => layer.geometry !== 'point' && layer.style.by === 'severity' && counts.layers[layer.id].total > 0);
    const lines = [...(shapes ? [t('shape_level')] : []), ...(parts.length ? [timeRulesMean(this.engine.visible())] : [])];
    byId('legend-body').replaceChildren(...parts, ...[...lines, ...this.unbound(view)].map((text) => make('p', { class: 'muted' }, text)));
  }

  /** Which layers a filter leaves as they are. @param {any} view @returns {string[]} */
  unbound(view) {
    const shown = this.engine.visible();
    const has = (/** @type {any} */ layer, /** @type {string} */ name) => layer.fields.some((/** @type {any} */ field) => field.name === name);
    const asked = [
      ...(view.hazard.length ? [{ name: t('hazards'), free: (/** @type {any} */ layer) => !has(layer, 'hazards') }] : []),
      ...(view.severity.length ? [{ name: t('severity'), free: (/** @type {any} */ layer) => !has(layer, 'severity') }] : []),
      ...Object.keys(view.fields).map((name) => ({ name: this.titleOfField(name), free: (/** @type {any} */ layer) => !has(layer, name) })),
    ];
    return asked
      .map(({ name, free }) => ({ name, layers: shown.filter(free) }))
      .filter(({ layers }) => layers.length)
      .map(({ name, layers }) => t('legend_unbound', { filter: name, layers: layers.map((layer) => said(layer.title)).join(t('list_join')) }));
  }

  /** @param {string} name */
  titleOfField(name) {
    const found = this.engine.layers.flatMap((layer) => layer.fields).find((field) => field.name === name);
    return found ? said(found.title) : name;
  }

  /** @param {{hits: Key[], latlng: L.LatLng}} told */
  async picked({ hits, latlng }) {
    this.closePicked();
    if (!hits.length) return;
    const points = hits.filter(({ layer, row }) => {
      const columns = this.engine.answers.get(layer)?.columns;
      return columns && columns.shape[columns.placeOf(row)] === 1;
    });
    if (points.length === 1 || hits.length === 1) {
      this.page.open(points[0] ?? hits[0]);
      return;
    }
    const shown = hits.slice(0, MOST_PICKED);
    const card = byId('picked');
    const at = this.engine.map.latLngToContainerPoint(latlng);
    const size = this.engine.map.getSize();
    card.style.left = `${Math.min(at.x + 10, size.x - 290)}px`;
    card.style.top = `${Math.max(8, Math.min(at.y - 20, size.y - 330))}px`;
    card.hidden = false;
    card.replaceChildren(make('p', { class: 'muted' }, t('loading')));
    const layers = [...new Set(shown.map(({ layer }) => layer))];
    const ofLayer = (/** @type {string} */ id) => shown.filter(({ layer }) => layer === id).map(({ row }) => row);
    const known = new Map(await Promise.all(layers.map(async (id) => /** @type {const} */ ([id, await this.engine.features(id, ofLayer(id))]))));
    const rows = shown.map((key) => ({ key, feature: known.get(key.layer)?.get(key.row) }));
    card.replaceChildren(
      make('h2', {}, t('here', { n: number(hits.length) })),
      ...rows.filter(({ feature }) => feature).map(({ key, feature }) => {
        const layer = this.engine.layers.find((one) => one.id === key.layer);
        const found = styleOf(layer, feature.properties);
        const style = this.page.standing.of(layer.id).late ? grey(found) : found;
        const button = make('button', { class: 'item' }, tile(style, shortLabel(style)), make('span', { class: 'name' }, titleOf(feature)));
        button.addEventListener('click', () => this.page.open(key));
        return button;
      }),
      ...(hits.length > shown.length ? [make('p', { class: 'muted' }, t('and_more', { n: number(hits.length - shown.length) }))] : []),
    );
    /** @type {HTMLElement|null} */ (card.querySelector('button'))?.focus();
  }

  closePicked() {
    byId('picked').hidden = true;
  }
}

/** @param {any} layer @param {any} counts of the layer @param {string|null} value @returns {number} */
function countOf(layer, counts, value) {
  const found = layer.style.by === 'severity' ? counts.severity : (counts.groups[layer.style.by] ?? {});
  if (value !== null) return found[value] ?? 0;
  const named = layer.style.table.map((/** @type {any} */ row) => row.value).filter((/** @type {any} */ one) => one !== null);
  return counts.total - named.reduce((/** @type {number} */ sum, /** @type {string} */ one) => sum + (found[one] ?? 0), 0);
}
