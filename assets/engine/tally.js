/** Rows counted by their values. */

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

  /** @param {Uint32Array} rows places in the arrays @param {Int32Array|null} [weight] how often each counts; null: once */
  add(rows, weight = null) {
    const { codes, counts, words } = this;
    if (weight) {
      for (const row of rows) this.addOne(row, weight[row]);
      return;
    }
    if (!words) {
      for (let k = 0; k < rows.length; k++) counts[codes[rows[k]]]++;
      return;
    }
    let some = 0;
    if (words.length === 1) {
      const [only] = words;
      for (let k = 0; k < rows.length; k++) {
        const word = only[rows[k]];
        if (word !== 0) some++;
        for (let bits = word; bits !== 0; bits &= bits - 1) counts[31 - Math.clz32(bits & -bits)]++;
      }
    } else {
      for (let k = 0; k < rows.length; k++) {
        let any = 0;
        for (let w = 0; w < words.length; w++) {
          const word = words[w][rows[k]];
          any |= word;
          for (let bits = word; bits !== 0; bits &= bits - 1) counts[w * 32 + 31 - Math.clz32(bits & -bits)]++;
        }
        if (any !== 0) some++;
      }
    }
    this.none += rows.length - some;
  }

  /** @param {number} row @param {number} n */
  addOne(row, n) {
    const { codes, counts, words } = this;
    if (!words) {
      counts[codes[row]] += n;
      return;
    }
    let any = 0;
    words.forEach((all, w) => {
      any |= all[row];
      for (let bits = all[row]; bits !== 0; bits &= bits - 1) counts[w * 32 + 31 - Math.clz32(bits & -bits)] += n;
    });
    if (any === 0) this.none += n;
  }

  /** @returns {Record<string, number>} */
  told() {
    const found = Object.fromEntries(this.values.map((value, k) => [value, this.counts[k]]));
    if (this.words) found[''] = this.none;
    return found;
  }
}

/**
 * Rows counted by every field.
 * @param {Columns} columns @param {Uint32Array} rows those that hold and pass every filter @param {string[]} filters fields
 * @param {Uint32Array[]} alone for each filter, the rows that it alone refuses @param {Int32Array|null} [weight] of each row; null: one
 * @returns {Pick<Counts, 'severity'|'groups'|'facets'>}
 */
export function tallied(columns, rows, filters, alone, weight = null) {
  const names = ['severity', ...Object.keys(columns.masks), ...Object.keys(columns.codes)];
  const tallies = names.map((name) => new Tally(name, columns));
  for (const tally of tallies) tally.add(rows, weight);
  const { severity, ...groups } = Object.fromEntries(tallies.map((tally) => [tally.name, tally.told()]));
  alone.forEach((near, place) => tallies.find((tally) => tally.name === filters[place])?.add(near, weight));
  const facets = Object.fromEntries(tallies.map((tally) => [tally.name, tally.told()]));
  return { severity, groups, facets };
}

/**
 * Numbers by group and value, added up. @param {Record<string, Record<string, number>>[]} all
 * @returns {Record<string, Record<string, number>>}
 */
export function added(all) {
  /** @type {Record<string, Record<string, number>>} */
  const sum = {};
  for (const one of all) {
    for (const [group, values] of Object.entries(one)) {
      const into = (sum[group] ??= {});
      for (const [value, n] of Object.entries(values)) into[value] = (into[value] ?? 0) + n;
    }
  }
  return sum;
}
