/** Which versions are of one feature and which say the same: the columns do not tell. Loaded when it is first wanted. */
import { tableFromIPC } from '../vendor/flechette/flechette.mjs';
import { get } from './download.js';

/** @typedef {import('./answer.js').Answer} Answer */
/**
 * @typedef {object} Kin of a layer
 * @property {string} from the columns' address that it belongs to
 * @property {Uint32Array} row in rising order
 * @property {Uint32Array} feature number of the feature's first version
 * @property {Uint32Array} content number of its first version that says the same
 * @property {number} last the highest number at the checkpoint: what is above it came later
 * @property {Map<number, [number, number]>} later of rows that were asked for by themselves
 */

/** Rows that one question may name. */
const AT_ONCE = 500;

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

  /** Asks for rows that came, or closed, since the checkpoint. @param {string} id of the layer @param {number[]} rows */
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

/** @param {Kin} kin @param {number} row @returns {[number, number]} feature and content; a row that is not there stands for itself */
export function kinOf(kin, row) {
  const later = kin.later.get(row);
  if (later) return later;
  let low = 0;
  let high = kin.row.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (kin.row[middle] < row) low = middle + 1;
    else high = middle;
  }
  return kin.row[low] === row ? [kin.feature[low], kin.content[low]] : [row, row];
}
