/**
 * How densely a layer's features lie: hexagons that are counted, or heat. Both are made of every feature that holds in
 * view, so that the hexagons' numbers sum to them.
 */

/** @typedef {import('./cells.js').Frame} Frame */
/** @typedef {'hexagons'|'heat'} Form */
/** @typedef {{x: Float32Array, y: Float32Array, weight: Int32Array|null, n: number, coarse: number}} Spots CSS pixels of the viewport; `coarse`: how far apart they are told, at least, CSS pixels */
/** @typedef {{from: number, to: number, colour: string, n: number}} Class features a hexagon, the last included, and how many features such hexagons hold */
/** @typedef {{x: number, y: number, n: number}} Hexagon CSS pixels of the viewport */

/** From few to many: one hue that no level has, darker by day and lighter by night. */
export const RAMP = {
  day: ['#d3e3f3', '#9dbfe0', '#6690c8', '#41609f', '#2b2f6b'],
  night: ['#22345c', '#345391', '#4f7fc0', '#86b4e2', '#dcecfb'],
};
/** CSS pixels from a hexagon's middle to its corners. */
const RADIUS = 18;
const OPACITY = 0.78;
/** CSS pixels of a heat cell's side, and over how many cells a feature's heat is spread, three times. */
const HEAT_CELL = 4;
const SPREAD = 3;
/** Of this many shades the coldest are not shown. */
const SHADES = 256;
const COLDEST = 12;
const SQRT3 = Math.sqrt(3);

/** @param {string} colour #rrggbb @param {number} alpha 0 to 1 @returns {number} as a pixel */
const pixel = (colour, alpha) => {
  const rgb = Number.parseInt(colour.slice(1), 16);
  return ((Math.round(alpha * 255) << 24) | ((rgb & 255) << 16) | (rgb & 0xff00) | (rgb >> 16)) >>> 0;
};

/** @param {number} n @returns {number} the nearest of 1, 2, 5, 10, 20, … */
function round(n) {
  const ten = 10 ** Math.floor(Math.log10(n));
  const lead = n / ten;
  return (lead < 1.5 ? 1 : lead < 3.5 ? 2 : lead < 7.5 ? 5 : 10) * ten;
}

/** @param {number} most @param {string[]} colours @returns {Class[]} classes of equal ratio from 1 to `most` */
export function classes(most, colours) {
  const bounds = [...new Set(colours.map((_, k) => Math.max(1, round(most ** (k / colours.length)))))].filter((from) => from <= most);
  return bounds.map((from, k) => ({
    from,
    to: k + 1 < bounds.length ? bounds[k + 1] - 1 : most,
    colour: colours[colours.length - bounds.length + k],
    n: 0,
  }));
}

/**
 * Counts spots by hexagon. Hexagons stand still in the world while the map moves.
 * @param {Spots} spots @param {Frame} frame @returns {{radius: number, hexagons: Hexagon[]}}
 */
export function binned({ x, y, weight, n, coarse }, { ox, oy, width, height }) {
  const radius = Math.max(RADIUS, coarse);
  const across = SQRT3 * radius;
  const down = 1.5 * radius;
  const first = { line: Math.floor(oy / down) - 1, column: Math.floor(ox / across) - 1 };
  const lines = Math.ceil(height / down) + 4;
  const columns = Math.ceil(width / across) + 4;
  const counts = new Int32Array(lines * columns);
  for (let k = 0; k < n; k++) {
    const px = x[k] + ox;
    const py = y[k] + oy;
    // Of the two lines of middles around it, the nearer middle.
    const line = Math.floor(py / down);
    let best = Infinity;
    let place = -1;
    for (let at = line; at <= line + 1; at++) {
      const shift = (at & 1) / 2;
      const column = Math.round(px / across - shift);
      const dx = px - (column + shift) * across;
      const dy = py - at * down;
      const distance = dx * dx + dy * dy;
      if (distance < best) {
        best = distance;
        const inside = at - first.line >= 0 && at - first.line < lines && column - first.column >= 0 && column - first.column < columns;
        place = inside ? (at - first.line) * columns + column - first.column : -1;
      }
    }
    if (place >= 0) counts[place] += weight ? weight[k] : 1;
  }
  const hexagons = [];
  for (let place = 0; place < counts.length; place++) {
    if (counts[place] === 0) continue;
    const line = Math.floor(place / columns) + first.line;
    const column = (place % columns) + first.column;
    hexagons.push({ x: (column + (line & 1) / 2) * across - ox, y: line * down - oy, n: counts[place] });
  }
  return { radius, hexagons };
}

/**
 * Draws counted hexagons.
 * @param {Uint32Array} pixels @param {number} width @param {number} height device pixels @param {number} ratio device pixels a CSS pixel
 * @param {{radius: number, hexagons: Hexagon[]}} made @param {Class[]} steps their `n` are counted
 */
