/** The raw messages behind a run: a list, and each as text, whatever it is. */
import { make } from '../../page/elements.js';
import { t } from '../../page/words.js';
import { ask, askJson } from '../asking.js';
import { beijing, weight } from '../telling.js';

/** @typedef {{id: number, source: string, name: string|null, identifier: string|null, media_type: string, size: number, received: string, sha256: string, pruned: string|null, erased: string|null}} Raw */

const SHOWN = 200_000;

/** @param {import('../shell.js').Desk} desk @param {string} source @param {number} run @returns {Promise<HTMLElement>} Throws `Refusal` */
export async function rawMessages(desk, source, run) {
  /** @type {Raw[]} */
  const found = await askJson(`/api/sources/${source}/runs/${run}/messages`, { realm: desk.realm });
  if (!found.length) return make('p', { class: 'muted' }, t('raw_none'));
  return make('ul', { class: 'raw-list', 'aria-label': t('raw_messages', { n: found.length }) }, ...found.map((one, i) => entry(desk, one, i === 0 && found.length > 1)));
}

/** @param {Raw} one */
const titleOf = (one) => one.identifier ?? one.name ?? t('raw_title', { id: one.id });

/** @param {import('../shell.js').Desk} desk @param {Raw} one @param {boolean} carries whether it brought the others */
function entry(desk, one, carries) {
  const name = make('span', { class: 'raw-name' }, titleOf(one));
  const about = make('span', { class: 'muted numbers' }, [beijing(one.received), weight(one.size), one.media_type].join(' · '));
  const item = make('li', {}, name, ...(carries ? [make('span', { class: 'badge stale' }, t('raw_carrier'))] : []), about);
  const gone = one.erased ?? one.pruned;
  if (gone) {
    item.append(make('span', { class: 'muted' }, t(one.erased ? 'raw_erased' : 'raw_pruned', { day: beijing(gone).slice(0, 10), digest: one.sha256.slice(0, 16) })));
    return item;
  }
  const view = make('button', { class: 'link' }, t('raw_view'));
  view.addEventListener('click', () => void show(desk, one));
  item.append(view, make('a', { class: 'link', href: addressOf(desk, one), download: '' }, t('download')));
  return item;
}

/** @param {import('../shell.js').Desk} desk @param {Raw} one */
const addressOf = (desk, one) => `/api/messages/${one.id}?realm=${encodeURIComponent(desk.realm)}`;

/** Opens one as text: it is never read as a page. @param {import('../shell.js').Desk} desk @param {Raw} one */
async function show(desk, one) {
  const title = titleOf(one);
  const text = make('pre', { class: 'raw-text', tabindex: '0', 'aria-label': title }, t('loading'));
  const note = make('p', { class: 'muted' });
  const close = make('button', { class: 'plain', autofocus: true }, t('close'));
  const head = make('div', { class: 'raw-head' }, make('h2', {}, title), make('a', { class: 'plain', href: addressOf(desk, one), download: '' }, t('download')), close);
  const dialog = make('dialog', { class: 'raw', 'aria-label': title }, head, note, text);
  close.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
  try {
    const answer = await ask(`/api/messages/${one.id}`, { realm: desk.realm, query: { first: SHOWN } });
    const read = decoded(new Uint8Array(await answer.arrayBuffer()), one.size > SHOWN);
    text.textContent = read ?? '';
    text.hidden = read === null;
    if (read === null) note.textContent = t('raw_binary', { type: one.media_type });
    else if (one.size > SHOWN) note.textContent = t('raw_first', { shown: weight(SHOWN), size: weight(one.size) });
  } catch (error) {
    text.hidden = true;
    note.textContent = t('raw_failed', { why: /** @type {Error} */ (error).message });
  }
}

/**
 * Text in UTF-8, UTF-16 (by its mark) or GB 18030, as what comes here is written.
 * @param {Uint8Array} bytes @param {boolean} cut whether the end may lie within a character
 * @returns {string|null} null: it is no text
 */
export function decoded(bytes, cut) {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return new TextDecoder('utf-16le').decode(bytes);
  if (first === 0xfe && second === 0xff) return new TextDecoder('utf-16be').decode(bytes);
  if (bytes.includes(0)) return null;
  for (const encoding of ['utf-8', 'gb18030']) {
    try {
      return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: cut });
    } catch {
      // the next one
    }
  }
  return new TextDecoder().decode(bytes);
}

