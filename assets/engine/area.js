/**
 * An area drawn on the map: its text form, the same as in `emmap/area.py`, and what lies in it, as PostGIS would say.
 *
 *     box:west,south,east,north   circle:lon,lat,metres   polygon:lon,lat,lon,lat,…   district:code
 *
 * @typedef {[number, number]} Point longitude, latitude in degrees
 * @typedef {{kind: 'box'|'polygon', ring: Point[]}} Outline corners, the first one not repeated
 * @typedef {{kind: 'circle', centre: Point, radius: number}} Circle radius in metres
 * @typedef {{kind: 'district', code: string}} District
 * @typedef {Outline|Circle|District} Area
 */
import { distance } from './geodesy.js';

export const MOST_CORNERS = 200;
export const LARGEST_RADIUS_M = 500_000;
const METRES_A_DEGREE = 110_574; // the shortest degree of latitude

/** @param {boolean} good */
function check(good) {
  if (!good) throw new Error('malformed area');
}

/** @param {string} text */
const number = (text) => (/^[+-]?(\d+\.?\d*|\.\d+)$/.test(text) ? Number(text) : NaN);

/** @param {number} degrees @returns {number} to six decimals, without a minus zero */
const rounded = (degrees) => Number(degrees.toFixed(6)) + 0;

const onEarth = (/** @type {Point} */ [lon, lat]) => Math.abs(lon) <= 180 && Math.abs(lat) <= 90;

/** @param {string} text @param {{has: (code: string) => boolean}} districts @returns {Area} throws where it is none */
export function parseArea(text, districts) {
  const [kind, ...more] = text.trim().split(':');
  const rest = more.join(':');
  if (kind === 'district') {
    check(districts.has(rest));
    return { kind, code: rest };
  }
  const numbers = rest.split(',').map(number);
  check(numbers.every(Number.isFinite));
  if (kind === 'circle') {
    check(numbers.length === 3);
    return circle([numbers[0], numbers[1]], numbers[2]);
  }
  if (kind === 'box') {
    check(numbers.length === 4);
    return box([numbers[0], numbers[1]], [numbers[2], numbers[3]]);
  }
  check(kind === 'polygon' && numbers.length % 2 === 0 && numbers.length <= 2 * MOST_CORNERS);
  return polygon(numbers.flatMap((n, k) => (k % 2 ? [] : [/** @type {Point} */ ([n, numbers[k + 1]])])));
}

/** @param {Point} centre @param {number} radius metres @returns {Circle} throws where it is none */
export function circle([lon, lat], radius) {
  check(onEarth([lon, lat]) && radius >= 0.5 && radius <= LARGEST_RADIUS_M);
  return { kind: 'circle', centre: [rounded(lon), rounded(lat)], radius: Math.floor(radius + 0.5) };
}

/** @param {Point} southWest @param {Point} northEast @returns {Outline} throws where it is none */
export function box(southWest, northEast) {
  const [w, s] = southWest.map(rounded);
  const [e, n] = northEast.map(rounded);
  check(onEarth([w, s]) && onEarth([e, n]) && w < e && s < n);
  return { kind: 'box', ring: [[w, s], [e, s], [e, n], [w, n]] };
}

/** @param {Point[]} corners @returns {Outline} throws where its outline meets itself or it has too few corners */
export function polygon(corners) {
  const given = corners.map(([lon, lat]) => /** @type {Point} */ ([rounded(lon), rounded(lat)]));
  const ring = given.filter(([lon, lat], k) => {
    const [lonNext, latNext] = given[(k + 1) % given.length];
    return lon !== lonNext || lat !== latNext;
  });
  check(ring.length >= 3 && ring.every(onEarth) && isSimple(ring));
  return { kind: 'polygon', ring };
}

/** @param {Area} area @returns {string} */
export function formatArea(area) {
  if (area.kind === 'district') return `district:${area.code}`;
  if (area.kind === 'circle') return `circle:${area.centre.map(plain).join(',')},${area.radius}`;
  if (area.kind === 'box') return `box:${[...area.ring[0], ...area.ring[2]].map(plain).join(',')}`;
  return `polygon:${area.ring.flat().map(plain).join(',')}`;
}

/** @param {number} n @returns {string} never with an exponent */
const plain = (n) => n.toFixed(6).replace(/\.?0+$/, '');

/** @param {Point[]} ring @returns {boolean} whether its edges meet at its corners only */
export function isSimple(ring) {
  const n = ring.length;
  for (let i = 0; i < n; i++) {
    for (let j = i + 1; j < n; j++) {
      const [a, b, c, d] = [ring[i], ring[(i + 1) % n], ring[j], ring[(j + 1) % n]];
      const adjacent = j === i + 1 || (i === 0 && j === n - 1);
      if (!adjacent && segmentsMeet(a, b, c, d)) return false;
      // Neighbours may share their corner, but not fold back on each other.
      if (adjacent && turn(a, b, j === i + 1 ? d : c) === 0) {
        const [from, corner, to] = j === i + 1 ? [a, b, d] : [b, a, c];
        if ((from[0] - corner[0]) * (to[0] - corner[0]) + (from[1] - corner[1]) * (to[1] - corner[1]) > 0) return false;
      }
    }
  }
  return true;
}

/** @param {Point} a @param {Point} b @param {Point} c @returns {number} > 0 where a, b, c turn left */
const turn = (a, b, c) => (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0]);

