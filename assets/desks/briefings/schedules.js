/** Drafts that come by themselves: daily at an hour, or when a response is raised. Nothing is ever sent by itself. */
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { said, t } from '../../page/words.js';
import { ago } from '../telling.js';
import { button, choice, line, named } from './controls.js';
import { pageOf, schedules } from './routes.js';

const LEVELS = [4, 3, 2, 1];

export class Schedules {
  /** @param {import('./routes.js').Offered} known @param {string} realm @param {() => void} changed */
  constructor(known, realm, changed) {
    this.realm = realm;
    this.known = known;
    this.changed = changed;
    this.templates = known.templates.filter((one) => one.blocks.length);
    this.wanted = { template: this.templates[0]?.name ?? '', every: 'daily', at: '08:00', level: '2', title: '' };
    this.list = make('div', {});
    this.form = make('form', { class: 'card part schedule' });
    this.box = make('div', { class: 'schedules' }, this.list, this.form);
    this.form.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.add();
    });
  }

  /** @param {any[]} found */
  show(found) {
    const rows = found.map((one) => make('li', { class: 'card' },
      make('div', {}, make('b', {}, this.when(one)), ' ', this.templateName(one.template), one.title ? ` · ${one.title}` : ''),
      make('div', { class: 'muted' }, one.last_at ? t('briefing_schedule_last', { ago: ago(one.last_at) }) : t('briefing_schedule_never'), ' ',
        one.last_draft ? make('a', { class: 'link', href: pageOf(`/drafts/${one.last_draft}`) }, t('briefing_schedule_draft')) : '',
        one.fault ? make('span', { class: 'failed' }, one.fault) : ''),
      button(t('briefing_schedule_remove'), () => void this.remove(one))));
    this.list.replaceChildren(rows.length ? make('ul', { class: 'items' }, ...rows) : make('p', { class: 'muted' }, t('briefing_none_scheduled')));
    if (!this.form.contains(document.activeElement)) this.sayForm();
  }

  sayForm() {
    const { wanted } = this;
    const set = (/** @type {keyof Schedules['wanted']} */ name) => (/** @type {string} */ value) => {
      wanted[name] = value;
      if (name === 'every') this.sayForm();
    };
    const template = choice(this.templates.map((one) => /** @type {[string, string]} */ ([one.name, said(one.title)])), wanted.template, set('template'));
    const every = choice(/** @type {[string, string][]} */ (['daily', 'response'].map((one) => [one, t(`briefing_every_${one}`)])), wanted.every, set('every'));
    const when = wanted.every === 'daily'
      ? named(t('briefing_schedule_at'), line(wanted.at, set('at'), { required: true, pattern: '([01]\\d|2[0-3]):[0-5]\\d', maxlength: '5', placeholder: '08:00' }))
      : named(t('briefing_schedule_level'), choice(LEVELS.map((one) => /** @type {[string, string]} */ ([String(one), t(`briefing_response_${one}`)])), wanted.level, set('level')));
    this.form.replaceChildren(make('h3', {}, t('briefing_schedule_add')), make('p', { class: 'muted' }, t('briefing_schedule_what')),
      make('div', { class: 'grid' }, named(t('briefing_template'), template), named(t('briefing_schedule_every'), every), when, named(t('briefing_title'), line(wanted.title, set('title'), { maxlength: '80', placeholder: t('briefing_schedule_title') }))),
      make('div', { class: 'row' }, make('button', { type: 'submit', class: 'primary' }, t('briefing_schedule_add'))));
  }

  /** @param {any} one */
  when(one) {
    return one.daily_at ? t('briefing_schedule_daily', { at: one.daily_at }) : t('briefing_schedule_response', { level: t(`briefing_response_${one.response_level}`) });
  }

  /** @param {string} name */
  templateName(name) {
    const found = this.known.templates.find((one) => one.name === name);
    return found ? said(found.title) : name;
  }

  async add() {
    const { template, every, at, level, title } = this.wanted;
    await this.attempt(() => schedules.make({ template, title, view: { realm: this.realm }, ...(every === 'daily' ? { daily_at: at } : { response_level: Number(level) }) }));
  }

  /** @param {any} one */
  async remove(one) {
    await this.attempt(() => schedules.remove(one.id));
  }

  /** @param {() => Promise<any>} act */
  async attempt(act) {
    try {
      await act();
      this.changed();
    } catch (error) {
      note(() => /** @type {Error} */ (error).message, 'error');
    }
  }
}
