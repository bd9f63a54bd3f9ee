/**
 * Which rows of a layer hold at T, as known at K, under a View's filters: the same answer as the store's.
 * Filters are evaluated once a change into `refused`; what holds stands as bits, and a step of T or of K looks only at
 * the rows that begin or cease on the way.
 */
import { emptyBits, has, members, put, roomFor, size } from './bits.js';
import { NOWHERE } from './columns.js';
import { tallied } from './tally.js';
import { NOW_KNOWN, UNBOUNDED_END, UNBOUNDED_START } from './time.js';
import { TimeIndex } from './time_index.js';
import { bound } from './view.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {import('./columns.js').Columns} Columns */
/** @typedef {import('./tally.js').Counts} Counts */
/** What a text search found: row `first + k` where bit k & 7 of byte k >> 3 is set. @typedef {{first: number, bits: Uint8Array}} Found */

/** Rows beyond the time index are looked at on every step; more than so many, and it is made anew. */
const MOST_LATE = 65_536;

/** @param {View} view @param {number} now @returns {{T: number, K: number}} */
export function moment(view, now) {
  // The columns count no further: what has no end holds at any later time too.
  const T = Math.max(UNBOUNDED_START, Math.min(NOW_KNOWN, view.at ?? now));
  if (view.known_at === null || (view.known_at === 'at' && view.at === null)) return { T, K: NOW_KNOWN };
  return { T, K: view.known_at === 'at' ? T : Math.min(NOW_KNOWN, view.known_at) };
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
    /** For each row, one bit for each filter that refuses it. @type {Uint8Array|Uint32Array} */
    this.refused = new Uint8Array(0);
    /** Rows that hold and pass every filter. */
    this.alive = emptyBits(0);
    /** Rows that hold and that one filter alone refuses. */
    this.beside = emptyBits(0);
    /** How many rows of the columns, of their closings and of their downloads are in the answer. */
    this.n = 0;
    this.closed = 0;
    this.loads = -1;
    /** Counts every change of the answer. */
    this.generation = 0;
    /** The fields that are filtered, in the order of the bits. @type {string[]} */
    this.filters = [];
    this.filteredFor = '';
    /** What the text search found, and for which text; null: no search, and: not known any more. @type {Found|null} */
    this.found = null;
    /** @type {string|null} */
    this.foundFor = '';
    /** The only rows that may hold, whatever the filters; null: all. @type {Found|null} */
    this.only = null;
    /** @type {TimeIndex|null} */
    this.times = null;
    /** @type {TimeIndex|null} */
    this.records = null;
    /** @type {Counts|null} */
    this.counted = null;
    /** How many hold. @type {{generation: number, n: number}|null} */
    this.summed = null;
    /** The last histogram. @type {{key: string, levels: Float64Array[]}|null} */
    this.plotted = null;
  }

  /** @param {View} view @param {number} now */
  ask(view, now) {
    const c = this.columns;
    const before = { T: this.T, K: this.K };
    const { T, K } = moment(view, now);
    const filters = bound(view, this.layer);
    const key = JSON.stringify([filters, view.q]);
    const known = key === this.filteredFor && c.loads === this.loads;
    this.together = view.known_at === 'at' && view.at !== null;
    if (known && T === before.T && K === before.K && c.n === this.n && c.closed.length === this.closed) return;
    const n = known ? this.n : 0;
    this.T = T;
    this.K = K;
    if (n < c.n || !known) this.filter(filters, view.q, n);
    this.alive = roomFor(this.alive, c.n);
    this.beside = roomFor(this.beside, c.n);
    if (!known) this.lookAtAll();
    else {
      this.step(before, n);
      for (let i = n; i < c.n; i++) this.look(i);
      for (let k = this.closed; k < c.closed.length; k++) this.look(c.closed[k]);
    }
    this.filteredFor = key;
    this.n = c.n;
    this.closed = c.closed.length;
    this.loads = c.loads;
    this.counted = null;
    this.generation++;
  }

  /** What a text search found; null ends it. @param {string} q @param {Found|null} found */
  search(q, found) {
    this.found = found;
    this.foundFor = q;
    this.filteredFor = '';
  }

  /** @param {Found|null} only the only rows that may hold; null: all */
  restrict(only) {
    if (only === null && this.only === null) return;
    this.only = only;
    this.filteredFor = '';
  }

  /** Evaluates the filters for the rows from `from` on. @param {Record<string, (string|number)[]>} filters @param {string} q @param {number} from */
  filter(filters, q, from) {
    const c = this.columns;
    this.filters = Object.keys(filters).slice(0, 30);
    const Kind = this.filters.length < 8 ? Uint8Array : Uint32Array;
    if (from === 0 || this.refused.length < c.n) {
      const refused = new Kind(from === 0 ? c.n : Math.ceil(c.n * 1.25));
      if (from > 0) refused.set(this.refused.subarray(0, from));
      this.refused = refused;
    }
    const { refused } = this;
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
        for (let i = from; i < c.n; i++) {
          let any = 0;
          for (let w = 0; w < words.length; w++) any |= words[w][i] & chosen[w];
          if (any === 0) refused[i] |= bit;
        }
        return;
      }
      const codes = name === 'severity' ? c.severity : c.codes[name];
      const values = name === 'severity' ? ['0', '1', '2', '3', '4'] : c.dictionaries[name];
      const bits = Uint32Array.from(values, (value) => (value !== '' && wanted.includes(value) ? 0 : bit));
      for (let i = from; i < c.n; i++) refused[i] |= bits[codes[i]];
    });
    for (const set of [q ? this.found : null, this.only]) {
      if (!set) continue;
      const { first, bits } = set;
      // What is in no such set is in no filter's way: it is refused as if by two, and counts beside none.
      const all = Kind === Uint8Array ? 0xff : 0xffffffff;
      for (let i = from; i < c.n; i++) {
        const k = c.row[i] - first;
        if (k < 0 || k >= 8 * bits.length || ((bits[k >>> 3] >>> (k & 7)) & 1) === 0) refused[i] = all;
      }
    }
  }

  /** @param {number} i whether it holds */
  look(i) {
    const c = this.columns;
    const there = c.t0[i] <= this.T && this.T < c.t1[i] && c.r0[i] <= this.K && this.K < c.r1[i];
    const no = this.refused[i];
    put(this.alive, i, there && no === 0);
    put(this.beside, i, there && no !== 0 && (no & (no - 1)) === 0);
  }

  lookAtAll() {
    const { T, K, refused, alive, beside } = this;
    const { t0, t1, r0, r1, n } = this.columns;
    alive.fill(0);
    beside.fill(0);
    for (let from = 0; from < n; from += 32) {
      let good = 0;
      let near = 0;
      const to = Math.min(n, from + 32);
      for (let i = from; i < to; i++) {
        if (!(t0[i] <= T && T < t1[i] && r0[i] <= K && K < r1[i])) continue;
        const no = refused[i];
        if (no === 0) good |= 1 << (i & 31);
        else if ((no & (no - 1)) === 0) near |= 1 << (i & 31);
      }
      alive[from >>> 5] = good;
      beside[from >>> 5] = near;
    }
  }

  /** Follows T and K from where they were, over the first `n` rows. @param {{T: number, K: number}} before @param {number} n */
  step(before, n) {
    const { T, K } = this;
    const ways = [];
    if (T !== before.T) ways.push({ index: this.timeIndex(), a: before.T, b: T });
    if (K !== before.K) ways.push({ index: this.recordIndex(), a: before.K, b: K });
    const passed = ways.map(({ index, a, b }) => ({ index, between: index.between(a, b) }));
    if (passed.reduce((sum, { between: [from, to] }) => sum + to - from, 0) > n / 2) {
      this.lookAtAll();
      return;
    }
    for (const { index, between: [from, to] } of passed) {
      for (let k = from; k < to; k++) this.look(index.rows[k]);
      for (let i = index.n; i < n; i++) this.look(i);
    }
    // The index was made before these rows closed.
    if (K !== before.K) for (const i of this.columns.closed) this.look(i);
  }

  /** Makes beforehand what the first step in time and the first change would wait for. */
  prepare() {
    this.columns.prepare();
    this.timeIndex();
  }

  /** @returns {TimeIndex} of the rows that are in the answer */
  timeIndex() {
    const c = this.columns;
    if (!this.times || this.times.loads !== c.loads || c.n - this.times.n > MOST_LATE) this.times = new TimeIndex([c.t0, c.t1], c.n, c.loads);
    return this.times;
  }

  /** @returns {TimeIndex} of the same rows, by when they were known; made when K first moves */
  recordIndex() {
    const c = this.columns;
    if (!this.records || this.records.loads !== c.loads || c.n - this.records.n > MOST_LATE) this.records = new TimeIndex([c.r0, c.r1], c.n, c.loads);
    return this.records;
  }

  /** @param {number} i @returns {boolean} whether row i holds and passes every filter */
  holds(i) {
    return has(this.alive, i);
  }

  /** @returns {Counts} of everything that holds, wherever it lies */
  counts() {
    return (this.counted ??= this.count());
  }

  /** @returns {Counts} */
  count() {
    const c = this.columns;
    const rows = this.all();
    let unplaced = 0;
    for (let k = 0; k < rows.length; k++) if (c.x[rows[k]] === NOWHERE) unplaced++;
    return { total: rows.length, unplaced, ...tallied(c, rows, this.filters, this.refusedAlone()) };
  }

  /** @returns {Uint32Array[]} for each filter, the rows that hold and that it alone refuses */
  refusedAlone() {
    const near = this.filters.length ? members(this.beside) : new Uint32Array(0);
    if (this.filters.length === 1) return [near];
    const sizes = new Uint32Array(32);
    for (let k = 0; k < near.length; k++) sizes[31 - Math.clz32(this.refused[near[k]])]++;
    const found = this.filters.map((_, place) => new Uint32Array(sizes[place]));
    const next = new Uint32Array(32);
    for (let k = 0; k < near.length; k++) {
      const place = 31 - Math.clz32(this.refused[near[k]]);
      found[place][next[place]++] = near[k];
    }
    return found;
  }

  /**
   * Rows that hold and lie inside.
   * @param {[number, number, number, number]|null} bbox degrees; null: everywhere with a place
   * @returns {Uint32Array} places in the arrays
   */
  inside(bbox) {
    const { x, y } = this.columns;
    const [w, s, e, n] = (bbox ?? [-181, -91, 181, 91]).map((degrees) => Math.round(degrees * 1e7));
    return this.all().filter((i) => x[i] !== NOWHERE && w <= x[i] && x[i] <= e && s <= y[i] && y[i] <= n);
  }

  /** @returns {Uint32Array} places of rows that hold and have no place */
  unplaced() {
    const { x } = this.columns;
    return this.all().filter((i) => x[i] === NOWHERE);
  }

  /** @returns {Uint32Array} places of all rows that hold */
  all() {
    return members(this.alive);
  }

  /** @returns {number} how many hold */
  total() {
    if (this.summed?.generation !== this.generation) this.summed = { generation: this.generation, n: size(this.alive) };
    return this.summed.n;
  }

  /**
   * How many hold at the middle of each bin, by severity; with K going along with T, as known then.
   * @param {number} from @param {number} to @param {number} bins
   * @returns {Float64Array[]} five rows of `bins` numbers
   */
  histogram(from, to, bins) {
    // Of T and K only K counts here, and only where it stays while T moves.
    const knowledge = this.together ? 'then' : this.K;
    const key = [from, to, bins, knowledge, this.filteredFor, this.n, this.closed, this.loads].join(' ');
    if (this.plotted?.key !== key) this.plotted = { key, levels: this.plot(from, to, bins) };
    return this.plotted.levels;
  }

  /** @param {number} from @param {number} to @param {number} bins @returns {Float64Array[]} */
  plot(from, to, bins) {
    const { t0, t1, r0, r1, severity } = this.columns;
    const { K, together, refused, n } = this;
    const width = (to - from) / bins;
    const stride = bins + 1;
    const changes = new Float64Array(5 * stride);
    for (let i = 0; i < n; i++) {
      if (refused[i] !== 0) continue;
      let begins = t0[i];
      let ends = t1[i];
      if (together) {
        begins = Math.max(begins, r0[i]);
        ends = Math.min(ends, r1[i]);
      } else if (!(r0[i] <= K && K < r1[i])) continue;
      if (ends <= from || begins >= to || ends <= begins) continue;
      const level = severity[i] * stride;
      const first = Math.ceil((begins - from) / width - 0.5);
      const last = Math.ceil((ends - from) / width - 0.5);
      changes[level + (first < 0 ? 0 : first > bins ? bins : first)]++;
      changes[level + (last < 0 ? 0 : last > bins ? bins : last)]--;
    }
    return [0, 1, 2, 3, 4].map((level) => {
      let sum = 0;
      return changes.slice(level * stride, level * stride + bins).map((change) => (sum += change));
    });
  }

  /** @param {number} T @param {1|-1} direction @returns {number|null} when something next (last) begins or ceases */
  nextChange(T, direction) {
    const { t0, t1, r0, r1 } = this.columns;
    const { K, together, refused, n } = this;
    let after = UNBOUNDED_END;
    let before = UNBOUNDED_START;
    for (let i = 0; i < n; i++) {
      if (refused[i] !== 0) continue;
      let begins = t0[i];
      let ends = t1[i];
      if (together) {
        begins = Math.max(begins, r0[i]);
        ends = Math.min(ends, r1[i]);
      } else if (!(r0[i] <= K && K < r1[i])) continue;
      if (ends <= begins) continue;
      if (begins > T && begins < after) after = begins;
      if (begins < T && begins > before) before = begins;
      if (ends > T && ends < after) after = ends;
      if (ends < T && ends > before) before = ends;
    }
    if (direction > 0) return after === UNBOUNDED_END ? null : after;
    return before === UNBOUNDED_START ? null : before;
  }
}
