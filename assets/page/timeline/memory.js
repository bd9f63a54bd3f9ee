/** What a tab's timeline showed, so that a reload shows it again. */

/** @typedef {import('./scale.js').Span} Span */
/** What showed, the window and its span where it stays, and whether T was now. @typedef {{span: Span, name: string|null, fixed: Span|null, live: boolean, now: number}} Shown */

/** @param {string} realm */
const place = (realm) => `emmap-timeline ${realm}`;

/** @param {string} realm @param {Shown} shown */
export const remember = (realm, shown) => sessionStorage.setItem(place(realm), JSON.stringify(shown));

/**
 * @param {string} realm @param {number|null} at T; null: now @param {number} now
 * @returns {Shown|null} null where nothing is kept, or T lies elsewhere: then a link was opened
 */
export function recalled(realm, at, now) {
  const text = sessionStorage.getItem(place(realm));
  if (!text) return null;
  /** @type {Shown} */
  const kept = JSON.parse(text);
  if (kept.live !== (at === null)) return null;
  // Now stands where it stood.
  const by = at === null ? now - kept.now : 0;
  const span = { from: kept.span.from + by, to: kept.span.to + by };
  return at !== null && (at < span.from || at > span.to) ? null : { ...kept, span };
}
