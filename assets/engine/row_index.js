/** Where each row number stands in the arrays: a hash table of plain numbers, since a Map of a million is slow and large. */

const SCATTER = 0x9e3779b1; // 2^32 over the golden ratio: neighbours land far apart

export class RowIndex {
  /** @param {Uint32Array} row distinct numbers @param {number} n how many of them */
  constructor(row, n) {
    this.n = 0;
    this.shift = 32;
    this.keys = new Uint32Array(1);
    /** Place and one; 0 is free. */
    this.places = new Uint32Array(1);
    this.grow(Math.max(64, 2 * n));
    for (let i = 0; i < n; i++) this.add(row[i], i);
  }

  /** @param {number} least entries */
  grow(least) {
    const { keys, places } = this;
    const bits = Math.ceil(Math.log2(least));
    this.shift = 32 - bits;
    this.keys = new Uint32Array(2 ** bits);
    this.places = new Uint32Array(2 ** bits);
    this.n = 0;
    for (let k = 0; k < keys.length; k++) if (places[k] !== 0) this.add(keys[k], places[k] - 1);
  }

  /** @param {number} row @param {number} place */
  add(row, place) {
    if (2 * this.n >= this.keys.length) this.grow(2 * this.keys.length);
    const { keys, places } = this;
    const mask = keys.length - 1;
    let k = Math.imul(row, SCATTER) >>> this.shift;
    while (places[k] !== 0) k = (k + 1) & mask;
    keys[k] = row;
    places[k] = place + 1;
    this.n++;
  }

  /** @param {number} row @returns {number} its place, -1 where it is not there */
  get(row) {
    const { keys, places } = this;
    const mask = keys.length - 1;
    for (let k = Math.imul(row, SCATTER) >>> this.shift; places[k] !== 0; k = (k + 1) & mask) {
      if (keys[k] === row) return places[k] - 1;
    }
    return -1;
  }
}
