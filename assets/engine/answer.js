/**
 * Which rows of a layer hold at T, as known at K, under a View's filters: the same answer as the store's.
 * Filters are evaluated once a change into `refused`; T and K are compared on every step.
 */
import { NOWHERE } from './columns.js';
import { NOW_KNOWN, UNBOUNDED_END, UNBOUNDED_START } from './time.js';
import { bound } from './view.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {import('./columns.js').Columns} Columns */
/**
 * @typedef {object} Counts
 * @property {number} total
 * @property {number} unplaced of them without a place
 * @property {Record<string, number>} severity by level
 * @property {Record<string, Record<string, number>>} groups by field and value; '' is none. One of two districts counts in each
 * @property {Record<string, Record<string, number>>} facets the same, `severity` too, as if the field had no filter of its own:
 *   what another of its values would show
 */

/** @param {View} view @param {number} now @returns {{T: number, K: number}} */
export function moment(view, now) {
  // The columns count no further: what has no end holds at any later time too.
  const T = Math.max(UNBOUNDED_START, Math.min(NOW_KNOWN, view.at ?? now));
  if (view.known_at === null || (view.known_at === 'at' && view.at === null)) return { T, K: NOW_KNOWN };
  return { T, K: view.known_at === 'at' ? T : Math.min(NOW_KNOWN, view.known_at) };
}

/** Values of a severity and of a dictionary's codes, counted. */
export class Tally {
  /** @param {string} name @param {Columns} columns */
  constructor(name, columns) {
    this.name = name;
    this.codes = name === 'severity' ? columns.severity : columns.codes[name];
    this.words = columns.masks[name];
    this.values = name === 'severity' ? ['0', '1', '2', '3', '4'] : (columns.dictionaries[name] ?? columns.entries[name]);
    this.counts = new Uint32Array(this.words ? this.words.length * 32 : this.values.length);
    this.none = 0;
  }

  /** @param {number} i */
  add(i) {
    if (!this.words) {
      this.counts[this.codes[i]]++;
      return;
    }
    let any = 0;
    for (let w = 0; w < this.words.length; w++) {
      const word = this.words[w][i];
      any |= word;
      for (let bits = word; bits; bits &= bits - 1) this.counts[w * 32 + 31 - Math.clz32(bits & -bits)]++;
    }
    if (!any) this.none++;
  }

  /** @param {Tally} [more] of the same field @returns {Record<string, number>} */
  told(more) {
    const found = Object.fromEntries(this.values.map((value, k) => [value, this.counts[k] + (more ? more.counts[k] : 0)]));
    if (this.words) found[''] = this.none + (more ? more.none : 0);
    return found;
  }
}

export class Answer {
  /** @param {any} layer @param {Columns} columns */
  constructor(layer, columns) {
    this.layer = layer;
    this.columns = columns;
    this.T = 0;
    this.K = NOW_KNOWN;
    /** Whether the layer's data are late, so that it is drawn grey. */
    this.late = false;
    /** Whether K goes along with T (当时掌握). */
    this.together = false;
    /** For each row, one bit for each filter that refuses it. */
    this.refused = new Uint32Array(0);
    /** The fields that are filtered, in the order of the bits. @type {string[]} */
    this.filters = [];
    this.filteredFor = '';
    /** Rows that the text search found; null: no search. @type {Set<number>|null} */
    this.found = null;
    /** @type {Counts|null} */
    this.counted = null;
  }

  /** @param {View} view @param {number} now */
  ask(view, now) {
    const { T, K } = moment(view, now);
    if (T !== this.T || K !== this.K) this.counted = null;
    this.T = T;
    this.K = K;
    this.together = view.known_at === 'at' && view.at !== null;
    const filters = bound(view, this.layer);
    const key = JSON.stringify([filters, view.q, this.columns.generation]);
    if (key === this.filteredFor) return;
    this.filter(filters, view.q);
    this.filteredFor = key;
    this.counted = null;
  }

  /** What a text search found; null ends it. @param {Set<number>|null} rows */
  search(rows) {
    this.found = rows;
    this.filteredFor = '';
  }

  /** @param {Record<string, (string|number)[]>} filters @param {string} q */
  filter(filters, q) {
    const c = this.columns;
    const refused = new Uint32Array(c.n);
    this.filters = Object.keys(filters).slice(0, 30);
    this.filters.forEach((name, place) => {
      const bit = 1 << place;
      const wanted = filters[name].map(String);
      const words = c.masks[name];
      if (words) {
        const chosen = new Uint32Array(words.length);
        for (const value of wanted) {
          const entry = c.entries[name].indexOf(value);
          if (entry >= 0) chosen[entry >> 5] |= 1 << (entry & 31);
        }
        for (let i = 0; i < c.n; i++) {
          let any = 0;
          for (let w = 0; w < words.length; w++) any |= words[w][i] & chosen[w];
          if (!any) refused[i] |= bit;
        }
        return;
      }
      const codes = name === 'severity' ? c.severity : c.codes[name];
      const values = name === 'severity' ? ['0', '1', '2', '3', '4'] : c.dictionaries[name];
      const good = values.map((value) => value !== '' && wanted.includes(value));
      for (let i = 0; i < c.n; i++) if (!good[codes[i]]) refused[i] |= bit;
    });
    if (q && this.found) {
      for (let i = 0; i < c.n; i++) if (!this.found.has(c.row[i])) refused[i] |= 1 << 30;
    }
    this.refused = refused;
  }

