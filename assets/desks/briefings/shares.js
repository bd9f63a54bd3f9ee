/** Links to a briefing for people without an account, each until a day, each revocable. */
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { t } from '../../page/words.js';
import { beijing } from '../telling.js';
import { button, choice, named } from './controls.js';
import { briefings } from './routes.js';

const DAYS = [1, 3, 7, 30];

export class Shares {
  /** @param {string} id of the briefing */
  constructor(id) {
    this.id = id;
    this.days = '7';
    /** @type {any[]} */
    this.found = [];
    /** A link is told once, when it is made. @type {string} */
    this.url = '';
    this.box = make('section', { class: 'card part shares' });
    void this.read();
  }

  async read() {
    this.found = await briefings.shares(this.id).catch(() => []);
    this.say();
  }

  say() {
    const days = choice(DAYS.map((n) => /** @type {[string, string]} */ ([String(n), t('days', { n })])), this.days, (value) => (this.days = value));
    const rows = this.found.filter((one) => !one.revoked_at).map((one) => make('li', {}, t('briefing_share_until', { at: beijing(one.expires_at), by: one.created_by }), ' ', button(t('briefing_share_revoke'), () => void this.attempt(async () => {
      await briefings.unshare(this.id, one.id);
      this.url = '';
    }), { class: 'link' })));
    this.box.replaceChildren(make('h3', {}, t('briefing_shares')), make('p', { class: 'muted' }, t('briefing_share_what')),
      make('div', { class: 'row' }, named(t('briefing_share_days'), days), button(t('briefing_share_make'), () => void this.attempt(async () => {
        this.url = (await briefings.share(this.id, Number(this.days))).url;
      }))),
      ...(this.url ? [this.link()] : []), make('ul', { class: 'items' }, ...rows));
  }

  link() {
    const address = new URL(this.url, location.href).href;
    const copy = button(t('briefing_share_copy'), () => void navigator.clipboard.writeText(address).then(() => (copy.textContent = t('briefing_share_copied'))));
    return make('div', { class: 'row once' }, make('code', {}, address), copy);
  }

  /** @param {() => Promise<void>} act */
  async attempt(act) {
    try {
      await act();
      await this.read();
    } catch (error) {
      note(() => /** @type {Error} */ (error).message, 'error');
    }
  }
}
