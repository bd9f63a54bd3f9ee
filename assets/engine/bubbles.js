/** The numbers of counting cells, put together from small pictures: a disc with a ring, and digits. */
import { cellRadius } from './cells.js';
import { drawn, press, trace } from './stamps.js';

/** @typedef {import('./stamps.js').Stamp} Stamp */
/** @typedef {(pixels: Uint32Array, width: number, height: number) => void} Draw */

const TEXT_PX = 11;
const RING_PX = 3;
const HALO_PX = 1.5;
const FONT = 'system-ui, sans-serif';

export class Bubbles {
  /** @param {boolean} night @param {number} ratio device pixels a CSS pixel */
  constructor(night, ratio) {
    this.night = night;
    this.ratio = ratio;
    /** @type {Map<string, Stamp>} */
    this.discs = new Map();
    /** From one digit to the next, device pixels. */
    this.advance = 0;
    /** @type {Stamp[]} */
    this.digits = [...'0123456789'].map((digit) =>
      drawn((TEXT_PX * 0.7 + HALO_PX) * ratio, (g, middle) => {
        g.font = `600 ${TEXT_PX * ratio}px ${FONT}`;
        g.textAlign = 'center';
        g.textBaseline = 'middle';
        g.lineJoin = 'round';
        g.lineWidth = 2 * HALO_PX * ratio;
        g.strokeStyle = night ? '#131e2c' : '#ffffff';
        g.strokeText(digit, middle, middle);
        g.fillStyle = night ? '#e6edf5' : '#14202e';
        g.fillText(digit, middle, middle);
        this.advance = Math.max(this.advance, g.measureText(digit).width);
      }),
    );
  }

  /** @param {number} radius CSS pixels @param {string} colour @returns {Stamp} */
  disc(radius, colour) {
    const key = `${radius} ${colour}`;
    let found = this.discs.get(key);
    if (!found) {
      const { night, ratio } = this;
      found = drawn((radius + RING_PX) * ratio, (g, middle) => {
        trace(g, 'circle', middle, middle, radius * ratio);
        g.fillStyle = night ? '#131e2ce6' : '#ffffffe6';
        g.fill();
        g.lineWidth = RING_PX * ratio;
        g.strokeStyle = colour;
        g.stroke();
      });
      this.discs.set(key, found);
    }
    return found;
  }

  /**
   * @param {number} x @param {number} y its middle, device pixels @param {number} n @param {string} colour
   * @returns {{disc: Draw, number: Draw}}
   */
  at(x, y, n, colour) {
    const picture = this.disc(Math.round(cellRadius({ n })), colour);
    const digits = String(n);
    const first = x - ((digits.length - 1) / 2) * this.advance;
    return {
      disc: (pixels, width, height) => press(pixels, width, height, picture, Math.round(x), Math.round(y)),
      number: (pixels, width, height) => {
        for (let k = 0; k < digits.length; k++) {
          press(pixels, width, height, this.digits[Number(digits[k])], Math.round(first + k * this.advance), Math.round(y));
        }
      },
    };
  }
}
