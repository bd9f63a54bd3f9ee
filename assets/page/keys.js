/** Keys that work everywhere outside a text field. */
import { byId } from './elements.js';

/** What the space key presses itself. */
const PRESSED = 'button, a, summary, select, input, [role]:not([role="region"])';

/** @param {{search: () => void, toNow: () => void, play: () => void, next: (by: 1|-1) => void, fullScreen: () => void, datum: () => void, tools: Record<string, () => void>, escape: () => void}} page */
export function listen(page) {
  const isTyping = (/** @type {EventTarget|null} */ target) =>
    /** @type {HTMLElement} */ (target).matches('input:not([type="range"]), textarea, [contenteditable="true"]');
  // Before tabs and lists take it for their own first entry: one key leads back to now, wherever the focus is.
  document.addEventListener(
    'keydown',
    (event) => {
      if (event.key !== 'Home' || event.ctrlKey || event.metaKey || event.altKey || isTyping(event.target)) return;
      event.preventDefault();
      event.stopPropagation();
      page.toNow();
    },
    true,
  );
  document.addEventListener('keydown', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = isTyping(target);
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') page.escape();
    if (typing) return;
    if (event.key === '/') page.search();
    else if (event.key === ' ' && !target.closest(PRESSED)) page.play();
    else if (event.key === 'n') page.next(1);
    else if (event.key === 'p') page.next(-1);
    else if (event.key === 'f') page.fullScreen();
    else if (event.key === 'd') page.datum();
    else if (page.tools[event.key]) page.tools[event.key]();
    else return;
    event.preventDefault();
  });
}

/**
 * Buttons that fold a panel to a rail of symbols; remembered in this browser.
 * @param {() => void} changed @returns {(side: 'left'|'right', folded: boolean) => void} folds or unfolds a panel
 */
export function folding(changed) {
  /** @param {'left'|'right'} side @param {boolean} folded */
  const set = (side, folded) => {
    byId('page').classList.toggle(`${side}-folded`, folded);
    byId(`fold-${side}`).setAttribute('aria-expanded', String(!folded));
    localStorage.setItem(`emmap-fold-${side}`, folded ? '1' : '');
    changed();
  };
  for (const side of /** @type {('left'|'right')[]} */ (['left', 'right'])) {
    byId(`fold-${side}`).addEventListener('click', () => set(side, !byId('page').classList.contains(`${side}-folded`)));
    if (localStorage.getItem(`emmap-fold-${side}`)) set(side, true);
  }
  byId('rail-filters').addEventListener('click', () => {
    set('left', false);
    document.querySelector('#panel section:nth-of-type(2)')?.scrollIntoView();
  });
  byId('side-tabs').addEventListener('click', (event) => {
    if (/** @type {HTMLElement} */ (event.target).closest('[role="tab"]')) set('right', false);
  });
  return set;
}
