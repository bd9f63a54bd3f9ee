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
    this.box = byId('statistics');
    for (const event of ['answer', 'counted', 'language', 'standing']) engine.on(event, () => this.draw());
  }

  draw() {
    const counts = this.engine.counts();
    const layers = this.engine.visible();
    const levels = ['4', '3', '2', '1', '0'];
    const levelName = (/** @type {string} */ level) =>
      document.querySelector(`[data-toggle="severity"][data-value="${level}"] .level span`)?.textContent ?? level;
    const named = (/** @type {any} */ layer) => {
      const { late, error } = this.standing.of(layer.id);
      return `${said(layer.title)}${error ? ` (${t('layer_missing')})` : late ? ` (${t('late')})` : ''}`;
    };
    const byLayer = layers.map((layer) => {
      const one = counts.layers[layer.id];
      return { name: named(layer), grey: this.standing.of(layer.id).late, cells: [...levels.map((level) => one.severity[level] ?? 0), one.total] };
    });
    const sums = [...levels.map((level) => counts.severity[level] ?? 0), counts.total];
    const grouped = (/** @type {any[]} */ entries, /** @type {string} */ group) =>
      entries
        .map((entry) => ({ name: said(entry), cells: [...layers.map((layer) => counts.layers[layer.id].groups[group]?.[entry.code] ?? 0), counts.groups[group]?.[entry.code] ?? 0] }))
        .filter((row) => row.cells[row.cells.length - 1] > 0);
    const names = [...layers.map(named), t('sum')];
    const missing = this.standing.missing();
    const notes = [...(missing.length ? [t('missing_layers', { layers: this.standing.named(missing) })] : []), ...(counts.unplaced ? [t('unplaced_counted', { n: number(counts.unplaced) })] : []), t('several')];
    this.box.replaceChildren(
      table(t('by_layer'), [...levels.map(levelName), t('sum')], byLayer, { name: t('sum'), cells: sums }),
      table(t('by_district'), names, grouped(this.lists.districts, 'districts')),
      table(t('by_hazard'), names, grouped(this.lists.hazards, 'hazards')),
      ...notes.map((told) => make('p', { class: 'muted' }, told)),
    );
  }
}

/** @param {string} caption @param {string[]} heads @param {{name: string, grey?: boolean, cells: number[]}[]} rows @param {{name: string, cells: number[]}} [foot] */
function table(caption, heads, rows, foot) {
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
