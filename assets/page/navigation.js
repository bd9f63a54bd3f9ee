/** The way between the desks, which keeps realm, language and the map's picture. */
import { byId } from './elements.js';
import { Fold } from './folds.js';
import { lang } from './words.js';

/** The map's last address in this tab: whoever comes back finds the picture as it was. */
const PICTURE = 'emmap-picture';

export class Navigation {
  /** @param {string[]} permissions of who is signed in */
  constructor(permissions) {
    this.fold = new Fold(byId('navigation-open'), byId('navigation-list'));
    this.links = /** @type {HTMLAnchorElement[]} */ ([...byId('navigation-list').querySelectorAll('a')]);
    for (const link of this.links) {
      link.hidden = !permissions.includes(link.dataset.permission ?? '');
      link.addEventListener('click', () => this.carry());
    }
    byId('navigation').hidden = this.links.filter((link) => !link.hidden).length < 2;
    this.carry();
  }

  /** Writes what is to be kept into the links; on the map that is also where it is now. */
  carry() {
    const here = new URLSearchParams(location.search);
    if (location.pathname === '/') sessionStorage.setItem(PICTURE, location.search);
    for (const link of this.links) {
      const kept = new URLSearchParams(link.pathname === '/' ? sessionStorage.getItem(PICTURE) ?? '' : '');
      const realm = here.get('realm');
      if (realm !== kept.get('realm')) for (const name of [...kept.keys()]) kept.delete(name);
      if (realm) kept.set('realm', realm);
      kept.delete('lang');
      if (lang() === 'en') kept.set('lang', 'en');
      link.search = String(kept);
    }
  }
}
