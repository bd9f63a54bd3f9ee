/** Two wrote at one place: both versions beside each other, and what is to become of them. */
import { dialog } from '../../page/dialog.js';
import { make } from '../../page/elements.js';
import { said, t } from '../../page/words.js';
import { minute } from './sight.js';
import { button } from './controls.js';
import { withMine } from './merge.js';

/** @typedef {import('./routes.js').Body} Body */
/** @typedef {import('./merge.js').Clash} Clash */

/**
 * @param {{body: Body, clashes: Clash[], by: string, at: string}} found @param {import('./routes.js').Offered} offered
 * @param {{settle: (body: Body) => void, duplicate: () => Promise<void>}} given `duplicate`: one's own becomes another draft
 */
export function askOfClash({ body, clashes, by, at }, offered, { settle, duplicate }) {
  /** Places at which one's own is wanted. @type {Set<Clash>} */
  const mine = new Set(clashes);
  const rows = clashes.map((clash) => {
    const name = `clash-${clashes.indexOf(clash)}`;
    const option = (/** @type {boolean} */ own, /** @type {any} */ value) => {
      const radio = make('input', { type: 'radio', name, checked: own });
      radio.addEventListener('change', () => (own ? mine.add(clash) : mine.delete(clash)));
      return make('label', { class: 'version' }, make('span', {}, radio, ' ', own ? t('briefing_clash_mine') : t('briefing_clash_theirs', { by })), make('pre', {}, shown(value)));
    };
    return make('fieldset', {}, make('legend', {}, placeName(clash, body, offered)), option(true, clash.mine), option(false, clash.theirs));
  });
  let settled = false;
  const end = (/** @type {() => void|Promise<void>} */ act) => {
    settled = true;
    made.close();
    void act();
  };
  const acts = make('div', { class: 'row' },
    button(t('briefing_clash_take_theirs'), () => end(() => settle(body))),
    button(t('briefing_clash_duplicate'), () => end(duplicate)), make('span', { class: 'spring' }),
    button(t('briefing_clash_settle'), () => end(() => settle(withMine(body, [...mine]))), { class: 'primary' }));
  const made = dialog(t('briefing_clash'), [make('p', {}, t('briefing_clash_what', { by, at: minute(at) })), make('div', { class: 'versions' }, ...rows), acts], 'clash');
  // Nothing is saved until it is settled: closing it is no answer.
  made.addEventListener('cancel', (event) => event.preventDefault());
  made.addEventListener('close', () => settled || askOfClash({ body, clashes, by, at }, offered, { settle, duplicate }));
}

/** @param {any} value */
const shown = (value) => (typeof value === 'string' ? value : value === undefined ? '—' : JSON.stringify(value, null, 1));

/** @param {Clash} clash @param {Body} body @param {import('./routes.js').Offered} offered */
function placeName({ where: [first, second] }, body, offered) {
  if (first === 'header') return t(`briefing_header_${second}`);
  if (!second) return t(first === 'title' ? 'briefing_title' : first === 'paper' ? 'briefing_paper' : 'briefing_shown');
  const block = body.blocks.find((one) => one.key === first);
  const kind = offered.kinds.find((one) => one.name === block?.kind);
  return `${kind ? said(kind.title) : first}「${block?.title ?? ''}」`;
}
