/** The extent of a map on paper: the map page in a frame, and over it the paper's own, under which the map is moved. */
import { dialog } from '../../page/dialog.js';
import { make, write } from '../../page/elements.js';
import { lang, t } from '../../page/words.js';
import { button, choice, line, named } from './controls.js';

const RADIUS_M = 6_378_137;
const TILE_PX = 256;
const ROUND_M = 2 * Math.PI * RADIUS_M;
/** Between drawings that stand side by side, in millimetres. */
const GUTTER_MM = 4;
const SCALES = [10_000, 25_000, 50_000, 100_000, 150_000, 200_000, 250_000, 300_000, 400_000, 500_000, 750_000, 1_000_000];
const [LEAST_ZOOM, MOST_ZOOM] = [7, 17];
const LEAST_PX = 80;
/** Of the pane, how much the paper's frame takes at most. */
const ROOM = 0.9;
const STEP_PX = 8;
const RATIOS = /** @type {const} */ ([['landscape', 0.66], ['square', 1], ['portrait', 1.25]]);

/** @typedef {[number, number, number, number]} Box west, south, east, north in degrees */
/** @typedef {{bbox: Box, scale: number|null, height_mm: number|null}} Extent */

const x = (/** @type {number} */ lon) => (lon * Math.PI) / 180 * RADIUS_M;
const y = (/** @type {number} */ lat) => Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) * RADIUS_M;
const lon = (/** @type {number} */ x_m) => (x_m / RADIUS_M) * 180 / Math.PI;
const lat = (/** @type {number} */ y_m) => (2 * Math.atan(Math.exp(y_m / RADIUS_M)) - Math.PI / 2) * 180 / Math.PI;
/** Mercator metres of a pixel. @param {number} zoom */
const perPixel = (zoom) => ROUND_M / (TILE_PX * 2 ** zoom);

/** @param {number} n of 1:n @returns {string} */
export function scaleWords(n) {
  if (lang() === 'en') return `1:${Math.round(n).toLocaleString('en-US')}`;
  const wan = Math.round(n / 100) / 100;
  return n >= 10_000 ? `1:${Number.isInteger(wan) ? wan : wan.toFixed(wan < 10 ? 2 : 1)} 万` : `1:${Math.round(n)}`;
}

class ExtentWindow {
  /** @param {any} map its parameters @param {import('./editor.js').Work} work @param {number} columns maps that share the page's width */
  constructor(map, work, columns) {
    const [wideMm, highMm] = room(work);
    this.widthMm = (wideMm - GUTTER_MM * (columns - 1)) / columns;
    this.fills = map.fill === true;
    /** @type {Box} */
    this.start = map.bbox ?? box(work.body.view.bbox) ?? work.city;
    const wide = x(this.start[2]) - x(this.start[0]);
    const high = y(this.start[3]) - y(this.start[1]);
    /** Height over width. */
    this.ratio = (this.fills ? highMm : (map.height_mm ?? Math.min(highMm, (this.widthMm * high) / wide))) / this.widthMm;
    /** @type {number|null} */
    this.scale = map.scale ?? null;
    /** Where the map looks. */
    this.spot = { lat: lat((y(this.start[1]) + y(this.start[3])) / 2), lon: (this.start[0] + this.start[2]) / 2, zoom: 10 };
    this.width = 400;
    this.ready = false;
    this.query = new URLSearchParams(Object.entries({ ...work.body.view, ...map.view, bbox: this.start.join(',') }).filter(([, value]) => value !== null && value !== undefined).map(([name, value]) => [name, String(value)]));
    this.query.set('realm', work.realm);
    this.query.set('embed', '1');
    if (lang() === 'en') this.query.set('lang', 'en');
    this.frame = make('iframe', { src: `/?${this.query}`, title: t('briefing_extent_map') });
    this.paper = make('div', { class: 'paper-frame' }, ...['nw', 'ne', 'sw', 'se'].map((corner) => this.handle(corner)));
    this.pane = make('div', { class: 'extent-pane' }, this.frame, this.paper);
    this.told = make('output', { class: 'extent-told' });
    this.scales = choice([['', t('briefing_scale_free')], ...SCALES.map((n) => /** @type {[string, string]} */ ([String(n), scaleWords(n)]))], '', (value) => this.choose(value ? Number(value) : null));
    this.typed = line('', () => {}, { type: 'number', min: '500', max: '10000000', step: '500', placeholder: '180000' });
    this.typed.addEventListener('change', () => this.typed.value && this.choose(Number(this.typed.value)));
    this.ratios = choice([['', t('briefing_ratio_now')], ...RATIOS.map(([name, ratio]) => /** @type {[string, string]} */ ([String(ratio), t(`briefing_ratio_${name}`)]))], '', (value) => {
      if (!value) return;
      this.ratio = Number(value);
      this.fit();
    });
    this.hear = (/** @type {MessageEvent} */ event) => {
      if (event.origin !== location.origin || event.source !== this.frame.contentWindow) return;
      if (event.data?.emmap === 'ready') {
        this.ready = true;
        this.look(this.start);
      } else if (event.data?.emmap === 'moved') this.moved(event.data);
    };
  }

  /** @param {string} corner */
  handle(corner) {
    const made = make('button', { type: 'button', class: `corner ${corner}`, 'aria-label': t('briefing_extent_corner'), ...(corner === 'se' ? {} : { tabindex: '-1' }) });
    made.addEventListener('pointerdown', (event) => made.setPointerCapture(event.pointerId));
    made.addEventListener('pointermove', (event) => {
      if (!made.hasPointerCapture(event.pointerId)) return;
      const { left, width, top, height } = this.pane.getBoundingClientRect();
      this.size(2 * Math.max(Math.abs(event.clientX - left - width / 2), Math.abs(event.clientY - top - height / 2) / this.ratio));
    });
    made.addEventListener('keydown', (event) => {
      const by = { ArrowUp: STEP_PX, ArrowRight: STEP_PX, ArrowDown: -STEP_PX, ArrowLeft: -STEP_PX }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.size(this.width + by);
    });
    return made;
  }

