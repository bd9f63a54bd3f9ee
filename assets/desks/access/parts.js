/** What both pages on accounts are made of. */
import { fromRfc3339, full } from '../../engine/time.js';
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { said, t } from '../../page/words.js';

const CONFIRM_MS = 4000;

/** @param {string|null} at RFC 3339 @returns {string} Beijing time, to the second; — for none */
export const when = (at) => (at ? full(fromRfc3339(at)) : '—');

/** @param {string} key of the heading @param {...(Node|string)} children */
export const section = (key, ...children) => make('section', { class: 'card part' }, make('h3', {}, t(key)), ...children);

/** @param {string} key of its label @param {HTMLElement} control */
export const field = (key, control) => make('label', { class: 'named' }, make('span', {}, t(key)), control);

/**
 * @param {string[]} heads words of the columns @param {(Node|string)[][]} rows
 * @returns {HTMLElement} that scrolls by itself where it is too wide
 */
export function table(heads, rows) {
  const head = make('tr', {}, ...heads.map((key) => make('th', { scope: 'col' }, key ? t(key) : '')));
  const body = rows.map((row) => make('tr', {}, ...row.map((cell) => make('td', {}, cell))));
  return make('div', { class: 'wide' }, make('table', {}, make('thead', {}, head), make('tbody', {}, ...body)));
}

/**
 * A button that does something; what goes wrong is said in a note. @param {string} key @param {() => Promise<void>} act
 * @param {{look?: string, sure?: boolean}} [given] `sure`: it wants to be pressed twice
 */
export function button(key, act, { look = 'plain', sure = false } = {}) {
  const made = make('button', { type: 'button', class: look }, t(key));
  let asked = !sure;
  made.addEventListener('click', () => {
    if (!asked) {
      asked = true;
      made.textContent = t('account_press_again');
      made.classList.add('asked');
      setTimeout(() => {
        asked = false;
        made.textContent = t(key);
        made.classList.remove('asked');
      }, CONFIRM_MS);
      return;
    }
    void attempt(made, act);
  });
  return made;
}

/** A form that does something when it is sent. @param {HTMLFormElement} form @param {() => Promise<void>} act */
export function onSent(form, act) {
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    const sender = form.querySelector('button[type="submit"]');
    void attempt(/** @type {HTMLButtonElement} */ (sender), act);
  });
}

/** @param {HTMLButtonElement} pressed @param {() => Promise<void>} act */
async function attempt(pressed, act) {
  pressed.disabled = true;
  try {
    await act();
  } catch (error) {
    note(() => /** @type {Error} */ (error).message, 'error');
  } finally {
    pressed.disabled = false;
  }
}

/** @typedef {{code: string, zh: string, en: string}} District */

/** @param {string[]|null} codes null is the whole city @param {District[]} districts @returns {string} */
export function districtsSaid(codes, districts) {
  if (codes === null) return t('account_whole_city');
  return codes.map((code) => said(districts.find((one) => one.code === code) ?? { zh: code, en: code })).join(t('list_join'));
}

/** Check boxes; none checked is null. @param {string} key @param {{code: string, word: string}[]} choices @param {string[]|null} checked */
export function choice(key, choices, checked = null) {
  const boxes = choices.map(({ code, word }) => {
    const box = make('input', { type: 'checkbox', value: code, checked: checked?.includes(code) ?? false });
    return { box, label: make('label', { class: 'tick' }, box, word) };
  });
  const element = make('fieldset', { class: 'ticks' }, make('legend', {}, t(key)), ...boxes.map((one) => one.label));
  const chosen = () => boxes.filter(({ box }) => box.checked).map(({ box }) => box.value);
  return { element, value: () => (chosen().length ? chosen() : null) };
}

/** A secret that is shown once, with a button that copies it. @param {string} words @param {string} secret */
export function shownOnce(words, secret) {
  const copy = button('account_copy', async () => {
    await navigator.clipboard.writeText(secret);
    copy.textContent = t('account_copied');
  });
  return make('div', { class: 'once', role: 'status' }, make('p', {}, words), make('code', {}, secret), copy);
}
