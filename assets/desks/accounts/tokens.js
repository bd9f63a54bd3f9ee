/** Tokens of programs: role, scope, districts, end. The token itself is shown once. */
import { fromRfc3339, wall } from '../../engine/time.js';
import { make } from '../../page/elements.js';
import { said, t } from '../../page/words.js';
import { button, choice, districtsSaid, field, onSent, section, shownOnce, table, when } from '../access/parts.js';
import { ask, askJson } from '../asking.js';

export class Tokens {
  /** @param {import('./people.js').Known} known */
  constructor({ roles, districts }) {
    this.roles = roles;
    this.districts = districts;
    /** @type {any[]} */
    this.tokens = [];
    /** @type {{name: string, secret: string}|null} */
    this.once = null;
    this.element = make('div', {});
  }

  async read() {
    this.tokens = await askJson('/api/tokens');
    this.show();
  }

  show() {
    const once = this.once ? [shownOnce(t('added_token', { name: this.once.name }), this.once.secret)] : [];
    const heads = ['token_for', 'accounts_role', 'account_permissions', 'account_districts', 'account_created', 'account_expires', 'account_state'];
    this.element.replaceChildren(section('tokens', table(heads, this.tokens.map((one) => this.row(one))), ...once, this.form()));
  }

  /** @param {any} one token */
  row(one) {
    const ended = one.expires_at !== null && fromRfc3339(one.expires_at) <= wall();
    return [
      one.name,
      t(`role_${one.role}`),
      (one.scope ?? this.roles[one.role] ?? []).map((/** @type {string} */ name) => t(`permission_${name}`)).join(t('list_join')),
      districtsSaid(one.districts, this.districts),
      make('span', { class: 'when' }, when(one.created_at)),
      one.expires_at ? make('span', { class: 'when' }, when(one.expires_at)) : t('account_days_none'),
      one.revoked_at || ended
        ? t(one.revoked_at ? 'account_revoked' : 'account_ended')
        : button('account_revoke', async () => {
            await ask(`/api/tokens/${one.id}/revoke`, { method: 'POST' });
            await this.read();
          }, { sure: true }),
    ];
  }

  form() {
    const name = make('input', { type: 'text', required: true, maxlength: '200', autocomplete: 'off' });
    const role = make('select', {}, ...Object.keys(this.roles).map((one) => make('option', { value: one }, t(`role_${one}`))));
    const days = make('input', { type: 'number', min: '1', max: '3650', placeholder: t('account_days_none'), class: 'days' });
    const districts = choice('districts_limit', this.districts.map((/** @type {any} */ one) => ({ code: one.code, word: said(one) })));
    const granted = () => choice('account_scope', (this.roles[role.value] ?? []).map((code) => ({ code, word: t(`permission_${code}`) })));
    let scope = granted();
    const form = make('form', {}, field('token_for', name), field('accounts_role', role), field('account_days', days), make('button', { type: 'submit', class: 'primary' }, t('add_token')), scope.element, districts.element);
    role.addEventListener('change', () => {
      const next = granted();
      scope.element.replaceWith(next.element);
      scope = next;
    });
    onSent(form, async () => {
      const wanted = { name: name.value.trim(), role: role.value, scope: scope.value(), districts: districts.value(), days: days.value ? Number(days.value) : null };
      this.once = { name: wanted.name, secret: (await askJson('/api/tokens', { json: wanted })).token };
      await this.read();
    });
    return form;
  }
}
