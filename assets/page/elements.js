/** Making and finding elements. */
import { trace } from '../engine/stamps.js';

/** @param {string} id @returns {HTMLElement} */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`#${id}`);
  return found;
}

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag @param {Record<string, string|boolean>} attributes @param {...(Node|string)} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function make(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== false) made.setAttribute(name, value === true ? '' : value);
  }
  made.append(...children);
  return made;
}

/** Sets text only where it differs, so that nothing is laid out or read aloud for nothing.
 * @param {Element} element @param {string} text */
export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

/** @returns {boolean} */
export const isNight = () => document.documentElement.dataset.theme === 'night';

/** @param {any} row of a style table @returns {string} its colour now */
export const colourOf = (row) => (isNight() ? row.night : row.colour);

/** Pictures of symbols by their look: a list shows the same few a hundred times. @type {Map<string, string>} */
const pictures = new Map();

/** A symbol as the map draws it. @param {any} row of a style table @param {number} [size] CSS pixels */
export function symbol(row, size = 16) {
  const ratio = Math.max(2, window.devicePixelRatio || 1);
  const key = `${row.mark} ${row.dash} ${row.shape} ${colourOf(row)} ${size} ${ratio}`;
  let picture = pictures.get(key);
  if (!picture) {
    const canvas = make('canvas', { width: String(size * ratio), height: String(size * ratio) });
    const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    g.fillStyle = colourOf(row);
    if (row.mark && row.mark !== 'point') sample(g, row, size * ratio);
    else {
      trace(g, row.shape, (size * ratio) / 2, (size * ratio) / 2, (size * ratio) / 2 - ratio);
      g.fill();
    }
    picture = canvas.toDataURL();
    pictures.set(key, picture);
  }
  return make('img', { src: picture, width: String(size), height: String(size), alt: '', 'aria-hidden': 'true', decoding: 'sync', class: 'symbol-picture' });
}

/** Dashes of an outline in the legend, as parts of the picture's side. @type {Record<string, number[]>} */
const DASHES = { long: [0.45, 0.14], short: [0.2, 0.16], dots: [0.02, 0.2] };

/** A piece of a line or of an area, as the map draws it. @param {CanvasRenderingContext2D} g @param {any} row of a style table @param {number} side */
function sample(g, row, side) {
  const line = row.mark === 'line';
  g.strokeStyle = colourOf(row);
  g.lineWidth = side / (line ? 6 : 9);
  g.lineCap = row.dash === 'dots' ? 'round' : 'butt';
  g.setLineDash((DASHES[row.dash] ?? []).map((part) => part * side));
  g.beginPath();
  if (line) {
    g.moveTo(0, side / 2);
    g.lineTo(side, side / 2);
  } else {
    g.rect(side * 0.06, side * 0.16, side * 0.88, side * 0.68);
    g.globalAlpha = row.mark === 'hatched' ? 0.1 : 0.25;
    g.fill();
    g.globalAlpha = 1;
  }
  g.stroke();
}

/** A tile with the symbol in its layer's colour and one word, for lists. @param {any} row of a style table @param {string} word */
export function tile(row, word) {
  const colour = colourOf(row);
  const ink = light(colour) ? '#14202e' : '#ffffff';
  const picture = symbol({ ...row, colour: ink, night: ink }, 16);
  const made = make('span', { class: 'tile', 'aria-hidden': 'true' }, picture, make('span', {}, word));
  made.style.backgroundColor = colour;
  made.style.color = ink;
  return made;
}

/** @param {string} colour #rrggbb @returns {boolean} whether dark ink reads better on it (WCAG relative luminance) */
function light(colour) {
  const [r, g, b] = [1, 3, 5].map((k) => {
    const c = parseInt(colour.slice(k, k + 2), 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.25;
}

/** The style row of a feature. @param {any} layer @param {any} values its properties */
export function styleOf(layer, values) {
  const { by, table } = layer.style;
  const value = values[by] === null || values[by] === undefined ? null : String(values[by]);
  return table.find((/** @type {any} */ row) => row.value === value) ?? table[table.length - 1];
}

/** Writes properties of Dash components. @param {string} id @param {Record<string, any>} props */
export const setProps = (id, props) => /** @type {any} */ (window).dash_clientside.set_props(id, props);