  /** @param {number} i @returns {boolean} whether row i holds and passes every filter */
  holds(i) {
    const c = this.columns;
    return this.refused[i] === 0 && c.t0[i] <= this.T && this.T < c.t1[i] && c.r0[i] <= this.K && this.K < c.r1[i];
  }

  /** @returns {Counts} of everything that holds, wherever it lies */
  counts() {
    return (this.counted ??= this.count());
  }

  /** @returns {Counts} */
  count() {
    const c = this.columns;
    const { T, K, refused } = this;
    const { t0, t1, r0, r1 } = c;
    let total = 0;
    let unplaced = 0;
    const tallies = ['severity', ...Object.keys(c.masks), ...Object.keys(c.codes)].map((name) => new Tally(name, c));
    const beside = this.filters.map((name) => new Tally(name, c));
    for (let i = 0; i < refused.length; i++) {
      const no = refused[i];
      if (!(t0[i] <= T && T < t1[i] && r0[i] <= K && K < r1[i]) || (no & (no - 1)) !== 0) continue;
      if (no !== 0) {
        beside[31 - Math.clz32(no)]?.add(i);
        continue;
      }
      total++;
      if (c.x[i] === NOWHERE) unplaced++;
      for (const tally of tallies) tally.add(i);
    }
    const told = Object.fromEntries(tallies.map((tally) => [tally.name, tally.told()]));
    const facets = Object.fromEntries(
      tallies.map((tally) => [tally.name, tally.told(beside.find((one) => one.name === tally.name))]),
    );
    const { severity, ...groups } = told;
    return { total, unplaced, severity, groups, facets };
  }

  /**
   * Rows that hold and lie inside.
   * @param {[number, number, number, number]|null} bbox degrees; null: everywhere with a place
   * @returns {number[]} places in the arrays
   */
  inside(bbox) {
    const c = this.columns;
    const [w, s, e, n] = (bbox ?? [-181, -91, 181, 91]).map((degrees) => degrees * 1e7);
    const found = [];
    for (let i = 0; i < this.refused.length; i++) {
      if (c.x[i] !== NOWHERE && w <= c.x[i] && c.x[i] <= e && s <= c.y[i] && c.y[i] <= n && this.holds(i)) found.push(i);
    }
    return found;
  }

  /** @returns {number[]} places of rows that hold and have no place */
  unplaced() {
    const found = [];
    for (let i = 0; i < this.refused.length; i++) if (this.columns.x[i] === NOWHERE && this.holds(i)) found.push(i);
    return found;
  }

  /** @returns {number[]} places of all rows that hold */
  all() {
    const found = [];
    for (let i = 0; i < this.refused.length; i++) if (this.holds(i)) found.push(i);
    return found;
  }

  /**
   * How many hold at the middle of each bin, by severity; with K going along with T, as known then.
   * @param {number} from @param {number} to @param {number} bins
   * @returns {Float64Array[]} five rows of `bins` numbers
   */
  histogram(from, to, bins) {
    const c = this.columns;
    const { K, together, refused } = this;
    const width = (to - from) / bins;
    const changes = Array.from({ length: 5 }, () => new Float64Array(bins + 1));
    for (let i = 0; i < refused.length; i++) {
      if (refused[i] !== 0 || (!together && !(c.r0[i] <= K && K < c.r1[i]))) continue;
      const begins = together ? Math.max(c.t0[i], c.r0[i]) : c.t0[i];
      const ends = together ? Math.min(c.t1[i], c.r1[i]) : c.t1[i];
      if (ends <= from || begins >= to || ends <= begins) continue;
      const row = changes[c.severity[i]];
      row[Math.min(bins, Math.max(0, Math.ceil((begins - from) / width - 0.5)))]++;
      row[Math.min(bins, Math.max(0, Math.ceil((ends - from) / width - 0.5)))]--;
    }
    return changes.map((row) => {
      let sum = 0;
      return row.subarray(0, bins).map((change) => (sum += change));
    });
  }

  /** @param {number} T @param {1|-1} direction @returns {number|null} when something next (last) begins or ceases */
  nextChange(T, direction) {
    const c = this.columns;
    const { K, together, refused } = this;
    const none = direction * Infinity;
    let best = none;
    const look = (/** @type {number} */ at) => {
      if ((at - T) * direction > 0 && (best - at) * direction > 0 && at > UNBOUNDED_START && at < UNBOUNDED_END) best = at;
    };
    for (let i = 0; i < refused.length; i++) {
      if (refused[i] !== 0 || (!together && !(c.r0[i] <= K && K < c.r1[i]))) continue;
      const begins = together ? Math.max(c.t0[i], c.r0[i]) : c.t0[i];
      const ends = together ? Math.min(c.t1[i], c.r1[i]) : c.t1[i];
      if (ends <= begins) continue;
      look(begins);
      look(ends);
    }
    return best === none ? null : best;
  }
}