  /** Most that the frame may be wide, px. */
  get most() {
    return Math.min(this.pane.clientWidth * ROOM, (this.pane.clientHeight * ROOM) / this.ratio);
  }

  /** The frame by hand: the scale follows. @param {number} width px */
  size(width) {
    this.width = Math.max(LEAST_PX, Math.min(this.most, width));
    this.scale = null;
    this.show();
  }

  fit() {
    if (this.scale) this.choose(this.scale);
    else this.size(this.width);
  }

  /** The map looks so that the frame shows a box. @param {Box} wanted */
  look(wanted) {
    const wide = x(wanted[2]) - x(wanted[0]);
    const ground = this.scale ? this.groundOf(this.scale) : wide;
    this.go(ground);
  }

  /** Mercator metres that a scale makes of the paper's width. @param {number} n */
  groundOf(n) {
    return ((this.widthMm / 1000) * n) / Math.cos((this.spot.lat * Math.PI) / 180);
  }

  /** The frame shows so many Mercator metres across, about where the map looks. @param {number} ground */
  go(ground) {
    let zoom = MOST_ZOOM;
    while (zoom > LEAST_ZOOM && ground / perPixel(zoom) > this.most) zoom--;
    this.spot.zoom = zoom;
    this.width = Math.min(this.most, ground / perPixel(zoom));
    this.frame.contentWindow?.postMessage({ emmap: 'go', ...this.spot }, location.origin);
    this.show();
  }

  /** @param {number|null} n of 1:n; null: as the frame is */
  choose(n) {
    this.scale = n;
    if (n) this.go(this.groundOf(n));
    else this.show();
  }

  /** The map was moved or zoomed under the frame. @param {{lat: number, lon: number, zoom: number}} spot */
  moved({ lat: latitude, lon: longitude, zoom }) {
    const zoomed = zoom !== this.spot.zoom;
    this.spot = { lat: latitude, lon: longitude, zoom };
    if (zoomed) this.scale = null;
    else if (this.scale) this.width = Math.min(this.most, this.groundOf(this.scale) / perPixel(zoom));
    this.show();
  }

  /** What the frame shows. @returns {Extent} */
  extent() {
    const half = (this.width / 2) * perPixel(this.spot.zoom);
    const [middleX, middleY] = [x(this.spot.lon), y(this.spot.lat)];
    const round = (/** @type {number} */ n) => Math.round(n * 1e5) / 1e5;
    return {
      bbox: [round(lon(middleX - half)), round(lat(middleY - half * this.ratio)), round(lon(middleX + half)), round(lat(middleY + half * this.ratio))],
      scale: this.scale,
      height_mm: this.fills ? null : Math.round(this.widthMm * this.ratio * 10) / 10,
    };
  }

  show() {
    this.paper.style.width = `${this.width}px`;
    this.paper.style.height = `${this.width * this.ratio}px`;
    const ground = this.width * perPixel(this.spot.zoom) * Math.cos((this.spot.lat * Math.PI) / 180);
    const n = this.scale ?? (ground * 1000) / this.widthMm;
    write(this.told, t('briefing_extent_told', { scale: this.scale ? scaleWords(n) : t('briefing_about', { scale: scaleWords(n) }), wide: (ground / 1000).toFixed(1), high: ((ground * this.ratio) / 1000).toFixed(1) }));
    this.scales.value = SCALES.includes(this.scale ?? 0) ? String(this.scale) : '';
  }

  /** @returns {Promise<Extent|null|{bbox: null, scale: null, height_mm: null}>} */
  open() {
    return new Promise((resolve) => {
      /** @type {any} */
      let chosen = null;
      const end = (/** @type {any} */ what) => {
        chosen = what;
        made.close();
      };
      const tools = make('div', { class: 'row' }, named(t('briefing_scale'), this.scales), named(t('briefing_scale_typed'), this.typed), ...(this.fills ? [] : [named(t('briefing_ratio'), this.ratios)]), this.told);
      const acts = make('div', { class: 'row' },
        button(t('briefing_extent_back'), () => end({ bbox: null, scale: null, height_mm: null })), make('span', { class: 'spring' }),
        button(t('briefing_cancel'), () => end(null)), button(t('briefing_extent_take'), () => end(this.extent()), { class: 'primary' }));
      window.addEventListener('message', this.hear);
      const made = dialog(t('briefing_extent'), [make('p', { class: 'muted' }, t('briefing_extent_how')), tools, this.pane, acts], 'extent');
      made.addEventListener('close', () => {
        window.removeEventListener('message', this.hear);
        resolve(chosen);
      });
      this.show();
    });
  }
}

/** @param {any} told a list or `w,s,e,n` @returns {Box|null} */
function box(told) {
  const found = (Array.isArray(told) ? told : String(told ?? '').split(',')).map(Number);
  return found.length === 4 && found.every(Number.isFinite) ? /** @type {Box} */ (found) : null;
}

/** The paper's room for a drawing. @param {import('./editor.js').Work} work @returns {[number, number]} width and greatest height, mm */
function room({ body, offered }) {
  const template = offered.templates.find((one) => one.name === body.template);
  return template?.rooms_mm[body.paper || template.papers[0]] ?? [178, 190];
}

/** @param {any} map parameters of a map @param {import('./editor.js').Work} work @param {number} columns maps that share the page's width */
export const chooseExtent = (map, work, columns) => new ExtentWindow(map, work, columns).open();
