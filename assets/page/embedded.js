/**
 * The map page in a frame of another page of ours (`?embed=1`): its panels are away, and it speaks by messages. It shows
 * the view and the places that it is told, and tells where it looks and, while the other page wants one, what place is clicked.
 */
import { parseView } from '../engine/view.js';
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
    } else if (told?.emmap === 'look') engine.aim.look(told.bounds);
    else if (told?.emmap === 'go') engine.map.setView([told.lat, told.lon], told.zoom, { animate: false });
    else if (told?.emmap === 'view') {
      const { view } = parseView(told.query, engine.layers, engine.ignore);
      engine.view.set({ ...view, realm: engine.realm, bbox: engine.view.get().bbox }, { rest: false });
    } else if (told?.emmap === 'mark') {
      engine.compare(told);
    } else if (told?.emmap === 'pick') {
      ({ picking } = told);
      engine.picking = !picking;
      byId('map').classList.toggle('picking', picking);
    }
  });
  engine.map.on('moveend', () => {
    const { lat, lng } = engine.map.getCenter();
    tell({ emmap: 'moved', lat, lon: lng, zoom: engine.map.getZoom(), bbox: engine.extent() });
  });
  tell({ emmap: 'ready' });
}
