/** Tables of counts: the same numbers as map and lists. */
import { byId, make } from './elements.js';
import { number, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */

export class Statistics {
  /** @param {Engine} engine @param {{hazards: any[], districts: any[]}} lists */
  constructor(engine, lists) {
    this.engine = engine;
    this.lists = lists;
    this.box = byId('statistics');
    for (const event of ['answer', 'counted', 'language']) engine.on(event, () => this.draw());
  }

  draw() {
    const counts = this.engine.counts();
    const layers = this.engine.visible();
    const levels = ['4', '3', '2', '1', '0'];
    const levelName = (/** @type {string} */ level) =>
      document.querySelector(`[data-toggle="severity"][data-value="${level}"] .level span`)?.textContent ?? level;
    const byLayer = layers.map((layer) => {
      const one = counts.layers[layer.id];
      return { name: said(layer.title), cells: [...levels.map((level) => one.severity[level] ?? 0), one.total] };
    });
    const sums = [...levels.map((level) => counts.severity[level] ?? 0), counts.total];
    const grouped = (/** @type {any[]} */ entries, /** @type {string} */ group) =>
      entries
        .map((entry) => ({ name: said(entry), cells: [...layers.map((layer) => counts.layers[layer.id].groups[group]?.[entry.code] ?? 0), counts.groups[group]?.[entry.code] ?? 0] }))
        .filter((row) => row.cells[row.cells.length - 1] > 0);
    const names = [...layers.map((layer) => said(layer.title)), t('sum')];
    this.box.replaceChildren(
      table(t('by_layer'), [...levels.map(levelName), t('sum')], byLayer, { name: t('sum'), cells: sums }),
      table(t('by_district'), names, grouped(this.lists.districts, 'districts')),
      table(t('by_hazard'), names, grouped(this.lists.hazards, 'hazards')),
      make('p', { class: 'muted' }, t('several')),
    );
  }
}

/** @param {string} caption @param {string[]} heads @param {{name: string, cells: number[]}[]} rows @param {{name: string, cells: number[]}} [foot] */
function table(caption, heads, rows, foot) {
  const line = (/** @type {{name: string, cells: number[]}} */ row) =>
    make('tr', {}, make('th', { scope: 'row' }, row.name), ...row.cells.map((n) => make('td', {}, n ? number(n) : '–')));
  return make(
    'table',
    {},
    make('caption', {}, caption),
    make('thead', {}, make('tr', {}, make('td'), ...heads.map((head) => make('th', { scope: 'col' }, head)))),
    make('tbody', {}, ...rows.map(line)),
    make('tfoot', {}, ...(foot ? [line(foot)] : [])),
  );
}
