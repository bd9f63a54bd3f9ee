/** Accounts: who there is, what each may do and where. */
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { said, t } from '../../page/words.js';
import { button, choice, districtsSaid, field, onSent, section, shownOnce, table, when } from '../access/parts.js';
import { ask, askJson } from '../asking.js';

/** @typedef {{roles: Record<string, string[]>, districts: import('../access/parts.js').District[]}} Known what roles may do, which districts there are */

export class People {
  /** @param {Known} known */
  constructor({ roles, districts }) {
    this.roles = Object.keys(roles);
    this.known = districts;
    /** @type {any[]} */
    this.accounts = [];
    /** @type {{key: string, name: string, secret: string}|null} */
    this.once = null;
    this.element = make('div', {});
  }

  async read() {
    this.accounts = (await askJson('/api/accounts')).accounts;
    this.show();
  }

  show() {
    const rows = this.accounts.map((one) => this.row(one));
    const once = this.once ? [shownOnce(t(this.once.key, { name: this.once.name }), this.once.secret)] : [];
    this.element.replaceChildren(
      section('accounts', table(['account_name', 'accounts_role', 'account_districts', 'account_last_seen', 'account_state', ''], rows), ...once, this.form()),
    );
  }

  /** @param {any} one account */
  row(one) {
    const path = `/api/accounts/${encodeURIComponent(one.name)}`;
    const change = async (/** @type {any} */ json) => {
      await ask(path, { method: 'PATCH', json });
      note(() => t('account_saved'));
      await this.read();
    };
    const role = this.roleSelect(one.role);
    role.setAttribute('aria-label', `${one.name} · ${t('accounts_role')}`);
    role.addEventListener('change', () => void change({ role: role.value }).catch((error) => {
      note(() => error.message, 'error');
      role.value = one.role;
    }));
    return [
      one.name,
      role,
      this.districts(one, change),
      make('span', { class: 'when' }, when(one.last_seen)),
      t(one.disabled_at ? 'account_state_disabled' : 'account_state_open'),
      make('div', { class: 'acts' },
        ...(one.disabled_at ? [button('account_enable', () => change({ disabled: false }))] : [
          button('give_link', async () => {
            const made = await askJson(`${path}/link`, { method: 'POST' });
            this.once = { key: 'account_made_link', name: one.name, secret: made.link };
            this.show();
          }),
          button('sign_them_out', async () => {
            await ask(`${path}/sign-out`, { method: 'POST' });
            note(() => t('account_saved'));
          }, { sure: true }),
          button('account_disable', () => change({ disabled: true }), { sure: true }),
        ])),
    ];
  }

  /** @param {any} one account @param {(json: any) => Promise<void>} change */
  districts(one, change) {
    const ticks = choice('districts_limit', this.choices(), one.districts);
    const save = button('account_saved_do', () => change({ districts: ticks.value() }));
    return make('details', {}, make('summary', {}, districtsSaid(one.districts, this.known)), ticks.element, save);
  }

  choices() {
    return this.known.map((/** @type {import('../access/parts.js').District} */ one) => ({ code: one.code, word: said(one) }));
  }

  /** @param {string} chosen */
  roleSelect(chosen) {
    return make('select', {}, ...this.roles.map((role) => make('option', { value: role, selected: role === chosen }, t(`role_${role}`))));
  }

  form() {
    const name = make('input', { type: 'text', required: true, maxlength: '80', autocomplete: 'off' });
    const role = this.roleSelect('duty_officer');
    const ticks = choice('districts_limit', this.choices());
    const form = make('form', {}, field('account_name', name), field('accounts_role', role), make('button', { type: 'submit', class: 'primary' }, t('add_account')), ticks.element);
    onSent(form, async () => {
      const made = await askJson('/api/accounts', { json: { name: name.value.trim(), role: role.value, districts: ticks.value() } });
      this.once = { key: 'account_added_account', name: made.name, secret: made.link };
      await this.read();
    });
    return form;
  }
}
