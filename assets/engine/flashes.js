/** Flashes: rows that hold in no picture, since they came and went between two of them, shown on the map for a moment. */

const PANE = 'emmap-flashes';
const PANE_ABOVE_POINTS = '460';
/** As long as the style sheet fades them; areas come once their geometry is here. */
const FLASH_MS = 1600;
const RADIUS = 16; // CSS pixels
const MOST = 100;

export class Flashes {
  /**
   * @param {L.Map} map @param {(layer: string, rows: number[]) => Promise<any[]>} geometry features of rows, as GeoJSON
   */
  constructor(map, geometry) {
    this.map = map;
    this.geometry = geometry;
    const pane = map.getPane(PANE) ?? map.createPane(PANE);
    pane.style.zIndex = PANE_ABOVE_POINTS;
    pane.style.pointerEvents = 'none';
    this.renderer = L.svg({ pane: PANE });
    this.shown = 0;
  }

  /** @param {import('./answer.js').Answer} answer @param {number[]} places */
  show(answer, places) {
    const c = answer.columns;
    const some = places.slice(0, Math.max(0, MOST - this.shown));
    for (const i of some.filter((place) => c.shape[place] === 1)) {
      this.add(L.circleMarker([c.y[i] / 1e7, c.x[i] / 1e7], { ...this.style(c.severity[i]), radius: RADIUS }));
    }
    const areas = some.filter((place) => c.shape[place] > 1);
    if (!areas.length) return;
    const levels = new Map(areas.map((i) => [c.row[i], c.severity[i]]));
    void this.geometry(answer.layer.id, [...levels.keys()])
      .then((features) => features.forEach((feature) => this.add(this.outline(feature, levels.get(feature.properties.row) ?? 0))))
      .catch(() => {}); // The timeline marks it all the same.
  }

  /** @param {any} feature @param {number} severity */
  outline(feature, severity) {
    return L.geoJSON(feature, /** @type {any} */ ({ pane: PANE, style: this.style(severity), pointToLayer: (/** @type {any} */ _, /** @type {L.LatLng} */ at) => L.circleMarker(at, { ...this.style(severity), radius: RADIUS }) }));
  }

  /** @param {number} severity @returns {L.PathOptions} */
  style(severity) {
    return { renderer: this.renderer, pane: PANE, interactive: false, className: `flash flash-${severity}` };
  }

  /** @param {L.Layer} shape */
  add(shape) {
    shape.addTo(this.map);
    this.shown++;
    setTimeout(() => {
      shape.remove();
      this.shown--;
    }, FLASH_MS);
  }
}
