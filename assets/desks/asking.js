/** Asking the routes: JSON, or a sentence that says why not. */
import { reasonOf } from '../page/refusal.js';
import { lang } from '../page/words.js';

/** What a route refused, or why it could not be reached. `message` is in the page's language, whenever it is read. */
export class Refusal extends Error {
  /** @param {number} status 0: it was not reached @param {any} problem as the route told it (RFC 9457), with `zh` and `en` */
  constructor(status, problem) {
    super();
    this.status = status;
    this.problem = problem;
    Object.defineProperty(this, 'message', { get: () => this.problem[lang()] ?? this.problem.detail ?? reasonOf(this.problem.line ?? String(this.status)) });
  }
}

/**
 * @param {string} path of a route
 * @param {{realm?: string, query?: Record<string, string|number|null|undefined>, method?: string, json?: any, body?: BodyInit, signal?: AbortSignal}} [given]
 * `json` goes as JSON, `body` as it is; either makes it a POST unless `method` says otherwise
 * @returns {Promise<Response>} that is ok. Throws `Refusal`
 */
export async function ask(path, { realm, query = {}, method, json, body, signal } = {}) {
  const address = new URL(path, location.href);
  for (const [name, value] of Object.entries({ realm, ...query })) if (value !== undefined && value !== null) address.searchParams.set(name, String(value));
  const sent = json === undefined ? body : JSON.stringify(json);
  const headers = json === undefined ? undefined : { 'content-type': 'application/json' };
  const answer = await fetch(address, { method: method ?? (sent === undefined ? 'GET' : 'POST'), body: sent, headers, signal }).catch((error) => {
    if (error.name === 'AbortError') throw error;
    throw new Refusal(0, { line: error.message });
  });
  if (!answer.ok) throw new Refusal(answer.status, await answer.json().catch(() => ({})));
  return answer;
}

/** The same, read as JSON. @param {string} path @param {Parameters<typeof ask>[1]} [given] @returns {Promise<any>} */
export const askJson = async (path, given) => (await ask(path, given)).json();

/**
 * Does something again and again, `pause` after it has ended, while the page is looked at. What it throws is not its end.
 * @param {() => Promise<void>} work @param {() => number} pause milliseconds
 * @returns {() => Promise<void>} does it at once; the first call begins
 */
export function again(work, pause) {
  /** @type {ReturnType<typeof setTimeout>|undefined} */
  let timer;
  /** @type {Promise<void>|undefined} */
  let working;
  const go = async () => {
    clearTimeout(timer);
    await working;
    clearTimeout(timer);
    working = work().catch(() => {});
    await working;
    working = undefined;
    clearTimeout(timer);
    if (document.visibilityState === 'visible') timer = setTimeout(go, pause());
  };
  document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && void go());
  return go;
}
