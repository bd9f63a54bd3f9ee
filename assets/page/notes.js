/** Short notes under the header: what happened and what to do. Each stays until it is dismissed. */
import { byId, make } from './elements.js';
import { t } from './words.js';

const MOST = 4;

/** @param {string} text @param {'info'|'error'} [kind] */
export function note(text, kind = 'info') {
  const box = byId('notes');
  if ([...box.children].some((child) => /** @type {HTMLElement} */ (child).dataset.text === text)) return;
  const close = make('button', { class: 'link' }, t('dismiss'));
  const made = make('div', { class: `note ${kind}`, 'data-text': text }, make('span', {}, text), close);
  close.addEventListener('click', () => made.remove());
  box.append(made);
  while (box.children.length > MOST) box.firstElementChild?.remove();
}
