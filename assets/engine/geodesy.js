/** Lengths and areas on the WGS 84 ellipsoid. Points are [longitude, latitude] in degrees, lengths metres. */

/** @typedef {[number, number]} Point */

const A = 6378137;
const F = 1 / 298.257223563;
const B = A * (1 - F);
const E2 = F * (2 - F);
const E = Math.sqrt(E2);
const MEAN_RADIUS = 6371008.8;
const MOST_ROUNDS = 100;

const rad = (/** @type {number} */ degrees) => (degrees * Math.PI) / 180;

/**
 * The geodesic between two points by Vincenty's inverse formula (Survey Review 23, no. 176, 1975), to a millimetre. Near
 * the antipode, where it does not converge, the great circle (within 0.6 %).
 * @param {Point} from @param {Point} to @returns {number} metres
 */
export function distance([lon1, lat1], [lon2, lat2]) {
  const L = rad(lon2 - lon1);
  const u1 = Math.atan((1 - F) * Math.tan(rad(lat1)));
  const u2 = Math.atan((1 - F) * Math.tan(rad(lat2)));
  const [s1, c1, s2, c2] = [Math.sin(u1), Math.cos(u1), Math.sin(u2), Math.cos(u2)];
  let lambda = L;
  for (let round = 0; round < MOST_ROUNDS; round++) {
    const [sl, cl] = [Math.sin(lambda), Math.cos(lambda)];
    const sinSigma = Math.hypot(c2 * sl, c1 * s2 - s1 * c2 * cl);
    if (sinSigma === 0) return 0;
    const cosSigma = s1 * s2 + c1 * c2 * cl;
    const sigma = Math.atan2(sinSigma, cosSigma);
    const sinAlpha = (c1 * c2 * sl) / sinSigma;
    const cos2Alpha = 1 - sinAlpha ** 2;
    const cos2Mid = cos2Alpha === 0 ? 0 : cosSigma - (2 * s1 * s2) / cos2Alpha;
    const C = (F / 16) * cos2Alpha * (4 + F * (4 - 3 * cos2Alpha));
    const before = lambda;
    lambda = L + (1 - C) * F * sinAlpha * (sigma + C * sinSigma * (cos2Mid + C * cosSigma * (2 * cos2Mid ** 2 - 1)));
    if (Math.abs(lambda - before) < 1e-12) {
      const uu = (cos2Alpha * (A * A - B * B)) / (B * B);
      const a = 1 + (uu / 16384) * (4096 + uu * (-768 + uu * (320 - 175 * uu)));
      const b = (uu / 1024) * (256 + uu * (-128 + uu * (74 - 47 * uu)));
      const third = (b / 6) * cos2Mid * (4 * sinSigma ** 2 - 3) * (4 * cos2Mid ** 2 - 3);
      return B * a * (sigma - b * sinSigma * (cos2Mid + (b / 4) * (cosSigma * (2 * cos2Mid ** 2 - 1) - third)));
    }
  }
  return spherical([lon1, lat1], [lon2, lat2]);
}

/** @param {Point[]} path @returns {number[]} the length of each segment, metres */
export const segments = (path) => path.slice(1).map((point, k) => distance(path[k], point));

/** Snyder, Map Projections (USGS Professional Paper 1395, 1987), equation 3-12. @param {number} sin of the latitude */
const q = (sin) => (1 - E2) * (sin / (1 - E2 * sin ** 2) - Math.log((1 - E * sin) / (1 + E * sin)) / (2 * E));
const Q_POLE = q(1);
const AUTHALIC_RADIUS = A * Math.sqrt(Q_POLE / 2);

/**
 * The area of a polygon. Latitudes become authalic ones (Snyder, equation 3-11), so that the sphere has the ellipsoid's
 * area; there each edge adds its spherical excess (Karney, Algorithms for geodesics, J. Geodesy 87, 2013, equation 63).
 * Within 0.1 % for edges of a few hundred kilometres; not for polygons around a pole.
 * @param {Point[]} ring the first corner not repeated @returns {number} m²
 */
export function surface(ring) {
  const half = ring.map(([, lat]) => Math.tan(Math.asin(Math.max(-1, Math.min(1, q(Math.sin(rad(lat))) / Q_POLE))) / 2));
  let excess = 0;
  ring.forEach(([lon], k) => {
    const next = (k + 1) % ring.length;
    let turn = ring[next][0] - lon;
    if (Math.abs(turn) > 180) turn -= 360 * Math.sign(turn); // across the date line
    excess += 2 * Math.atan((Math.tan(rad(turn) / 2) * (half[k] + half[next])) / (1 + half[k] * half[next]));
  });
  return Math.abs(excess) * AUTHALIC_RADIUS ** 2;
}

/**
 * Points at a distance from a centre: on a sphere first, then put right by the measured distance.
 * @param {Point} centre @param {number} radius metres @param {number} [n] how many @returns {Point[]}
 */
export function around(centre, radius, n = 96) {
  return Array.from({ length: n }, (_, k) => {
    const bearing = (2 * Math.PI * k) / n;
    let there = sphereAhead(centre, bearing, radius);
    for (let round = 0; round < 2; round++) there = sphereAhead(centre, bearing, (radius * spherical(centre, there)) / distance(centre, there));
    return there;
  });
}

/** @param {Point} from @param {Point} to @returns {number} metres on the sphere */
function spherical([lon1, lat1], [lon2, lat2]) {
  const h = Math.sin(rad(lat2 - lat1) / 2) ** 2 + Math.cos(rad(lat1)) * Math.cos(rad(lat2)) * Math.sin(rad(lon2 - lon1) / 2) ** 2;
  return 2 * MEAN_RADIUS * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** @param {Point} from @param {number} bearing radians @param {number} length metres on the sphere @returns {Point} */
function sphereAhead([lon, lat], bearing, length) {
  const angle = length / MEAN_RADIUS;
  const sin = Math.sin(rad(lat)) * Math.cos(angle) + Math.cos(rad(lat)) * Math.sin(angle) * Math.cos(bearing);
  const east = Math.atan2(Math.sin(bearing) * Math.sin(angle) * Math.cos(rad(lat)), Math.cos(angle) - Math.sin(rad(lat)) * sin);
  return [lon + (east * 180) / Math.PI, (Math.asin(sin) * 180) / Math.PI];
}
