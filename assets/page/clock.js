/** The wall clock of the header, in Beijing time. */
import { full } from '../engine/time.js';
import { byId, write } from './elements.js';
import { t } from './words.js';

/** @param {number} now seconds since 2000 */
export function showClock(now) {
  const text = full(now);
  write(byId('clock'), text.slice(11));
  const day = t('weekdays').split(' ')[new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDay()];
  const [year, month, date] = text.slice(0, 10).split('-').map(Number);
  const values = { day, year, month, date, iso: text.slice(0, 10), brief: text.slice(5, 10) };
  const [long, short] = byId('date').children;
  write(long, `${t('date_long', values)} · ${t('beijing_time')}`);
  write(short, t('date_short', values));
}
