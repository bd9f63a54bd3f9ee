/**
 * Marks of what hindsight knows, above the points: a ring with a badge whose shape and sign tell the kind, dashed where the
 * picture itself does not show the feature. Where rings would only smear, a cell counts them by sign. Lines and areas get
 * an outline and the word.
 */
import { NO_POINT, WORLD } from './grid.js';
import { KINDS } from './knowledge.js';
import { trace } from './stamps.js';

/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./knowledge.js').Differences} Differences */
/** @typedef {import('./knowledge.js').Kind} Kind */

/** A point in view: place in `KINDS`, whether the picture shows it, CSS pixels of the view, its version. @typedef {{kind: number, shown: boolean, x: number, y: number, answer: import('./answer.js').Answer, i: number}} Mark */

const PANE = 'emmap-hindsight';
const PANE_ABOVE_POINTS = '455';
/** Of so many points in view each has its ring, however close. */
const FEWEST_TO_COUNT = 150;
/** With more, a cell (CSS pixels) counts what are more than so many in it. */
const CELL = 64;
const MOST_RINGS = 2;
/** More cells than a column of them has at the deepest zoom. */
const ROWS = 2 ** 21;
/** Areas whose outlines are fetched. */
const MOST_OUTLINED = 100;
const RING = 11; // CSS pixels
const BADGE = 7;

/** Sign, shape and colours by day and by night of each kind. @type {Record<Kind, {sign: string, shape: string, colours: [string, string]}>} */
export const LOOKS = {
  appeared: { sign: '+', shape: 'circle', colours: ['#1a7f4b', '#55d695'] },
  changed: { sign: '≠', shape: 'diamond', colours: ['#8a4b00', '#f5b26b'] },
  gone: { sign: '×', shape: 'square', colours: ['#56616e', '#b4c0cd'] },
};

/** @param {Kind} kind @param {boolean} night */
export const colourOf = (kind, night) => LOOKS[kind].colours[night ? 1 : 0];

export class HindsightMarks extends L.Layer {
  /** @param {Engine} engine @param {(kind: Kind) => string} word */
  constructor(engine, word) {
    super();
    this.engine = engine;
    this.word = word;
    /** @type {Differences[]} */
    this.parts = [];
    this.afterwards = false;
    /** Those that have a ring of their own. @type {Mark[]} */
    this.rings = [];
    /** Pictures of marks by their look. @type {Map<string, OffscreenCanvas>} */
    this.pictures = new Map();
    /** Outlines by layer, row and look. @type {Map<string, L.Layer>} */
    this.outlines = new Map();
  }

  /** @override @param {L.Map} map */
  onAdd(map) {
    const pane = map.getPane(PANE) ?? map.createPane(PANE);
    pane.style.zIndex = PANE_ABOVE_POINTS;
    pane.style.pointerEvents = 'none';
    this.renderer = L.svg({ pane: PANE });
    this.canvas = L.DomUtil.create('canvas', PANE, pane);
    this.canvas.setAttribute('aria-hidden', 'true');
    this.map = map;
    this.place();
    return this;
  }

  /** @override */
  onRemove() {
    this.canvas?.remove();
    this.outlines.forEach((one) => one.remove());
    this.outlines.clear();
    return this;
  }

  /** @override @returns {Record<string, (event: any) => void>} */
  getEvents() {
    return { move: this.place, moveend: this.place, resize: this.place, viewreset: this.place, zoomstart: this.clear };
  }

  /** @param {Differences[]} parts by layer @param {boolean} afterwards whether the picture shows what is known now */
  show(parts, afterwards) {
    this.parts = parts;
    this.afterwards = afterwards;
    this.draw();
  }

  clear() {
    const { canvas } = this;
    canvas?.getContext('2d')?.clearRect(0, 0, canvas.width, canvas.height);
  }

  place() {
    const { map, canvas } = this;
    if (!map || !canvas) return;
    const { x, y } = map.getSize();
    this.ratio = window.devicePixelRatio || 1;
    canvas.width = Math.round(x * this.ratio);
    canvas.height = Math.round(y * this.ratio);
    canvas.style.width = `${x}px`;
    canvas.style.height = `${y}px`;
    L.DomUtil.setTransform(canvas, map.containerPointToLayerPoint([0, 0]), 1);
    this.draw();
  }

