/** Controls with their names, of which the forms of the composer are made. */
import { make } from '../../page/elements.js';

/** @param {string} word what it is called @param {HTMLElement} control @param {string} [look] */
export const named = (word, control, look = '') => make('label', { class: `named ${look}`.trim() }, make('span', {}, word), control);

/** @param {string} value @param {(value: string) => void} heard @param {Record<string, string|boolean>} [attributes] */
export function line(value, heard, attributes = {}) {
  const made = make('input', { type: 'text', autocomplete: 'off', ...attributes });
  made.value = value;
  made.addEventListener('input', () => heard(made.value));
  return made;
}

/** @param {string} value @param {(value: string) => void} heard @param {Record<string, string|boolean>} [attributes] */
export function area(value, heard, attributes = {}) {
  const made = make('textarea', { rows: '3', ...attributes });
  made.value = value;
  made.addEventListener('input', () => heard(made.value));
  return made;
}

/** @param {[string, string][]} options values and their words @param {string} value @param {(value: string) => void} heard @param {Record<string, string|boolean>} [attributes] */
export function choice(options, value, heard, attributes = {}) {
  const made = make('select', attributes, ...options.map(([code, word]) => new Option(word, code, false, code === value)));
  made.addEventListener('change', () => heard(made.value));
  return made;
}

/** @param {string} word @param {boolean} on @param {(on: boolean) => void} heard */
export function tick(word, on, heard) {
  const box = make('input', { type: 'checkbox', checked: on });
  box.addEventListener('change', () => heard(box.checked));
  return make('label', { class: 'tick' }, box, make('span', {}, word));
}

/** @param {string} word @param {() => void} act @param {Record<string, string|boolean>} [attributes] @param {boolean} [off] it does nothing now */
export function button(word, act, attributes = {}, off = false) {
  const made = make('button', { type: 'button', class: 'plain', ...attributes, 'aria-disabled': off ? 'true' : false }, word);
  made.addEventListener('click', () => made.getAttribute('aria-disabled') !== 'true' && act());
  return made;
}

/** A button of one sign. @param {string} sign @param {string} name @param {() => void} act @param {boolean} [off] */
export const sign = (sign, name, act, off = false) => button(sign, act, { class: 'sign', 'aria-label': name, title: name }, off);
