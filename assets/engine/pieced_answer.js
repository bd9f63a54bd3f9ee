/**
 * The answer of a layer that comes in pieces. Its numbers are those of all rows, from the spans; its columns hold the rows
 * of the pieces that the map's view needs, where those are few enough, so that they can be drawn, picked and listed.
 */
import { Answer } from './answer.js';
import { Columns, NOWHERE } from './columns.js';
import { Pieces } from './pieces.js';
import { Spans } from './spans.js';
import { bound } from './view.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {import('./pieces.js').Piece} Piece */

export class PiecedAnswer extends Answer {
  /** @param {any} layer @param {{hazards: string[], districts: string[]}} lists @param {ConstructorParameters<typeof Pieces>[3]} [limits] */
  constructor(layer, lists, limits) {
    super(layer, Columns.of(layer, lists));
    this.lists = lists;
    this.limits = limits;
    this.spans = new Spans(layer, lists);
    this.pieces = new Pieces(layer, [], () => Columns.of(layer, lists), limits);
    /** What the columns are made of; null: the view needs too many rows. @type {Piece[]|null} */
    this.near = null;
    /** What came since the checkpoint. @type {{opened: Record<string, any[]>, closed: {row: number[], r1: number[]}}[]} */
    this.changes = [];
    /** What the view needs, while it is loaded. @type {Piece[]|null} */
    this.looking = null;
    /** What the columns were made of, as text. */
    this.made = '';
    /** Counts the sets of columns. */
    this.sets = 0;
  }

  /** @param {ArrayBuffer|Uint8Array} kinds @param {ArrayBuffer|Uint8Array} spans the downloads of those names */
  load(kinds, spans) {
    const told = this.spans.open(kinds);
    this.pieces = new Pieces(this.layer, told, () => Columns.of(this.layer, this.lists), this.limits);
    this.spans.load(spans);
  }

  /** Whether every row that the view shows is here; else the layer is drawn as counts. */
  get close() {
    return this.near !== null;
  }

  /**
   * Sees to it that the rows in view are here, or that they are not where they are too many.
   * @param {[number, number, number, number]} extent degrees @returns {Promise<boolean>} whether other rows are here than before
   */
  async follow(extent) {
    if (!this.pieces.all.length) return false;
    const wanted = this.pieces.wanted(extent);
    this.looking = wanted;
    if (wanted === null) {
      if (this.near === null) return false;
      this.put(null);
      return true;
    }
    const names = wanted.map(({ name }) => name).join() + this.pieces.closed;
    if (names === this.made) return false;
    // Until they are here cells count, rather than what is left of the last place.
    if (!this.pieces.complete(wanted)) {
      if (this.near !== null && !covers(this.near, wanted)) this.put(null);
      await this.pieces.load(wanted);
    }
    if (this.looking !== wanted) return false;
    this.put(wanted);
    this.made = names;
    return true;
  }

  /** @param {[number, number, number, number]} extent degrees @returns {boolean} whether all rows there are here */
  covers(extent) {
    const wanted = this.pieces.wanted(extent);
    return this.near !== null && wanted !== null && covers(this.near, wanted);
  }

  /** @param {Piece[]|null} pieces that are loaded */
  put(pieces) {
    this.near = pieces;
    this.made = '';
    this.columns = pieces ? this.pieces.joined(pieces) : Columns.of(this.layer, this.lists);
    // Nothing that was known of other columns holds of these.
    this.columns.loads = -2 - ++this.sets;
    if (pieces) for (const changes of this.changes) this.apply(changes);
  }

  /** Changes go to the spans, and to the columns as far as they lie in their pieces. @param {any} changes with all columns of what closed @returns {number[]} places of rows that opened here */
  take(changes) {
    const { opened, closed } = changes;
    this.spans.add(opened, 1);
    this.spans.add(closed, -1);
    const told = { opened, closed: { row: closed.row, r1: closed.r1 } };
    this.changes.push(told);
    return this.near ? this.apply(told) : [];
  }

  /** @param {PiecedAnswer['changes'][0]} changes @returns {number[]} */
  apply({ opened, closed }) {
    const near = /** @type {Piece[]} */ (this.near ?? []);
    const mine = (opened.row ?? []).map((_, k) => k).filter((k) => opened.x[k] === NOWHERE || Pieces.cover(near, opened.x[k], opened.y[k]));
    const some = Object.fromEntries(Object.entries(opened).map(([name, values]) => [name, mine.map((k) => values[k])]));
    return this.columns.apply({ opened: some, closed });
  }

  /** Rows that were closed by the checkpoint: wanted once K moves from now. @param {ArrayBuffer} spans the download of all */
  loadAll(spans) {
    this.spans.load(spans);
    this.pieces.closed = true;
  }

  /** @override @param {View} view @param {number} now */
  ask(view, now) {
    super.ask(view, now);
    this.spans.ask({ T: this.T, K: this.K, together: this.together }, bound(view, this.layer));
  }

  /** @override */
  prepare() {
    super.prepare();
    this.spans.prepare();
  }

  /** @override */
  counts() {
    return this.spans.counts();
  }

  /** @override @param {number} from @param {number} to @param {number} bins */
  histogram(from, to, bins) {
    return this.spans.histogram(from, to, bins);
  }

  /** @override @param {number} T @param {1|-1} direction */
  nextChange(T, direction) {
    return this.spans.nextChange(T, direction);
  }
}

/** @param {Piece[]} some @param {Piece[]} wanted @returns {boolean} whether all that are wanted are among them */
function covers(some, wanted) {
  const names = new Set(some.map(({ name }) => name));
  return wanted.every(({ name }) => names.has(name));
}
