/** Where each row number stands in the arrays: a hash table of plain numbers, since a Map of a million is slow and large. */

const SCATTER = 0x9e3779b1; // 2^32 over the golden ratio: neighbours land far apart

export class RowIndex {
  /** @param {Uint32Array} row distinct numbers @param {number} n how many of them */
  constructor(row, n) {
    /** The numbers themselves stay where they are: an entry is a place and one, 0 is free. */
    this.row = row;
    this.n = 0;
    this.shift = 32;
    this.places = new Uint32Array(1);
    this.grow(Math.max(64, 2 * n));
    for (let i = 0; i < n; i++) this.add(i);
  }

  /** @param {number} least entries */
  grow(least) {
    const { places } = this;
    const bits = Math.ceil(Math.log2(least));
    this.shift = 32 - bits;
    this.places = new Uint32Array(2 ** bits);
    this.n = 0;
    for (let k = 0; k < places.length; k++) if (places[k] !== 0) this.add(places[k] - 1);
  }

  /** @param {number} place of a number that is not in it */
  add(place) {
    if (2 * this.n >= this.places.length) this.grow(2 * this.places.length);
    const { places } = this;
    const mask = places.length - 1;
    let k = Math.imul(this.row[place], SCATTER) >>> this.shift;
    while (places[k] !== 0) k = (k + 1) & mask;
    places[k] = place + 1;
    this.n++;
  }

  /** @param {number} row @returns {number} its place, -1 where it is not there */
  get(row) {
    const { places } = this;
    const mask = places.length - 1;
    for (let k = Math.imul(row, SCATTER) >>> this.shift; places[k] !== 0; k = (k + 1) & mask) {
      if (this.row[places[k] - 1] === row) return places[k] - 1;
    }
    return -1;
  }
}
