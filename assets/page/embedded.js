/**
 * The map page in a frame of another page of ours (`?embed=1`): its panels are away, and it speaks by messages. It shows
 * places that it is told and tells places that are clicked, while the other page wants one.
 */
import { byId } from './elements.js';

const ZOOM = 15;

export const embedded = () => window.parent !== window && new URLSearchParams(location.search).get('embed') === '1';

/** @param {import('../engine/engine.js').Engine} engine @param {import('./pin.js').Pin} pin */
export function speak(engine, pin) {
  if (!embedded()) return;
  byId('page').classList.add('embedded');
  engine.map.invalidateSize({ animate: false });
  let picking = false;
  const tell = (/** @type {any} */ message) => window.parent.postMessage(message, location.origin);
  engine.map.on('click', (/** @type {L.LeafletMouseEvent} */ event) => {
    if (!picking) return;
    const { lng, lat } = event.latlng;
    pin.put([lat, lng], '');
    tell({ emmap: 'picked', lon: Math.round(lng * 1e6) / 1e6, lat: Math.round(lat * 1e6) / 1e6 });
  });
  window.addEventListener('message', (event) => {
    if (event.origin !== location.origin || event.source !== window.parent) return;
    const told = event.data;
    if (told?.emmap === 'show') {
      engine.map.setView([told.lat, told.lon], Math.max(ZOOM, engine.map.getZoom()), { animate: false });
      if (told.pin) pin.put([told.lat, told.lon], '');
      else pin.clear();
    } else if (told?.emmap === 'look') engine.look(told.bounds);
    else if (told?.emmap === 'pick') {
      ({ picking } = told);
      engine.picking = !picking;
      byId('map').classList.toggle('picking', picking);
    }
  });
  tell({ emmap: 'ready' });
}
