/** The routes of the briefing desk. */
import { ask, askJson } from '../asking.js';

/** @typedef {{key: string, kind: string, title?: string, [parameter: string]: any}} Block */
/** @typedef {{title: string, template: string, paper: string, view: Record<string, any>, header: Record<string, string>, blocks: Block[]}} Body as `emmap/briefing/body.py` takes it */
/** @typedef {{realm: string, at: string, taken_at: string, stamps: Record<string, string|null>, heard?: Record<string, string>, expected_s?: Record<string, number>}} Data */
/** @typedef {'drafting'|'checking'|'checked'|'signed'} Stage */
/** @typedef {{id: string, revision: number, stage: Stage, title: string, template: string, realm: string, body: Body, data: Data, drafted_by: string, checked_by: string|null,
 * comment: string, corrects: string|null, briefing_id: string|null, updated_at: string, updated_by: string, may: string[], [more: string]: any}} Draft */
/** @typedef {{zh: string, en: string}} Title */
/** @typedef {{name: string, title: Title, papers: string[], rooms_mm: Record<string, [number, number]>, header: Record<string, string>, blocks: any[]}} Template `rooms_mm`: width and greatest height of a drawing, by paper */
/** @typedef {{name: string, title: Title, parameters: Record<string, any>}} Kind `parameters`: a JSON schema */
/** @typedef {{templates: Template[], kinds: Kind[]}} Offered */

const ROOT = '/api/briefings';
const of = (/** @type {string} */ id) => `${ROOT}/drafts/${encodeURIComponent(id)}`;

/** @returns {Promise<Offered>} */
export const offered = () => askJson(`${ROOT}/templates`);

export const drafts = {
  /** @returns {Promise<Draft[]>} without body and data, the newest first */
  list: () => askJson(`${ROOT}/drafts`),
  /** @param {string} id @returns {Promise<Draft>} */
  read: (id) => askJson(of(id)),
  /** @param {{template: string, view: any, title?: string}} json @returns {Promise<Draft>} */
  make: (json) => askJson(`${ROOT}/drafts`, { json }),
  /** @param {string} id @param {number} revision @param {Body} body @returns {Promise<Draft>} */
  save: (id, revision, body) => askJson(of(id), { method: 'PUT', json: { revision, body } }),
  /** @param {string} id @param {Body} body @param {AbortSignal} [signal] @returns {Promise<{pages: string[], warnings: any[]}>} */
  preview: (id, body, signal) => askJson(`${of(id)}/preview`, { json: { body }, signal }),
  /** What a text block would say at first. @param {string} id @param {string} block its key @returns {Promise<{text: string}>} */
  wording: (id, block) => askJson(`${of(id)}/wording`, { json: { block } }),
  /** New data. @param {string} id @param {number} revision @returns {Promise<Draft>} */
  renew: (id, revision) => askJson(`${of(id)}/data`, { json: { revision } }),
  /** @param {string} id @param {{at?: string|null}} [json] without `at` a day later @returns {Promise<Draft>} */
  duplicate: (id, json = {}) => askJson(`${of(id)}/duplicate`, { json }),
  /** @param {string} id */
  remove: (id) => ask(of(id), { method: 'DELETE' }),
  /** The number that it would get if it were signed now. @param {string} id @returns {Promise<any>} */
  number: (id) => askJson(`${of(id)}/number`),
  /** @param {string} id @param {{revision: number, to: Stage, comment?: string}} json @returns {Promise<any>} */
  stage: (id, json) => askJson(`${of(id)}/stage`, { json }),
};

export const briefings = {
  /** @returns {Promise<any[]>} the newest first */
  list: () => askJson(ROOT, { query: { limit: 1000 } }),
  /** @param {string} id @returns {Promise<any>} */
  read: (id) => askJson(`${ROOT}/${encodeURIComponent(id)}`),
  /** @param {string} id @returns {Promise<any>} */
  verify: (id) => askJson(`${ROOT}/${encodeURIComponent(id)}/verification`),
  /** @param {string} id @returns {Promise<Draft>} */
  correct: (id) => askJson(`${ROOT}/${encodeURIComponent(id)}/corrections`, { method: 'POST' }),
  /** @param {string} id @returns {Promise<any[]>} */
  shares: (id) => askJson(`${ROOT}/${encodeURIComponent(id)}/shares`),
  /** @param {string} id @param {number} days @returns {Promise<{url: string, expires_at: string}>} */
  share: (id, days) => askJson(`${ROOT}/${encodeURIComponent(id)}/shares`, { json: { days } }),
  /** @param {string} id @param {string} share */
  unshare: (id, share) => ask(`${ROOT}/${encodeURIComponent(id)}/shares/${encodeURIComponent(share)}`, { method: 'DELETE' }),
  /** @param {string} id @param {string} format @param {Record<string, string|number>} [query] @returns {string} */
  file: (id, format, query = {}) => {
    const asked = new URLSearchParams(Object.entries(query).map(([name, value]) => [name, String(value)])).toString();
    return `${ROOT}/${encodeURIComponent(id)}.${format}${asked ? `?${asked}` : ''}`;
  },
};

export const images = {
  /** @param {File} file @returns {Promise<{sha256: string, width_px: number, height_px: number}>} */
  send: (file) => {
    const body = new FormData();
    body.append('file', file);
    return askJson(`${ROOT}/images`, { body });
  },
  /** @param {string} sha256 */
  address: (sha256) => `${ROOT}/images/${encodeURIComponent(sha256)}`,
};

export const schedules = {
  /** @returns {Promise<any[]>} */
  list: () => askJson(`${ROOT}/schedules`),
  /** @param {any} json @returns {Promise<any>} */
  make: (json) => askJson(`${ROOT}/schedules`, { json }),
  /** @param {string} id */
  remove: (id) => ask(`${ROOT}/schedules/${encodeURIComponent(id)}`, { method: 'DELETE' }),
};

/** Opens a page of the desk, in the page's language and realm. @param {string} path below /briefings @returns {string} */
export function pageOf(path = '') {
  const here = new URLSearchParams(location.search);
  const kept = new URLSearchParams([...here].filter(([name]) => name === 'lang' || name === 'realm')).toString();
  return `/briefings${path}${kept ? `?${kept}` : ''}`;
}
