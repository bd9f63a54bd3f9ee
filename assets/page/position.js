/** Where the pointer is, in the datum that one chooses, and the coordinates of a place to copy. */
import { formatCoordinates, showDatum, shownDatum } from './coordinates.js';
import { DATUMS, fromWgs84 } from './datums.js';
import { byId, make, write } from './elements.js';
import { t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('./datums.js').Datum} Datum */

const CARD_WIDTH_PX = 330;
const CARD_HEIGHT_PX = 230;

export class Position {
  /** @param {Engine} engine */
  constructor(engine) {
    const { map } = engine;
    this.map = map;
    this.at = map.getCenter();
    this.card = byId('spot');
    map.on('mousemove', (/** @type {any} */ event) => this.show(event.latlng));
    map.on('zoomend moveend resize', () => this.show(map.getCenter()));
    map.on('contextmenu', (/** @type {any} */ event) => this.open(event.latlng));
    map.on('movestart zoomstart click', () => this.close());
    byId('datum').addEventListener('click', () => this.turn());
    engine.on('language', () => this.close());
    this.show(this.at);
  }

  /** @param {L.LatLng} at */
  show(at) {
    this.at = at;
    write(byId('position'), textAt(at, shownDatum()));
    write(byId('datum'), DATUMS[shownDatum()]);
  }

  /** The next datum; remembered in this browser. */
  turn() {
    const all = /** @type {Datum[]} */ (Object.keys(DATUMS));
    showDatum(all[(all.indexOf(shownDatum()) + 1) % all.length]);
    this.show(this.at);
  }

  /** A card with the coordinates of a place in every datum. @param {L.LatLng} at */
  open(at) {
    const { x, y } = this.map.latLngToContainerPoint(at);
    const size = this.map.getSize();
    this.card.style.left = `${Math.max(8, Math.min(x + 8, size.x - CARD_WIDTH_PX - 8))}px`;
    this.card.style.top = `${Math.max(8, Math.min(y + 8, size.y - CARD_HEIGHT_PX - 8))}px`;
    this.card.hidden = false;
    this.card.replaceChildren(
      make('h2', {}, t('coordinates')),
      ...Object.entries(DATUMS).map(([datum, name]) => this.row(name, textAt(at, /** @type {Datum} */ (datum)))),
      make('p', { class: 'muted', role: 'status' }),
    );
    this.card.querySelector('button')?.focus();
  }

  /** @param {string} name @param {string} text */
  row(name, text) {
    const button = make('button', { class: 'spot-row' }, make('span', { class: 'muted' }, name), make('span', { class: 'numbers' }, text), make('span', { class: 'link' }, t('copy')));
    button.addEventListener('click', async () => {
      const done = await copy(text, this.card);
      write(/** @type {Element} */ (this.card.lastElementChild), t(done ? 'copied' : 'not_copied', { text }));
    });
    return button;
  }

  /** @returns {boolean} whether it was open */
  close() {
    const open = !this.card.hidden;
    this.card.hidden = true;
    return open;
  }
}

/** @param {L.LatLng} at @param {Datum} datum */
const textAt = (at, datum) => formatCoordinates(fromWgs84([at.lng, at.lat], datum));

/** To the clipboard. Over plain HTTP browsers lend it only to what is selected. @param {string} text @param {HTMLElement} near */
async function copy(text, near) {
  if (navigator.clipboard) {
    return navigator.clipboard.writeText(text).then(() => true, () => false);
  }
  const had = /** @type {HTMLElement|null} */ (document.activeElement);
  const field = make('textarea', { 'aria-hidden': 'true', class: 'to-copy' });
  field.value = text;
  near.append(field);
  field.select();
  const done = document.execCommand('copy');
  field.remove();
  had?.focus();
  return done;
}
