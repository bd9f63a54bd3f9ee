/** A kind of block that has no editor of its own: its fields come from what the kind declares of its parameters. */
import { make } from '../../../page/elements.js';
import { t, worded } from '../../../page/words.js';
import { choice, line, named, tick } from '../controls.js';
import { extentRow, ownSight, widthField } from './map.js';
import { placeField } from './place.js';

const OWN = ['key', 'kind', 'title', 'width', 'view', 'sight'];
/** Of what the frame of an extent chooses. */
const FRAMED = ['bbox', 'scale', 'fill', 'height_mm'];

/** @typedef {{name: string, told: any, value: any, heard: (value: any) => void, facts: any}} Asked `told`: JSON schema */

/** @type {import('./kinds.js').BlockEditor} */
export function otherEditor(block, work, again) {
  const declared = work.offered.kinds.find((one) => one.name === block.kind)?.parameters.properties ?? {};
  const framed = 'bbox' in declared;
  const fields = Object.entries(declared)
    .filter(([name]) => !OWN.includes(name) && !(framed && FRAMED.includes(name)))
    .flatMap(([name, told]) => {
      const heard = (/** @type {any} */ value) => {
        block[name] = value;
        work.changed();
      };
      return field({ name, told, value: block[name] ?? told.default ?? null, heard, facts: work.facts }) ?? [];
    });
  const made = make('div', { class: 'block-body' });
  if (framed) made.append(extentRow(block, work, again, block.width === 'half' ? 2 : 1));
  made.append(make('div', { class: 'grid' }, ...fields, widthField(block, work)));
  if ('view' in declared) made.append(ownSight(block, work));
  return made;
}

/** A parameter's name in words, or a value's, where there are some. @param {string} name @param {any} told */
function word(name, told) {
  const key = `briefing_parameter_${name}`;
  return worded(key) ? t(key) : (told.title ?? name);
}

/** @param {Asked} asked @returns {HTMLElement|null} null for what cannot be typed */
function field({ name, told, value, heard, facts }) {
  const known = told.anyOf?.find((/** @type {any} */ one) => one.type !== 'null') ?? told;
  const called = word(name, told);
  if (known.enum) return named(called, choice(options(name, known.enum), String(value), heard));
  switch (known.type) {
    case 'boolean':
      return tick(called, Boolean(value), heard);
    case 'string':
      return named(called, line(value ?? '', heard, { ...(known.maxLength ? { maxlength: String(known.maxLength) } : {}), ...(name === 'of' ? { placeholder: t('briefing_of_hint') } : {}) }));
    case 'integer':
    case 'number':
      return named(called, amount(known, value, heard, Boolean(told.anyOf)));
    case 'array':
      return several({ name, told: known, value, heard, facts }, called);
    default:
      return null;
  }
}

/** @param {string} name @param {string[]} codes @returns {[string, string][]} */
const options = (name, codes) => codes.map((one) => [one, word(`${name}_${one}`, { title: one })]);

/** @param {any} told @param {number|null} value @param {(value: number|null) => void} heard @param {boolean} optional */
function amount(told, value, heard, optional) {
  const limits = Object.fromEntries([['min', told.minimum], ['max', told.maximum]].filter(([, limit]) => limit !== undefined).map(([key, limit]) => [key, String(limit)]));
  const control = line(value === null ? '' : String(value), () => {}, { type: 'number', step: told.type === 'integer' ? '1' : 'any', ...limits });
  // What is out of its limits while it is typed goes nowhere.
  control.addEventListener('input', () => {
    if (control.checkValidity() && (optional || control.value !== '')) heard(control.value === '' ? null : Number(control.value));
  });
  return control;
}

/** @param {Asked} asked @param {string} called */
function several({ name, told, value, heard, facts }, called) {
  if (told.prefixItems?.length === 2) return named(called, placeField(value, facts, heard));
  if (told.items?.enum) {
    const chosen = new Set(value ?? []);
    const ticks = options(name, told.items.enum).map(([code, title]) => tick(title, chosen.has(code), (on) => {
      if (on) chosen.add(code);
      else chosen.delete(code);
      if (chosen.size >= (told.minItems ?? 0)) heard(told.items.enum.filter((/** @type {string} */ one) => chosen.has(one)));
    }));
    return make('fieldset', { class: 'ticks wide' }, make('legend', {}, called), ...ticks);
  }
  if (told.items?.type !== 'string') return null;
  return named(called, line((value ?? []).join('、'), (typed) => heard(typed.split(/[、,，;；]/).map((one) => one.trim()).filter(Boolean))), 'wide');
}
