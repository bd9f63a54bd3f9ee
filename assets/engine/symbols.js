/** The compiled styles as look-ups by row, and the order in which symbols lie on each other. */

import { grey } from './stamps.js';

/** @typedef {import('./answer.js').Answer} Answer */

/**
 * The layer's compiled style as a look-up by row.
 * @param {Answer} answer
 * @returns {{symbols: any[], codes: import('./columns.js').Numbers|null, byCode: number[], of: (i: number) => number}}
 *   `of` gives a row's place in `symbols`: by its code, or where there is none the last
 */
export function symbolTable(answer) {
  const { style } = answer.layer;
  const c = answer.columns;
  const symbols = answer.late ? style.table.map(grey) : style.table;
  const other = symbols.length - 1;
  const place = new Map(symbols.map((/** @type {any} */ symbol, /** @type {number} */ k) => [symbol.value, k]));
  const codes = (style.by === 'severity' ? c.severity : c.codes[style.by]) ?? null;
  const values = style.by === 'severity' ? ['0', '1', '2', '3', '4'] : (c.dictionaries[style.by] ?? []);
  const byCode = values.map((value) => place.get(value) ?? other);
  return { symbols, codes, byCode, of: codes ? (i) => byCode[codes[i]] : () => other };
}

/**
 * The symbols of several layers in the order in which they are drawn: by z, whatever the layer, so that the worse lies on
 * top; of the same z the later layer's.
 * @param {Answer[]} answers in drawing order
 * @returns {{order: any[], ids: {codes: import('./columns.js').Numbers|null, byCode: Uint16Array, other: number}[]}}
 *   `ids` for each answer: a row's place in `order` by its code, and where there is none
 */
export function stacked(answers) {
  const tables = answers.map(symbolTable);
  const all = tables.flatMap(({ symbols }, rank) => symbols.map((symbol, k) => ({ symbol, rank, k })));
  all.sort((a, b) => a.symbol.z - b.symbol.z || a.rank - b.rank);
  const ids = tables.map(({ symbols, codes, byCode }, rank) => {
    const placeOf = symbols.map((_, k) => all.findIndex((one) => one.rank === rank && one.k === k));
    return { codes, byCode: Uint16Array.from(byCode, (k) => placeOf[k]), other: placeOf[symbols.length - 1] };
  });
  return { order: all.map(({ symbol }) => symbol), ids };
}
