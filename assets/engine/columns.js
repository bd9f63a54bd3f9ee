/**
 * One layer's rows as typed arrays: decoded from the columnar download, grown by live changes.
 * Columns: row, x, y, t0, t1, r0, r1, shape, severity; `codes` by field; `masks` by list field, 32 entries a word.
 */
import { tableFromIPC } from '../vendor/flechette/flechette.mjs';
import { RowIndex } from './row_index.js';

/** @typedef {Int32Array|Uint32Array|Uint8Array|Uint16Array} Numbers */

const PLAIN = /** @type {const} */ (['x', 'y', 't0', 't1', 'r0', 'r1']);
export const NOWHERE = -2147483648;
/** Room that is made beforehand for rows that come later. */
const SPARE = 8192;

export class Columns {
  constructor() {
    this.n = 0;
    this.row = new Uint32Array(0);
    this.x = new Int32Array(0);
    this.y = new Int32Array(0);
    this.t0 = new Int32Array(0);
    this.t1 = new Int32Array(0);
    this.r0 = new Int32Array(0);
    this.r1 = new Int32Array(0);
    this.shape = new Uint8Array(0);
    this.severity = new Uint8Array(0);
    /** @type {Record<string, Numbers>} */
    this.codes = {};
    /** @type {Record<string, string[]>} */
    this.dictionaries = {};
    /** @type {Record<string, Uint32Array[]>} */
    this.masks = {};
    /** @type {Record<string, string[]>} */
    this.entries = {};
    /** @type {RowIndex|null} */
    this.places = null;
    /** Counts every change. */
    this.generation = 0;
    /** Counts whole downloads: after one, nothing that was known of the rows holds. */
    this.loads = 0;
    /** Places of the rows that closed since, in the order in which they did. @type {number[]} */
    this.closed = [];
  }

  /**
   * Declares the layer's columns, so that an empty one can grow.
   * @param {any} layer @param {{hazards: string[], districts: string[]}} lists
   */
  static of(layer, lists) {
    const made = new Columns();
    for (const field of layer.fields.filter((/** @type {any} */ f) => f.filtered && f.name !== 'severity')) {
      if (field.kind === 'list') {
        made.addMask(field.name, field.name === 'hazards' ? lists.hazards : field.choices.map((/** @type {any} */ c) => c.code));
      } else {
        made.codes[field.name] = new Int32Array(0);
        made.dictionaries[field.name] = ['', ...field.choices.map((/** @type {any} */ c) => c.code)];
      }
    }
    made.addMask('districts', lists.districts);
    return made;
  }

  /** @param {string} name @param {string[]} entries */
  addMask(name, entries) {
    this.entries[name] = entries;
    this.masks[name] = Array.from({ length: Math.max(1, Math.ceil(entries.length / 32)) }, () => new Uint32Array(0));
  }

  /** Takes a whole download in: the first one, or the closed rows after it. @param {ArrayBuffer|Uint8Array} bytes */
  load(bytes) {
    const table = tableFromIPC(bytes, { useBigInt: false });
    const told = JSON.parse(table.schema.metadata?.get('emmap') ?? '{}');
    const count = table.numRows;
    if (count === 0) return;
    const start = this.n;
    const column = (/** @type {string} */ name) => table.getChild(name)?.data[0].values;
    const join = (/** @type {any} */ have, /** @type {any} */ more) => {
      if (start === 0) return more;
      const both = new have.constructor(start + count);
      both.set(have.subarray(0, start));
      both.set(more, start);
      return both;
    };
    this.row = join(this.row, column('row'));
    for (const name of PLAIN) this[name] = join(this[name], column(name));
    this.shape = join(this.shape, column('shape'));
    this.severity = join(this.severity, column('severity'));
    for (const [name, words] of Object.entries(this.masks)) {
      this.masks[name] = words.map((have, word) => join(have, column(`${name}_${word}`)));
      if (told.masks?.[name]) this.entries[name] = told.masks[name];
    }
    for (const name of Object.keys(this.codes)) {
      const own = /** @type {Numbers} */ (column(name));
      const dictionary = told.dictionaries[name];
      if (start === 0) {
        this.codes[name] = own;
        this.dictionaries[name] = dictionary;
      } else {
        const translate = dictionary.map((/** @type {string} */ value) => this.codeOf(name, value));
        const wide = new Int32Array(start + count);
        wide.set(this.codes[name].subarray(0, start));
        for (let i = 0; i < count; i++) wide[start + i] = translate[own[i]];
        this.codes[name] = wide;
      }
    }
    this.n = start + count;
    this.places = null;
    this.closed = [];
    this.loads++;
    this.generation++;
  }

