/**
 * Which rows of a layer hold at T, as known at K, under a View's filters: the same answer as the store's.
 * Filters are evaluated once a change into `pass`; T and K are compared on every step.
 */
import { NOWHERE } from './columns.js';
import { NOW_KNOWN } from './time.js';
import { bound } from './view.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {import('./columns.js').Columns} Columns */
/** @typedef {{total: number, unplaced: number, severity: Record<string, number>, groups: Record<string, Record<string, number>>}} Counts */

/** @param {View} view @param {number} now @returns {{T: number, K: number}} */
export function moment(view, now) {
  const T = view.at ?? now;
  const K = view.known_at === null || (view.known_at === 'at' && view.at === null) ? NOW_KNOWN : view.known_at === 'at' ? T : view.known_at;
  return { T, K };
}

export class Answer {
  /** @param {any} layer @param {Columns} columns */
  constructor(layer, columns) {
    this.layer = layer;
    this.columns = columns;
    this.T = 0;
    this.K = NOW_KNOWN;
    this.pass = new Uint8Array(0);
    this.passFor = '';
    /** Rows that the text search found; null: no search. @type {Set<number>|null} */
    this.found = null;
  }

  /** @param {View} view @param {number} now */
  ask(view, now) {
    ({ T: this.T, K: this.K } = moment(view, now));
    const filters = bound(view, this.layer);
    const key = JSON.stringify([filters, view.q, this.columns.generation, this.found ? this.found.size : -1]);
    if (key !== this.passFor) {
      this.filter(filters, view.q);
      this.passFor = key;
    }
  }

  /** @param {Record<string, (string|number)[]>} filters @param {string} q */
  filter(filters, q) {
    const c = this.columns;
    const pass = new Uint8Array(c.n).fill(1);
    for (const [name, wanted] of Object.entries(filters)) {
      if (name === 'severity') {
        const good = [0, 1, 2, 3, 4].map((n) => (wanted.includes(n) ? 1 : 0));
        for (let i = 0; i < c.n; i++) pass[i] &= good[c.severity[i]];
      } else if (c.masks[name]) {
        const chosen = new Uint32Array(c.masks[name].length);
        wanted.forEach((value) => {
          const bit = c.entries[name].indexOf(String(value));
          if (bit >= 0) chosen[bit >> 5] |= 1 << (bit & 31);
        });
        const words = c.masks[name];
        for (let i = 0; i < c.n; i++) {
          let any = 0;
          for (let w = 0; w < words.length; w++) any |= words[w][i] & chosen[w];
          if (!any) pass[i] = 0;
        }
      } else if (c.codes[name]) {
        const good = c.dictionaries[name].map((value) => (value !== '' && wanted.includes(value) ? 1 : 0));
        const codes = c.codes[name];
        for (let i = 0; i < c.n; i++) pass[i] &= good[codes[i]];
      }
    }
    if (q && this.found) {
      for (let i = 0; i < c.n; i++) if (!this.found.has(c.row[i])) pass[i] = 0;
    }
    this.pass = pass;
  }

  /** @param {number} i @returns {boolean} whether row i holds */
  holds(i) {
    const c = this.columns;
    return this.pass[i] === 1 && c.t0[i] <= this.T && this.T < c.t1[i] && c.r0[i] <= this.K && this.K < c.r1[i];
  }

