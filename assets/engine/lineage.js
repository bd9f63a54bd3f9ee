/** Which versions are of one feature and which say the same: the columns do not tell. Loaded when it is first wanted. */
import { tableFromIPC } from '../vendor/flechette/flechette.mjs';
import { get } from './download.js';

/** @typedef {import('./columns.js').Columns} Columns */
/**
 * @typedef {object} Kin of a layer
 * @property {string} from the columns' address that it belongs to
 * @property {Uint32Array} row version numbers
 * @property {Uint32Array} feature number of the feature's first version
 * @property {Uint32Array} content number of its first version that says the same
 * @property {number} last the highest number at the checkpoint: what is above it came later
 * @property {Map<number, [number, number]>} later of versions that were asked for by themselves
 */
/** Feature and content of each row of a layer's arrays. @typedef {{kin: Kin, loads: number, n: number, later: number, feature: Uint32Array, content: Uint32Array}} Kinship */

/** Versions that one question may name. */
const AT_ONCE = 500;

/** @type {WeakMap<Columns, Kinship>} */
const kinships = new WeakMap();

export class Lineage {
  /** @param {string} realm */
  constructor(realm) {
    this.realm = realm;
    /** @type {Map<string, Promise<Kin>>} */
    this.loading = new Map();
    /** @type {Map<string, Kin>} */
    this.layers = new Map();
  }

  /** @param {any} layer as /api/layers lists it @returns {Promise<Kin>} */
  load(layer) {
    const have = this.layers.get(layer.id);
    if (have && have.from === layer.points) return Promise.resolve(have);
    const begun = this.loading.get(layer.points);
    if (begun) return begun;
    const loading = this.fetch(layer).finally(() => this.loading.delete(layer.points));
    this.loading.set(layer.points, loading);
    return loading;
  }

  /** @param {any} layer @returns {Promise<Kin>} */
  async fetch(layer) {
    const { told, ...columns } = decoded(await (await get(layer.points.replace('/points?', '/lineage?'))).arrayBuffer());
    const kin = { from: layer.points, ...columns, last: told.last, later: new Map() };
    this.layers.set(layer.id, kin);
    return kin;
  }

  /** Asks for versions that came, or closed, since the checkpoint. @param {string} id of the layer @param {number[]} rows */
  async complete(id, rows) {
    const kin = this.layers.get(id);
    const missing = rows.filter((row) => !kin?.later.has(row));
    for (let from = 0; kin && from < missing.length; from += AT_ONCE) {
      const some = missing.slice(from, from + AT_ONCE);
      const { row, feature, content } = decoded(await (await get(`/api/layers/${id}/lineage?realm=${this.realm}&row=${some.join(',')}`)).arrayBuffer());
      row.forEach((one, k) => kin.later.set(one, [feature[k], content[k]]));
    }
  }
}

/** The download as columns. @param {ArrayBuffer} bytes */
export function decoded(bytes) {
  const table = tableFromIPC(bytes, { useBigInt: false });
  const column = (/** @type {string} */ name) => /** @type {Uint32Array} */ (table.getChild(name)?.data[0]?.values ?? new Uint32Array(0)).subarray(0, table.numRows);
  return { row: column('row'), feature: column('feature'), content: column('content'), told: JSON.parse(table.schema.metadata?.get('emmap') ?? '{}') };
}

/** @param {Columns} columns @param {Kin} kin @returns {Kinship} a version that the lineage does not name stands for itself */
export function kinshipOf(columns, kin) {
  const { n, loads, row } = columns;
  let found = kinships.get(columns);
  if (!found || found.kin !== kin || found.loads !== loads || found.feature.length < n) {
    const room = Math.ceil(1.25 * n);
    found = { kin, loads, n: 0, later: -1, feature: new Uint32Array(room), content: new Uint32Array(room) };
    kinships.set(columns, found);
    found.feature.set(row.subarray(0, n));
    found.content.set(row.subarray(0, n));
    for (let k = 0; k < kin.row.length; k++) put(found, columns.placeOf(kin.row[k]), kin.feature[k], kin.content[k]);
  } else if (found.n < n) {
    found.feature.set(row.subarray(found.n, n), found.n);
    found.content.set(row.subarray(found.n, n), found.n);
  }
  if (found.n < n || found.later !== kin.later.size) {
    for (const [one, [feature, content]] of kin.later) put(found, columns.placeOf(one), feature, content);
  }
  found.n = n;
  found.later = kin.later.size;
  return found;
}

/** @param {Kinship} kinship @param {number} i @param {number} feature @param {number} content */
function put(kinship, i, feature, content) {
  if (i < 0) return;
  kinship.feature[i] = feature;
  kinship.content[i] = content;
}
