/** On a phone, list, map and filters lie side by side: a swipe or a button leads from one to the next. */
import { byId } from './elements.js';

/** @param {'side'|'frame'|'panel'} name */
export function showView(name) {
  const body = byId('body');
  body.scrollTo({ left: byId(name).offsetLeft - body.offsetLeft });
}

/** Wires the buttons, which say which of the three is in front. */
export function views() {
  const buttons = [...byId('views').querySelectorAll('button')];
  for (const button of buttons) {
    button.addEventListener('click', () => showView(/** @type {'side'|'frame'|'panel'} */ (button.dataset.view)));
  }
  const seen = new IntersectionObserver(
    (entries) => {
      for (const { target, isIntersecting } of entries) {
        if (!isIntersecting) continue;
        for (const button of buttons) button.setAttribute('aria-current', String(button.dataset.view === target.id));
      }
    },
    { root: byId('body'), threshold: 0.6 },
  );
  for (const button of buttons) seen.observe(byId(button.dataset.view ?? ''));
}
