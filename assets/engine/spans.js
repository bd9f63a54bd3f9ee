/**
 * Every row of a large layer as a span: when it begins and ceases, which kind it is of, which cell it lies in. Rows of one
 * kind are alike in all that filters ask. How many hold is kept by kind and by cell, and a step in time looks only at the
 * spans that begin or cease on the way, so that it is exact for the whole layer.
 *
 * What came since the checkpoint stands apart, with a weight: a row that opened counts once, a row that closed counts once
 * less from when that was known.
 */
import { tableFromIPC } from '../vendor/flechette/flechette.mjs';
import { Answer } from './answer.js';
import { Columns } from './columns.js';
import { mercatorX, mercatorY } from './mercator.js';
import { symbolTable } from './symbols.js';
import { tallied } from './tally.js';
import { NOW_KNOWN, UNBOUNDED_END, UNBOUNDED_START } from './time.js';
import { TimeIndex } from './time_index.js';

/** @typedef {import('./tally.js').Counts} Counts */
/** @typedef {{t0: number, t1: number, r0: number, r1: number, kind: number, cell: number, weight: number}} Late */
/** @typedef {{name: string, open: number, closed: number}} PieceTold */

/** A step that passes more than this share of the spans looks at all of them instead. */
const MOST_PASSED = 0.25;

export class Spans {
  /** @param {any} layer @param {{hazards: string[], districts: string[]}} lists */
  constructor(layer, lists) {
    this.layer = layer;
    /** One row for each kind. Filters are asked of them. */
    this.kinds = Columns.of(layer, lists);
    this.asked = new Answer(layer, this.kinds);
    /** @type {Map<string, number>} */
    this.kindOf = new Map();
    /** Zoom of the tiles that are the cells, and their Morton codes; -1 where nowhere is counted. */
    this.level = 0;
    /** @type {number[]} */
    this.cells = [-1];
    this.nowhere = 0;
    /** @type {Map<number, number>} */
    this.cellOf = new Map();
    this.n = 0;
    this.t0 = this.t1 = this.r0 = this.r1 = new Int32Array(0);
    /** @type {Uint16Array|Uint32Array} */
    this.kind = new Uint16Array(0);
    /** @type {Uint16Array|Uint32Array} */
    this.cell = new Uint16Array(0);
    /** Whether the spans that were closed by the checkpoint are here too. */
    this.whole = false;
    /** @type {Late[]} */
    this.late = [];
    /** Of `late`, how many are in the sums. */
    this.summed = 0;
    this.T = UNBOUNDED_START;
    this.K = NOW_KNOWN;
    /** Whether K goes along with T, so that a span is counted while it holds and is known. */
    this.together = false;
    /** From when to when each counts as T moves, and in which order. */
    this.begins = this.ceases = this.t0;
    /** @type {TimeIndex|null} */
    this.byBegin = null;
    /** @type {TimeIndex|null} */
    this.byCease = null;
    this.filteredFor = '';
    /** Of each kind, whether it passes the filters, and its place in the style's table. */
    this.passes = new Uint8Array(0);
    this.symbolOf = new Uint8Array(0);
    this.symbols = 1;
    /** How many hold, by kind; and of those that pass the filters, by cell and symbol: `symbols` numbers a cell. */
    this.byKind = new Int32Array(0);
    this.byCell = new Int32Array(0);
    /** Whether the sums are those of (T, K). */
    this.fresh = false;
    /** Counts every change of the sums. */
    this.generation = 0;
    /** @type {Counts|null} */
    this.counted = null;
    /** @type {{key: string, levels: Float64Array[]}|null} */
    this.plotted = null;
  }

  /** What kinds, cells and pieces there are. @param {ArrayBuffer|Uint8Array} bytes @returns {PieceTold[]} the pieces */
  open(bytes) {
    const told = JSON.parse(tableFromIPC(bytes, { useBigInt: false }).schema.metadata?.get('emmap') ?? '{}');
    this.kinds.load(bytes);
    for (let k = 0; k < this.kinds.n; k++) this.kindOf.set(this.kinds.likeness(k), k);
    this.filteredFor = '';
    this.level = told.level;
    this.cells = [...told.cells, -1];
    this.nowhere = told.cells.length;
    this.cells.forEach((code, cell) => this.cellOf.set(code, cell));
    return told.pieces;
  }

