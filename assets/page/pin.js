/** The mark that a search leaves on the map: a pin with its name, until it is taken away. */
import { make } from './elements.js';
import { t } from './words.js';

export class Pin {
  /** @param {L.Map} map */
  constructor(map) {
    this.map = map;
    map.createPane('pin').style.zIndex = '640';
    /** @type {L.Marker|null} */
    this.marker = null;
  }

  /** @param {L.LatLngExpression} at WGS 84 @param {string} name */
  put(at, name) {
    this.clear();
    const away = make('button', { class: 'pin-away', 'aria-label': t('unpin'), title: t('unpin') }, '✕');
    const html = make('div', { class: 'pin' }, make('i', { 'aria-hidden': 'true' }), make('span', { class: 'pin-name' }, make('span', {}, name), away));
    L.DomEvent.disableClickPropagation(html);
    away.addEventListener('click', () => this.clear());
    const icon = L.divIcon({ html, className: 'pin-place', iconSize: [0, 0] });
    this.marker = L.marker(at, { icon, pane: 'pin', keyboard: false, interactive: false }).addTo(this.map);
  }

  /** @returns {boolean} whether there was one */
  clear() {
    const there = this.marker !== null;
    this.marker?.remove();
    this.marker = null;
    return there;
  }
}
