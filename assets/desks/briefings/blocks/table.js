/** A table typed by hand, or pasted from a spreadsheet. */
import { make } from '../../../page/elements.js';
import { t } from '../../../page/words.js';
import { button, line, sign } from '../controls.js';

const MOST_COLUMNS = 12;
const MOST_ROWS = 500;

/** @type {import('./kinds.js').BlockEditor} */
export function tableEditor(block, work, again) {
  /** @type {{columns: string[], rows: string[][]}} */
  const table = /** @type {any} */ (block);
  const changed = () => {
    work.changed();
    again();
  };
  const cell = (/** @type {string} */ value, /** @type {(value: string) => void} */ heard, /** @type {string} */ name) => line(value, (typed) => {
    heard(typed);
    work.changed();
  }, { 'aria-label': name, maxlength: '500' });
  const head = table.columns.map((title, column) => make('th', { scope: 'col' },
    cell(title, (value) => (table.columns[column] = value), t('briefing_column', { n: column + 1 })),
    sign('✕', t('briefing_take_out', { name: title || t('briefing_column', { n: column + 1 }) }), () => {
      table.columns.splice(column, 1);
      for (const row of table.rows) row.splice(column, 1);
      changed();
    }, table.columns.length === 1)));
  const rows = table.rows.map((row, place) => make('tr', {},
    ...table.columns.map((title, column) => {
      const field = cell(row[column] ?? '', (value) => {
        while (row.length < table.columns.length) row.push('');
        row[column] = value;
      }, `${title} ${place + 1}`);
      field.addEventListener('paste', (event) => {
        const text = event.clipboardData?.getData('text/plain') ?? '';
        if (!/[\t\n]/.test(text.trim())) return;
        event.preventDefault();
        paste(table, place, column, text);
        changed();
      });
      return make('td', {}, field);
    }),
    make('td', {}, sign('✕', t('briefing_row_out', { n: place + 1 }), () => {
      table.rows.splice(place, 1);
      changed();
    }))));
  const more = make('div', { class: 'row' },
    button(t('briefing_row_add'), () => {
      table.rows.push(table.columns.map(() => ''));
      changed();
    }),
    button(t('briefing_column_add'), () => {
      table.columns.push(t('briefing_column', { n: table.columns.length + 1 }));
      changed();
    }, {}, table.columns.length >= MOST_COLUMNS),
    make('small', { class: 'muted' }, t('briefing_table_paste')));
  return make('div', { class: 'block-body' }, make('div', { class: 'typed-table' }, make('table', {}, make('thead', {}, make('tr', {}, ...head, make('th', {}))), make('tbody', {}, ...rows))), more);
}

/** Cells of a spreadsheet from this place on; rows and columns grow as they must.
 * @param {{columns: string[], rows: string[][]}} table @param {number} row @param {number} column @param {string} text */
function paste(table, row, column, text) {
  const cells = text.replace(/\r/g, '').replace(/\n$/, '').split('\n').map((one) => one.split('\t'));
  const wide = Math.min(MOST_COLUMNS, column + Math.max(...cells.map((one) => one.length)));
  while (table.columns.length < wide) table.columns.push(t('briefing_column', { n: table.columns.length + 1 }));
  cells.slice(0, MOST_ROWS - row).forEach((values, down) => {
    const target = (table.rows[row + down] ??= []);
    while (target.length < table.columns.length) target.push('');
    values.slice(0, wide - column).forEach((value, right) => (target[column + right] = value.trim().slice(0, 500)));
  });
}