  /** Takes the spans in: those known at the checkpoint, or all. @param {ArrayBuffer|Uint8Array} bytes they become the arrays */
  load(bytes) {
    const table = tableFromIPC(bytes, { useBigInt: false });
    const column = (/** @type {string} */ name) => table.getChild(name)?.data[0]?.values;
    this.fresh = false;
    this.n = table.numRows;
    this.whole = Boolean(table.getChild('r1'));
    if (this.n === 0) return;
    const t0 = (this.t0 = column('gap'));
    const t1 = (this.t1 = column('life'));
    this.kind = column('kind');
    this.cell = column('cell');
    // Differences wrap around, as they did when they were made.
    for (let i = 0, at = 0; i < this.n; i++) {
      t0[i] = at = (at + t0[i]) | 0;
      t1[i] = t1[i] === 0 ? UNBOUNDED_END : (at + t1[i]) | 0;
    }
    if (this.whole) {
      const r0 = (this.r0 = column('late'));
      this.r1 = column('r1');
      for (let i = 0; i < this.n; i++) r0[i] = (t0[i] + r0[i]) | 0;
    }
    this.turn(false);
  }

  /**
   * Takes rows in that came or closed after the checkpoint.
   * @param {Record<string, any[]>} rows as columns of plain values @param {1|-1} weight -1: they closed, at `r1`
   */
  add(rows, weight) {
    const { kinds, layer } = this;
    const own = Columns.of(layer, { hazards: kinds.entries.hazards ?? [], districts: kinds.entries.districts });
    own.apply({ opened: rows, closed: { row: [], r1: [] } });
    for (let i = 0; i < own.n; i++) {
      const likeness = own.likeness(i);
      let kind = this.kindOf.get(likeness);
      if (kind === undefined) {
        const one = Object.fromEntries(Object.entries(rows).map(([name, values]) => [name, [values[i]]]));
        [kind] = kinds.apply({ opened: one, closed: { row: [], r1: [] } });
        this.kindOf.set(likeness, kind);
        this.filteredFor = '';
      }
      const code = own.shape[i] === 1 ? tileCode(own.x[i], own.y[i], this.level) : -1;
      let cell = this.cellOf.get(code);
      if (cell === undefined) {
        cell = this.cells.push(code) - 1;
        this.cellOf.set(code, cell);
        this.fresh = false;
      }
      const known = weight > 0 ? { r0: own.r0[i], r1: own.r1[i] } : { r0: own.r1[i], r1: UNBOUNDED_END };
      this.late.push({ t0: own.t0[i], t1: own.t1[i], ...known, kind, cell, weight });
    }
  }

  /** @param {{T: number, K: number, together: boolean}} moment @param {Record<string, (string|number)[]>} filters those that bind the layer */
  ask({ T, K, together }, filters) {
    const key = JSON.stringify(filters);
    const filtered = key !== this.filteredFor;
    const turned = together !== this.together;
    if (this.fresh && !filtered && !turned && T === this.T && K === this.K && this.summed === this.late.length) return;
    if (this.fresh) this.addLate(-1);
    if (filtered) this.filter(filters, key);
    if (turned) this.turn(together);
    const anew = !this.fresh || filtered || turned || (!together && K !== this.K);
    const before = this.T;
    this.T = T;
    this.K = K;
    if (anew) this.sumAll();
    else this.step(before);
    this.summed = this.late.length;
    this.addLate(1);
    this.fresh = true;
    this.counted = null;
    this.generation++;
  }

  /** @param {Record<string, (string|number)[]>} filters @param {string} key */
  filter(filters, key) {
    const { asked, kinds } = this;
    asked.refused = new Uint8Array(0);
    asked.filter(filters, '', 0);
    this.passes = Uint8Array.from({ length: kinds.n }, (_, k) => (asked.refused[k] === 0 ? 1 : 0));
    const { symbols, of } = symbolTable(asked);
    this.symbols = symbols.length;
    this.symbolOf = Uint8Array.from({ length: kinds.n }, (_, k) => of(k));
    this.filteredFor = key;
  }

  /** Lets K go along with T, or stand. @param {boolean} together */
  turn(together) {
    this.together = together;
    this.byBegin = this.byCease = null;
    this.begins = this.t0;
    this.ceases = this.t1;
    if (!together || !this.whole) return;
    const { t0, t1, r0, r1, n } = this;
    this.begins = new Int32Array(n);
    this.ceases = new Int32Array(n);
    for (let i = 0; i < n; i++) {
      const from = Math.max(t0[i], r0[i]);
      const to = Math.min(t1[i], r1[i]);
      this.begins[i] = from < to ? from : UNBOUNDED_END;
      this.ceases[i] = from < to ? to : UNBOUNDED_END;
    }
  }

