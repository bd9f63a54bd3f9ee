/** The interface's words, in the page's language. The table is `emmap/ui/words/`. */

/** @typedef {'zh'|'en'} Lang */
/** @typedef {{zh: string, en: string}} Title */

/** @type {Record<string, Title>} */
let words = {};
/** @type {Lang} */
let language = 'zh';

/** @param {Record<string, Title>} table */
export function setWords(table) {
  words = table;
}

/** @returns {Lang} */
export const lang = () => language;

/** @param {string} key @param {Record<string, string|number>} [values] @returns {string} the words, filled in */
export function t(key, values = {}) {
  return words[key][language].replace(/\{(\w+)\}/g, (_, name) => String(values[name]));
}

/** @param {string} key @returns {boolean} whether there are words of this key */
export const worded = (key) => key in words;

/** @param {Title} title @returns {string} */
export const said = (title) => title[language];

/** @param {number} n @returns {string} 1,842 */
export const number = (n) => n.toLocaleString('en-US');

/** Gives an element other words, which follow the language. @param {HTMLElement} element @param {string} key */
export function retitle(element, key) {
  element.dataset.zh = words[key].zh;
  element.dataset.en = words[key].en;
  element.textContent = words[key][language];
}

/** Turns the whole page to a language. @param {Lang} next */
export function setLanguage(next) {
  language = next;
  document.documentElement.lang = next === 'en' ? 'en' : 'zh-CN';
  swap(document);
}

/** Puts the page's language into what carries both. @param {ParentNode} root */
export function swap(root) {
  for (const element of root.querySelectorAll('[data-zh]')) {
    element.textContent = /** @type {HTMLElement} */ (element).dataset[language] ?? '';
  }
  for (const element of root.querySelectorAll('[data-label-zh]')) {
    const label = /** @type {HTMLElement} */ (element).dataset[language === 'en' ? 'labelEn' : 'labelZh'] ?? '';
    if (!element.hasAttribute('data-unnamed')) element.setAttribute('aria-label', label);
    if (!element.hasAttribute('data-untitled')) element.setAttribute('title', label);
  }
}

/** @param {number} seconds @returns {string} a span in its largest sensible unit */
export function age(seconds) {
  const length = Math.abs(Math.round(seconds));
  if (length < 60) return t('seconds', { n: length });
  if (length < 3600) return t('minutes', { n: Math.floor(length / 60) });
  if (length < 48 * 3600) return t('hours', { n: Math.floor(length / 3600) });
  return t('days', { n: Math.floor(length / 86400) });
}
