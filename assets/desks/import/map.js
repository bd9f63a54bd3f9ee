/** A small map of a preview: the districts and what would change, on one canvas. Drag, wheel, keys and buttons move it. */
import { mercatorX, mercatorY } from '../../engine/mercator.js';
import { trace } from '../../engine/stamps.js';
import { make } from '../../page/elements.js';
import { t } from '../../page/words.js';

/** @typedef {{id: string, geometry: any, properties: {outcome: string, title: string}}} Drawn a GeoJSON Feature */

/** Shape and colour of each outcome; what ends lies on top. */
const LOOKS = /** @type {const} */ ({ added: ['circle', '--ready'], changed: ['triangle', '--accent'], ended: ['cross', '--danger'] });
const RADIUS = 5;
const REACH = 9;
const CLOSEST = 2 ** 20;
/** Where the map lies when nothing is drawn. */
const CITY = [112.95, 22.55, 114.06, 23.94];

/** @param {number[]} at degrees @returns {[number, number]} parts of the world */
const flat = ([lon, lat]) => [mercatorX(lon * 1e7), mercatorY(lat * 1e7)];

/** The lines of a geometry and whether it is an area; points as themselves. @param {any} geometry @returns {{kind: 'points'|'lines'|'areas', parts: [number, number][][]}} */
function partsOf(geometry) {
  const { type, coordinates } = geometry;
  const depth = { Point: 0, MultiPoint: 1, LineString: 1, MultiLineString: 2, Polygon: 2, MultiPolygon: 3 }[/** @type {string} */ (type)] ?? 0;
  const kind = type.endsWith('Point') ? 'points' : type.endsWith('LineString') ? 'lines' : 'areas';
  const lists = depth === 0 ? [[coordinates]] : depth === 1 ? [coordinates] : depth === 2 ? coordinates : coordinates.flat();
  return { kind, parts: lists.map((/** @type {number[][]} */ list) => list.map(flat)) };
}

export class SmallMap {
  /** @param {any} districts GeoJSON */
  constructor(districts) {
    /** @type {{name: any, kind: string, parts: [number, number][][]}[]} */
    this.districts = districts.features.map((/** @type {any} */ one) => ({ name: one.properties, ...partsOf(one.geometry) }));
    this.canvas = make('canvas', { tabindex: '0', role: 'img' });
    this.tip = make('output', { class: 'import-tip', hidden: true });
    this.buttons = make('div', { class: 'import-zoom' });
    this.box = make('div', { class: 'import-map' }, this.canvas, this.buttons, this.tip);
    /** @type {{drawn: Drawn, kind: string, parts: [number, number][][]}[]} */
    this.features = [];
    /** The middle in parts of the world, and CSS pixels for the whole world. */
    this.middle = [0.5, 0.5];
    this.world = 1;
    this.listen();
    new ResizeObserver(() => this.fit()).observe(this.box);
  }

  /** @param {Drawn[]} features GeoJSON Features @param {Record<string, number>} counts of each outcome */
  show(features, counts) {
    const order = Object.keys(LOOKS);
    this.features = features
      .filter((one) => one.geometry)
      .map((drawn) => ({ drawn, ...partsOf(drawn.geometry) }))
      .sort((a, b) => order.indexOf(a.drawn.properties.outcome) - order.indexOf(b.drawn.properties.outcome));
    this.counts = counts;
    this.say();
    this.fit();
  }

  /** Words, when they or the language change. */
  say() {
    const { added = 0, changed = 0, ended = 0 } = this.counts ?? {};
    this.canvas.setAttribute('aria-label', `${t('import_map', { added, changed, ended })} ${t('import_map_keys')}`);
    const zooms = /** @type {const} */ ([['+', 'import_zoom_in', () => this.zoom(2)], ['−', 'import_zoom_out', () => this.zoom(0.5)], ['⤢', 'import_zoom_all', () => this.fit()]]);
    this.buttons.replaceChildren(
      ...zooms.map(([sign, key, act]) => {
        const button = make('button', { class: 'plain', type: 'button', title: t(key), 'aria-label': t(key) }, sign);
        button.addEventListener('click', act);
        return button;
      }),
    );
    this.draw();
  }

  /** All of it in the frame. */
  fit() {
    const all = this.features.flatMap((one) => one.parts.flat());
    const corners = all.length ? all : [flat(CITY.slice(0, 2)), flat(CITY.slice(2))];
    const xs = corners.map(([x]) => x);
    const ys = corners.map(([, y]) => y);
    const [west, east, north, south] = [Math.min(...xs), Math.max(...xs), Math.min(...ys), Math.max(...ys)];
    this.middle = [(west + east) / 2, (north + south) / 2];
    const { clientWidth: width, clientHeight: height } = this.box;
    const span = 4e-5; // never closer than about a street
    this.world = 0.88 * Math.min(width / Math.max(east - west, span), height / Math.max(south - north, span));
    this.draw();
  }

  /** @param {number} factor @param {number} [x] @param {number} [y] CSS pixels that stay where they are; else the middle */
  zoom(factor, x = this.box.clientWidth / 2, y = this.box.clientHeight / 2) {
    const before = this.at(x, y);
    this.world = Math.max(256, Math.min(256 * CLOSEST, this.world * factor));
    const after = this.at(x, y);
    this.middle = [this.middle[0] + before[0] - after[0], this.middle[1] + before[1] - after[1]];
    this.draw();
  }

  /** @param {number} dx @param {number} dy CSS pixels */
  pan(dx, dy) {
    this.middle = [this.middle[0] - dx / this.world, this.middle[1] - dy / this.world];
    this.draw();
  }