  /** Makes beforehand what the first step in time would wait for. */
  prepare() {
    // As they come they stand by when they begin; a place is then its own order.
    if (this.begins !== this.t0) this.byBegin ??= new TimeIndex([this.begins], this.n);
    this.byCease ??= new TimeIndex([this.ceases], this.n);
  }

  /** Whether K chooses among the spans: all that are here are known now. */
  get choosing() {
    return this.whole && !this.together;
  }

  sumAll() {
    const { T, K, n, begins, ceases, choosing, r0, r1 } = this;
    this.byKind = new Int32Array(this.kinds.n);
    this.byCell = new Int32Array(this.cells.length * this.symbols);
    const { kind, cell, byKind, byCell, passes, symbolOf, symbols } = this;
    const end = begins === this.t0 ? firstAfter(begins, n, T) : n;
    for (let i = 0; i < end; i++) {
      if (ceases[i] <= T || begins[i] > T) continue;
      if (choosing && !(r0[i] <= K && K < r1[i])) continue;
      const k = kind[i];
      byKind[k]++;
      if (passes[k] === 1) byCell[cell[i] * symbols + symbolOf[k]]++;
    }
  }

  /** Follows T from `before`. @param {number} before */
  step(before) {
    const { T, n, begins } = this;
    if (T === before) return;
    this.prepare();
    const low = Math.min(before, T);
    const high = Math.max(before, T);
    const sign = T > before ? 1 : -1;
    const ends = /** @type {TimeIndex} */ (this.byCease);
    const starts = this.byBegin?.between(low, high) ?? [firstAfter(begins, n, low), firstAfter(begins, n, high)];
    const stops = ends.between(low, high);
    if (starts[1] - starts[0] + stops[1] - stops[0] > MOST_PASSED * n) {
      this.sumAll();
      return;
    }
    this.pass(begins, this.byBegin?.rows ?? null, starts, low, high, sign);
    this.pass(this.ceases, ends.rows, stops, low, high, -sign);
  }

  /**
   * Counts the spans whose time lies in (low, high]. @param {Int32Array} times @param {Uint32Array|null} places null: in order as they are
   * @param {[number, number]|number[]} range of `places` @param {number} low @param {number} high @param {number} sign
   */
  pass(times, places, [from, to], low, high, sign) {
    const { K, choosing, r0, r1, kind, cell, byKind, byCell, passes, symbolOf, symbols } = this;
    for (let at = from; at < to; at++) {
      const i = places === null ? at : places[at];
      if (times[i] <= low || times[i] > high) continue;
      if (choosing && !(r0[i] <= K && K < r1[i])) continue;
      const k = kind[i];
      byKind[k] += sign;
      if (passes[k] === 1) byCell[cell[i] * symbols + symbolOf[k]] += sign;
    }
  }

  /** Adds those of `late` that are summed, or takes them away. @param {1|-1} sign */
  addLate(sign) {
    const { T, K, byKind, byCell, passes, symbolOf, symbols } = this;
    for (let at = 0; at < this.summed; at++) {
      const { t0, t1, r0, r1, kind, cell, weight } = this.late[at];
      if (!(t0 <= T && T < t1 && r0 <= K && K < r1)) continue;
      byKind[kind] += sign * weight;
      if (passes[kind] === 1) byCell[cell * symbols + symbolOf[kind]] += sign * weight;
    }
  }

  /** @returns {Counts} of everything that holds, wherever it lies */
  counts() {
    return (this.counted ??= this.count());
  }

  /** @returns {Counts} */
  count() {
    const { asked, byKind, kinds, nowhere, byCell, symbols } = this;
    const some = Array.from({ length: kinds.n }, (_, k) => k).filter((k) => byKind[k] !== 0);
    const alone = asked.filters.map((_, place) => Uint32Array.from(some.filter((k) => asked.refused[k] === 1 << place)));
    const passing = Uint32Array.from(some.filter((k) => this.passes[k] === 1));
    let unplaced = 0;
    for (let symbol = 0; symbol < symbols; symbol++) unplaced += byCell[nowhere * symbols + symbol] ?? 0; // none before they are here
    const total = passing.reduce((sum, k) => sum + byKind[k], 0);
    return { total, unplaced, ...tallied(kinds, passing, asked.filters, alone, byKind) };
  }

