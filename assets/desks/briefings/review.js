/** From hand to hand: sent for checking, returned with a comment, passed, signed. */
import { fromRfc3339, wall } from '../../engine/time.js';
import { dialog } from '../../page/dialog.js';
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { age, said, t } from '../../page/words.js';
import { area, button, named } from './controls.js';
import { warning } from './preview.js';
import { drafts, pageOf } from './routes.js';

/** Data older than this are worth a word before a briefing is signed. */
const OLD_S = 30 * 60;

/** @typedef {import('./routes.js').Draft} Draft */
/** @typedef {import('./routes.js').Stage} Stage */

export class Review {
  /**
   * @param {() => Draft} draft @param {import('./routes.js').Offered} offered
   * @param {{ready: () => Promise<boolean>, revision: () => number, took: (draft: Draft) => void, warnings: () => any[], during: (act: () => Promise<void>) => Promise<void>}} given
   * `ready`: all that was typed is saved; `during` does something while the bar waits, and says what goes wrong
   */
  constructor(draft, offered, given) {
    this.draft = draft;
    this.offered = offered;
    this.given = given;
  }

  /** Buttons for what the person may do next. */
  buttons() {
    const { may } = this.draft();
    const made = [];
    if (may.includes('drafting')) made.push(button(t('briefing_return'), () => this.giveBack()));
    if (may.includes('checking')) made.push(button(t('briefing_submit'), () => void this.turn('checking'), { class: 'primary' }));
    if (may.includes('checked')) made.push(button(t('briefing_pass'), () => void this.turn('checked'), { class: may.includes('signed') ? 'plain' : 'primary' }));
    if (may.includes('signed')) made.push(button(t('briefing_sign'), () => void this.sign(), { class: 'primary' }));
    return made;
  }

  /** @param {Stage} to @param {string} [comment] @returns {Promise<any>} */
  async turn(to, comment) {
    /** @type {any} */
    let told = null;
    await this.given.during(async () => {
      if (!(await this.given.ready())) throw new Error(t('briefing_not_saved_yet'));
      told = await drafts.stage(this.draft().id, { revision: this.given.revision(), to, ...(comment ? { comment } : {}) });
      if (to !== 'signed') this.given.took(told);
    });
    return told;
  }

  giveBack() {
    let comment = '';
    const send = button(t('briefing_return'), () => {
      if (!comment.trim()) {
        text.focus();
        return;
      }
      window_.close();
      void this.turn('drafting', comment.trim());
    }, { class: 'primary' });
    const text = area('', (value) => (comment = value), { maxlength: '1000', autofocus: true });
    const window_ = dialog(t('briefing_return'), [named(t('briefing_comment'), text), make('div', { class: 'row' }, make('span', { class: 'spring' }), button(t('briefing_cancel'), () => window_.close()), send)]);
  }

  /** What a signer should know, none of which forbids it. @returns {string[]} */
  doubts() {
    const { body, data } = this.draft();
    const template = this.offered.templates.find((one) => one.name === body.template);
    const empty = Object.keys(template?.header ?? {}).filter((name) => !['to', 'cc', 'signer', 'checker'].includes(name) && !body.header[name]?.trim());
    const blank = body.blocks.filter((one) => one.kind === 'text' && !one.text?.trim());
    const taken = fromRfc3339(data.taken_at);
    const late = Object.entries(data.expected_s ?? {}).filter(([layer, expected]) => data.heard?.[layer] && taken - fromRfc3339(data.heard[layer]) > expected).map(([layer]) => layer);
    return [
      ...(body.title.trim() ? [] : [t('briefing_doubt_title')]),
      ...(empty.length ? [t('briefing_doubt_header', { names: empty.map((name) => t(`briefing_header_${name}`)).join(t('list_join')) })] : []),
      ...(blank.length ? [t('briefing_doubt_text', { names: blank.map((one) => one.title || t('briefing_untitled')).join(t('list_join')) })] : []),
      ...(!body.view.at && wall() - taken > OLD_S ? [t('briefing_doubt_old', { age: age(wall() - taken) })] : []),
      ...(late.length ? [t('briefing_doubt_late', { names: late.map((id) => this.layerName(id)).join(t('list_join')) })] : []),
      ...this.given.warnings().map(warning),
    ];
  }

  /** @param {string} id */
  layerName(id) {
    const layer = this.layers?.find((one) => one.id === id);
    return layer ? said(layer.title) : id;
  }

  /** @type {any[]|undefined} */
  layers;

  async sign() {
    if (!(await this.given.ready())) {
      note(() => t('briefing_not_saved_yet'), 'error');
      return;
    }
    const draft = this.draft();
    const doubts = this.doubts();
    const number = await drafts.number(draft.id).catch(() => null);
    const list = doubts.length ? make('ul', { class: 'doubts' }, ...doubts.map((one) => make('li', {}, one))) : make('p', { class: 'well' }, t('briefing_no_doubts'));
    const go = button(t('briefing_sign'), async () => {
      go.disabled = true;
      go.textContent = t('briefing_signing');
      const told = await this.turn('signed');
      if (told) location.assign(pageOf(`/${told.briefing_id}`));
      else made.close();
    }, { class: 'primary' });
    const made = dialog(t('briefing_sign'), [
      make('p', { class: 'number' }, number ? numberWords(number) : t('briefing_number_later')),
      make('p', {}, t('briefing_sign_what', { title: draft.body.title, drafter: draft.drafted_by || '—', checker: draft.checked_by ?? '—' })),
      list, make('p', { class: 'muted' }, t('briefing_sign_final')),
      make('div', { class: 'row' }, make('span', { class: 'spring' }), button(t('briefing_cancel'), () => made.close()), go),
    ]);
    go.focus();
  }
}

/** @param {any} number @returns {string} 三防专报 2020 年第 12 期（总第 87 期） */
export const numberWords = ({ series, year, issue, total }) => t('briefing_number', { series, year, issue, total });
