/**
 * The pieces of a large layer: which of them the map's view needs, loaded, put together into one set of columns, and let go.
 * Only where they are few are they loaded; elsewhere cells count.
 */
import { Columns } from './columns.js';
import { get } from './download.js';
import { mercatorX, mercatorY } from './mercator.js';

/** @typedef {import('./spans.js').PieceTold} PieceTold */
/** @typedef {{name: string, rows: number, west: number, north: number, side: number}} Piece parts of the world's side */
/** @typedef {{columns: Columns, rows: number, closed: boolean}} Held */

/** More rows than this in view, and cells count. */
const MOST_IN_VIEW = 800_000;
/** So many rows are kept for when the view comes back. */
const MOST_KEPT = 1_600_000;
/** Rows without a place are loaded where they are no more than this. */
const MOST_NOWHERE = 50_000;
const NOWHERE = 'nowhere';

export class Pieces {
  /**
   * @param {any} layer @param {PieceTold[]} told @param {() => Columns} empty
   * @param {{mostInView?: number, mostKept?: number}} [limits] rows
   */
  constructor(layer, told, empty, { mostInView = MOST_IN_VIEW, mostKept = MOST_KEPT } = {}) {
    this.layer = layer;
    this.empty = empty;
    this.mostInView = mostInView;
    this.mostKept = mostKept;
    /** @type {Piece[]} */
    this.all = told.map(({ name, open, closed }) => {
      const [zoom, x, y] = name.split('-').map(Number);
      const side = 2 ** -zoom;
      return { name, rows: open + closed, west: x * side, north: y * side, side };
    });
    /** Those that are loaded, the longest unused first. @type {Map<string, Held>} */
    this.held = new Map();
    /** @type {Map<string, Promise<void>>} */
    this.loading = new Map();
    /** Whether rows that were closed by the checkpoint are wanted too. */
    this.closed = false;
    /** Names of those that are put together. */
    this.together = '';
  }

  /**
   * @param {[number, number, number, number]} extent degrees
   * @returns {Piece[]|null} those that the view needs; null where that is too many rows
   */
  wanted([west, south, east, north]) {
    const [left, right] = [mercatorX(west * 1e7), mercatorX(east * 1e7)];
    const [top, bottom] = [mercatorY(north * 1e7), mercatorY(south * 1e7)];
    const found = this.all.filter((piece) => {
      if (piece.name === NOWHERE) return piece.rows <= MOST_NOWHERE;
      return piece.west <= right && left <= piece.west + piece.side && piece.north <= bottom && top <= piece.north + piece.side;
    });
    return found.reduce((sum, { rows }) => sum + rows, 0) <= this.mostInView ? found : null;
  }

  /** @param {Piece[]} pieces @returns {boolean} whether all of them are loaded */
  complete(pieces) {
    return pieces.every(({ name }) => this.has(name));
  }

  /** @param {string} name */
  has(name) {
    const held = this.held.get(name);
    return held !== undefined && (held.closed || !this.closed);
  }

  /** Loads what is missing of some. @param {Piece[]} pieces @returns {Promise<void>} */
  async load(pieces) {
    await Promise.all(pieces.filter(({ name }) => !this.has(name)).map((piece) => this.loadOne(piece)));
    for (const { name } of pieces) {
      const held = this.held.get(name);
      if (!held) continue;
      this.held.delete(name);
      this.held.set(name, held);
    }
    this.letGo(new Set(pieces.map(({ name }) => name)));
  }

  /** @param {Piece} piece @returns {Promise<void>} */
  loadOne({ name, rows }) {
    const { closed } = this;
    const key = `${name} ${closed}`;
    let running = this.loading.get(key);
    if (!running) {
      running = (async () => {
        const columns = this.empty();
        const address = this.layer.cells.replace('/cells?', `/pieces/${name}?`);
        for (const kind of closed ? ['open', 'closed'] : ['open']) {
          columns.load(await (await get(`${address}&rows=${kind}`)).arrayBuffer());
        }
        this.held.set(name, { columns, rows, closed });
      })().finally(() => this.loading.delete(key));
      this.loading.set(key, running);
    }
    return running;
  }

  /** Lets the longest unused go, as long as too many rows are held. @param {Set<string>} needed stay */
  letGo(needed) {
    let rows = [...this.held.values()].reduce((sum, one) => sum + one.rows, 0);
    for (const [name, held] of this.held) {
      if (rows <= this.mostKept) break;
      if (needed.has(name)) continue;
      this.held.delete(name);
      rows -= held.rows;
    }
  }

  /** @param {Piece[]} pieces that are loaded @returns {Columns} all their rows */
  joined(pieces) {
    const columns = this.empty();
    columns.join(pieces.map(({ name }) => /** @type {Held} */ (this.held.get(name)).columns));
    return columns;
  }

  /** @param {Piece[]} pieces @param {number} x @param {number} y 1e-7 degrees @returns {boolean} whether a place lies in one of them */
  static cover(pieces, x, y) {
    const [u, v] = [mercatorX(x), mercatorY(y)];
    return pieces.some(({ west, north, side }) => west <= u && u < west + side && north <= v && v < north + side);
  }
}
