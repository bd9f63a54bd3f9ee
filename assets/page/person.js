/** What the header says of the realm, the theme and who is signed in. */
import { scenarioClock } from '../engine/time.js';
import { byId, isNight, write } from './elements.js';
import { retitle, t } from './words.js';

/** @typedef {{name: string, role: string, permissions: string[]}} Me as /api/me tells */

/** @param {Me} me @param {string} realm */
export function showPerson(me, realm) {
  const badge = byId('realm');
  badge.hidden = realm === 'real';
  const clock = scenarioClock();
  if (clock) write(badge, t('exercise_replay', { speed: Number(clock.speed.toFixed(2)) }));
  else write(badge, realm === 'exercise' ? t('exercise_realm') : t('realm', { name: realm }));
  retitle(/** @type {HTMLElement} */ (byId('night').firstElementChild), isNight() ? 'day' : 'night');
  byId('sign-out').title = t('signed_in_as', { name: me.name, role: t(`role_${me.role}`) });
  byId('sign-out').setAttribute('aria-label', `${t('sign_out')} · ${byId('sign-out').title}`);
}

/** @param {boolean} night */
export function turnNight(night) {
  document.documentElement.dataset.theme = night ? 'night' : 'day';
  localStorage.setItem('emmap-theme', night ? 'night' : 'day');
  byId('night').setAttribute('aria-pressed', String(night));
}
