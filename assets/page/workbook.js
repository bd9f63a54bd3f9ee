/** Fetching a workbook: says how long it takes, offers the file, or says why there is none. */
import { formatView } from '../engine/view.js';
import { make } from './elements.js';
import { reasonOf, refusalOf } from './refusal.js';
import { lang, t } from './words.js';

/**
 * @param {import('../engine/view.js').View} view @param {HTMLElement} state where it is told @param {HTMLButtonElement} button
 */
export async function offerWorkbook(view, state, button) {
  const began = Date.now();
  const say = () => (state.textContent = t('export_working', { seconds: ((Date.now() - began) / 1000).toFixed(0) }));
  say();
  const timer = setInterval(say, 500);
  button.disabled = true;
  try {
    const answer = await fetch(`/api/selection.xlsx?${formatView({ ...view, bbox: null })}&lang=${lang()}`);
    if (!answer.ok) throw new Error(await refusalOf(answer));
    const name = decodeURIComponent(/filename\*=utf-8''([^;]+)/i.exec(answer.headers.get('content-disposition') ?? '')?.[1] ?? 'emmap.xlsx');
    const link = make('a', { href: URL.createObjectURL(await answer.blob()), download: name, class: 'link' }, t('download_as', { format: name }));
    state.replaceChildren(t('table_ready'), ' ', link);
    link.focus();
  } catch (error) {
    state.textContent = t('export_failed', { why: reasonOf(/** @type {Error} */ (error).message) });
  } finally {
    clearInterval(timer);
    button.disabled = false;
  }
}
