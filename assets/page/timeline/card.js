/** A card above the timeline that lists rows: what began in the window, what flashed. */
import { full } from '../../engine/time.js';
import { byId, make, styleOf, tile } from '../elements.js';
import { shortLabel, titleOf } from '../list.js';
import { number, said, t } from '../words.js';

/** @typedef {import('../../engine/engine.js').Engine} Engine */
/** @typedef {import('../../engine/engine.js').ListRow} ListRow */

export const MOST_LISTED = 50;

export class WindowCard {
  /** @param {Engine} engine @param {(row: ListRow) => void} open */
  constructor(engine, open) {
    this.engine = engine;
    this.open = open;
    this.box = byId('window-card');
    /** What opened it gets the focus back. @type {HTMLElement|null} */
    this.opener = null;
    this.box.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.stopPropagation();
      this.close();
    });
  }

  /** @param {HTMLElement} opener @param {string} title @param {{total: number, rows: ListRow[]}} listed */
  async show(opener, title, { total, rows }) {
    if (!this.box.hidden && this.opener === opener) {
      this.close();
      return;
    }
    this.opener = opener;
    this.box.hidden = false;
    this.box.setAttribute('aria-label', title);
    const close = make('button', { class: 'close', 'aria-label': t('close'), title: t('close') }, '×');
    close.addEventListener('click', () => this.close());
    const body = make('div', {}, make('p', { class: 'muted' }, t('loading')));
    this.box.replaceChildren(make('div', { class: 'heading' }, make('h2', {}, title), close), body);
    close.focus();
    const shown = rows.slice(0, MOST_LISTED);
    try {
      await Promise.all(byLayer(shown).map(([id, numbers]) => this.engine.features(id, numbers)));
    } catch (error) {
      this.engine.emit('error', { message: /** @type {Error} */ (error).message });
      return;
    }
    const more = total > shown.length ? [make('p', { class: 'muted' }, t('and_more', { n: number(total - shown.length) }))] : [];
    body.replaceChildren(...shown.map((row) => this.item(row)), ...more);
  }

  /** @param {ListRow} row */
  item(row) {
    const feature = this.engine.remembered(row.layer.id, row.row);
    const style = styleOf(row.layer, feature?.properties ?? {});
    const words = make('span', { class: 'words' },
      make('span', { class: 'name' }, feature ? titleOf(feature) : said(row.layer.title)),
      make('span', { class: 'line' }, `${full(row.t0)} · ${said(row.layer.title)}`));
    const button = make('button', { class: 'item' }, tile(style, shortLabel(style)), words);
    button.addEventListener('click', () => this.open(row));
    return button;
  }

  /** @returns {boolean} whether it was open */
  close() {
    if (this.box.hidden) return false;
    this.box.hidden = true;
    this.opener?.focus();
    this.opener = null;
    return true;
  }
}

/** @param {ListRow[]} rows @returns {[string, number[]][]} row numbers by layer */
function byLayer(rows) {
  /** @type {Map<string, number[]>} */
  const found = new Map();
  for (const { layer, row } of rows) found.set(layer.id, [...(found.get(layer.id) ?? []), row]);
  return [...found];
}
