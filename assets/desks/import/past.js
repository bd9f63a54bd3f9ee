/** Past imports: what each did, its rejected rows, and taking it back. */
import { fromRfc3339, full } from '../../engine/time.js';
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { number, said, t } from '../../page/words.js';
import { ask, askJson } from '../asking.js';

const AT_ONCE = 30;
const NAMED = 5;

export class Past {
  /** @param {import('../shell.js').Desk} desk @param {any[]} layers */
  constructor(desk, layers) {
    this.desk = desk;
    this.layers = layers;
    /** @type {any[]} */
    this.runs = [];
    this.more = false;
    /** The run that a person is asked about. @type {number|null} */
    this.asked = null;
    this.box = make('section', { class: 'card import-step import-past' });
  }

  /** Asks for the newest. */
  async load() {
    const { imports } = await askJson('/api/imports', { realm: this.desk.realm, query: { limit: AT_ONCE } });
    this.runs = imports;
    this.more = imports.length === AT_ONCE;
    this.say();
  }

  async older() {
    const query = { limit: AT_ONCE, before: this.runs.at(-1)?.run_id };
    const { imports } = await askJson('/api/imports', { realm: this.desk.realm, query });
    this.runs.push(...imports);
    this.more = imports.length === AT_ONCE;
    this.say();
  }

  say() {
    const titles = ['import_row_number', 'import_when', 'import_layer_short', 'import_file', 'import_who', 'import_result', 'import_acts'];
    const head = make('tr', {}, ...titles.map((key) => make('th', { scope: 'col' }, t(key))));
    const table = make('table', {}, make('thead', {}, head), make('tbody', {}, ...this.runs.flatMap((run) => this.rows(run))));
    /** @type {HTMLElement[]} */
    const parts = this.runs.length ? [make('div', { class: 'import-scroll', tabindex: '0', role: 'region', 'aria-label': t('import_past') }, table)] : [make('p', { class: 'empty' }, t('import_past_none'))];
    if (this.more) parts.push(button('link', t('import_older'), () => this.older()));
    this.box.replaceChildren(make('h3', {}, t('import_past')), ...parts);
  }

  /** @param {any} run @returns {Node[]} */
  rows(run) {
    const layer = this.layers.find((one) => one.id === run.layer);
    const acts = make('td', { class: 'import-acts' });
    if (run.rejected) acts.append(make('a', { class: 'link', href: rejectedPath(run.run_id, this.desk.realm), download: true }, t('import_rejected_short')));
    if (run.withdrawn_by) acts.append(make('span', { class: 'muted' }, t('import_withdrawn')));
    else if (run.withdrawable) acts.append(button('link', t('import_withdraw'), () => this.question(run.run_id)));
    const cells = [full(fromRfc3339(run.started_at)).slice(0, 16), layer ? said(layer.title) : run.layer, run.file_name, run.account, resultOf(run)];
    const made = [make('tr', { class: run.withdrawn_by ? 'muted' : '', 'data-run': String(run.run_id) }, make('th', { scope: 'row' }, String(run.run_id)), ...cells.map((cell) => make('td', {}, cell)), acts)];
    if (this.asked === run.run_id) {
      const yes = button('primary', t('import_withdraw_yes'), () => this.withdraw(run.run_id, yes));
      const no = button('plain', t('import_withdraw_no'), () => this.question(null));
      made.push(make('tr', { class: 'import-ask' }, make('td', { colspan: '7' }, make('span', {}, t('import_withdraw_ask')), yes, no)));
    }
    return made;
  }

  /** @param {number|null} run */
  question(run) {
    this.asked = run;
    this.say();
    const next = run === null ? null : this.box.querySelector('.import-ask .primary');
    if (next instanceof HTMLElement) next.focus();
  }

  /** @param {number} run @param {HTMLButtonElement} yes */
  async withdraw(run, yes) {
    yes.disabled = true;
    try {
      const done = await (await ask(`/api/imports/${run}/withdraw`, { realm: this.desk.realm, method: 'POST' })).json();
      const named = done.left_features.slice(0, NAMED).map((/** @type {any} */ one) => one.feature_id);
      note(() => [
        t('import_withdraw_done', { run, restored: number(done.restored), removed: number(done.removed) }),
        done.left ? t('import_withdraw_left', { n: number(done.left), features: named.join(t('list_join')) + (done.left > NAMED ? '…' : '') }) : '',
      ].join(''));
    } catch (error) {
      note(() => /** @type {Error} */ (error).message, 'error');
    }
    this.asked = null;
    await this.load();
  }
}

/** Where the rejected rows of a run are. @param {number} run @param {string} realm */
export const rejectedPath = (run, realm) => `/api/imports/${run}/rejected?realm=${encodeURIComponent(realm)}`;

/** @param {any} run @returns {string} */
function resultOf(run) {
  if (run.withdraws) return t('import_withdrew', { run: run.withdraws, restored: number(run.restored ?? 0), removed: number(run.removed ?? 0), left: number(run.left ?? 0) });
  return t('import_counted', { added: number(run.added ?? 0), changed: number(run.changed ?? 0), ended: number(run.ended ?? 0), rejected: number(run.rejected ?? 0) });
}

/** @param {string} look @param {string} words @param {() => void} act */
function button(look, words, act) {
  const made = make('button', { class: look, type: 'button' }, words);
  made.addEventListener('click', act);
  return made;
}
