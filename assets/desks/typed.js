/** A time as people type it. */
import { fromRfc3339 } from '../engine/time.js';

/** @param {string} text in Beijing time @returns {number|null|undefined} seconds since 2000; null: nothing is typed; undefined: no time */
export function typed(text) {
  const whole = text.trim().replace('T', ' ');
  if (!whole) return null;
  const found = /^(\d{4}-\d\d-\d\d)(?: (\d\d:\d\d)(?::(\d\d))?)?$/.exec(whole);
  const at = found ? fromRfc3339(`${found[1]}T${found[2] ?? '00:00'}:${found[3] ?? '00'}+08:00`) : NaN;
  return Number.isNaN(at) ? undefined : at;
}
