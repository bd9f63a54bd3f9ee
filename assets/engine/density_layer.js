/** One layer drawn as density in place of its symbols: which, how, and what the legend tells of it. */
import { fineCells } from './coarse.js';
import { binned, classes, drawHeat, drawHexagons, RAMP } from './density.js';
import { NO_POINT, WORLD } from './grid.js';
import { PiecedAnswer } from './pieced_answer.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./cells.js').Frame} Frame */
/** @typedef {import('./density.js').Class} Class */
/** @typedef {import('./density.js').Spots} Spots */

/** What lies outside the view by less counts for what is seen of it, CSS pixels. */
export const DENSITY_MARGIN = 80;

export class DensityLayer {
  /** @param {string} layer its id @param {import('./density.js').Form} form */
  constructor(layer, form) {
    this.layer = layer;
    this.form = form;
    /** What the hexagons' colours mean; empty for heat. @type {Class[]} */
    this.classes = [];
    /** How many features the hexagons hold, or lie in the heat. */
    this.n = 0;
    /** The most features in a square of 32 CSS pixels. */
    this.hottest = 0;
    /** @type {ReturnType<typeof binned>} */
    this.made = { radius: 0, hexagons: [] };
  }

  /**
   * @param {Answer} answer @param {import('./grid.js').Grid} grid of its columns @param {number[]} box with the margin, 1e-7 degrees
   * @param {Frame} frame @param {{pixels: Uint32Array, width: number, height: number, ratio: number, night: boolean}} onto device pixels
   */
  draw(answer, grid, box, frame, { pixels, width, height, ratio, night }) {
    const afar = answer instanceof PiecedAnswer && !answer.close;
    const spots = afar ? fineCells(answer.spans, frame) : spotsOf(grid.gather(answer, box, null), frame);
    const colours = night ? RAMP.night : RAMP.day;
    this.classes = [];
    this.made = { radius: 0, hexagons: [] };
    if (this.form === 'heat') {
      this.n = 0;
      for (let k = 0; k < spots.n; k++) {
        const inside = spots.x[k] >= 0 && spots.x[k] < frame.width && spots.y[k] >= 0 && spots.y[k] < frame.height;
        if (inside) this.n += spots.weight ? spots.weight[k] : 1;
      }
      this.hottest = drawHeat(pixels, width, height, ratio, spots, colours);
      return;
    }
    const made = (this.made = binned(spots, frame));
    // Only what can be seen: a hexagon that lies outside is not counted.
    const r = made.radius;
    made.hexagons = made.hexagons.filter(({ x, y }) => x > -r && x < frame.width + r && y > -r && y < frame.height + r);
    const most = made.hexagons.reduce((sum, { n }) => Math.max(sum, n), 0);
    this.n = made.hexagons.reduce((sum, { n }) => sum + n, 0);
    if (most === 0) return;
    this.classes = classes(most, colours);
    drawHexagons(pixels, width, height, ratio, made, this.classes);
  }

  /** @param {{x: number, y: number}} at CSS pixels of the viewport @returns {import('./density.js').Hexagon|null} the hexagon there */
  at({ x, y }) {
    const reach = (Math.sqrt(3) / 2) * this.made.radius;
    return this.made.hexagons.find((one) => Math.hypot(one.x - x, one.y - y) <= reach) ?? null;
  }
}

/** @param {{n: number, u: Uint32Array, v: Uint32Array}} gathered @param {Frame} frame @returns {Spots} */
function spotsOf({ n, u, v }, { scale, ox, oy }) {
  const x = new Float32Array(n);
  const y = new Float32Array(n);
  const side = scale / WORLD;
  let count = 0;
  for (let k = 0; k < n; k++) {
    if (v[k] === NO_POINT) continue;
    x[count] = u[k] * side - ox;
    y[count++] = v[k] * side - oy;
  }
  return { x, y, weight: null, n: count, coarse: 0 };
}
