/**
 * Lines and areas: which rows hold, their geometry fetched once each, handed on only when the set changes.
 */
import { symbolTable } from './symbols.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./columns.js').Columns} Columns */

const AT_ONCE = 200;

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
    this.night = false;
    /** What a comparison marks of a layer: the kind of each row. @type {{layer: string, kinds: Map<number, string>}|null} */
    this.compared = null;
    /** Features by row, null where there is none; by layer. @type {Map<string, Map<number, any>>} */
    this.known = new Map();
    /** What is wanted now, by layer. @type {Map<string, {answer: Answer, places: number[], selected: number|null, key: string}>} */
    this.wanted = new Map();
    /** Layers whose geometry is on its way. @type {Set<string>} */
    this.asking = new Set();
    /** Places of lines and areas, for the columns as they were. @type {WeakMap<Columns, {generation: number, places: number[]}>} */
    this.index = new WeakMap();
  }

  /** @param {Columns} columns @returns {number[]} places of its lines and areas */
  places(columns) {
    let found = this.index.get(columns);
    if (found?.generation !== columns.generation) {
      found = { generation: columns.generation, places: [] };
      for (let i = 0; i < columns.n; i++) if (columns.shape[i] > 1) found.places.push(i);
      this.index.set(columns, found);
    }
    return found.places;
  }

  /** @param {Answer} answer @param {boolean} visible @param {{layer: string, row: number}|null} [selected] */
  update(answer, visible, selected = null) {
    const { id } = answer.layer;
    const c = answer.columns;
    const places = visible ? this.places(c).filter((i) => answer.holds(i)) : [];
    const row = selected && selected.layer === id ? selected.row : null;
    const chosen = places.some((i) => c.row[i] === row) ? row : null;
    const key = `${places.map((i) => c.row[i]).join(',')} ${chosen ?? ''}${answer.late && places.length ? ' late' : ''}`;
    if (key === (this.wanted.get(id)?.key ?? ' ')) return;
    this.wanted.set(id, { answer, places, selected: chosen, key });
    this.show(id);
    void this.complete(id);
  }

  /** Hands on what is wanted of a layer and known, the worse later. @param {string} id */
  show(id) {
    const wanted = this.wanted.get(id);
    if (!wanted) return;
    const { answer, places, selected } = wanted;
    const { row } = answer.columns;
    const { symbols, of } = symbolTable(answer);
    const features = places
      .map((i) => ({ row: row[i], symbol: symbols[of(i)], feature: this.known.get(id)?.get(row[i]) }))
      .filter(({ feature }) => feature?.geometry)
      .sort((a, b) => a.symbol.z - b.symbol.z)
      .map(({ row, symbol, feature }) => {
        const names = ['shape', `shape-${id}`, `shape-${symbol.value ?? 'other'}`, `dash-${symbol.dash}`, ...(symbol.mark === 'hatched' ? ['hatched'] : []), ...(answer.late ? ['late'] : []), ...(row === selected ? ['selected'] : [])];
        const kind = this.compared?.layer === id ? this.compared.kinds.get(row) : undefined;
        if (kind) names.push('compared', `compared-${kind}`);
        return { type: 'Feature', id: row, geometry: feature.geometry, properties: { row, layer: id, className: names.join(' '), colour: this.night ? symbol.night : symbol.colour } };
      });
    this.onChange(id, { type: 'FeatureCollection', features });
  }

  /** @param {import('./compared.js').Compared} compared */
  setCompared({ layer, marks }) {
    const before = this.compared?.layer;
    this.compared = { layer, kinds: new Map(marks.flatMap(({ kind, rows }) => rows.map((row) => [row, kind]))) };
    for (const id of new Set([before, layer])) if (id) this.show(id);
  }

  /** @param {boolean} night */
  setNight(night) {
    this.night = night;
    for (const id of this.wanted.keys()) this.show(id);
  }

  /** Fetches the geometry that is missing, one request at a time, as long as what is wanted wants more. @param {string} id */
  async complete(id) {
    if (this.asking.has(id)) return;
    this.asking.add(id);
    try {
      for (;;) {
        const { answer, places } = /** @type {{answer: Answer, places: number[]}} */ (this.wanted.get(id));
        const missing = places.map((i) => answer.columns.row[i]).filter((row) => !this.known.get(id)?.has(row)).slice(0, AT_ONCE);
        if (!missing.length) break;
        await this.fetch(id, missing);
        this.show(id);
      }
    } catch (error) {
      // The next change of the view tries again.
      /** @type {{key: string}} */ (this.wanted.get(id)).key = '';
      this.onError(/** @type {Error} */ (error));
    } finally {
      this.asking.delete(id);
    }
  }

  /** @param {string} id @param {number[]} rows without geometry here, as many as a request may ask for */
  async fetch(id, rows) {
    const found = await fetch(`/api/layers/${id}/rows?realm=${this.realm}&geometry=true&row=${rows.join(',')}`);
    if (!found.ok) throw new Error(`rows ${found.status}`);
    const known = this.known.get(id) ?? new Map();
    this.known.set(id, known);
    for (const row of rows) known.set(row, null);
    for (const feature of (await found.json()).rows) known.set(feature.properties.row, feature);
  }

  /** Features of rows that need not hold. @param {string} id @param {number[]} rows at most `AT_ONCE` @returns {Promise<any[]>} those with a place */
  async geometry(id, rows) {
    const missing = rows.filter((row) => !this.known.get(id)?.has(row));
    if (missing.length) await this.fetch(id, missing);
    return rows.map((row) => this.known.get(id)?.get(row)).filter((feature) => feature?.geometry);
  }

  /**
   * Areas that hold a point, the worst first. @param {Answer} answer @param {number} lng @param {number} lat
   * @returns {number[]} places in the arrays
   */
  at(answer, lng, lat) {
    const known = this.known.get(answer.layer.id);
    const c = answer.columns;
    const found = [];
    for (const i of known ? this.places(c) : []) {
      if (c.shape[i] === 3 && answer.holds(i) && holdsPoint(known?.get(c.row[i])?.geometry, lng, lat)) found.push(i);
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
