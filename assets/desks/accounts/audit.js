/** The audit: what happened, the newest first, and whether its chain holds. */
import { make } from '../../page/elements.js';
import { t } from '../../page/words.js';
import { button, field, onSent, section, table, when } from '../access/parts.js';
import { askJson } from '../asking.js';

const ACTS = ['sign_in', 'sign_in_failed', 'sign_out', 'refused', 'personal', 'change', 'export'];
const AT_ONCE = 50;

export class Audit {
  constructor() {
    /** @type {any[]} */
    this.entries = [];
    this.asked = { act: '', actor: '' };
    this.more = false;
    /** @type {any} */
    this.proof = null;
    this.element = make('div', {});
  }

  /** @param {number|null} [before] */
  async read(before = null) {
    const { act, actor } = this.asked;
    const found = await askJson('/api/audit', { query: { act: act || null, actor: actor || null, before, limit: AT_ONCE } });
    this.entries = before === null ? found : [...this.entries, ...found];
    this.more = found.length === AT_ONCE;
    this.show();
  }

  show() {
    const rows = this.entries.map((one) => this.row(one));
    const heads = ['audit_when', 'audit_who', 'audit_what', 'audit_about', 'audit_where', 'audit_details'];
    const verify = button('audit_verify', async () => {
      this.proof = await askJson('/api/audit/proof');
      this.show();
    });
    this.element.replaceChildren(section(
      'audit', this.form(), make('div', { class: 'acts' }, verify), ...this.proved(),
      rows.length ? table(heads, rows) : make('p', { class: 'muted' }, t('audit_none')),
      ...(this.more ? [make('div', {}, button('audit_more', () => this.read(this.entries[this.entries.length - 1].id)))] : []),
    ));
  }

  proved() {
    const { proof } = this;
    if (!proof) return [];
    if (proof.faults.length) return [make('p', { class: 'failed', role: 'alert' }, t('audit_broken', { n: proof.faults.length }))];
    return [make('p', { role: 'status' }, t('audit_holds', { n: proof.seals, head: `${proof.seals}:${proof.hash}` }))];
  }

  /** @param {any} one entry */
  row(one) {
    const details = Object.keys(one.details).length
      ? make('details', {}, make('summary', {}, '…'), make('code', {}, JSON.stringify(one.details, null, 1)))
      : '';
    return [
      make('span', { class: 'when' }, when(one.at)),
      one.actor || '—',
      one.times > 1 ? `${t(`act_${one.act}`)} ×${one.times}` : t(`act_${one.act}`),
      one.subject,
      one.address || '—',
      details,
    ];
  }

  form() {
    const act = make('select', {}, ...['', ...ACTS].map((one) => make('option', { value: one, selected: one === this.asked.act }, t(one ? `act_${one}` : 'audit_all'))));
    const actor = make('input', { type: 'search', value: this.asked.actor, autocomplete: 'off' });
    const form = make('form', {}, field('audit_what', act), field('audit_who', actor), make('button', { type: 'submit', class: 'plain' }, t('audit_show')));
    onSent(form, async () => {
      this.asked = { act: act.value, actor: actor.value.trim() };
      await this.read();
    });
    return form;
  }
}
