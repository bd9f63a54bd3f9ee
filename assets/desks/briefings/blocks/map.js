/** One map: its extent and scale, how points are drawn, and what it shows where that differs. */
import { make } from '../../../page/elements.js';
import { said, t } from '../../../page/words.js';
import { button, choice, line, named } from '../controls.js';
import { chooseExtent, scaleWords } from '../extent.js';
import { sightFields, sightWords } from '../sight.js';

const POINTS = ['auto', 'symbols', 'density'];

/** @type {import('./kinds.js').BlockEditor} */
export function mapEditor(block, work, again) {
  return make('div', { class: 'block-body' }, mapFields(block, work, again, [widthField(block, work)]));
}

/** Whether a block takes the page's width, or stands beside another. @param {import('../routes.js').Block} block @param {import('../editor.js').Work} work */
export function widthField(block, work) {
  const widths = /** @type {[string, string][]} */ (['full', 'half'].map((one) => [one, t(`briefing_width_${one}`)]));
  return named(t('briefing_width'), choice(widths, block.width ?? 'full', (value) => {
    block.width = value;
    work.changed();
  }));
}

/**
 * Fields of a map, alone or among others. @param {any} map its parameters @param {import('../editor.js').Work} work @param {() => void} again
 * @param {Node[]} [more] @param {number} [columns] maps that share the page's width
 */
export function mapFields(map, work, again, more = [], columns = map.width === 'half' ? 2 : 1) {
  const points = choice(/** @type {[string, string][]} */ (POINTS.map((one) => [one, t(`briefing_points_${one}`)])), map.points ?? 'auto', (value) => {
    map.points = value;
    work.changed();
  });
  const caption = line(map.caption ?? '', (value) => {
    map.caption = value;
    work.changed();
  }, { maxlength: '200' });
  return make('div', { class: 'map-fields' },
    extentRow(map, work, again, columns),
    make('div', { class: 'grid' }, named(t('briefing_points'), points), ...more, named(t('briefing_caption'), caption)),
    ownSight(map, work),
  );
}

/** What the map's extent is, and the way to another. @param {any} map @param {import('../editor.js').Work} work @param {() => void} again @param {number} columns */
export function extentRow(map, work, again, columns) {
  const choose = button(t('briefing_extent_choose'), async () => {
    const chosen = await chooseExtent(map, work, columns);
    if (!chosen) return;
    Object.assign(map, chosen);
    work.changed();
    again();
  });
  return make('div', { class: 'row' }, make('span', { class: 'extent-words' }, extentWords(map, work)), choose);
}

/** @param {any} map @param {import('../editor.js').Work} work @returns {string} */
function extentWords(map, work) {
  const around = work.layers.find((one) => one.id === map.around);
  if (!map.bbox) return [around ? t('briefing_extent_around', { layer: said(around.title) }) : t('briefing_extent_same'), ...(map.scale ? [scaleWords(map.scale)] : [])].join(' · ');
  const [west, south, east, north] = map.bbox.map((/** @type {number} */ n) => n.toFixed(2));
  const where = `${west}–${east}°E, ${south}–${north}°N`;
  return map.scale ? `${scaleWords(map.scale)} · ${where}` : where;
}

/** What the map shows, where that is not what the briefing shows. @param {any} map @param {import('../editor.js').Work} work */
export function ownSight(map, work) {
  const view = map.view ?? {};
  const words = make('span', { class: 'muted' });
  const tell = () => (words.textContent = sightWords(view, work.body.view, work.layers, work.data.at));
  tell();
  const fields = sightFields(view, work.body.view, { layers: work.layers, at: () => work.data.at, changed: () => {
    map.view = Object.keys(view).length ? view : null;
    tell();
    work.changed();
  } });
  return make('details', { class: 'own-sight' }, make('summary', {}, t('briefing_own_sight'), ' ', words), fields);
}
