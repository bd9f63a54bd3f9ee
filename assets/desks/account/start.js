/** My account: what I may do, my password, where I am signed in. */
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { said, t } from '../../page/words.js';
import { button, field, onSent, section, table, when } from '../access/parts.js';
import { ask, askJson } from '../asking.js';
import { openDesk } from '../shell.js';

class Account {
  /** @param {import('../shell.js').Desk} desk */
  constructor(desk) {
    this.desk = desk;
    /** @type {any} */
    this.told = null;
    desk.on('language', () => this.show());
  }

  async read() {
    this.told = await askJson('/api/account');
    this.show();
  }

  show() {
    const { told } = this;
    this.desk.main.replaceChildren(
      make('h2', {}, t('account_title')),
      section('account_rights', make('dl', { class: 'facts' }, ...this.facts())),
      ...(told.by_token ? [make('p', {}, t('no_account'))] : [this.password(), this.sessions()]),
    );
  }

  facts() {
    const { told } = this;
    const rows = /** @type {[string, string][]} */ ([
      ['sign_in_name', told.name],
      ['account_role', t(`role_${told.role}`)],
      ['account_permissions', told.permissions.map((/** @type {string} */ one) => t(`permission_${one}`)).join(t('list_join'))],
      ['account_districts', told.districts === null ? t('account_whole_city') : told.districts.map(said).join(t('list_join'))],
    ]);
    return rows.map(([key, value]) => make('div', {}, make('dt', {}, t(key)), make('dd', {}, value)));
  }

  password() {
    const kinds = /** @type {[string, string][]} */ ([
      ...(this.told.has_password ? [['password_old', 'current-password']] : []),
      ['password_new', 'new-password'],
      ['password_again', 'new-password'],
    ]);
    const inputs = Object.fromEntries(
      kinds.map(([key, autocomplete]) => [key, make('input', { type: 'password', autocomplete, required: true, maxlength: '200' })]),
    );
    const form = make(
      'form', {}, make('input', { type: 'text', autocomplete: 'username', value: this.told.name, hidden: true }),
      ...kinds.map(([key]) => field(key, inputs[key])), make('button', { type: 'submit', class: 'primary' }, t('password_set')),
    );
    onSent(form, async () => {
      if (inputs.password_new.value !== inputs.password_again.value) throw new Error(t('password_differs'));
      await ask('/api/account/password', { json: { old: inputs.password_old?.value ?? '', new: inputs.password_new.value } });
      note(() => t('password_done'));
      await this.read();
    });
    const hint = this.told.has_password ? t('password_hint') : `${t('password_none')}${t('password_hint')}`;
    return section('password', make('p', { class: 'muted' }, hint), form);
  }

  sessions() {
    const rows = this.told.sessions.map((/** @type {any} */ one) => [
      one.address || '—',
      browserOf(one.browser),
      make('span', { class: 'when' }, when(one.opened_at)),
      make('span', { class: 'when' }, when(one.used_at)),
      one.current
        ? make('span', { class: 'badge stale' }, t('session_this'))
        : button('session_close', async () => {
            await ask(`/api/account/sessions/${one.id}/close`, { method: 'POST' });
            await this.read();
          }),
    ]);
    const everywhere = button('sign_out_everywhere', async () => {
      await ask('/api/account/sign-out-everywhere', { method: 'POST' });
      location.assign('/sign-in?next=/account');
    }, { sure: true });
    return section('sessions', table(['session_where', 'session_browser', 'session_opened', 'session_used', ''], rows), make('div', {}, everywhere));
  }
}

/** @param {string} agent @returns {string} what a person calls it */
function browserOf(agent) {
  const known = /** @type {[RegExp, string][]} */ ([[/Edg\//, 'Edge'], [/Firefox\//, 'Firefox'], [/Chrome\//, 'Chrome'], [/Safari\//, 'Safari']]);
  const systems = /** @type {[RegExp, string][]} */ ([[/Android/, 'Android'], [/iPhone|iPad/, 'iOS'], [/Windows/, 'Windows'], [/Mac OS/, 'macOS'], [/Linux/, 'Linux']]);
  const name = known.find(([pattern]) => pattern.test(agent))?.[1];
  const system = systems.find(([pattern]) => pattern.test(agent))?.[1];
  return name ? [name, system].filter(Boolean).join(' · ') : agent.slice(0, 60) || '—';
}

openDesk((desk) => new Account(desk).read());
