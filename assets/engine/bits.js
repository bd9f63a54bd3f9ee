/** Sets of rows as bits: row i is bit i & 31 of word i >> 5. */

/** @param {number} n @returns {Uint32Array} an empty set of rows below n */
export const emptyBits = (n) => new Uint32Array((n + 31) >>> 5);

/** @param {Uint32Array} bits @param {number} i @returns {boolean} */
export const has = (bits, i) => ((bits[i >>> 5] >>> (i & 31)) & 1) === 1;

/** @param {Uint32Array} bits @param {number} i @param {boolean} yes */
export function put(bits, i, yes) {
  if (yes) bits[i >>> 5] |= 1 << (i & 31);
  else bits[i >>> 5] &= ~(1 << (i & 31));
}

/** @param {Uint32Array} bits @param {number} n rows that there must be room for @returns {Uint32Array} the same set */
export function roomFor(bits, n) {
  if (bits.length >= (n + 31) >>> 5) return bits;
  const more = emptyBits(Math.ceil(n * 1.25));
  more.set(bits);
  return more;
}

/** @param {Uint32Array} bits @returns {number} how many are in the set */
export function size(bits) {
  let sum = 0;
  for (let w = 0; w < bits.length; w++) {
    let v = bits[w];
    if (v === 0) continue;
    v -= (v >>> 1) & 0x55555555;
    v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
    sum += Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
  }
  return sum;
}

/**
 * Writes the set out, in order. @param {Uint32Array} bits @param {Uint32Array} into long enough
 * @param {number} [at] where to begin @returns {number} where it ended
 */
export function write(bits, into, at = 0) {
  for (let w = 0; w < bits.length; w++) {
    for (let word = bits[w]; word !== 0; word &= word - 1) into[at++] = (w << 5) + 31 - Math.clz32(word & -word);
  }
  return at;
}

/** @param {Uint32Array} bits @returns {Uint32Array} the set, in order */
export function members(bits) {
  const found = new Uint32Array(size(bits));
  write(bits, found);
  return found;
}
