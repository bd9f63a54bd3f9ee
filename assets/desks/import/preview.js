/** What applying a file would do: counts, some of each outcome with what differs, and where they lie. */
import { make } from '../../page/elements.js';
import { lang, number, said, t } from '../../page/words.js';

export const OUTCOMES = ['added', 'changed', 'ended', 'unchanged', 'rejected'];
const DRAWN_AT_MOST = 1500;

/**
 * @param {any} preview @param {any} layer its declaration @param {string} chosen an outcome @param {(outcome: string) => void} choose
 * @param {import('./map.js').SmallMap} map
 */
export function previewParts(preview, layer, chosen, choose, map) {
  const { counts, samples } = preview;
  const chips = make('div', { class: 'chips', role: 'group', 'aria-label': t('import_counts') }, ...OUTCOMES.map((outcome) => {
    const chip = make('button', { class: `chip import-${outcome}`, type: 'button', 'aria-pressed': String(outcome === chosen) }, t(`import_outcome_${outcome}`), make('span', { class: 'n' }, number(counts[outcome])));
    chip.addEventListener('click', () => choose(outcome));
    return chip;
  }));
  if (counts.abroad) chips.append(make('span', { class: 'late' }, t('import_abroad', { n: number(counts.abroad) })));
  const listed = samples[chosen];
  const some = listed.length && listed.length < counts[chosen] ? make('p', { class: 'muted' }, t('import_some', { n: listed.length, of: number(counts[chosen]) })) : '';
  const table = listed.length ? (chosen === 'rejected' ? rejectedTable(listed) : featureTable(listed, layer, chosen)) : make('p', { class: 'empty' }, t('import_none'));
  const cut = ['added', 'changed', 'ended'].some((outcome) => counts[outcome] > DRAWN_AT_MOST);
  const drawn = make('figure', { class: 'import-figure' }, map.box, make('figcaption', { class: 'muted' }, legend(), cut ? ` · ${t('import_map_cut', { n: number(DRAWN_AT_MOST) })}` : ''));
  return [chips, make('div', { class: 'import-two' }, make('div', { class: 'import-scroll import-samples', tabindex: '0', role: 'region', 'aria-label': t(`import_outcome_${chosen}`) }, some, table), drawn)];
}

function legend() {
  const signs = { added: '●', changed: '▲', ended: '✚' };
  return make('span', {}, ...Object.entries(signs).flatMap(([outcome, sign]) => [make('b', { class: `import-sign-${outcome}` }, sign), ` ${t(`import_outcome_${outcome}`)}　`]));
}

/** @param {any[]} listed @param {any} layer @param {string} outcome */
function featureTable(listed, layer, outcome) {
  const changed = outcome === 'changed';
  const rows = listed.map((one) => make('tr', {}, make('th', { scope: 'row' }, one.id), make('td', {}, said(one.title) || one.title.zh), ...(changed ? [make('td', {}, differences(one, layer))] : [])));
  return grid(['import_id', 'import_what', ...(changed ? ['import_differs'] : [])], rows);
}

/** @param {any[]} listed */
function rejectedTable(listed) {
  return grid(['import_row', 'import_reason'], listed.map((one) => make('tr', {}, make('th', { scope: 'row' }, number(one.position)), make('td', {}, one[lang()]))));
}

/** @param {string[]} titles @param {Node[]} rows */
const grid = (titles, rows) => make('table', {}, make('thead', {}, make('tr', {}, ...titles.map((key) => make('th', { scope: 'col' }, t(key))))), make('tbody', {}, ...rows));

/** @param {any} one a changed feature @param {any} layer */
function differences(one, layer) {
  if (one.returns) return t('import_returns');
  const lines = one.differs.map((/** @type {any} */ { field, before, after }) => {
    const known = layer.fields.find((/** @type {any} */ f) => f.name === field);
    const title = known ? said(known.title) : t(`import_${field}`);
    return t('import_before_after', { field: title, before: shown(before, known), after: shown(after, known) });
  });
  if (one.moved) lines.push(t('import_moved'));
  if (one.personal_differs) lines.push(t('import_personal'));
  return make('ul', { class: 'import-differs' }, ...lines.map((/** @type {string} */ line) => make('li', {}, line)));
}

/** A value as a person reads it. @param {any} value @param {any} field @returns {string} */
function shown(value, field) {
  if (value === null || value === undefined || (Array.isArray(value) && !value.length)) return t('import_nothing');
  if (Array.isArray(value)) return value.map((one) => shown(one, field)).join(t('list_join'));
  const choice = field?.choices.find((/** @type {any} */ one) => one.code === String(value));
  if (choice) return choice[lang()];
  const text = String(value);
  if (/^\d{4}-\d\d-\d\dT/.test(text)) return new Date(Date.parse(text) + 8 * 3600e3).toISOString().slice(0, 19).replace('T', ' ');
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
