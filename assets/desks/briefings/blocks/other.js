/** A kind of block that has no editor of its own: its fields come from what the kind declares of its parameters. */
import { make } from '../../../page/elements.js';
import { t, worded } from '../../../page/words.js';
import { choice, line, named, tick } from '../controls.js';
import { ownSight } from './map.js';

const OWN = ['key', 'kind', 'title', 'width', 'view', 'sight'];

/** @type {import('./kinds.js').BlockEditor} */
export function otherEditor(block, work) {
  const declared = work.offered.kinds.find((one) => one.name === block.kind)?.parameters.properties ?? {};
  const set = (/** @type {string} */ name, /** @type {any} */ value) => {
    block[name] = value;
    work.changed();
  };
  const fields = Object.entries(declared).filter(([name]) => !OWN.includes(name)).flatMap(([name, told]) => field(name, told, block[name] ?? told.default ?? null, (value) => set(name, value)) ?? []);
  const made = make('div', { class: 'block-body' });
  if (fields.length) made.append(make('div', { class: 'grid' }, ...fields));
  if ('view' in declared) made.append(ownSight(block, work));
  if (!made.children.length) made.append(make('p', { class: 'muted' }, t('briefing_by_itself')));
  return made;
}

/** A parameter's name in words, where there are some. @param {string} name @param {any} told */
function word(name, told) {
  const key = `briefing_parameter_${name}`;
  return worded(key) ? t(key) : (told.title ?? name);
}

/**
 * @param {string} name @param {any} told JSON schema @param {any} value @param {(value: any) => void} heard
 * @returns {HTMLElement|null} null for what cannot be typed
 */
function field(name, told, value, heard) {
  const known = told.anyOf?.find((/** @type {any} */ one) => one.type !== 'null') ?? told;
  if (known.enum) return named(word(name, told), choice(known.enum.map((/** @type {string} */ one) => [one, word(`${name}_${one}`, { title: one })]), String(value), heard));
  if (known.type === 'boolean') return tick(word(name, told), Boolean(value), heard);
  if (known.type === 'string') return named(word(name, told), line(value ?? '', heard, known.maxLength ? { maxlength: String(known.maxLength) } : {}));
  if (known.type === 'integer' || known.type === 'number') {
    const limits = Object.fromEntries([['min', known.minimum], ['max', known.maximum]].filter(([, limit]) => limit !== undefined).map(([key, limit]) => [key, String(limit)]));
    return named(word(name, told), line(value === null ? '' : String(value), (typed) => heard(typed === '' ? null : Number(typed)), { type: 'number', step: known.type === 'integer' ? '1' : 'any', ...limits }));
  }
  if (known.type === 'array' && (known.prefixItems?.length === 2 || known.maxItems === 2)) return named(word(name, told), place(value, heard));
  return null;
}

/** A place: longitude and latitude in degrees. @param {[number, number]|null} value @param {(value: any) => void} heard */
const place = (value, heard) => line(value ? value.join(', ') : '', (typed) => {
  const found = typed.split(/[,，\s]+/).filter(Boolean).map(Number);
  if (!typed.trim()) heard(null);
  else if (found.length === 2 && found.every(Number.isFinite)) heard(found);
}, { placeholder: '113.52, 23.18' });
