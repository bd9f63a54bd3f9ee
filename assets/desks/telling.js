/** Instants and sizes as people read them. */
import { brief, fromRfc3339, full, wall } from '../engine/time.js';
import { age, number, t } from '../page/words.js';

/** @param {string} at RFC 3339 @returns {string} 2026-11-24 16:00:03, Beijing time */
export const beijing = (at) => full(fromRfc3339(at));

/** @param {string} at RFC 3339 @returns {string} 16:00, with the date where it is not today */
export const shortly = (at) => brief(fromRfc3339(at), wall());

/** @param {string} at RFC 3339 @returns {number} seconds that have passed since; negative where it is to come */
export const since = (at) => wall() - fromRfc3339(at);

/** @param {string|null} at RFC 3339 @returns {string} 12 分前 · 16:00 */
export const ago = (at) => (at ? `${t('ago', { age: age(Math.max(0, since(at))) })} · ${shortly(at)}` : t('never'));

/** @param {number} bytes @returns {string} 812 字节, 12.4 KiB */
export function weight(bytes) {
  if (bytes < 1024) return t('bytes', { n: number(bytes) });
  if (bytes < 1024 ** 2) return `${(bytes / 1024).toFixed(1)} KiB`;
  return `${(bytes / 1024 ** 2).toFixed(1)} MiB`;
}
