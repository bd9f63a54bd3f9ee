/** Several maps: a before and after, or a series over time. They share one extent unless one is given its own. */
import { make } from '../../../page/elements.js';
import { t } from '../../../page/words.js';
import { button, line, named, sign } from '../controls.js';
import { chooseExtent } from '../extent.js';
import { series } from '../presets.js';
import { timeField } from '../sight.js';
import { mapFields } from './map.js';

const MOST = 12;

/** @type {import('./kinds.js').BlockEditor} */
export function mapsEditor(block, work, again) {
  /** @type {any[]} */
  const maps = block.maps;
  const changed = () => {
    work.changed();
    again();
  };
  const columns = Math.min(maps.length, maps.length === 2 || maps.length === 4 ? 2 : 3);
  const items = maps.map((map, place) => {
    const name = map.caption || t('briefing_map_n', { n: place + 1 });
    const head = make('div', { class: 'block-head' }, make('b', {}, name),
      sign('↑', t('briefing_up', { name }), () => {
        [maps[place - 1], maps[place]] = [maps[place], maps[place - 1]];
        changed();
      }, place === 0),
      sign('✕', t('briefing_take_out', { name }), () => {
        maps.splice(place, 1);
        changed();
      }, maps.length === 1));
    return make('li', {}, head, mapFields(map, work, again, [], columns));
  });
  const one = button(t('briefing_map_add'), () => {
    maps.push({ ...structuredClone(maps[maps.length - 1] ?? {}), caption: '' });
    changed();
  }, {}, maps.length >= MOST);
  const together = button(t('briefing_extent_together'), async () => {
    const chosen = await chooseExtent(maps[0] ?? {}, work, columns);
    if (!chosen) return;
    for (const map of maps) Object.assign(map, structuredClone(chosen));
    changed();
  });
  return make('div', { class: 'block-body' }, evenly(block, work, changed), make('div', { class: 'row' }, together, one), make('ol', { class: 'items' }, ...items));
}

/** Makes the maps a series. @param {import('../routes.js').Block} block @param {import('../editor.js').Work} work @param {() => void} changed */
function evenly(block, work, changed) {
  const times = block.maps.map((/** @type {any} */ one) => one.view?.at).filter(Boolean);
  const end = work.body.view.at ?? work.data.at;
  let [from, to, n] = [times[0] ?? end, times[times.length - 1] ?? end, block.maps.length];
  const count = line(String(n), (value) => (n = Math.min(MOST, Math.max(1, Number(value) || n))), { type: 'number', min: '1', max: String(MOST) });
  const make_ = button(t('briefing_series_make'), () => {
    const { caption: _, view: __, ...shared } = block.maps[0] ?? {};
    block.maps = series(from, to, n).map((one) => ({ ...structuredClone(shared), ...one }));
    changed();
  });
  const fields = make('div', { class: 'grid' }, named(t('briefing_series_from'), timeField(from, (at) => at && (from = at))), named(t('briefing_series_to'), timeField(to, (at) => at && (to = at))), named(t('briefing_series_n'), count), make_);
  return make('details', { class: 'own-sight' }, make('summary', {}, t('briefing_series')), fields);
}
