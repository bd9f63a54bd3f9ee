/**
 * Datums in the browser: WGS 84, CGCS2000, GCJ-02 and BD-09, by the formulas of `emmap/ingest/datums.py`.
 *
 * @typedef {'wgs84'|'cgcs2000'|'gcj02'|'bd09'} Datum
 * @typedef {[lng: number, lat: number]} Place degrees
 */

/** @type {Record<Datum, string>} what each is called, in every language */
export const DATUMS = { wgs84: 'WGS 84', cgcs2000: 'CGCS2000', gcj02: 'GCJ-02', bd09: 'BD-09' };

const A = 6378245;
const EE = 0.00669342162296594323;
const BD_X = (Math.PI * 3000) / 180;
/** Rounds of the inverse: each shrinks the error about a thousandfold, from 600 m at Guangzhou. */
const ROUNDS = 6;

const { abs, atan2, cos, hypot, sin, sqrt, PI } = Math;

/** @param {Place} place of WGS 84 @param {Datum} datum @returns {Place} in that datum */
export function fromWgs84(place, datum) {
  if (datum === 'gcj02') return gcj02(place);
  return datum === 'bd09' ? bd09OfGcj02(gcj02(place)) : place;
}

/** @param {Place} place @param {Datum} datum its datum @returns {Place} in WGS 84 */
export function toWgs84(place, datum) {
  if (datum === 'gcj02') return wgs84OfGcj02(place);
  return datum === 'bd09' ? wgs84OfGcj02(gcj02OfBd09(place)) : place;
}

/** @param {Place} place */
function gcj02([lng, lat]) {
  const [east, north] = offset(lng, lat);
  return /** @type {Place} */ ([lng + east, lat + north]);
}

/** @param {Place} place */
function wgs84OfGcj02([lng, lat]) {
  /** @type {Place} */
  let found = [lng, lat];
  for (let round = 0; round < ROUNDS; round++) {
    const [east, north] = offset(...found);
    found = [lng - east, lat - north];
  }
  return found;
}

/** @param {Place} place @returns {Place} */
function bd09OfGcj02([lng, lat]) {
  const reach = hypot(lng, lat) + 2e-5 * sin(lat * BD_X);
  const angle = atan2(lat, lng) + 3e-6 * cos(lng * BD_X);
  return [reach * cos(angle) + 0.0065, reach * sin(angle) + 0.006];
}

/** @param {Place} place @returns {Place} */
function gcj02OfBd09([lng, lat]) {
  const [x, y] = [lng - 0.0065, lat - 0.006];
  const reach = hypot(x, y) - 2e-5 * sin(y * BD_X);
  const angle = atan2(y, x) - 3e-6 * cos(x * BD_X);
  return [reach * cos(angle), reach * sin(angle)];
}

/** What GCJ-02 adds to WGS 84, in degrees; none outside the rectangle that the offset is defined for.
 * @param {number} lng @param {number} lat @returns {[east: number, north: number]} */
function offset(lng, lat) {
  if (lng < 72.004 || lng > 137.8347 || lat < 0.8293 || lat > 55.8271) return [0, 0];
  const [x, y] = [lng - 105, lat - 35];
  const root = sqrt(abs(x));
  const shared = ((20 * sin(6 * PI * x) + 20 * sin(2 * PI * x)) * 2) / 3;
  let north = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + shared;
  north += ((20 * sin(PI * y) + 40 * sin((PI * y) / 3)) * 2) / 3;
  north += ((160 * sin((PI * y) / 12) + 320 * sin((PI * y) / 30)) * 2) / 3;
  let east = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + shared;
  east += ((20 * sin(PI * x) + 40 * sin((PI * x) / 3)) * 2) / 3;
  east += ((150 * sin((PI * x) / 12) + 300 * sin((PI * x) / 30)) * 2) / 3;
  const radians = (lat * PI) / 180;
  const m = 1 - EE * sin(radians) ** 2;
  return [(east * 180) / ((PI * A * cos(radians)) / sqrt(m)), (north * 180) / ((PI * A * (1 - EE)) / (m * sqrt(m)))];
}
