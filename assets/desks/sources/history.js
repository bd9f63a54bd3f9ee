/** What a source's runs did, the newest first, and the raw messages behind each. */
import { make } from '../../page/elements.js';
import { lang, t } from '../../page/words.js';
import { askJson } from '../asking.js';
import { beijing, shortly, weight } from '../telling.js';
import { rawMessages } from './raw.js';

/**
 * @typedef {object} Run
 * @property {number} id @property {string} began @property {string} finished @property {number} times
 * @property {'taken'|'unchanged'|'failed'|'held'|'lost'} outcome @property {string|null} code
 * @property {string} zh @property {string} en @property {number|null} size
 * @property {number|null} import @property {number|null} message @property {string|null} account
 */

const AT_ONCE = 100;

export class History {
  /** @param {import('../shell.js').Desk} desk @param {string} source */
  constructor(desk, source) {
    this.desk = desk;
    this.source = source;
    /** @type {Run[]} */
    this.runs = [];
    this.more = false;
    /** Runs whose raw messages are open. @type {Map<number, HTMLElement>} */
    this.open = new Map();
    this.body = make('tbody');
    this.older = make('button', { class: 'plain' }, t('older_runs'));
    this.older.addEventListener('click', () => void this.load(this.runs[this.runs.length - 1]?.id));
    this.told = make('p', { class: 'muted', role: 'status' }, t('loading'));
    const head = ['run_time', 'run_outcome', 'run_told', 'run_size', 'run_raw'].map((key) => make('th', { scope: 'col' }, t(key)));
    this.element = make('div', { class: 'history' }, make('table', {}, make('thead', {}, make('tr', {}, ...head)), this.body), this.told, this.older);
    this.older.hidden = true;
  }

  /** Reads the newest runs, or with `before` those older than one. @param {number} [before] */
  async load(before) {
    try {
      /** @type {Run[]} */
      const found = await askJson(`/api/sources/${this.source}/runs`, { realm: this.desk.realm, query: { before } });
      const oldest = found[found.length - 1]?.id ?? Infinity;
      this.more = before === undefined && this.runs.some((one) => one.id < oldest) ? this.more : found.length === AT_ONCE;
      this.runs = before === undefined ? [...found, ...this.runs.filter((one) => one.id < oldest)] : [...this.runs, ...found];
      this.told.textContent = this.runs.length ? '' : t('no_runs');
      this.show();
    } catch (error) {
      this.told.textContent = t('runs_failed', { why: /** @type {Error} */ (error).message });
    }
  }

  /** Rows that tell the same as before stay as they are, with the focus in them. */
  show() {
    const old = new Map([...this.body.children].map((row) => [/** @type {HTMLElement} */ (row).dataset.told, row]));
    const rows = this.runs.flatMap((run) => {
      const told = `${run.id} ${run.times} ${run.finished}`;
      const row = /** @type {HTMLTableRowElement} */ (old.get(told) ?? this.row(run, told));
      const raw = this.open.get(run.id);
      return raw ? [row, raw] : [row];
    });
    if (rows.length !== this.body.children.length || rows.some((row, i) => row !== this.body.children[i])) this.body.replaceChildren(...rows);
    this.older.hidden = !this.more;
  }

  /** @param {Run} run @param {string} told */
  row(run, told) {
    const time = make('time', { datetime: run.finished, title: beijing(run.finished) }, shortly(run.finished));
    const when = make('td', { class: 'numbers' }, time);
    if (run.times > 1) when.append(make('span', { class: 'muted' }, t('run_times', { n: run.times, time: shortly(run.began) })));
    const what = make('td', { class: 'sentence' }, run[lang()]);
    if (run.account) what.append(make('span', { class: 'muted' }, t('run_by', { name: run.account })));
    const raw = make('td');
    if (run.import !== null || run.message !== null) {
      const button = make('button', { class: 'link', 'aria-expanded': String(this.open.has(run.id)) }, t('show_raw'));
      button.addEventListener('click', () => void this.turn(run, button));
      raw.append(button);
    }
    const outcome = make('td', {}, make('span', { class: `outcome ${run.outcome}` }, t(`outcome_${run.outcome}`)));
    return make('tr', { 'data-told': told }, when, outcome, what, make('td', { class: 'numbers' }, run.size === null ? '' : weight(run.size)), raw);
  }

  /** Opens or closes a run's raw messages. @param {Run} run @param {HTMLElement} button */
  async turn(run, button) {
    const open = !this.open.has(run.id);
    button.setAttribute('aria-expanded', String(open));
    if (open) {
      const cell = make('td', { colspan: '5' }, t('loading'));
      this.open.set(run.id, make('tr', { class: 'raw-row' }, cell));
      this.show();
      cell.replaceChildren(
        await rawMessages(this.desk, this.source, run.id).catch((error) => make('p', { class: 'failed' }, t('raw_failed', { why: error.message }))),
      );
    } else {
      this.open.delete(run.id);
      this.show();
    }
  }
}