  /** Takes the rows of others in, which have the same lists and dictionaries. @param {Columns[]} parts */
  join(parts) {
    const some = parts.filter(({ n }) => n > 0);
    if (!some.length) return;
    const n = some.reduce((sum, part) => sum + part.n, 0);
    const joined = (/** @type {(part: Columns) => any} */ of) => {
      const both = new (of(some[0]).constructor)(n);
      let at = 0;
      for (const part of some) {
        both.set(of(part).subarray(0, part.n), at);
        at += part.n;
      }
      return both;
    };
    this.row = joined((part) => part.row);
    for (const name of PLAIN) this[name] = joined((part) => part[name]);
    this.shape = joined((part) => part.shape);
    this.severity = joined((part) => part.severity);
    for (const name of Object.keys(this.codes)) {
      this.codes[name] = joined((part) => part.codes[name]);
      this.dictionaries[name] = [...some[0].dictionaries[name]];
    }
    for (const [name, words] of Object.entries(this.masks)) {
      this.masks[name] = words.map((_, word) => joined((part) => part.masks[name][word]));
      this.entries[name] = some[0].entries[name];
    }
    this.n = n;
    this.places = null;
    this.generation++;
  }

  /** @param {string} name @param {string|null} value @returns {number} its code, new where it is */
  codeOf(name, value) {
    const dictionary = this.dictionaries[name];
    const known = dictionary.indexOf(value ?? '');
    return known >= 0 ? known : dictionary.push(value ?? '') - 1;
  }

  /** What filters ask of a row, as text: the same for rows of one kind. @param {number} i */
  likeness(i) {
    const codes = Object.entries(this.codes).map(([name, values]) => this.dictionaries[name][values[i]]);
    const masks = Object.values(this.masks).flatMap((words) => words.map((word) => word[i]));
    return JSON.stringify([this.severity[i], ...codes, ...masks]);
  }

  /** @param {number} row @returns {number} its place in the arrays, -1 where it is not there */
  placeOf(row) {
    return (this.places ??= new RowIndex(this.row, this.n)).get(row);
  }

  /** Does beforehand, while nothing else is to be done, what the first change would wait for. */
  prepare() {
    this.placeOf(0);
    this.reserve(this.n + SPARE);
  }

  /**
   * Takes changes in: rows that opened are appended, rows that closed get their end.
   * @param {{opened: Record<string, any[]>, closed: {row: number[], r1: number[]}}} changes
   * @returns {number[]} the places of what opened
   */
  apply(changes) {
    changes.closed.row.forEach((row, k) => {
      const i = this.placeOf(row);
      if (i < 0) return;
      this.r1[i] = changes.closed.r1[k];
      this.closed.push(i);
    });
    const opened = changes.opened;
    const fresh = (opened.row ?? []).map((_, k) => k).filter((k) => this.placeOf(opened.row[k]) < 0);
    this.reserve(this.n + fresh.length);
    const made = fresh.map((k) => {
      const i = this.n++;
      this.row[i] = opened.row[k];
      for (const name of PLAIN) this[name][i] = opened[name][k];
      this.shape[i] = opened.shape[k];
      this.severity[i] = opened.severity[k];
      for (const name of Object.keys(this.codes)) {
        const code = this.codeOf(name, opened[name][k]);
        if (code >= 2 ** (8 * this.codes[name].BYTES_PER_ELEMENT)) this.codes[name] = Int32Array.from(this.codes[name]);
        this.codes[name][i] = code;
      }
      for (const [name, words] of Object.entries(this.masks)) {
        words.forEach((word) => (word[i] = 0));
        for (const value of opened[name][k] ?? []) {
          const bit = this.entries[name].indexOf(value);
          if (bit >= 0) words[bit >> 5][i] |= 1 << (bit & 31);
        }
      }
      this.places?.add(i);
      return i;
    });
    if (made.length || changes.closed.row.length) this.generation++;
    return made;
  }

  /** Room for `n` rows. @param {number} n */
  reserve(n) {
    if (n <= this.row.length) return;
    const size = Math.max(n, this.n + Math.ceil(this.n / 16) + SPARE);
    const grow = (/** @type {any} */ have) => {
      const more = new have.constructor(size);
      more.set(have.subarray(0, this.n));
      return more;
    };
    this.row = grow(this.row);
    if (this.places) this.places.row = this.row;
    for (const name of PLAIN) this[name] = grow(this[name]);
    this.shape = grow(this.shape);
    this.severity = grow(this.severity);
    for (const name of Object.keys(this.codes)) this.codes[name] = grow(this.codes[name]);
    for (const name of Object.keys(this.masks)) this.masks[name] = this.masks[name].map((word) => grow(word));
  }
}
