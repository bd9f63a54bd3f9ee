/** What a file was recognised as, and the choices that a person makes: columns, datum, mode, name. */
import { fromRfc3339, full } from '../../engine/time.js';
import { make } from '../../page/elements.js';
import { lang, number, t } from '../../page/words.js';

/** @typedef {{layer: string, datum: string, mode: string, mapping: Record<string, string>, name: string}} Choices */

const IGNORED = '-';
const DATUMS = ['wgs84', 'cgcs2000', 'gcj02', 'bd09'];
const MODES = ['partial', 'complete'];

/** The choices that are proposed: every column as it was recognised. @param {any} staged a draft with `recognised` @returns {Choices} */
export function proposed(staged) {
  const { options, recognised, layer } = staged;
  const mapping = Object.fromEntries(recognised.columns.map((/** @type {any} */ one) => [one.title, one.field || IGNORED]));
  return { layer, datum: options.datum, mode: options.mode, mapping, name: options.name };
}

/** Required fields that no column gives. @param {any} recognised @param {Choices} choices @returns {any[]} */
export function missing(recognised, choices) {
  if (!recognised.columns.length) return [];
  const given = new Set(Object.values(choices.mapping));
  return recognised.fields.filter((/** @type {any} */ one) => one.required && !given.has(one.name));
}

/**
 * The whole section.
 * @param {any} staged @param {Choices} choices are changed in place @param {() => void} changed a choice was made
 * @param {(name: string) => void} named the person calls this kind of table so
 */
export function recognisedSection(staged, choices, changed, named) {
  const { recognised } = staged;
  const facts = [t('import_is', { format: recognised.format, rows: number(recognised.rows) })];
  if (recognised.found.header_line) facts.push(t('import_header_line', { n: recognised.found.header_line }));
  if (recognised.examples) facts.push(t('import_examples', { n: recognised.examples }));
  const parts = [make('h3', {}, t('import_recognised')), make('p', { class: 'import-facts' }, make('b', {}, staged.file_name), ` · ${facts.join(' · ')}`)];
  if (recognised.habit) {
    const { account, used_at: used } = recognised.habit;
    parts.push(make('p', { class: 'import-habit' }, t('import_habit', { account, time: full(fromRfc3339(used)) })));
  }
  if (!recognised.columns.length) return make('section', { class: 'card import-step' }, ...parts, make('p', { class: 'muted' }, t('import_messages')));
  const beside = make('div', { class: 'import-beside' }, datums(recognised, choices, changed), modes(choices, changed), name(recognised, choices, changed, named));
  return make('section', { class: 'card import-step' }, ...parts, make('div', { class: 'import-two' }, columns(recognised, choices, changed), beside));
}

/** @param {any} recognised @param {Choices} choices @param {() => void} changed */
function columns(recognised, choices, changed) {
  const absent = missing(recognised, choices);
  const lacks = make('p', { class: 'failed', role: 'status' }, absent.length ? t('import_missing', { fields: absent.map((one) => one[lang()]).join(t('list_join')) }) : '');
  const rows = recognised.columns.map((/** @type {any} */ column) => {
    const field = choose(recognised, choices.mapping[column.title], t('import_field_of', { column: column.title }));
    field.addEventListener('change', () => {
      for (const [title, other] of Object.entries(choices.mapping)) {
        if (other === field.value && other !== IGNORED) choices.mapping[title] = IGNORED; // a field has one column
      }
      choices.mapping[column.title] = field.value;
      changed();
    });
    const unread = choices.mapping[column.title] === IGNORED;
    return make('tr', { class: unread ? 'muted' : '' }, make('th', { scope: 'row' }, column.title), make('td', { class: 'import-cells' }, column.samples.join(' ┊ ')), make('td', {}, field));
  });
  const head = make('tr', {}, ...['import_column', 'import_cells', 'import_field'].map((key) => make('th', { scope: 'col' }, t(key))));
  return make('div', {}, make('h4', {}, t('import_columns')), lacks, make('div', { class: 'import-scroll', tabindex: '0', role: 'region', 'aria-label': t('import_columns') }, make('table', { class: 'import-columns' }, make('thead', {}, head), make('tbody', {}, ...rows))));
}