  /** @returns {Counts} of everything that holds; one in two districts counts in each */
  counts() {
    const c = this.columns;
    const { T, K, pass } = this;
    const { t0, t1, r0, r1 } = c;
    let total = 0;
    let unplaced = 0;
    const severity = new Uint32Array(5);
    const masks = Object.keys(c.masks).map((name) => ({ name, words: c.masks[name], counts: new Uint32Array(c.masks[name].length * 32) }));
    const codes = Object.keys(c.codes).map((name) => ({ name, codes: c.codes[name], counts: new Uint32Array(c.dictionaries[name].length) }));
    for (let i = 0; i < c.n; i++) {
      if (!(pass[i] && t0[i] <= T && T < t1[i] && r0[i] <= K && K < r1[i])) continue;
      total++;
      if (c.x[i] === NOWHERE) unplaced++;
      severity[c.severity[i]]++;
      for (const mask of masks) {
        for (let w = 0; w < mask.words.length; w++) {
          for (let bits = mask.words[w][i]; bits; bits &= bits - 1) mask.counts[w * 32 + 31 - Math.clz32(bits & -bits)]++;
        }
      }
      for (const code of codes) code.counts[code.codes[i]]++;
    }
    /** @type {Record<string, Record<string, number>>} */
    const groups = {};
    for (const mask of masks) groups[mask.name] = Object.fromEntries(c.entries[mask.name].map((entry, k) => [entry, mask.counts[k]]));
    for (const code of codes) groups[code.name] = Object.fromEntries(c.dictionaries[code.name].map((entry, k) => [entry, code.counts[k]]));
    return { total, unplaced, severity: Object.fromEntries([...severity].map((n, level) => [level, n])), groups };
  }

  /**
   * Rows that hold and lie inside, worst first, newest first within a level.
   * @param {[number, number, number, number]|null} bbox null: everywhere with a place; 'unplaced' rows come from `unplaced`
   * @returns {number[]} places in the arrays
   */
  inside(bbox) {
    const c = this.columns;
    const [w, s, e, n] = (bbox ?? [-181, -91, 181, 91]).map((degrees) => degrees * 1e7);
    const found = [];
    for (let i = 0; i < c.n; i++) {
      if (c.x[i] !== NOWHERE && w <= c.x[i] && c.x[i] <= e && s <= c.y[i] && c.y[i] <= n && this.holds(i)) found.push(i);
    }
    return found;
  }

  /** @returns {number[]} places of rows that hold and have no place */
  unplaced() {
    const found = [];
    for (let i = 0; i < this.columns.n; i++) if (this.columns.x[i] === NOWHERE && this.holds(i)) found.push(i);
    return found;
  }

  /** @returns {number[]} places of all rows that hold */
  all() {
    const found = [];
    for (let i = 0; i < this.columns.n; i++) if (this.holds(i)) found.push(i);
    return found;
  }

  /**
   * How many hold at the middle of each bin, by severity. @param {number} from @param {number} to @param {number} bins
   * @returns {Float64Array[]} five rows of `bins` numbers
   */
  histogram(from, to, bins) {
    const c = this.columns;
    const width = (to - from) / bins;
    const changes = Array.from({ length: 5 }, () => new Float64Array(bins + 1));
    const K = this.K;
    for (let i = 0; i < c.n; i++) {
      if (!this.pass[i] || !(c.r0[i] <= K && K < c.r1[i]) || c.t1[i] <= from || c.t0[i] >= to) continue;
      const first = Math.min(bins, Math.max(0, Math.ceil((c.t0[i] - from) / width - 0.5)));
      const last = Math.min(bins, Math.max(0, Math.ceil((c.t1[i] - from) / width - 0.5)));
      changes[c.severity[i]][first]++;
      changes[c.severity[i]][last]--;
    }
    return changes.map((row) => {
      let sum = 0;
      return row.subarray(0, bins).map((change) => (sum += change));
    });
  }

  /** @param {number} T @param {1|-1} direction @returns {number|null} when something next (last) begins or ceases */
  nextChange(T, direction) {
    const c = this.columns;
    let best = null;
    for (let i = 0; i < c.n; i++) {
      if (!this.pass[i] || !(c.r0[i] <= this.K && this.K < c.r1[i])) continue;
      for (const at of [c.t0[i], c.t1[i]]) {
        if (Math.abs(at) >= 2147483646) continue;
        if ((at - T) * direction > 0 && (best === null || (at - best) * direction < 0)) best = at;
      }
    }
    return best;
  }
}
