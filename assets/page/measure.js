/** Measuring: a path with its segments and their sum, or a surface with its perimeter. It stays while T moves. */
import { segments, surface } from '../engine/geodesy.js';
import { byId, make, write } from './elements.js';
import { Outline } from './outline.js';
import { number, t } from './words.js';

/** @typedef {[number, number]} Point longitude, latitude */

const MU_M2 = 10_000 / 15; // a mu is a fifteenth of a hectare

export class Measure {
  /** @param {import('../engine/engine.js').Engine} engine */
  constructor(engine) {
    this.outline = new Outline(engine.map, 'measure');
    this.card = byId('measure');
    /** @type {{kind: 'distance'|'surface', points: Point[]}|null} */
    this.shown = null;
    byId('measure-close').addEventListener('click', () => this.clear());
    engine.on('language', () => this.shown && this.show(this.shown.kind, this.shown.points));
  }

  clear() {
    this.shown = null;
    this.card.hidden = true;
    this.outline.clear();
  }

  /** What was measured, on the map and in its card. @param {'distance'|'surface'} kind @param {Point[]} points */
  show(kind, points) {
    this.shown = { kind, points };
    this.card.hidden = false;
    write(byId('measure-kind'), t(`measured_${kind}`));
    byId('measure-body').replaceChildren(make('p', { class: 'measured' }, this.draw(kind, points)), ...(kind === 'distance' ? path(points) : ring(points)));
  }

  /** On the map alone. @param {'distance'|'surface'} kind @param {Point[]} points @returns {string} the result in words */
  draw(kind, points) {
    if (kind === 'surface') {
      const size = surface(points);
      const centre = /** @type {Point} */ ([0, 1].map((k) => points.reduce((sum, point) => sum + point[k], 0) / points.length));
      this.outline.show({ lines: [points], filled: true, corners: points, words: points.length > 2 ? [{ at: centre, text: surfaceText(size), strong: true }] : [] });
      return surfaceText(size);
    }
    const lengths = segments(points);
    const total = lengthText(sum(lengths));
    const words = lengths.map((length, k) => ({ at: middle(points[k], points[k + 1]), text: lengthText(length) }));
    const end = { at: points[points.length - 1], text: total, strong: true };
    this.outline.show({ lines: [points], corners: points, words: lengths.length ? [...(lengths.length > 1 ? words : []), end] : [] });
    return t('segments', { n: lengths.length, length: total });
  }
}

/** @param {Point[]} points @returns {HTMLElement[]} each segment */
const path = (points) => [make('ol', { class: 'segments' }, ...segments(points).map((length) => make('li', {}, lengthText(length))))];

/** @param {Point[]} points @returns {HTMLElement[]} the same in every unit, and the way around */
function ring(points) {
  const size = surface(points);
  return [
    make('p', {}, t('square_units', { km2: digits(size / 1e6), mu: digits(size / MU_M2), m2: digits(size) })),
    make('p', {}, t('perimeter', { length: lengthText(sum(segments([...points, points[0]]))) })),
  ];
}

/** @param {number[]} all */
const sum = (all) => all.reduce((total, one) => total + one, 0);

/** @param {Point} a @param {Point} b @returns {Point} */
const middle = (a, b) => [(a[0] + b[0]) / 2, (a[1] + b[1]) / 2];

/** @param {number} n @returns {string} five digits: what the pointer can point at */
const digits = (n) => n.toLocaleString('en-US', { maximumSignificantDigits: 5 });

/** @param {number} metres @returns {string} */
export function lengthText(metres) {
  if (metres < 100) return `${metres.toFixed(1)} m`;
  if (metres < 1000) return `${metres.toFixed(0)} m`;
  return metres < 100_000 ? `${(metres / 1000).toFixed(2)} km` : `${number(Number((metres / 1000).toFixed(1)))} km`;
}

/** @param {number} m2 @returns {string} in the unit that reads best */
const surfaceText = (m2) => (m2 < 1e5 ? `${digits(m2)} m²` : `${digits(m2 / 1e6)} km²`);
