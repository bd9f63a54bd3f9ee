/** Seconds since 2000-01-01T00:00:00Z, as the columns count, and their way to people: always Beijing time. */

export const EPOCH = 946684800;
export const UNBOUNDED_START = -2147483648;
export const UNBOUNDED_END = 2147483647;
/** K of "what is known now": after everything, before the end of what is open. */
export const NOW_KNOWN = UNBOUNDED_END - 1;

/** A difference that a network's delay may make. */
const NEAR_MS = 2000;
let ahead = 0;

/** Where this machine's clock is off, the server's counts. @param {number} ms by which the server is ahead */
export function setClock(ms) {
  ahead = Math.abs(ms) > NEAR_MS ? ms : 0;
}

/** @returns {number} ms since 1970 by the wall clock */
const wallMs = () => Date.now() + ahead;

/** @returns {number} the wall clock's now, seconds since 2000 */
export const wall = () => Math.floor(wallMs() / 1000) - EPOCH;

/**
 * The clock of a realm in which a past span is fed again, as the server tells it.
 * @typedef {{scenario: string, started_at: string, begins_at: string, ends_at: string, speed: number}} ScenarioClock
 */

/** @type {ScenarioClock|null} */
let scenario = null;

/** @param {ScenarioClock|null} told null: the wall clock counts @returns {boolean} whether it is another clock than before */
export function setScenario(told) {
  const other = JSON.stringify(told) !== JSON.stringify(scenario);
  scenario = told;
  return other;
}

/** @returns {ScenarioClock|null} the realm's own clock, while it has one */
export const scenarioClock = () => scenario;

/** @returns {number} the realm's now, seconds since 2000 */
export function now() {
  if (!scenario) return wall();
  const passed = (wallMs() - Date.parse(scenario.started_at)) * scenario.speed;
  return Math.floor(Math.min(Date.parse(scenario.ends_at), Date.parse(scenario.begins_at) + Math.max(0, passed)) / 1000) - EPOCH;
}

/** @param {number} at seconds since 2000 @returns {string} RFC 3339 in Beijing time */
export function toRfc3339(at) {
  return new Date((at + EPOCH + 8 * 3600) * 1000).toISOString().slice(0, 19) + '+08:00';
}

/** @param {string} text RFC 3339 with offset @returns {number} seconds since 2000; NaN where it is none */
export function fromRfc3339(text) {
  const whole = text.trim().replace(/ (\d\d:\d\d)$/, '+$1');
  const found = /^(\d{4})-(\d\d)-(\d\d)[T ](?!24)\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:?\d\d)$/i.exec(whole);
  if (!found) return NaN;
  // Date.parse takes the 30th of February for the 1st of March.
  const [year, month, day] = found.slice(1, 4).map(Number);
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return NaN;
  const at = Date.parse(whole);
  return Number.isNaN(at) ? NaN : Math.floor(at / 1000) - EPOCH;
}

/** @param {number} at @returns {string} 2020-05-22 01:12:00 */
export const full = (at) => toRfc3339(at).slice(0, 19).replace('T', ' ');

/** @param {number} at @param {number} [today] @returns {string} 01:12, with the date where it is not today */
export function brief(at, today = now()) {
  if (at <= UNBOUNDED_START || at >= UNBOUNDED_END) return '—';
  const text = full(at);
  const same = text.slice(0, 10) === full(today).slice(0, 10);
  const year = text.slice(0, 4) === full(today).slice(0, 4);
  return same ? text.slice(11, 16) : year ? text.slice(5, 16) : text.slice(0, 16);
}