/** @param {Point} a @param {Point} b @param {Point} p on the line through both @returns {boolean} */
const between = (a, b, p) =>
  Math.min(a[0], b[0]) <= p[0] && p[0] <= Math.max(a[0], b[0]) && Math.min(a[1], b[1]) <= p[1] && p[1] <= Math.max(a[1], b[1]);

/** @param {Point} a @param {Point} b @param {Point} c @param {Point} d @returns {boolean} whether they share a point */
function segmentsMeet(a, b, c, d) {
  const [abc, abd, cda, cdb] = [turn(a, b, c), turn(a, b, d), turn(c, d, a), turn(c, d, b)];
  if (((abc > 0 && abd < 0) || (abc < 0 && abd > 0)) && ((cda > 0 && cdb < 0) || (cda < 0 && cdb > 0))) return true;
  return (
    (abc === 0 && between(a, b, c)) || (abd === 0 && between(a, b, d)) || (cda === 0 && between(c, d, a)) || (cdb === 0 && between(c, d, b))
  );
}

/** @param {Point[]} ring @param {Point} p in the same units @returns {boolean} inside or on the edge */
export function holds(ring, p) {
  let inside = false;
  for (let k = 0, before = ring.length - 1; k < ring.length; before = k++) {
    const a = ring[k];
    const b = ring[before];
    if (turn(a, b, p) === 0 && between(a, b, p)) return true;
    if (a[1] > p[1] !== b[1] > p[1] && p[0] < ((b[0] - a[0]) * (p[1] - a[1])) / (b[1] - a[1]) + a[0]) inside = !inside;
  }
  return inside;
}

/** @param {Outline|Circle} area @returns {[number, number, number, number]} west, south, east, north of a box around it */
export function boundsOf(area) {
  if (area.kind === 'circle') {
    const [lon, lat] = area.centre;
    const height = area.radius / METRES_A_DEGREE;
    const farthest = Math.min(90, Math.abs(lat) + height);
    const width = farthest > 89 ? 360 : height / Math.cos((farthest * Math.PI) / 180);
    return [Math.max(-180, lon - width), Math.max(-90, lat - height), Math.min(180, lon + width), Math.min(90, lat + height)];
  }
  const lons = area.ring.map(([lon]) => lon);
  const lats = area.ring.map(([, lat]) => lat);
  return [Math.min(...lons), Math.min(...lats), Math.max(...lons), Math.max(...lats)];
}

/**
 * Whether a line or an area touches an outline or a circle.
 * @param {Outline|Circle} area @param {any} geometry GeoJSON @returns {boolean}
 */
export function touches(area, geometry) {
  const { points, lines, polygons } = parts(geometry);
  if (points.some((point) => (area.kind === 'circle' ? distance(area.centre, point) <= area.radius : holds(area.ring, point)))) return true;
  const inner = area.kind === 'circle' ? area.centre : area.ring[0];
  if (polygons.some((rings) => rings.reduce((inside, ring) => inside !== holds(ring, inner), false))) return true;
  return [...lines, ...polygons.flat()].some((line) =>
    line.some((b, k) => k > 0 && (area.kind === 'circle' ? near(area, line[k - 1], b) : meets(area.ring, line[k - 1], b))),
  );
}

/** @param {Point[]} ring @param {Point} a @param {Point} b @returns {boolean} whether a segment has a part in a ring */
const meets = (ring, a, b) => holds(ring, a) || ring.some((corner, k) => segmentsMeet(a, b, corner, ring[(k + 1) % ring.length]));

/** Its nearest point is found in the plane around the centre, and then measured. @param {Circle} circle @param {Point} a @param {Point} b */
function near({ centre, radius }, a, b) {
  const narrow = Math.cos((centre[1] * Math.PI) / 180);
  const [ax, ay, bx, by] = [(a[0] - centre[0]) * narrow, a[1] - centre[1], (b[0] - centre[0]) * narrow, b[1] - centre[1]];
  const long = (bx - ax) ** 2 + (by - ay) ** 2;
  const share = long === 0 ? 0 : Math.max(0, Math.min(1, -(ax * (bx - ax) + ay * (by - ay)) / long));
  return distance(centre, [a[0] + share * (b[0] - a[0]), a[1] + share * (b[1] - a[1])]) <= radius;
}

/** @param {any} geometry GeoJSON @returns {{points: Point[], lines: Point[][], polygons: Point[][][]}} */
function parts(geometry) {
  /** @type {{points: Point[], lines: Point[][], polygons: Point[][][]}} */
  const found = { points: [], lines: [], polygons: [] };
  const { type, coordinates } = geometry;
  if (type === 'GeometryCollection') {
    for (const one of geometry.geometries) {
      const more = parts(one);
      found.points.push(...more.points);
      found.lines.push(...more.lines);
      found.polygons.push(...more.polygons);
    }
  } else if (type === 'Point') found.points.push(coordinates);
  else if (type === 'MultiPoint') found.points.push(...coordinates);
  else if (type === 'LineString') found.lines.push(coordinates);
  else if (type === 'MultiLineString') found.lines.push(...coordinates);
  else if (type === 'Polygon') found.polygons.push(coordinates);
  else if (type === 'MultiPolygon') found.polygons.push(...coordinates);
  return found;
}
