/**
 * Coordinates as people write them: decimal degrees, degrees and minutes, or degrees, minutes and seconds, in Chinese or
 * English, with latitude or longitude first.
 */
import { DATUMS } from './datums.js';

/** @typedef {import('./datums.js').Datum} Datum */
/** @typedef {{lng: number, lat: number, first: 'lat'|'lng', datum: Datum|null}} Coordinates which came first; the datum that the text names */

/** Where an order that nobody wrote down is plain: latitudes and longitudes of Guangdong. */
const LAT = [20, 26];
const LNG = [109, 118];

/** @type {[RegExp, Datum][]} */
const NAMES = [
  [/GCJ-?02|高德|腾讯|火星(坐标)?/g, 'gcj02'],
  [/BD-?09|百度/g, 'bd09'],
  [/CGCS-?2000|国家2000|天地图/g, 'cgcs2000'],
  [/WGS-?84|WGS 84/g, 'wgs84'],
];

/** @type {[RegExp, string][]} words and signs, all to N S E W and ° ' " */
const SIGNS = [
  [/北纬|纬度|LATITUDE|LAT/g, 'N'],
  [/南纬/g, 'S'],
  [/东经|经度|LONGITUDE|LONG|LNG|LON/g, 'E'],
  [/西经/g, 'W'],
  [/[度º˚]/g, '°'],
  [/″|''|′′|’’|[秒“”]/g, '"'],
  [/[分′’‘]/g, "'"],
  [/[,、;:=/|()[\]]/g, ' '],
];

/** @param {string} text @returns {Coordinates|null} null where the text is no pair of coordinates */
export function parseCoordinates(text) {
  let rest = text.replace(/[º˚]/g, '°').replace(/″/g, '"').normalize('NFKC').toUpperCase();
  /** @type {Datum|null} */
  let datum = null;
  for (const [name, meant] of NAMES) {
    const without = rest.replace(name, ' ');
    if (without !== rest) datum = meant;
    rest = without;
  }
  for (const [sign, plain] of SIGNS) rest = rest.replace(sign, plain);
  if (!/^[NSEW\d.°'"+\-\s]+$/.test(rest) || /\.\d*\./.test(rest)) return null;
  const letters = rest.match(/[NSEW]/g) ?? [];
  const angles = anglesOf(rest);
  if (angles?.length !== 2) return null;
  const order = letters.length ? byLetters(letters) : byRange(angles, /[.°]/.test(rest));
  if (!order) return null;
  const sign = (/** @type {number} */ k) => (/[SW]/.test(letters[k] ?? '') ? -1 : 1);
  const [one, two] = angles.map((angle, k) => angle * sign(k));
  const [lat, lng] = order === 'lat' ? [one, two] : [two, one];
  return Math.abs(lat) <= 90 && Math.abs(lng) <= 180 ? { lng, lat, first: order, datum } : null;
}

/** The angles, in degrees: by their signs, or 2, 4 or 6 bare numbers. @param {string} text @returns {number[]|null} */
function anglesOf(text) {
  const numbers = [...text.matchAll(/([+-]?\d+(?:\.\d*)?|[+-]?\.\d+)\s*([°'"]?)/g)].map(([, digits, unit]) => ({ n: Number(digits), digits, unit }));
  const marked = numbers.some(({ unit }) => unit === '°');
  const each = numbers.length / 2;
  if (!marked && ![1, 2, 3].includes(each)) return null;
  /** @type {{n: number, digits: string, unit: string}[][]} */
  const groups = [];
  numbers.forEach((number, k) => {
    if (marked ? number.unit === '°' : k % each === 0) groups.push([]);
    groups.at(-1)?.push(number);
  });
  const angles = groups.map(([degrees, minutes, seconds, ...more]) => {
    const parts = [minutes?.n ?? 0, seconds?.n ?? 0];
    const good = more.length === 0 && parts.every((n) => n >= 0 && n < 60) && minutes?.unit !== '"' && seconds?.unit !== "'";
    const size = Math.abs(degrees.n) + parts[0] / 60 + parts[1] / 3600;
    return good ? (degrees.digits.startsWith('-') ? -size : size) : NaN;
  });
  return angles.some(Number.isNaN) ? null : angles;
}

/** @param {string[]} letters @returns {'lat'|'lng'|null} which came first */
function byLetters(letters) {
  const kinds = letters.map((letter) => ('NS'.includes(letter) ? 'lat' : 'lng'));
  return kinds.length === 2 && kinds[0] !== kinds[1] ? /** @type {'lat'|'lng'} */ (kinds[0]) : null;
}

/** Which came first: by the ranges of the province, else what no latitude can be; else latitude, as ISO 6709 has it.
 * @param {number[]} angles @param {boolean} written as no two plain numbers are @returns {'lat'|'lng'|null} */
function byRange([one, two], written) {
  const within = (/** @type {number} */ n, /** @type {number[]} */ [least, most]) => n >= least && n <= most;
  if (within(one, LAT) && within(two, LNG)) return 'lat';
  if (within(one, LNG) && within(two, LAT)) return 'lng';
  if (!written) return null;
  return Math.abs(one) > 90 ? 'lng' : 'lat';
}

/** @param {import('./datums.js').Place} place @returns {string} `23.12900°N 113.26400°E`, to the metre */
export function formatCoordinates([lng, lat]) {
  const east = ((((lng + 180) % 360) + 360) % 360) - 180;
  return `${Math.abs(lat).toFixed(5)}°${lat < 0 ? 'S' : 'N'} ${Math.abs(east).toFixed(5)}°${east < 0 ? 'W' : 'E'}`;
}

const KEY = 'emmap-datum';

/** @returns {Datum} the datum in which this browser shows coordinates */
export function shownDatum() {
  const kept = localStorage.getItem(KEY) ?? '';
  return kept in DATUMS ? /** @type {Datum} */ (kept) : 'wgs84';
}

/** @param {Datum} datum */
export const showDatum = (datum) => localStorage.setItem(KEY, datum);
