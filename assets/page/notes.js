/** Short notes under the header: what happened and what to do. Each stays until it is dismissed. */
import { byId, make } from './elements.js';
import { t } from './words.js';

const MOST = 4;

/** What each note that stands says, in the page's language. @type {WeakMap<Element, () => string>} */
const saying = new WeakMap();

/** @param {string|(() => string)} words a function where the language may turn while the note stands @param {'info'|'error'} [kind] */
export function note(words, kind = 'info') {
  const say = typeof words === 'string' ? () => words : words;
  const box = byId('notes');
  if ([...box.children].some((child) => child.firstElementChild?.textContent === say())) return;
  const close = make('button', { class: 'link' }, t('dismiss'));
  const made = make('div', { class: `note ${kind}` }, make('span', {}, say()), close);
  close.addEventListener('click', () => made.remove());
  saying.set(made, say);
  box.append(made);
  while (box.children.length > MOST) box.firstElementChild?.remove();
}

/** The language has turned. */
export function sayNotes() {
  for (const made of byId('notes').children) {
    const [words, close] = made.children;
    words.textContent = saying.get(made)?.() ?? words.textContent;
    close.textContent = t('dismiss');
  }
}
