/** Rows of several layers in one list: worst first, newest first within a level. */

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {{layer: any, i: number, row: number, severity: number, t0: number, t1: number}} ListRow */

const LEVELS = [4, 3, 2, 1, 0];
/** A sorting key holds when a row began and its place below this. */
const PLACES = 2 ** 21;

/** @param {Answer} answer @param {number} i @returns {ListRow} */
export function listRow({ layer, columns: c }, i) {
  return { layer, i, row: c.row[i], severity: c.severity[i], t0: c.t0[i], t1: c.t1[i] };
}

/**
 * @param {{answer: Answer, places: Uint32Array}[]} parts @param {number} limit @param {number} offset
 * @returns {{total: number, rows: ListRow[]}}
 */
export function listed(parts, limit, offset) {
  const sizes = parts.map(({ answer, places }) => {
    const counts = [0, 0, 0, 0, 0];
    const { severity } = answer.columns;
    for (let k = 0; k < places.length; k++) counts[severity[places[k]]]++;
    return counts;
  });
  /** @type {ListRow[]} */
  const rows = [];
  let passed = 0;
  for (const level of LEVELS) {
    const n = sizes.reduce((sum, counts) => sum + counts[level], 0);
    const from = Math.max(0, offset - passed);
    const to = Math.min(n, offset + limit - passed);
    if (from < to) rows.push(...newest(parts, level, n).rows(from, to));
    passed += n;
  }
  return { total: passed, rows };
}

/** One level's rows by when they began; of the same second, the one that came later first.
 * @param {{answer: Answer, places: Uint32Array}[]} parts @param {number} level @param {number} n how many there are */
function newest(parts, level, n) {
  // Numbers sort many times faster than objects: the start in the upper bits, the place in the lower.
  const keys = new Float64Array(n);
  const which = new Uint8Array(n);
  const place = new Uint32Array(n);
  let k = 0;
  parts.forEach(({ answer, places }, part) => {
    const { severity, t0 } = answer.columns;
    for (let at = 0; at < places.length; at++) {
      const i = places[at];
      if (severity[i] !== level) continue;
      keys[k] = (t0[i] + 2 ** 31) * PLACES + k;
      which[k] = part;
      place[k++] = i;
    }
  });
  return {
    /** @param {number} from @param {number} to @returns {ListRow[]} */
    rows(from, to) {
      return [...largest(keys, to).subarray(from)].map((key) => listRow(parts[which[key % PLACES]].answer, place[key % PLACES]));
    },
  };
}

/**
 * The largest numbers, in falling order. Only they are sorted (Hoare's selection).
 * @param {Float64Array} keys distinct; their order is lost @param {number} count @returns {Float64Array}
 */
function largest(keys, count) {
  let from = 0;
  let to = keys.length - 1;
  while (from < to && count < keys.length) {
    const pivot = keys[(from + to) >> 1];
    let a = from;
    let b = to;
    while (a <= b) {
      while (keys[a] > pivot) a++;
      while (keys[b] < pivot) b--;
      if (a <= b) {
        const one = keys[a];
        keys[a++] = keys[b];
        keys[b--] = one;
      }
    }
    if (count - 1 <= b) to = b;
    else if (count - 1 >= a) from = a;
    else break;
  }
  return keys.subarray(0, count).sort().reverse();
}