/** @param {any} recognised @param {string} chosen @param {string} label */
function choose(recognised, chosen, label) {
  const made = make('select', { 'aria-label': label }, make('option', { value: IGNORED }, t('import_ignored')));
  for (const field of recognised.fields) {
    made.append(make('option', { value: field.name }, `${field[lang()]}${field.required ? ` · ${t('import_required')}` : ''}`));
  }
  made.value = chosen;
  return made;
}

/** @param {any} recognised @param {Choices} choices @param {() => void} changed */
function datums(recognised, choices, changed) {
  const { evidence, crs } = recognised;
  const made = make('fieldset', {}, make('legend', {}, t('import_datum')));
  if (crs && !/4326/.test(crs)) made.append(make('p', { class: 'muted' }, t('import_crs', { crs })));
  for (const datum of DATUMS) {
    const sure = evidence?.sure && evidence.datum === datum;
    const words = [make('span', {}, t(`datum_${datum}`)), ...(sure ? [make('span', { class: 'badge import-sure' }, t('import_datum_sure'))] : [])];
    for (const line of evidenceOf(evidence, datum)) words.push(make('small', { class: 'muted' }, line));
    made.append(radio('datum', datum, choices.datum === datum, words, () => {
      choices.datum = datum;
      changed();
    }));
  }
  if (!evidence?.placed) made.append(make('p', { class: 'muted' }, t('import_no_places')));
  else if (!evidence.sure) made.append(make('p', { class: 'late' }, t('import_datum_unsure')));
  return made;
}

/** What speaks for or against a datum. @param {any} evidence @param {string} datum @returns {string[]} */
function evidenceOf(evidence, datum) {
  const lines = [];
  if (evidence?.met && datum in evidence.median_m) lines.push(t('import_met', { n: number(evidence.met), metres: number(Math.round(evidence.median_m[datum])) }));
  if (evidence?.named && datum in evidence.inside) {
    const n = evidence.inside[datum];
    lines.push(t('import_inside', { n: number(n), of: number(evidence.named), percent: Math.round((100 * n) / evidence.named) }));
  }
  return lines;
}

/** @param {Choices} choices @param {() => void} changed */
function modes(choices, changed) {
  const made = make('fieldset', {}, make('legend', {}, t('import_mode')));
  for (const mode of MODES) {
    made.append(radio('mode', mode, choices.mode === mode, [make('span', {}, t(`mode_${mode}`))], () => {
      choices.mode = mode;
      changed();
    }));
  }
  return made;
}

/** @param {string} group @param {string} value @param {boolean} checked @param {Node[]} words @param {() => void} chosen */
function radio(group, value, checked, words, chosen) {
  const input = make('input', { type: 'radio', name: `import-${group}`, value, checked });
  input.addEventListener('change', chosen);
  return make('label', { class: 'import-radio' }, input, make('span', { class: 'import-words' }, ...words));
}

/** @param {any} recognised @param {Choices} choices @param {() => void} changed @param {(name: string) => void} named */
function name(recognised, choices, changed, named) {
  const list = make('datalist', { id: 'import-names' }, ...recognised.names.map((/** @type {string} */ one) => make('option', { value: one })));
  const input = make('input', { type: 'text', class: 'import-name', maxlength: '100', list: 'import-names', value: choices.name });
  input.addEventListener('change', () => {
    choices.name = input.value.trim();
    if (recognised.names.includes(choices.name)) named(choices.name);
    else changed();
  });
  return make('label', { class: 'import-named' }, make('span', {}, t('import_name')), input, list);
}