export function drawHexagons(pixels, width, height, ratio, { radius, hexagons }, steps) {
  const r = radius * ratio - 0.7;
  const colours = steps.map(({ colour }) => pixel(colour, OPACITY));
  for (const { x, y, n } of hexagons) {
    let step = steps.length - 1;
    while (step > 0 && n < steps[step].from) step--;
    steps[step].n += n;
    const mx = x * ratio;
    const my = y * ratio;
    const bottom = Math.min(height - 1, Math.floor(my + r));
    for (let py = Math.max(0, Math.ceil(my - r)); py <= bottom; py++) {
      const half = Math.min((SQRT3 / 2) * r, SQRT3 * (r - Math.abs(py - my)));
      const from = Math.max(0, Math.ceil(mx - half));
      const to = Math.min(width, Math.floor(mx + half) + 1);
      if (from < to) pixels.fill(colours[step], py * width + from, py * width + to);
    }
  }
}

/**
 * Draws heat: every spot spread over its surroundings, coloured by the root of the sum, so that what is sparse shows too.
 * @param {Uint32Array} pixels @param {number} width @param {number} height device pixels @param {number} ratio
 * @param {Spots} spots @param {string[]} colours @returns {number} the most features that lie in the hottest square of 32 CSS pixels
 */
export function drawHeat(pixels, width, height, ratio, { x, y, weight, n, coarse }, colours) {
  const cell = Math.max(HEAT_CELL, coarse / 3) * ratio;
  const margin = 3 * SPREAD;
  const across = Math.ceil(width / cell) + 2 * margin;
  const down = Math.ceil(height / cell) + 2 * margin;
  let heat = new Float32Array(across * down);
  for (let k = 0; k < n; k++) {
    const column = Math.floor((x[k] * ratio) / cell) + margin;
    const line = Math.floor((y[k] * ratio) / cell) + margin;
    if (column >= 0 && column < across && line >= 0 && line < down) heat[line * across + column] += weight ? weight[k] : 1;
  }
  // Three means in a row are nearly a bell.
  for (let turn = 0; turn < 3; turn++) {
    heat = mean(heat, across, down, 1, across);
    heat = mean(heat, down, across, across, 1);
  }
  let most = 0;
  for (let k = 0; k < heat.length; k++) if (heat[k] > most) most = heat[k];
  if (most <= 0) return 0;
  const table = shades(colours);
  const root = heat.map((value) => Math.sqrt(value / most) * (SHADES - 1));
  // Between the middles of the cells the shade goes over evenly.
  const line = new Float32Array(across);
  for (let py = 0; py < height; py++) {
    const at = (py + 0.5) / cell - 0.5 + margin;
    const upper = Math.floor(at);
    const share = at - upper;
    for (let k = 0; k < across; k++) line[k] = root[upper * across + k] * (1 - share) + root[(upper + 1) * across + k] * share;
    for (let px = 0; px < width; px++) {
      const where = (px + 0.5) / cell - 0.5 + margin;
      const left = where | 0;
      const shade = line[left] + (line[left + 1] - line[left]) * (where - left);
      if (shade >= COLDEST) pixels[py * width + px] = table[shade | 0];
    }
  }
  return Math.round(most * (32 / (cell / ratio)) ** 2);
}

/** The ramp without steps, from nearly clear to nearly opaque. @param {string[]} colours @returns {Uint32Array} pixels */
function shades(colours) {
  return Uint32Array.from({ length: SHADES }, (_, k) => {
    const at = (k / (SHADES - 1)) * (colours.length - 1);
    const low = Math.min(colours.length - 2, Math.floor(at));
    const channel = (/** @type {number} */ from) => {
      const [a, b] = [colours[low], colours[low + 1]].map((colour) => Number.parseInt(colour.slice(from, from + 2), 16));
      return Math.round(a + (b - a) * (at - low)).toString(16).padStart(2, '0');
    };
    return pixel(`#${channel(1)}${channel(3)}${channel(5)}`, OPACITY * Math.min(1, 0.15 + (2.5 * k) / SHADES));
  });
}

/**
 * The mean over `SPREAD` neighbours to either side, along one direction.
 * @param {Float32Array} values @param {number} length of a line @param {number} lines @param {number} step from one to the next @param {number} stride from line to line
 */
function mean(values, length, lines, step, stride) {
  const found = new Float32Array(values.length);
  const window = 2 * SPREAD + 1;
  for (let line = 0; line < lines; line++) {
    const start = line * stride;
    let sum = 0;
    for (let k = -SPREAD; k < length; k++) {
      if (k + SPREAD < length) sum += values[start + (k + SPREAD) * step];
      if (k - SPREAD - 1 >= 0) sum -= values[start + (k - SPREAD - 1) * step];
      if (k >= 0) found[start + k * step] = Math.max(0, sum) / window;
    }
  }
  return found;
}
