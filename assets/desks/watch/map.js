/** The map beside: the map page itself, without its panels, in a frame of ours. The two speak by messages. */
import { make } from '../../page/elements.js';
import { lang, t } from '../../page/words.js';

/** @typedef {{lon: number, lat: number}} Spot WGS 84, degrees */

export class MapBeside {
  /** @param {HTMLElement} box @param {string} realm @param {(spot: Spot) => void} picked a click on the map
   * @param {(id: number) => void} open an alarm's mark was clicked */
  constructor(box, realm, picked, open) {
    this.frame = make('iframe', { class: 'map-frame', src: `/?${new URLSearchParams({ realm, embed: '1', ...(lang() === 'en' ? { lang: 'en' } : {}) })}` });
    box.append(this.frame);
    /** What is to be shown once the map is there. @type {any[]} */
    this.waiting = [];
    this.ready = false;
    window.addEventListener('message', (event) => {
      if (event.origin !== location.origin || event.source !== this.frame.contentWindow) return;
      if (event.data?.emmap === 'ready') {
        this.ready = true;
        for (const message of this.waiting.splice(0)) this.tell(message);
      } else if (event.data?.emmap === 'picked') picked(event.data);
      else if (event.data?.emmap === 'open') open(event.data.id);
    });
    this.label();
  }

  label() {
    this.frame.title = t('watch_map');
  }

  /** @param {any} message */
  tell(message) {
    if (this.ready) this.frame.contentWindow?.postMessage(message, location.origin);
    else this.waiting = [message];
  }

  /** @param {number} lon @param {number} lat @param {boolean} [pin] where nothing marks the place yet */
  show(lon, lat, pin = false) {
    this.tell({ emmap: 'show', lon, lat, pin });
  }

  /** @param {[number, number, number, number]} bounds west, south, east, north */
  look(bounds) {
    this.tell({ emmap: 'look', bounds });
  }

  /** @param {boolean} picking whether a click on the map names a place */
  pick(picking) {
    this.tell({ emmap: 'pick', picking });
    this.frame.classList.toggle('picking', picking);
  }
}
