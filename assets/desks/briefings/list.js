/** The list of the desk: drafts, those that wait for a checker or a signer, what was signed, what comes on schedule. */
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { lang, number, said, t } from '../../page/words.js';
import { again } from '../asking.js';
import { ago, beijing } from '../telling.js';
import { newBriefing } from '../../page/new_briefing.js';
import { button, choice, line } from './controls.js';
import { briefings, drafts, offered, pageOf, schedules } from './routes.js';
import { Schedules } from './schedules.js';

const EACH_MS = 20_000;
const TABS = /** @type {const} */ (['drafts', 'waiting', 'signed', 'scheduled']);

export class List {
  /** @param {import('../shell.js').Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.mayWrite = desk.may('briefing');
    const asked = new URLSearchParams(location.search).get('tab');
    /** @type {typeof TABS[number]} */
    this.tab = TABS.find((one) => one === asked) ?? (this.mayWrite ? 'drafts' : 'signed');
    /** @type {import('./routes.js').Draft[]} */
    this.drafts = [];
    /** @type {any[]} */
    this.briefings = [];
    /** @type {any[]} */
    this.schedules = [];
    this.search = '';
    this.series = '';
    this.head = make('div', { class: 'list-head' });
    this.body = make('div', { class: 'list-body' });
    this.table = make('div', {});
  }

  async open() {
    const { desk } = this;
    desk.main.classList.add('list');
    desk.main.replaceChildren(this.head, this.body);
    this.known = await offered();
    this.timed = new Schedules(this.known, desk.realm, () => void this.read());
    desk.on('language', () => this.say());
    const go = again(() => this.read(), () => EACH_MS);
    desk.on('back', () => void go());
    await go();
    this.say();
  }

  async read() {
    try {
      [this.drafts, this.briefings] = await Promise.all([this.mayWrite ? drafts.list() : [], briefings.list()]);
      if (this.tab === 'scheduled') this.schedules = await schedules.list();
    } catch (error) {
      note(() => /** @type {Error} */ (error).message, 'error');
      return;
    }
    if (this.head.children.length) this.sayHead();
    this.sayRows();
  }

  say() {
    this.sayHead();
    this.sayBody();
  }

  sayHead() {
    const counts = { drafts: this.of('drafting').length, waiting: this.of('checking', 'checked').length, signed: this.briefings.length, scheduled: null };
    const tabs = TABS.filter((one) => this.mayWrite || one === 'signed').map((one) => {
      const made = button(t(`briefing_tab_${one}`), () => this.turn(one), { class: 'chip', 'aria-pressed': String(one === this.tab), 'data-tab': one });
      const n = counts[one];
      if (n !== null) made.append(make('span', { class: 'n' }, number(n)));
      return made;
    });
    const create = this.mayWrite ? [button(t('briefing_new'), () => void newBriefing({ realm: this.desk.realm }), { class: 'primary', id: 'briefing-new' })] : [];
    const held = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.tab : undefined;
    this.head.replaceChildren(make('h2', {}, t('desk_briefings')), make('div', { class: 'chips' }, ...tabs), make('span', { class: 'spring' }), ...create);
    if (held) /** @type {HTMLElement|null} */ (this.head.querySelector(`[data-tab="${held}"]`))?.focus();
  }

  /** @param {typeof TABS[number]} tab */
  turn(tab) {
    this.tab = tab;
    const address = new URL(location.href);
    address.searchParams.set('tab', tab);
    history.replaceState(history.state, '', address);
    this.say();
    void this.read();
  }

  /** @param {...string} stages */
  of(...stages) {
    return this.drafts.filter((one) => stages.includes(one.stage));
  }

  sayBody() {
    if (this.tab === 'scheduled') this.body.replaceChildren(/** @type {Schedules} */ (this.timed).box);
    else if (this.tab === 'signed') this.body.replaceChildren(this.finder(), this.table);
    else this.body.replaceChildren(this.table);
    this.sayRows();
  }

  finder() {
    const series = [...new Set(this.briefings.map((one) => one.series).filter(Boolean))].sort();
    const find = line(this.search, (value) => {
      this.search = value;
      this.sayRows();
    }, { type: 'search', placeholder: t('briefing_search'), 'aria-label': t('briefing_search') });
    const select = choice([['', t('briefing_series_all')], ...series.map((one) => /** @type {[string, string]} */ ([one, one]))], this.series, (value) => {
      this.series = value;
      this.sayRows();
    }, { 'aria-label': t('briefing_series_name') });
    return make('div', { class: 'row finder' }, find, select);
  }

  sayRows() {
    if (this.tab === 'scheduled') this.timed?.show(this.schedules);
    else this.table.replaceChildren(this.tab === 'signed' ? this.signed() : this.written());
  }

  written() {
    const rows = this.tab === 'drafts' ? this.of('drafting') : this.of('checking', 'checked');
    if (!rows.length) return make('p', { class: 'empty' }, t(`briefing_none_${this.tab}`));
    return table(['briefing_title', 'briefing_template', 'briefing_stage', 'briefing_drafter', 'briefing_updated'], rows.map((one) => [
      make('span', {}, make('a', { class: 'link', href: pageOf(`/drafts/${one.id}`) }, one.title || t('briefing_untitled')), ...exercise(one)),
      this.templateName(one.template),
      make('span', { class: `stage ${one.stage}` }, t(`briefing_stage_${one.stage}`) + (one.comment && one.stage === 'drafting' ? ` · ${t('briefing_was_returned')}` : '')),
      one.drafted_by || t('briefing_by_schedule'),
      `${one.updated_by} · ${ago(one.updated_at)}`,
    ]));
  }

  signed() {
    const words = this.search.trim().toLowerCase();
    const rows = this.briefings.filter((one) => (!this.series || one.series === this.series) && (!words || [one.title, one.id, one.series, one.issue, one.signed_by].some((part) => String(part ?? '').toLowerCase().includes(words))));
    if (!rows.length) return make('p', { class: 'empty' }, t('briefing_none_signed'));
    return table(['briefing_issue', 'briefing_title', 'briefing_template', 'briefing_signer', 'briefing_made', 'briefing_files'], rows.map((one) => [
      one.series ? t('briefing_number_short', { series: one.series, year: one.year, issue: one.issue }) : '—',
      make('span', {}, make('a', { class: 'link', href: pageOf(`/${one.id}`) }, one.title), ...exercise(one)),
      this.templateName(one.template),
      one.signed_by ?? one.account,
      make('span', { class: 'when' }, beijing(one.created_at)),
      make('span', { class: 'files' }, make('a', { class: 'link', href: briefings.file(one.id, 'pdf'), target: '_blank', rel: 'noopener' }, 'PDF')),
    ]));
  }

  /** @param {string} name */
  templateName(name) {
    const found = this.known?.templates.find((one) => one.name === name);
    return found ? said(found.title) : name === 'map' ? t('briefing_export') : name;
  }
}

/** @param {{realm: string}} one */
const exercise = ({ realm }) => (realm === 'real' ? [] : [' ', make('span', { class: 'badge' }, t('exercise'))]);

/** @param {string[]} heads @param {(Node|string)[][]} rows */
export function table(heads, rows) {
  const head = make('tr', {}, ...heads.map((key) => make('th', { scope: 'col' }, t(key))));
  return make('div', { class: 'card wide' }, make('table', { lang: lang() }, make('thead', {}, head), make('tbody', {}, ...rows.map((row) => make('tr', {}, ...row.map((cell) => make('td', {}, cell)))))));
}
