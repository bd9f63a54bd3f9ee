/** What is drawn on the map by hand: an outline or a path, its corners, and words beside them. */
import { around } from '../engine/geodesy.js';
import { make } from './elements.js';

/** @typedef {[number, number]} Point longitude, latitude */
/** @typedef {{lines: Point[][], filled?: boolean, corners?: Point[], words?: {at: Point, text: string, strong?: boolean}[]}} Picture */

const PANE = 'drawing';
const ABOVE_POINTS = '610';
/** Edges are straight in degrees, not on the map: longer ones (degrees) are drawn in parts. */
const LONGEST = 0.2;
const CORNER_PX = 4;

export class Outline {
  /** @param {L.Map} map @param {string} name a class of its own */
  constructor(map, name) {
    this.map = map;
    this.name = name;
    if (!map.getPane(PANE)) {
      const pane = map.createPane(PANE);
      pane.style.zIndex = ABOVE_POINTS;
      pane.style.pointerEvents = 'none';
    }
    this.renderer = L.svg({ pane: PANE, padding: 0.5 });
    this.group = L.layerGroup().addTo(map);
  }

  clear() {
    this.group.clearLayers();
  }

  /** @param {Picture} picture */
  show({ lines, filled = false, corners = [], words = [] }) {
    this.clear();
    const look = { pane: PANE, renderer: this.renderer, interactive: false, className: `drawn ${this.name}` };
    const places = lines.map((line) => line.map(latLng));
    if (filled) L.polygon(places, look).addTo(this.group);
    else L.polyline(places, { ...look, className: `${look.className} path` }).addTo(this.group);
    for (const corner of corners) {
      L.circleMarker(latLng(corner), { ...look, className: `${look.className} corner`, radius: CORNER_PX }).addTo(this.group);
    }
    for (const { at, text, strong } of words) {
      const html = make('span', { class: strong ? 'strong' : '' }, text);
      const icon = L.divIcon({ html, className: 'drawn-word', iconSize: [0, 0] });
      L.marker(latLng(at), { icon, pane: PANE, interactive: false, keyboard: false }).addTo(this.group);
    }
  }
}

/** @param {Point} point @returns {[number, number]} */
const latLng = ([lng, lat]) => [lat, lng];

/** @param {import('../engine/area.js').Outline|import('../engine/area.js').Circle} area @returns {Point[]} its edge as the map draws it */
export function edgeOf(area) {
  if (area.kind === 'circle') return around(area.centre, area.radius);
  return area.ring.flatMap((from, k) => {
    const to = area.ring[(k + 1) % area.ring.length];
    const parts = Math.max(1, Math.ceil(Math.max(Math.abs(to[0] - from[0]), Math.abs(to[1] - from[1])) / LONGEST));
    return Array.from({ length: parts }, (_, part) => /** @type {Point} */ ([from[0] + ((to[0] - from[0]) * part) / parts, from[1] + ((to[1] - from[1]) * part) / parts]));
  });
}
