/** How a source stands, in one word. */
import { fromRfc3339, wall } from '../engine/time.js';

/**
 * @typedef {object} Source as `GET /api/sources` tells; an inlet has only name, title, last and per_day
 * @property {string} name @property {string} title @property {string|null} layer @property {string} reader
 * @property {string} place @property {number} every_s @property {number} expected_s @property {boolean} configured
 * @property {string} state @property {boolean} late @property {string|null} last_success @property {string|null} last_failure
 * @property {number} failures @property {{code: string, zh: string, en: string}|null} trouble @property {string|null} next_run
 * @property {{since: string, by: string}|null} paused
 * @property {{run: number, message: number|null, counts: Record<string, number>|null, confirmed: boolean}|null} held
 * @property {{day: string, records: number, new: number}[]} per_day
 */

/** @param {Source} one @returns {string} the word for how it stands: `state_` and this */
export function stateOf(one) {
  if (one.state === 'held' && one.held?.confirmed) return 'confirmed';
  if (one.late && (one.state === 'ok' || one.state === 'waiting')) return 'late';
  if ((one.state === 'ok' || one.state === 'failing') && one.next_run && fromRfc3339(one.next_run) < wall()) return 'queued';
  return one.state === 'ok' && one.trouble ? 'partly' : one.state;
}
