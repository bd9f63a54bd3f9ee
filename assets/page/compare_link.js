/** The way from the picture to its comparison: with what is known now of the same instant, or with now. */
import { formatView } from '../engine/view.js';
import { byId } from './elements.js';
import { lang } from './words.js';

const DAY_S = 86_400;

/** @param {import('../engine/engine.js').Engine} engine */
export function compareLink(engine) {
  const link = /** @type {HTMLAnchorElement} */ (byId('compare'));
  const show = () => {
    const view = engine.view.get();
    const left = view.at === null ? { ...view, at: engine.now - DAY_S, known_at: null } : view;
    const right = view.at !== null && view.known_at !== null ? { ...view, known_at: null } : { ...view, at: null, known_at: null };
    const address = new URLSearchParams({ realm: engine.realm, left: text(left), right: text(right) });
    const [first] = engine.visible();
    if (first) address.set('layer', first.id);
    if (lang() === 'en') address.set('lang', 'en');
    link.href = `/compare?${address}`;
  };
  // The address is made when it is wanted: T may move many times a second.
  for (const event of ['pointerenter', 'focus', 'pointerdown']) link.addEventListener(event, show);
  show();
}

/** @param {import('../engine/view.js').View} view */
const text = (view) => formatView({ ...view, realm: null, area: null });
