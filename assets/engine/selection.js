/**
 * What the View's area holds, counted from the arrays: it follows T, K, every filter and live changes. Which rows lie in
 * the area is found once (they do not move) and added to as rows come; which of them hold is asked on every count.
 */
import { boundsOf, holds, parseArea, touches } from './area.js';
import { distance } from './geodesy.js';
import { PiecedAnswer } from './pieced_answer.js';
import { Tally, tallied } from './tally.js';
import { districtCodes } from './view.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./columns.js').Columns} Columns */
/** @typedef {import('./engine.js').Engine} Engine */
/**
 * @typedef {object} Selected
 * @property {number} total
 * @property {number} pending lines and areas whose shapes are not here yet, so that they are not counted
 * @property {boolean} distant whether rows of a layer in pieces are not here, so that none of it is counted
 * @property {Record<string, number>} severity by level
 * @property {Record<string, Record<string, number>>} groups `districts` and `hazards`, by code; '' is none
 */
/** @typedef {{n: number, rows: number[], shapes: number[], touching: Map<number, boolean>}} Members places in the arrays */

const DEGREE = 1e7;
/** Where the quick distance and the radius are closer than this share, the exact one decides. */
const DOUBT = 0.015;
const QUICK_TO = 70; // degrees of latitude

export class Selection {
  /** @param {Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.text = '';
    /** @type {import('./area.js').Area|null} */
    this.area = null;
    /** @type {WeakMap<Columns, Members>} */
    this.members = new WeakMap();
  }

  /** @returns {import('./area.js').Area|null} of the View */
  current() {
    const text = this.engine.view.get().area ?? '';
    if (text !== this.text) {
      this.text = text;
      this.area = text ? parseArea(text, districtCodes) : null;
      this.members = new WeakMap();
    }
    return this.area;
  }

  /** @returns {(Selected & {layers: Record<string, Selected>})|null} of the visible layers; null without an area */
  counts() {
    const area = this.current();
    if (!area) return null;
    /** @type {Record<string, Selected>} */
    const layers = {};
    /** @type {Selected} */
    const all = { total: 0, pending: 0, distant: false, severity: {}, groups: { districts: {}, hazards: {} } };
    for (const answer of this.engine.asked()) {
      const one = (layers[answer.layer.id] = this.count(area, answer));
      all.total += one.total;
      all.pending += one.pending;
      all.distant ||= one.distant;
      add(all.severity, one.severity);
      for (const name of ['districts', 'hazards']) add(all.groups[name], one.groups[name]);
    }
    return { ...all, layers };
  }

  /** @param {import('./area.js').Area} area @param {Answer} answer @returns {Selected} */
  count(area, answer) {
    const { columns, layer } = answer;
    if (answer instanceof PiecedAnswer) {
      if (area.kind === 'district') return ofKinds(area.code, answer.spans);
      if (!answer.covers(/** @type {[number, number, number, number]} */ (boundsOf(area)))) return { total: 0, pending: 0, distant: true, severity: {}, groups: { districts: {}, hazards: {} } };
    }
    const members = this.find(area, columns);
    const names = ['severity', 'districts', 'hazards'].filter((name) => name === 'severity' || columns.masks[name]);
    const tallies = Object.fromEntries(names.map((name) => [name, new Tally(name, columns)]));
    const taken = members.rows.filter((i) => answer.holds(i));
    let pending = 0;
    for (const i of members.shapes) {
      if (!answer.holds(i)) continue;
      const inside = this.reaches(area, layer.id, members, columns.row[i]);
      if (inside === undefined) pending++;
      else if (inside) taken.push(i);
    }
    const total = taken.length;
    for (const tally of Object.values(tallies)) tally.add(Uint32Array.from(taken));
    const told = (/** @type {string} */ name) => tallies[name]?.told() ?? { '': total };
    return { total, pending, distant: false, severity: told('severity'), groups: { districts: told('districts'), hazards: told('hazards') } };
  }

  /**
   * Whether a line or an area touches the area; undefined while its shape is not here.
   * @param {import('./area.js').Area} area @param {string} layer @param {Members} members @param {number} row
   */
  reaches(area, layer, members, row) {
    let inside = members.touching.get(row);
    if (inside === undefined && area.kind !== 'district') {
      const geometry = this.engine.shapes.known.get(layer)?.get(row)?.geometry;
      if (!geometry) return undefined;
      inside = touches(area, geometry);
      members.touching.set(row, inside);
    }
    return inside;
  }

  /** Rows with a place in the area, of any time; lines and areas apart. @param {import('./area.js').Area} area @param {Columns} columns */
  find(area, columns) {
    let members = this.members.get(columns);
    if (!members) this.members.set(columns, (members = { n: 0, rows: [], shapes: [], touching: new Map() }));
    const { x, y, shape } = columns;
    const inside = area.kind === 'district' ? ofDistrict(area.code, columns) : inArea(area);
    for (let i = members.n; i < columns.n; i++) {
      if (shape[i] === 0) continue;
      if (shape[i] > 1 && area.kind !== 'district') members.shapes.push(i);
      else if (inside(i, x[i], y[i])) members.rows.push(i);
    }
    members.n = columns.n;
    return members;
  }
}