  /**
   * Calls back for every span that passes the filters and is known, with K as it stands or going along, and for what came late.
   * @param {(begins: number, ceases: number, kind: number, weight: number) => void} each
   */
  every(each) {
    const { n, begins, ceases, kind, passes, choosing, r0, r1, K, together } = this;
    for (let i = 0; i < n; i++) {
      if (passes[kind[i]] === 0 || ceases[i] <= begins[i]) continue;
      if (choosing && !(r0[i] <= K && K < r1[i])) continue;
      each(begins[i], ceases[i], kind[i], 1);
    }
    for (const one of this.late) {
      if (passes[one.kind] === 0) continue;
      const from = together ? Math.max(one.t0, one.r0) : one.t0;
      const to = together ? Math.min(one.t1, one.r1) : one.t1;
      if (to > from && (together || (one.r0 <= K && K < one.r1))) each(from, to, one.kind, one.weight);
    }
  }

  /** What the numbers over time depend on besides their span. */
  historyKey() {
    return [this.together ? 'then' : this.K, this.filteredFor, this.n, this.whole, this.late.length].join(' ');
  }

  /** As `Answer.histogram`. @param {number} from @param {number} to @param {number} bins @returns {Float64Array[]} */
  histogram(from, to, bins) {
    const key = [from, to, bins, this.historyKey()].join(' ');
    if (this.plotted?.key !== key) this.plotted = { key, levels: this.plot(from, to, bins) };
    return this.plotted.levels;
  }

  /** @param {number} from @param {number} to @param {number} bins @returns {Float64Array[]} */
  plot(from, to, bins) {
    const { severity } = this.kinds;
    const width = (to - from) / bins;
    const stride = bins + 1;
    const changes = new Float64Array(5 * stride);
    const bin = (/** @type {number} */ at) => Math.max(0, Math.min(bins, Math.ceil((at - from) / width - 0.5)));
    this.every((begins, ceases, kind, weight) => {
      if (ceases <= from || begins >= to) return;
      const level = severity[kind] * stride;
      changes[level + bin(begins)] += weight;
      changes[level + bin(ceases)] -= weight;
    });
    return [0, 1, 2, 3, 4].map((level) => {
      let sum = 0;
      return changes.slice(level * stride, level * stride + bins).map((change) => (sum += change));
    });
  }

  /** As `lived` in `lives.js`. @param {number} from @param {number} to */
  lived(from, to) {
    const sum = { began: 0, ended: 0, held: 0 };
    this.every((begins, ceases, _, weight) => {
      if (begins > to || ceases < from) return;
      if (begins >= from) sum.began += weight;
      if (ceases <= to) sum.ended += weight;
      if (ceases > from) sum.held += weight;
    });
    return sum;
  }

  /** As `Answer.nextChange`. @param {number} T @param {1|-1} direction @returns {number|null} */
  nextChange(T, direction) {
    let after = UNBOUNDED_END;
    let before = UNBOUNDED_START;
    this.every((begins, ceases) => {
      for (const at of [begins, ceases]) {
        if (at > T && at < after) after = at;
        if (at < T && at > before) before = at;
      }
    });
    if (direction > 0) return after === UNBOUNDED_END ? null : after;
    return before === UNBOUNDED_START ? null : before;
  }
}

/** @param {Int32Array} times sorted @param {number} n @param {number} at @returns {number} place of the first that is later */
function firstAfter(times, n, at) {
  let low = 0;
  let high = n;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (times[middle] <= at) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** @param {number} x @param {number} y 1e-7 degrees @param {number} zoom @returns {number} Morton code of the tile there */
export function tileCode(x, y, zoom) {
  const side = 2 ** zoom;
  const tile = (/** @type {number} */ share) => Math.max(0, Math.min(side - 1, Math.floor(share * side)));
  const across = tile(mercatorX(x));
  const down = tile(mercatorY(y));
  let code = 0;
  for (let bit = zoom - 1; bit >= 0; bit--) code = code * 4 + 2 * ((down >> bit) & 1) + ((across >> bit) & 1);
  return code;
}

/** @param {number} code @param {number} zoom @returns {[number, number]} the tile's x and y */
export function tileOf(code, zoom) {
  let x = 0;
  let y = 0;
  for (let bit = 0; bit < zoom; bit++) {
    const pair = Math.floor(code / 4 ** bit) % 4;
    x |= (pair & 1) << bit;
    y |= (pair >> 1) << bit;
  }
  return [x, y];
}