  draw() {
    const { map, canvas } = this;
    const g = canvas?.getContext('2d');
    if (!map || !canvas || !g) return;
    this.clear();
    const ratio = this.ratio ?? 1;
    const scale = (256 * 2 ** map.getZoom()) / WORLD;
    const origin = map.getPixelBounds().min ?? L.point(0, 0);
    const size = map.getSize();
    /** @type {Map<string, () => void>} */
    const outlined = new Map();
    /** @type {Mark[]} */
    const points = [];
    this.rings = [];
    for (const { answer, kinds, before, after } of this.parts) {
      const { shape } = answer.columns;
      const grid = this.engine.points.grid(answer.columns);
      grid.fill();
      const { world } = grid;
      for (let k = 0; k < kinds.length; k++) {
        const { i, shown } = this.side(before[k], after[k]);
        if (shape[i] > 1 && outlined.size < MOST_OUTLINED) {
          const key = `${answer.layer.id} ${answer.columns.row[i]} ${kinds[k]} ${shown} ${this.engine.points.night} ${document.documentElement.lang}`;
          outlined.set(key, () => void this.outline(key, answer, i, KINDS[kinds[k]], shown));
        }
        if (world[2 * i + 1] === NO_POINT) continue;
        const x = world[2 * i] * scale - origin.x;
        const y = world[2 * i + 1] * scale - origin.y;
        if (x > -RING && y > -RING && x < size.x + RING && y < size.y + RING) points.push({ kind: kinds[k], shown, x, y, answer, i });
      }
    }
    const cells = points.length > FEWEST_TO_COUNT ? inCells(points, origin) : points.map((one) => [one]);
    for (const cell of cells) {
      if (cell.length > MOST_RINGS) this.count(g, cell);
      else for (const one of cell) {
        const { kind, shown, x, y } = one;
        this.rings.push(one);
        const picture = this.picture(KINDS[kind], shown);
        g.drawImage(picture, Math.round(x * ratio - picture.width / 2), Math.round(y * ratio - picture.height / 2));
      }
    }
    for (const [key, layer] of this.outlines) {
      if (outlined.has(key)) continue;
      layer.remove();
      this.outlines.delete(key);
    }
    for (const [key, make] of outlined) if (!this.outlines.has(key)) make();
  }

  /** @param {{x: number, y: number}} at CSS pixels of the view @returns {Mark|undefined} the ring there, of what the picture does not show */
  at({ x, y }) {
    return this.rings.find((one) => !one.shown && Math.hypot(one.x - x, one.y - y) <= RING);
  }

  /** How many of each kind lie in a cell, on a plate at their middle. @param {CanvasRenderingContext2D} g @param {Mark[]} cell */
  count(g, cell) {
    const { night } = this.engine.points;
    const counts = [0, 0, 0];
    for (const { kind } of cell) counts[kind]++;
    const told = KINDS.map((kind, k) => ({ kind, n: counts[k] })).filter(({ n }) => n);
    const middle = (/** @type {'x'|'y'} */ axis) => cell.reduce((sum, one) => sum + one[axis], 0) / cell.length;
    const line = 15;
    const width = 12 + 7.5 * Math.max(...told.map(({ n }) => String(n).length + 2));
    g.save();
    g.scale(this.ratio ?? 1, this.ratio ?? 1);
    g.translate(Math.round(middle('x') - width / 2), Math.round(middle('y') - (line * told.length) / 2));
    g.beginPath();
    g.roundRect(0, -2, width, line * told.length + 4, 6);
    g.fillStyle = night ? '#131e2c' : '#ffffff';
    g.fill();
    g.lineWidth = 2;
    g.strokeStyle = colourOf(told[0].kind, night);
    g.stroke();
    g.font = 'bold 12px system-ui, sans-serif';
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    told.forEach(({ kind, n }, k) => {
      g.fillStyle = colourOf(kind, night);
      g.fillText(`${LOOKS[kind].sign} ${n}`, width / 2, line * (k + 0.5) + 0.5);
    });
    g.restore();
  }

