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
/** A picture to be laid down many times. */
export class Stamp {
  /** @param {Uint32Array} pixels RGBA, not premultiplied: alpha says how much covers @param {number} side an odd number */
  constructor(pixels, side) {
    this.pixels = pixels;
    this.side = side;
    /** Half the side, device pixels. */
    this.radius = (side - 1) / 2;
    this.width = 0;
    /** Where its pixels lie from its middle, in a picture of that width: those that cover, and those of its soft edge. */
    this.solidAt = new Int32Array(0);
    this.solid = new Uint32Array(0);
    this.softAt = new Int32Array(0);
    this.soft = new Uint32Array(0);
  }

  /** @param {number} width of the picture that it is laid on */
  layOut(width) {
    if (this.width === width) return;
    this.width = width;
    const { pixels, radius, side } = this;
    const places = [...pixels.keys()];
    const offset = (/** @type {number} */ k) => (Math.floor(k / side) - radius) * width + (k % side) - radius;
    const solid = places.filter((k) => pixels[k] >>> 24 >= OPAQUE);
    const soft = places.filter((k) => pixels[k] >>> 24 > 0 && pixels[k] >>> 24 < OPAQUE);
    this.solidAt = Int32Array.from(solid, offset);
    this.solid = Uint32Array.from(solid, (k) => pixels[k] | 0xff000000);
    this.softAt = Int32Array.from(soft, offset);
    this.soft = Uint32Array.from(soft, (k) => pixels[k]);
  }
}

/** Alpha that counts as covering. */
const OPAQUE = 250;

/**
 * A stamp of what is drawn around the middle of a square.
 * @param {number} radius half its side, device pixels
 * @param {(g: OffscreenCanvasRenderingContext2D, middle: number) => void} draw
 * @returns {Stamp}
 */
export function drawn(radius, draw) {
  const side = 2 * Math.ceil(radius) + 1;
  const canvas = new OffscreenCanvas(side, side);
  const g = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext('2d', { willReadFrequently: true }));
  draw(g, side / 2);
  return new Stamp(new Uint32Array(g.getImageData(0, 0, side, side).data.buffer), side);
}

/**
 * @param {{shape: string, size: number}} symbol @param {string} colour @param {string} rim @param {number} ratio device pixels a CSS pixel
 * @returns {Stamp}
 */
export function stamp(symbol, colour, rim, ratio) {
  const r = (symbol.size / 2) * ratio;
  const edge = symbol.size >= 8 ? 1.2 * ratio : 0.6 * ratio;
  return drawn(r + edge + 1, (g, middle) => {
    g.lineJoin = 'round';
    trace(g, symbol.shape, middle, middle, r);
    g.strokeStyle = rim;
    g.lineWidth = 2 * edge;
    g.stroke();
    g.fillStyle = colour;
    g.fill();
  });
}

/**
 * One colour over another. @param {number} over RGBA, of a soft edge @param {number} under RGBA
 * @returns {number} RGBA
 */
function mixed(over, under) {
  const below = under >>> 24;
  if (below === 0) return over;
  if (below === 255) {
    // Two channels in one multiplication; 0 to 256 instead of 255, so that a shift divides.
    const alpha = (over >>> 24) + (over >>> 31);
    const rest = 256 - alpha;
    const redBlue = (Math.imul(over & 0xff00ff, alpha) + Math.imul(under & 0xff00ff, rest)) >>> 8;
    const green = (Math.imul(over & 0xff00, alpha) + Math.imul(under & 0xff00, rest)) >>> 8;
    return (0xff000000 | (redBlue & 0xff00ff) | (green & 0xff00)) >>> 0;
  }
  const alpha = (over >>> 24) / 255;
  const rest = (below / 255) * (1 - alpha);
  const cover = alpha + rest;
  const channel = (/** @type {number} */ at) => Math.round((((over >>> at) & 255) * alpha + ((under >>> at) & 255) * rest) / cover) << at;
  return ((Math.round(cover * 255) << 24) | channel(16) | channel(8) | channel(0)) >>> 0;
}

/**
 * Lays a stamp onto pixels; where it covers fully it replaces, at its soft edge it mixes.
 * @param {Uint32Array} target @param {number} width @param {number} height @param {Stamp} one @param {number} X @param {number} Y
 */
export function press(target, width, height, one, X, Y) {
  const { radius, side, pixels } = one;
  const x0 = X - radius;
  const y0 = Y - radius;
  if (x0 >= 0 && y0 >= 0 && X + radius < width && Y + radius < height) {
    one.layOut(width);
    const { solidAt, solid, softAt, soft } = one;
    const middle = Y * width + X;
    for (let k = 0; k < solidAt.length; k++) target[middle + solidAt[k]] = solid[k];
    for (let k = 0; k < softAt.length; k++) {
      const to = middle + softAt[k];
      target[to] = mixed(soft[k], target[to]);
    }
    return;
  }
  const left = Math.max(0, -x0);
  const right = Math.min(side, width - x0);
  const bottom = Math.min(side, height - y0);
  for (let y = Math.max(0, -y0); y < bottom; y++) {
    let to = (y0 + y) * width + x0 + left;
    for (let k = y * side + left, end = y * side + right; k < end; k++, to++) {
      const over = pixels[k];
      const alpha = over >>> 24;
      if (alpha >= OPAQUE) target[to] = (over | 0xff000000) >>> 0;
      else if (alpha > 0) target[to] = mixed(over, target[to]);
    }
  }
}
