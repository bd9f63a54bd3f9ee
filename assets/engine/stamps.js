/** Small pictures of symbols, drawn once and copied as pixels: soft edges, a light rim, sizes in device pixels. */

/** Outlines on a unit circle, clockwise from the top. @type {Record<string, [number, number][]>} */
const OUTLINES = {
  square: [[-0.8, -0.8], [0.8, -0.8], [0.8, 0.8], [-0.8, 0.8]],
  diamond: [[0, -1], [1, 0], [0, 1], [-1, 0]],
  triangle: [[0, -1], [0.95, 0.75], [-0.95, 0.75]],
  cross: [
    [-0.33, -1], [0.33, -1], [0.33, -0.33], [1, -0.33], [1, 0.33], [0.33, 0.33], [0.33, 1], [-0.33, 1], [-0.33, 0.33],
    [-1, 0.33], [-1, -0.33], [-0.33, -0.33],
  ],
  pentagon: around(5),
  hexagon: around(6),
  star: [...Array(10).keys()].map((k) => {
    const r = k % 2 ? 0.45 : 1;
    return [r * Math.sin((k * Math.PI) / 5), -r * Math.cos((k * Math.PI) / 5)];
  }),
};

/** @param {number} corners @returns {[number, number][]} */
function around(corners) {
  return [...Array(corners).keys()].map((k) => [Math.sin((2 * Math.PI * k) / corners), -Math.cos((2 * Math.PI * k) / corners)]);
}

/**
 * Traces a symbol's outline around (x, y).
 * @param {CanvasRenderingContext2D|OffscreenCanvasRenderingContext2D} g @param {string} shape
 * @param {number} x @param {number} y @param {number} r
 */
export function trace(g, shape, x, y, r) {
  g.beginPath();
  const outline = OUTLINES[shape];
  if (!outline) {
    g.arc(x, y, r, 0, 2 * Math.PI);
    return;
  }
  outline.forEach(([dx, dy], k) => (k ? g.lineTo(x + dx * r, y + dy * r) : g.moveTo(x + dx * r, y + dy * r)));
  g.closePath();
}

/** A symbol of a layer whose data are late: its shape stays, its colour does not. @param {any} symbol */
export const grey = (symbol) => ({ ...symbol, colour: '#8b96a3', night: '#7d8a99' });

/**
 * @typedef {object} Stamp
 * @property {number} radius half the picture's side, device pixels
 * @property {number} side
 * @property {Uint32Array} pixels RGBA, premultiplied is not needed: alpha says how much covers
 */

/**
 * @param {{shape: string, size: number}} symbol @param {string} colour @param {string} rim @param {number} ratio device pixels a CSS pixel
 * @returns {Stamp}
 */
export function stamp(symbol, colour, rim, ratio) {
  const r = (symbol.size / 2) * ratio;
  const edge = symbol.size >= 8 ? 1.2 * ratio : 0.6 * ratio;
  const radius = Math.ceil(r + edge + 1);
  const side = 2 * radius + 1;
  const canvas = new OffscreenCanvas(side, side);
  const g = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  g.lineJoin = 'round';
  trace(g, symbol.shape, radius + 0.5, radius + 0.5, r);
  g.strokeStyle = rim;
  g.lineWidth = 2 * edge;
  g.stroke();
  g.fillStyle = colour;
  g.fill();
  return { radius, side, pixels: new Uint32Array(g.getImageData(0, 0, side, side).data.buffer) };
}

/**
 * Lays a stamp onto pixels; where it covers fully it replaces, at its soft edge it mixes.
 * @param {Uint32Array} target @param {number} width @param {number} height @param {Stamp} one @param {number} X @param {number} Y
 */
export function press(target, width, height, one, X, Y) {
  const { radius, side, pixels } = one;
  const x0 = X - radius;
  const y0 = Y - radius;
  const left = Math.max(0, -x0);
  const right = Math.min(side, width - x0);
  const bottom = Math.min(side, height - y0);
  for (let y = Math.max(0, -y0); y < bottom; y++) {
    let to = (y0 + y) * width + x0 + left;
    for (let k = y * side + left, end = y * side + right; k < end; k++, to++) {
      const over = pixels[k];
      const alpha = over >>> 24;
      if (alpha === 0) continue;
      const under = target[to];
      if (alpha >= 250 || under === 0) {
        target[to] = over;
        continue;
      }
      const rest = 255 - alpha;
      const red = ((over & 255) * alpha + (under & 255) * rest) / 255;
      const green = (((over >>> 8) & 255) * alpha + ((under >>> 8) & 255) * rest) / 255;
      const blue = (((over >>> 16) & 255) * alpha + ((under >>> 16) & 255) * rest) / 255;
      const cover = Math.min(255, alpha + ((under >>> 24) * rest) / 255);
      target[to] = ((cover << 24) | (blue << 16) | (green << 8) | red) >>> 0;
    }
  }
}