  /** @param {number} x @param {number} y CSS pixels @returns {[number, number]} parts of the world */
  at(x, y) {
    return [this.middle[0] + (x - this.box.clientWidth / 2) / this.world, this.middle[1] + (y - this.box.clientHeight / 2) / this.world];
  }

  /** @param {[number, number]} point @returns {[number, number]} CSS pixels */
  pixel([x, y]) {
    return [(x - this.middle[0]) * this.world + this.box.clientWidth / 2, (y - this.middle[1]) * this.world + this.box.clientHeight / 2];
  }

  listen() {
    /** @type {[number, number]|null} */
    let held = null;
    this.canvas.addEventListener('pointerdown', (event) => {
      held = [event.clientX, event.clientY];
      this.canvas.setPointerCapture(event.pointerId);
    });
    this.canvas.addEventListener('pointermove', (event) => {
      if (!held) return this.point(event);
      this.pan(event.clientX - held[0], event.clientY - held[1]);
      held = [event.clientX, event.clientY];
    });
    for (const name of /** @type {const} */ (['pointerup', 'pointercancel'])) this.canvas.addEventListener(name, () => (held = null));
    this.canvas.addEventListener('pointerleave', () => (this.tip.hidden = true));
    this.canvas.addEventListener('wheel', (event) => {
      event.preventDefault();
      const box = this.canvas.getBoundingClientRect();
      this.zoom(2 ** (-event.deltaY / 240), event.clientX - box.left, event.clientY - box.top);
    }, { passive: false });
    /** @type {Record<string, () => void>} */
    const keys = {
      ArrowLeft: () => this.pan(60, 0), ArrowRight: () => this.pan(-60, 0), ArrowUp: () => this.pan(0, 60), ArrowDown: () => this.pan(0, -60),
      '+': () => this.zoom(2), '=': () => this.zoom(2), '-': () => this.zoom(0.5), 0: () => this.fit(),
    };
    this.canvas.addEventListener('keydown', (event) => {
      if (!keys[event.key] || event.ctrlKey || event.metaKey) return;
      event.preventDefault();
      keys[event.key]();
    });
  }

  /** Names what lies under the mouse. @param {PointerEvent} event */
  point(event) {
    const box = this.canvas.getBoundingClientRect();
    const [x, y] = [event.clientX - box.left, event.clientY - box.top];
    const near = this.features.findLast(({ kind, parts }) => kind === 'points' && parts[0].some((one) => {
      const [px, py] = this.pixel(one);
      return Math.hypot(px - x, py - y) <= REACH;
    }));
    this.tip.hidden = !near;
    if (!near) return;
    const { outcome, title } = near.drawn.properties;
    this.tip.textContent = `${t(`import_outcome_${outcome}`)} · ${title || near.drawn.id} (${near.drawn.id})`;
    this.tip.style.left = `${Math.min(x + 12, box.width - 40)}px`;
    this.tip.style.top = `${y + 12}px`;
  }

  draw() {
    const { clientWidth: width, clientHeight: height } = this.box;
    if (!width || !height) return;
    const ratio = window.devicePixelRatio || 1;
    this.canvas.width = Math.round(width * ratio);
    this.canvas.height = Math.round(height * ratio);
    const g = /** @type {CanvasRenderingContext2D} */ (this.canvas.getContext('2d'));
    const style = getComputedStyle(this.box);
    const colour = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
    g.scale(ratio, ratio);
    g.fillStyle = colour('--water');
    g.fillRect(0, 0, width, height);
    g.lineJoin = 'round';
    for (const { parts } of this.districts) this.outline(g, parts, colour('--own-land'), colour('--own-boundary'), 1);
    this.nameDistricts(g, colour);
    for (const { drawn, kind, parts } of this.features) {
      const [shape, name] = LOOKS[/** @type {keyof typeof LOOKS} */ (drawn.properties.outcome)];
      if (kind !== 'points') {
        this.outline(g, parts, kind === 'areas' ? `color-mix(in srgb, ${colour(name)} 25%, transparent)` : '', colour(name), 2);
        continue;
      }
      g.fillStyle = colour(name);
      g.strokeStyle = colour('--halo');
      g.lineWidth = 1.5;
      for (const point of parts[0]) {
        const [x, y] = this.pixel(point);
        if (x < -REACH || y < -REACH || x > width + REACH || y > height + REACH) continue;
        trace(g, shape, x, y, RADIUS);
        g.stroke();
        g.fill();
      }
    }
  }

  /** @param {CanvasRenderingContext2D} g @param {[number, number][][]} parts @param {string} fill none where empty @param {string} line @param {number} wide */
  outline(g, parts, fill, line, wide) {
    g.beginPath();
    for (const part of parts) part.forEach((point, k) => (k ? g.lineTo(...this.pixel(point)) : g.moveTo(...this.pixel(point))));
    if (fill) {
      g.fillStyle = fill;
      g.fill('evenodd');
    }
    g.strokeStyle = line;
    g.lineWidth = wide;
    g.stroke();
  }

  /** @param {CanvasRenderingContext2D} g @param {(name: string) => string} colour */
  nameDistricts(g, colour) {
    g.font = '12px "Noto Sans CJK SC", "Noto Sans SC", "Microsoft YaHei", sans-serif';
    g.textAlign = 'center';
    g.fillStyle = colour('--muted');
    for (const { name, parts } of this.districts) {
      const xs = parts[0].map(([x]) => x);
      const ys = parts[0].map(([, y]) => y);
      const [west, east] = [Math.min(...xs), Math.max(...xs)];
      if ((east - west) * this.world < 44) continue;
      const [x, y] = this.pixel([(west + east) / 2, (Math.min(...ys) + Math.max(...ys)) / 2]);
      g.fillText(document.documentElement.lang === 'en' ? name.name_en : name.name, x, y);
    }
  }
}
