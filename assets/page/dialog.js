/** A window over the page, until it is closed: by its button, by Escape, or by what is in it. */
import { make } from './elements.js';
import { t } from './words.js';

/**
 * The focus goes back to where it was. @param {string} title @param {(Node|string)[]} children @param {string} [look]
 * @returns {HTMLDialogElement}
 */
export function dialog(title, children, look = '') {
  const close = make('button', { type: 'button', class: 'sign', 'aria-label': t('close') }, '✕');
  const made = make('dialog', { class: `window ${look}`.trim(), 'aria-label': title }, make('header', {}, make('h2', {}, title), close), ...children);
  close.addEventListener('click', () => made.close());
  // The page's own Escape is another thing.
  made.addEventListener('keydown', (event) => event.key === 'Escape' && event.stopPropagation());
  made.addEventListener('close', () => made.remove());
  document.body.append(made);
  made.showModal();
  return made;
}
