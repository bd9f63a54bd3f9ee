/**
 * Half-typed input, kept in this tab until it is used: it survives a reload, and signing in again. It may name people,
 * so it is kept for one person only, never beyond the tab, and is gone after signing out.
 */

import { byId } from './elements.js';

const PREFIX = 'emmap-draft';
let owner = '';

/** @param {string} name of who is signed in: what somebody else typed is dropped */
export function draftsOf(name) {
  owner = name;
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(`${PREFIX} `) && !key.startsWith(`${PREFIX} ${name} `)) sessionStorage.removeItem(key);
}

/** @param {string} what @returns {string|null} */
export const draft = (what) => sessionStorage.getItem(`${PREFIX} ${owner} ${what}`);

/** @param {string} what @param {string|null} text null: it was used */
export function keep(what, text) {
  if (text === null) sessionStorage.removeItem(`${PREFIX} ${owner} ${what}`);
  else sessionStorage.setItem(`${PREFIX} ${owner} ${what}`, text);
}

export function forgetDrafts() {
  for (const key of Object.keys(sessionStorage)) if (key.startsWith(`${PREFIX} `)) sessionStorage.removeItem(key);
}

/**
 * Keeps what is being typed into a field that drops it when the hand leaves it; after a reload it stands there again,
 * with the caret. @param {HTMLInputElement} field @param {string} what
 */
export function keepTyped(field, what) {
  field.addEventListener('input', () => keep(what, field.value));
  // To sign in again one has to leave the field: that is no giving up.
  field.addEventListener('blur', () => byId('bar').hidden && keep(what, null));
  field.addEventListener('keydown', (event) => ['Enter', 'Escape'].includes(event.key) && keep(what, null));
  const typed = draft(what);
  if (typed === null || typed === field.value) return;
  field.focus();
  field.value = typed;
}
