/** An original message, laid out for reading. */
import { byId, setProps } from './elements.js';
import { reasonOf, refusalOf } from './refusal.js';
import { giveBack } from './windows.js';
import { swap, t } from './words.js';

const LONGEST = 400_000;

/** @param {string} address */
export async function showOriginal(address) {
  const opener = document.activeElement;
  setProps('original', { opened: true });
  swap(document);
  const text = byId('original-text');
  if (opener instanceof HTMLElement) giveBack(text, opener);
  text.textContent = t('loading');
  byId('original-link').setAttribute('href', address);
  try {
    const answer = await fetch(address);
    if (!answer.ok) throw new Error(await refusalOf(answer));
    const type = answer.headers.get('content-type') ?? '';
    text.textContent = /xml|json|text|csv/.test(type) ? laidOut(await answer.text(), type).slice(0, LONGEST) : type;
  } catch (error) {
    text.textContent = t('original_failed', { why: reasonOf(/** @type {Error} */ (error).message) });
  }
}

/** @param {string} content @param {string} type @returns {string} */
function laidOut(content, type) {
  if (!type.includes('xml')) return content;
  const parsed = new DOMParser().parseFromString(content, 'application/xml');
  if (parsed.querySelector('parsererror')) return content;
  /** @type {string[]} */
  const lines = [];
  const walk = (/** @type {Element} */ element, /** @type {number} */ depth) => {
    const indent = '  '.repeat(depth);
    const attributes = [...element.attributes].map((one) => ` ${one.name}="${one.value}"`).join('');
    const name = element.tagName;
    if (!element.children.length) {
      const value = (element.textContent ?? '').trim();
      lines.push(value ? `${indent}<${name}${attributes}>${value}</${name}>` : `${indent}<${name}${attributes}/>`);
      return;
    }
    lines.push(`${indent}<${name}${attributes}>`);
    for (const child of element.children) walk(child, depth + 1);
    lines.push(`${indent}</${name}>`);
  };
  walk(parsed.documentElement, 0);
  return lines.join('\n');
}