  /** Which version says where it lies, and whether the picture shows it. @param {number} before @param {number} after places, -1 where there is none */
  side(before, after) {
    const [first, second] = this.afterwards ? [after, before] : [before, after];
    return first >= 0 ? { i: first, shown: true } : { i: second, shown: false };
  }

  /** @param {Kind} kind @param {boolean} shown @returns {OffscreenCanvas} */
  picture(kind, shown) {
    const { night } = this.engine.points;
    const ratio = this.ratio ?? 1;
    const key = `${kind} ${shown} ${night} ${ratio}`;
    let made = this.pictures.get(key);
    if (made) return made;
    const { sign, shape } = LOOKS[kind];
    const colour = colourOf(kind, night);
    const rim = night ? '#0d1520' : '#ffffff';
    const side = 2 * Math.ceil((RING + 2 * BADGE) * ratio);
    made = new OffscreenCanvas(side, side);
    const g = /** @type {OffscreenCanvasRenderingContext2D} */ (made.getContext('2d'));
    g.translate(side / 2, side / 2);
    g.scale(ratio, ratio);
    for (const [width, style] of /** @type {[number, string][]} */ ([[4.5, rim], [2.5, colour]])) {
      g.setLineDash(shown || style === rim ? [] : [4, 3]);
      g.lineWidth = width;
      g.strokeStyle = style;
      trace(g, 'circle', 0, 0, RING);
      g.stroke();
    }
    g.setLineDash([]);
    const at = RING * 0.8;
    trace(g, shape, at, -at, shape === 'diamond' ? BADGE + 2 : BADGE);
    g.lineWidth = 2;
    g.strokeStyle = rim;
    g.stroke();
    g.fillStyle = colour;
    g.fill();
    g.fillStyle = rim;
    g.font = 'bold 12px system-ui, sans-serif';
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.fillText(sign, at, -at + 0.5);
    this.pictures.set(key, made);
    return made;
  }

  /** @param {string} key @param {import('./answer.js').Answer} answer @param {number} i @param {Kind} kind @param {boolean} shown */
  async outline(key, { layer, columns }, i, kind, shown) {
    const colour = colourOf(kind, this.engine.points.night);
    const group = L.layerGroup();
    this.outlines.set(key, group);
    const features = await this.engine.shapes.geometry(layer.id, [columns.row[i]]).catch(() => []);
    if (!this.map || this.outlines.get(key) !== group) return;
    const drawn = L.geoJSON(features, /** @type {any} */ ({ pane: PANE, interactive: false, style: { renderer: this.renderer, pane: PANE, interactive: false, fill: false, color: colour, weight: 4, dashArray: shown ? undefined : '10 7' } }));
    group.addLayer(drawn);
    if (features.length) {
      const badge = L.divIcon({ className: 'hindsight-word', iconSize: [0, 0], html: '' });
      const label = L.marker(drawn.getBounds().getCenter(), { icon: badge, interactive: false, keyboard: false, pane: PANE });
      label.on('add', () => {
        const box = /** @type {any} */ (label).getElement();
        if (!box || box.firstChild) return;
        box.style.color = colour;
        box.append(Object.assign(document.createElement('span'), { textContent: `${LOOKS[kind].sign} ${this.word(kind)}` }));
      });
      group.addLayer(label);
    }
    group.addTo(this.map);
  }
}

/** What lies in the same cell of the map, wherever the view begins. @param {Mark[]} points @param {{x: number, y: number}} origin @returns {Mark[][]} */
function inCells(points, origin) {
  /** @type {Map<number, Mark[]>} */
  const cells = new Map();
  for (const one of points) {
    const key = Math.floor((one.x + origin.x) / CELL) * ROWS + Math.floor((one.y + origin.y) / CELL);
    const cell = cells.get(key);
    if (cell) cell.push(one);
    else cells.set(key, [one]);
  }
  return [...cells.values()];
}
