/**
 * What was typed and is not saved yet, kept in this browser until it is: it outlives the page, a crash and a lost line.
 * It is its writer's own: nobody else who signs in here gets it, and it goes when its writer signs out.
 */

const PREFIX = 'emmap-briefing';

/** @typedef {import('./routes.js').Body} Body */
/** @typedef {{revision: number, base: Body, body: Body}} Unsaved `base`: the body of that revision */

export class UnsavedCopy {
  /** @param {string} owner @param {string} draft */
  constructor(owner, draft) {
    this.key = `${PREFIX} ${owner} ${draft}`;
  }

  /** @returns {Unsaved|null} */
  read() {
    try {
      return JSON.parse(localStorage.getItem(this.key) ?? 'null');
    } catch {
      return null;
    }
  }

  /** @param {Unsaved} held @returns {boolean} whether the browser had room for it */
  keep(held) {
    try {
      localStorage.setItem(this.key, JSON.stringify(held));
      return true;
    } catch {
      return false;
    }
  }

  drop() {
    localStorage.removeItem(this.key);
  }
}

export function dropAllUnsaved() {
  for (const key of Object.keys(localStorage)) if (key.startsWith(`${PREFIX} `)) localStorage.removeItem(key);
}
