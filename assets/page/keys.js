/** Keys that work everywhere outside a text field. */
import { byId } from './elements.js';

/** @param {{search: () => void, toNow: () => void, next: (by: 1|-1) => void, fullScreen: () => void, datum: () => void, escape: () => void}} page */
export function listen(page) {
  document.addEventListener('keydown', (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    const typing = target.matches('input:not([type="range"]), textarea, [contenteditable="true"]');
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'Escape') page.escape();
    if (typing) return;
    if (event.key === '/') page.search();
    else if (event.key === 'Home') page.toNow();
    else if (event.key === 'n') page.next(1);
    else if (event.key === 'p') page.next(-1);
    else if (event.key === 'f') page.fullScreen();
    else if (event.key === 'd') page.datum();
    else return;
    event.preventDefault();
  });
}

/** Buttons that fold a panel to a rail; remembered in this browser. @param {() => void} changed */
export function folding(changed) {
  for (const side of ['left', 'right']) {
    const name = `fold-${side}`;
    const set = (/** @type {boolean} */ folded) => {
      byId('page').classList.toggle(`${side}-folded`, folded);
      byId(name).setAttribute('aria-expanded', String(!folded));
      localStorage.setItem(`emmap-${name}`, folded ? '1' : '');
      changed();
    };
    byId(name).addEventListener('click', () => set(!byId('page').classList.contains(`${side}-folded`)));
    if (localStorage.getItem(`emmap-${name}`)) set(true);
  }
}
