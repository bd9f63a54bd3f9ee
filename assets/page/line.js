/** How the line to the server stands: the pill of the header, and the red bar where it is down. */
import { EPOCH, full } from '../engine/time.js';
import { byId, make, write } from './elements.js';
import { t } from './words.js';

/** @typedef {import('../engine/live.js').LiveState} LiveState */

const LATE_MS = 3000;

/** @param {LiveState|null} state null: nothing is known yet */
export function showLine(state) {
  const pill = byId('live');
  const bar = byId('bar');
  const kind = !state ? 'connecting' : state.kind === 'live' && !state.database ? 'down' : state.kind === 'live' && state.delay > LATE_MS ? 'late' : state.kind;
  pill.dataset.state = kind;
  const time = state ? full(state.since / 1000 - EPOCH).slice(11) : '';
  const seconds = ((state?.delay ?? 0) / 1000).toFixed(1);
  const text = {
    connecting: () => t('live_connecting'),
    live: () => t('live_now', { n: seconds }),
    late: () => t('live_late', { n: seconds }),
    down: () => t('live_down', { time }),
    'signed-out': () => t('live_signed_out'),
  }[kind];
  write(byId('live-text'), text?.() ?? '');
  bar.hidden = kind !== 'down' && kind !== 'signed-out';
  if (bar.hidden) return;
  const told = kind === 'signed-out' ? t('signed_out_bar') : t(state?.kind === 'live' ? 'database_bar' : 'down_bar', { time });
  if (bar.dataset.told === told) return;
  bar.dataset.told = told;
  bar.replaceChildren(told);
  if (kind === 'signed-out') {
    const target = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
    bar.append(' ', make('a', { href: target }, t('sign_in')));
  }
}
