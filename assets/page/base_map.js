/**
 * The base map: the offline boundaries, always there, and under their outlines the tiles that one chooses among those
 * the operator set. The choice is remembered in this browser; where the tiles fail, the page says so once and goes on
 * without.
 */
import { byId, isNight, make, write } from './elements.js';
import { note } from './notes.js';
import { refusalOf } from './refusal.js';
import { Tiles } from './tiles.js';
import { lang, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('./words.js').Title} Title */
/** @typedef {{id: string, title: Title, attribution: Title, format: 'tiles'|'pmtiles', layers: number, imagery: boolean, min_zoom: number, max_zoom: number}} Source */

const KEY = 'emmap-base-map';
const NIGHT_MAP = 'invert(1) hue-rotate(180deg) brightness(.8) contrast(.85)';
const NIGHT_IMAGERY = 'brightness(.6)';
const MVT = 1; // the tile type of vector tiles in a PMTiles header
const FIRST_OF_RASTER = 2;

export class BaseMap {
  /** @param {Engine} engine */
  constructor(engine) {
    this.map = engine.map;
    this.button = byId('base-map');
    this.card = byId('base-map-card');
    /** @type {Source[]} */
    this.sources = [];
    /** @type {Source|undefined} what is shown; undefined: the offline boundaries alone */
    this.shown = undefined;
    /** @type {L.Layer[]} */
    this.layers = [];
    /** Counts what was shown: what arrives for an earlier choice is let go. */
    this.turn = 0;
    this.button.addEventListener('click', () => this.open(this.card.hidden));
    this.card.addEventListener('change', (event) => this.choose(/** @type {HTMLInputElement} */ (event.target).value));
    this.card.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      this.open(false);
      this.button.focus();
      event.stopPropagation();
    });
    document.addEventListener('pointerdown', (event) => {
      const target = /** @type {Node} */ (event.target);
      if (!this.card.contains(target) && !this.button.contains(target)) this.open(false);
    });
    engine.on('language', () => {
      this.say();
      if (this.shown?.format === 'pmtiles') void this.show(this.shown);
    });
    engine.on('theme', () => this.shown && void this.show(this.shown));
    void this.list();
  }

  async list() {
    const answer = await fetch('/api/base-maps').catch(() => null);
    if (!answer?.ok) return;
    this.sources = await answer.json();
    this.button.hidden = this.sources.length === 0;
    this.say();
    const kept = this.sources.find(({ id }) => id === localStorage.getItem(KEY));
    if (kept) void this.show(kept);
  }

  /** @param {boolean} open */
  open(open) {
    this.card.hidden = !open;
    this.button.setAttribute('aria-expanded', String(open));
    if (open) /** @type {HTMLElement|null} */ (this.card.querySelector('input:checked'))?.focus();
  }

  say() {
    const choices = [{ id: '', title: { zh: t('base_map_offline'), en: t('base_map_offline') } }, ...this.sources];
    this.card.replaceChildren(
      make('fieldset', {}, make('legend', {}, t('base_map')),
        ...choices.map(({ id, title }) =>
          make('label', { class: 'row' }, make('input', { type: 'radio', name: 'base-map', value: id }), said(title)))),
    );
    this.mark();
  }

  mark() {
    for (const input of this.card.querySelectorAll('input')) input.checked = input.value === (this.shown?.id ?? '');
    write(byId('base-map-credit'), this.shown ? said(this.shown.attribution) : '');
  }

  /** @param {string} id empty: the offline boundaries */
  choose(id) {
    localStorage.setItem(KEY, id);
    void this.show(this.sources.find((one) => one.id === id));
  }

  /** @param {Source|undefined} source */
  async show(source) {
    const turn = ++this.turn;
    this.layers.forEach((layer) => layer.remove());
    this.layers = [];
    this.shown = source;
    this.map.getContainer().classList.toggle('with-tiles', Boolean(source));
    this.mark();
    if (!source) return;
    const failed = (/** @type {Error} */ error) => turn === this.turn && this.failed(source, error);
    try {
      const layers = source.format === 'pmtiles' ? [await this.fromFile(source, failed)] : this.fromTiles(source, failed);
      if (turn !== this.turn) return;
      this.layers = layers;
      layers.forEach((layer) => layer.addTo(this.map));
    } catch (error) {
      failed(/** @type {Error} */ (error));
    }
  }

  /** What was chosen stays remembered: the next opening of the page tries again. @param {Source} source @param {Error} error */
  failed(source, error) {
    void this.show(undefined);
    note(t('base_map_failed', { name: said(source.title), why: error.message }), 'error');
  }

  /** @param {Source} source @param {(error: Error) => void} failed @returns {L.Layer[]} */
  fromTiles(source, failed) {
    return Array.from({ length: source.layers }, (_, k) =>
      this.tiles(source, failed, async (z, x, y, signal) => {
        const answer = await fetch(`/api/base-maps/${source.id}/tiles/${k}/${z}/${x}/${y}`, { signal });
        if (answer.status === 404) return null;
        if (!answer.ok) throw new Error(await refusalOf(answer));
        return answer.blob();
      }, { zIndex: k + 1, minNativeZoom: source.min_zoom, maxNativeZoom: source.max_zoom }));
  }

  /** Pictures or vectors, as the file's header says. @param {Source} source @param {(error: Error) => void} failed @returns {Promise<L.Layer>} */
  async fromFile(source, failed) {
    const address = new URL(`/api/base-maps/${source.id}/file`, location.href).href;
    const found = await fetch(address, { headers: { range: 'bytes=0-126' } });
    if (!found.ok) throw new Error(await refusalOf(found));
    const { PMTiles } = await library('pmtiles/pmtiles.js', 'pmtiles');
    const archive = new PMTiles(address);
    const { tileType, minZoom, maxZoom } = await archive.getHeader();
    if (tileType === MVT) {
      const { leafletLayer } = await library('protomaps-leaflet/protomaps-leaflet.js', 'protomapsL');
      return leafletLayer({ url: archive, flavor: isNight() ? 'dark' : 'light', lang: lang() === 'en' ? 'en' : 'zh-Hans', maxDataZoom: maxZoom });
    }
    if (tileType < FIRST_OF_RASTER) throw new Error(t('base_map_format'));
    return this.tiles(source, failed, async (z, x, y, signal) => {
      const tile = await archive.getZxy(z, x, y, signal);
      return tile ? new Blob([tile.data]) : null;
    }, { minNativeZoom: minZoom, maxNativeZoom: maxZoom });
  }

  /** @param {Source} source @param {(error: Error) => void} failed @param {import('./tiles.js').Fetch} fetch @param {L.GridLayerOptions} options */
  tiles(source, failed, fetch, options) {
    const filter = () => (isNight() ? (source.imagery ? NIGHT_IMAGERY : NIGHT_MAP) : 'none');
    return new Tiles({ fetch, filter, failed, options });
  }
}

/** A published build, loaded when it is first wanted. @param {string} path in assets/vendor @param {string} name of what it brings @returns {Promise<any>} */
function library(path, name) {
  const there = /** @type {any} */ (window)[name];
  if (there) return Promise.resolve(there);
  return new Promise((resolve, reject) => {
    const script = make('script', { src: `/static/vendor/${path}` });
    script.addEventListener('load', () => resolve(/** @type {any} */ (window)[name]));
    script.addEventListener('error', () => reject(new Error(path)));
    document.head.append(script);
  });
}
