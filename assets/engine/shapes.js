/**
 * Lines and areas: which rows hold, their geometry fetched once each, handed on only when the set changes.
 */
import { symbolTable } from './points.js';

export class Shapes {
  /**
   * @param {string} realm
   * @param {(layer: string, collection: any) => void} onChange the layer's features, as GeoJSON
   * @param {(error: Error) => void} onError
   */
  constructor(realm, onChange, onError) {
    this.realm = realm;
    this.onChange = onChange;
    this.onError = onError;
    /** @type {Map<string, Map<number, any>>} geometry by row, by layer */
    this.known = new Map();
    /** @type {Map<string, string>} the rows last handed on, by layer */
    this.shown = new Map();
  }

  /** @param {import('./answer.js').Answer} answer @param {boolean} visible */
  async update(answer, visible) {
    const id = answer.layer.id;
    const c = answer.columns;
    const places = [];
    if (visible) for (let i = 0; i < c.n; i++) if (c.shape[i] > 1 && answer.holds(i)) places.push(i);
    const rows = places.map((i) => c.row[i]);
    const key = rows.join(',');
    if (key === (this.shown.get(id) ?? '')) return;
    this.shown.set(id, key);
    const known = this.known.get(id) ?? new Map();
    this.known.set(id, known);
    try {
      await this.fetch(id, rows.filter((row) => !known.has(row)), known);
    } catch (error) {
      this.shown.delete(id);
      this.onError(/** @type {Error} */ (error));
      return;
    }
    if (this.shown.get(id) !== key) return;
    const table = symbolTable(answer);
    const features = places
      .map((i) => ({ i, feature: known.get(c.row[i]) }))
      .filter(({ feature }) => feature?.geometry)
      .sort((a, b) => table.symbols[table.of(a.i)].z - table.symbols[table.of(b.i)].z)
      .map(({ i, feature }) => {
        const value = table.symbols[table.of(i)].value ?? 'other';
        const properties = { row: c.row[i], layer: id, className: `shape shape-${id} shape-${value} dash-${table.symbols[table.of(i)].dash}` };
        return { type: 'Feature', id: c.row[i], geometry: feature.geometry, properties };
      });
    this.onChange(id, { type: 'FeatureCollection', features });
  }

  /** @param {string} id @param {number[]} rows @param {Map<number, any>} known */
  async fetch(id, rows, known) {
    for (let from = 0; from < rows.length; from += 200) {
      const part = rows.slice(from, from + 200);
      const answer = await fetch(`/api/layers/${id}/rows?realm=${this.realm}&geometry=true&row=${part.join(',')}`);
      if (!answer.ok) throw new Error(`rows ${answer.status}`);
      for (const feature of (await answer.json()).rows) known.set(feature.properties.row, feature);
    }
  }

  /**
   * Areas that hold a point, the worst first. @param {import('./answer.js').Answer} answer @param {number} lng @param {number} lat
   * @returns {number[]} places in the arrays
   */
  at(answer, lng, lat) {
    const known = this.known.get(answer.layer.id);
    const c = answer.columns;
    const found = [];
    if (known) {
      for (let i = 0; i < c.n; i++) {
        if (c.shape[i] === 3 && answer.holds(i) && holdsPoint(known.get(c.row[i])?.geometry, lng, lat)) found.push(i);
      }
    }
    return found.sort((a, b) => c.severity[b] - c.severity[a]);
  }
}

/** @param {any} geometry @param {number} lng @param {number} lat @returns {boolean} */
function holdsPoint(geometry, lng, lat) {
  if (!geometry) return false;
  if (geometry.type === 'GeometryCollection') return geometry.geometries.some((/** @type {any} */ g) => holdsPoint(g, lng, lat));
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.type === 'MultiPolygon' ? geometry.coordinates : [];
  return polygons.some((/** @type {[number, number][][]} */ rings) => {
    let inside = false;
    for (const ring of rings) {
      for (let a = 0, b = ring.length - 1; a < ring.length; b = a++) {
        const [xa, ya] = ring[a];
        const [xb, yb] = ring[b];
        if (ya > lat !== yb > lat && lng < ((xb - xa) * (lat - ya)) / (yb - ya) + xa) inside = !inside;
      }
    }
    return inside;
  });
}