/** What of a layer in pieces lies in a district, wherever its rows are. @param {string} code @param {import('./spans.js').Spans} spans @returns {Selected} */
function ofKinds(code, { kinds, byKind, passes }) {
  const inside = ofDistrict(code, kinds);
  const some = Uint32Array.from({ length: kinds.n }, (_, k) => k).filter((k) => passes[k] === 1 && byKind[k] !== 0 && inside(k, 0, 0));
  const { severity, groups } = tallied(kinds, some, [], [], byKind);
  const total = some.reduce((sum, k) => sum + byKind[k], 0);
  return { total, pending: 0, distant: false, severity, groups: { districts: groups.districts, hazards: groups.hazards ?? { '': total } } };
}

/** @param {Record<string, number>} into @param {Record<string, number>} more */
function add(into, more) {
  for (const [key, n] of Object.entries(more)) into[key] = (into[key] ?? 0) + n;
}

/** @param {string} code @param {Columns} columns @returns {(i: number, x: number, y: number) => boolean} */
function ofDistrict(code, columns) {
  const bit = columns.entries.districts.indexOf(code);
  const word = columns.masks.districts[bit >> 5];
  return (i) => bit >= 0 && (word[i] & (1 << (bit & 31))) !== 0;
}

/** @param {import('./area.js').Outline|import('./area.js').Circle} area @returns {(i: number, x: number, y: number) => boolean} */
function inArea(area) {
  const [w, s, e, n] = boundsOf(area).map((degrees) => Math.round(degrees * DEGREE));
  const near = (/** @type {number} */ x, /** @type {number} */ y) => w <= x && x <= e && s <= y && y <= n;
  if (area.kind !== 'circle') {
    if (area.kind === 'box') return (_, x, y) => near(x, y);
    // Whole numbers: corners have six decimals, places seven, so that the edge is decided exactly.
    const ring = area.ring.map(([lon, lat]) => /** @type {[number, number]} */ ([Math.round(lon * DEGREE), Math.round(lat * DEGREE)]));
    return (_, x, y) => near(x, y) && holds(ring, [x, y]);
  }
  const [lon, lat] = area.centre;
  const metres = (6371008.8 * Math.PI) / 180 / DEGREE;
  return (_, x, y) => {
    if (!near(x, y)) return false;
    const middle = ((y / DEGREE + lat) / 2) * (Math.PI / 180);
    const quick = metres * Math.hypot((x - lon * DEGREE) * Math.cos(middle), y - lat * DEGREE);
    if (Math.abs(lat) < QUICK_TO && Math.abs(quick - area.radius) > DOUBT * area.radius) return quick < area.radius;
    return distance(area.centre, [x / DEGREE, y / DEGREE]) <= area.radius;
  };
}
