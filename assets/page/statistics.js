/** Tables of counts: the same numbers as map and lists. */
import { byId, make } from './elements.js';
import { number, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */

export class Statistics {
  /**
   * @param {Engine} engine
   * @param {{hazards: any[], districts: any[]}} lists
   * @param {import('./standing.js').Standing} standing
   */
  constructor(engine, lists, standing) {
    this.engine = engine;
    this.lists = lists;
    this.standing = standing;
    this.box = byId('statistics-tables');
    for (const event of ['answer', 'counted', 'language', 'standing']) engine.on(event, () => this.draw());
  }

  draw() {
    const counts = this.engine.counts();
    const missing = this.standing.missing();
    const notes = [...(missing.length ? [t('missing_layers', { layers: this.standing.named(missing) })] : []), ...(counts.unplaced ? [t('unplaced_counted', { n: number(counts.unplaced) })] : []), t('several')];
    this.box.replaceChildren(
      ...tables(counts, this.engine.visible(), this.lists, this.standing),
      ...notes.map((told) => make('p', { class: 'muted' }, told)),
    );
  }
}

/** @typedef {{total: number, severity: Record<string, number>, groups: Record<string, Record<string, number>>}} Counted */

/**
 * By layer and level, by district and layer, by hazard and layer.
 * @param {Counted & {layers: Record<string, Counted>}} counts @param {any[]} layers the ones that show
 * @param {{hazards: any[], districts: any[]}} lists @param {import('./standing.js').Standing} standing
 */
export function tables(counts, layers, lists, standing) {
  const levels = (/** @type {Counted} */ one) => [...LEVELS.map((level) => one.severity[level] ?? 0), one.total];
  const byLayer = layers.map((layer) => ({ name: named(layer, standing), grey: standing.of(layer.id).late, cells: levels(counts.layers[layer.id]) }));
  const grouped = (/** @type {any[]} */ entries, /** @type {string} */ group) =>
    entries
      .map((entry) => ({ name: said(entry), cells: [...layers.map((layer) => counts.layers[layer.id].groups[group]?.[entry.code] ?? 0), counts.groups[group]?.[entry.code] ?? 0] }))
      .filter((row) => row.cells[row.cells.length - 1] > 0);
  const names = [...layers.map((layer) => named(layer, standing)), t('sum')];
  return [
    table(t('by_layer'), [...LEVELS.map(levelName), t('sum')], byLayer, { name: t('sum'), cells: levels(counts) }),
    table(t('by_district'), names, grouped(lists.districts, 'districts')),
    table(t('by_hazard'), names, grouped(lists.hazards, 'hazards')),
  ];
}

/** A layer's title, saying where it is late or missing. @param {any} layer @param {import('./standing.js').Standing} standing */
function named(layer, standing) {
  const { late, error } = standing.of(layer.id);
  return `${said(layer.title)}${error ? ` (${t('layer_missing')})` : late ? ` (${t('late')})` : ''}`;
}

/** @param {string} level @returns {string} its word in the page's language */
export const levelName = (level) =>
  document.querySelector(`[data-toggle="severity"][data-value="${level}"] .level span`)?.textContent ?? level;

/** The worst first. */
export const LEVELS = ['4', '3', '2', '1', '0'];

/** @param {string} caption @param {string[]} heads @param {{name: string, grey?: boolean, cells: number[]}[]} rows @param {{name: string, cells: number[]}} [foot] */
export function table(caption, heads, rows, foot) {
  const line = (/** @type {{name: string, grey?: boolean, cells: number[]}} */ row) =>
    make('tr', { class: row.grey ? 'grey' : '' }, make('th', { scope: 'row' }, row.name), ...row.cells.map((n) => make('td', {}, n ? number(n) : '–')));
  return make(
    'table',
    {},
    make('caption', {}, caption),
    make('thead', {}, make('tr', {}, make('td'), ...heads.map((head) => make('th', { scope: 'col' }, head)))),
    make('tbody', {}, ...rows.map(line)),
    make('tfoot', {}, ...(foot ? [line(foot)] : [])),
  );
}
