/** Web Mercator (EPSG:3857) as parts of the world: 0 to 1 from the west and from the north. */

const LIMIT = 85.0511e7; // where the square world ends, 1e-7 degrees

/** @param {number} x 1e-7 degrees @returns {number} 0 to 1 across the world */
export const mercatorX = (x) => x / 3.6e9 + 0.5;

/** @param {number} y 1e-7 degrees @returns {number} 0 to 1 down the world */
export function mercatorY(y) {
  const sin = Math.sin((Math.max(-LIMIT, Math.min(LIMIT, y)) * Math.PI) / 1.8e9);
  return 0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI);
}
