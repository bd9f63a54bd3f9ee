/** A list of what holds, worst first: a listbox whose options open the details. */
import { comesAndGoes } from '../engine/lives.js';
import { grey } from '../engine/stamps.js';
import { brief, UNBOUNDED_END, UNBOUNDED_START } from '../engine/time.js';
import { byId, make, styleOf, tile, write } from './elements.js';
import { lang, number, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('../engine/engine.js').ListRow} ListRow */

const AT_ONCE = 100;

export class List {
  /**
   * @param {Engine} engine
   * @param {'current'|'in_view'} name
   * @param {{open: (row: {layer: string, row: number}) => void, clearFilters: () => void, wholeCity: () => void, toNow: () => void,
   *   isNew: (layer: string, row: number) => boolean, districts: Map<string, {zh: string, en: string}>,
   *   standing: import('./standing.js').Standing}} page
   */
  constructor(engine, name, page) {
    this.engine = engine;
    this.name = name;
    this.page = page;
    this.head = byId(`${name}-head`);
    this.box = byId(`${name}-list`);
    this.empty = byId(`${name}-empty`);
    /** @type {ListRow[]} */
    this.rows = [];
    this.active = '';
    this.unplaced = false;
    this.most = AT_ONCE;
    /** Rows behind another tab are made when somebody looks. */
    this.seen = true;
    this.stale = false;
    const looking = new IntersectionObserver((entries) => {
      this.seen = entries[entries.length - 1].isIntersecting;
      if (this.seen && this.stale) void this.refresh();
    });
    looking.observe(/** @type {HTMLElement} */ (this.head.parentElement));
    this.box.addEventListener('click', (event) => {
      const option = /** @type {HTMLElement} */ (event.target).closest('[role="option"]');
      if (option) this.open(this.rows[[...this.box.children].indexOf(option)]);
    });
    this.box.addEventListener('keydown', (event) => this.key(event));
    this.box.addEventListener('focus', () => !this.active && this.move(0));
    for (const event of ['answer', 'counted', 'moved', 'language', 'theme', 'standing']) engine.on(event, () => this.refresh());
    engine.on('progress', () => this.rows.length || this.draw(new Map()));
    engine.on('selected', () => this.mark());
  }

  /** @param {boolean} unplaced list what has no place instead */
  showUnplaced(unplaced) {
    this.unplaced = unplaced;
    void this.refresh();
  }

  async refresh() {
    const what = this.unplaced ? 'unplaced' : this.name === 'current' ? 'current' : 'inside';
    const { total, rows } = this.engine.list({ what, limit: this.most });
    const fresh = (/** @type {ListRow} */ one) => Number(this.name === 'current' && one.severity >= 3 && this.page.isNew(one.layer.id, one.row));
    this.rows = rows.map((row, k) => ({ row, k })).sort((a, b) => fresh(b.row) - fresh(a.row) || a.k - b.k).map(({ row }) => row);
    this.total = total;
    this.sayHead();
    this.stale = !this.seen;
    if (this.stale) return;
    this.draw(new Map());
    const wanted = new Map();
    for (const { layer, row } of this.rows) wanted.set(layer.id, [...(wanted.get(layer.id) ?? []), row]);
    const asked = this.rows;
    try {
      const found = new Map();
      for (const [layer, numbers] of wanted) found.set(layer, await this.engine.features(layer, numbers));
      if (asked === this.rows) this.draw(found);
    } catch (error) {
      this.engine.emit('error', { message: /** @type {Error} */ (error).message });
    }
  }

  sayHead() {
    const n = !this.total && this.page.standing.loading() ? '–' : number(this.total ?? 0);
    write(byId(this.name === 'current' ? 'current-n' : 'in-view-n'), this.unplaced ? '' : n);
    const parts = [];
    if (this.unplaced) {
      const back = make('button', { class: 'link' }, t('show_all'));
      back.addEventListener('click', () => this.showUnplaced(false));
      parts.push(make('span', {}, t('unplaced_list', { n })), back);
    } else if (this.name === 'current') {
      parts.push(make('span', {}, t('current_of', { n })));
    } else {
      parts.push(make('span', { 'data-count-words': 'in-view' }, t('in_view_of', { n, m: number(this.engine.counts().total) })));
    }
    if ((this.total ?? 0) > this.rows.length) {
      const more = make('button', { class: 'link' }, t('show_more', { n: AT_ONCE }));
      more.addEventListener('click', () => {
        this.most += AT_ONCE;
        void this.refresh();
      });
      parts.push(make('span', { class: 'muted' }, t('shown_first', { n: this.rows.length })), more);
    }
    if (this.rows.length && this.page.standing.loading()) parts.push(make('span', { class: 'muted' }, t('loading')));
    const distant = this.distant();
    if (distant && this.rows.length) parts.push(make('span', { class: 'muted' }, distant));
    const missing = this.page.standing.missing();
    if (missing.length) {
      const retry = make('button', { class: 'link' }, t('retry'));
      retry.addEventListener('click', () => this.page.standing.retryMissing());
      parts.push(make('span', { class: 'failed' }, t('missing_layers', { layers: this.page.standing.named(missing) })), retry);
    }
    const late = this.page.standing.late();
    if (late.length && !missing.length) parts.push(make('span', { class: 'late' }, t('late_layers', { layers: this.page.standing.named(late) })));
    const told = `${lang()} ${parts.map((part) => part.textContent).join(' ')}`;
    if (this.head.dataset.told === told) return;
    this.head.dataset.told = told;
    this.head.replaceChildren(...parts);
    this.box.setAttribute('aria-description', t('list_keys'));
  }

  /** Why nothing is listed, and what leads on. @returns {HTMLElement} */
  nothing() {
    const { engine, page } = this;
    const empty = (/** @type {string} */ words, /** @type {[string, () => void][]} */ ...ways) =>
      make('div', { class: 'empty' }, make('p', {}, words), ...ways.map(([key, act]) => {
        const button = make('button', { class: 'plain' }, t(key));
        button.addEventListener('click', act);
        return button;
      }));
    if (page.standing.loading()) {
      const shares = engine.visible().map((layer) => page.standing.of(layer.id).share);
      const share = shares.reduce((sum, one) => sum + one, 0) / Math.max(1, shares.length);
      return empty(t('loading_share', { share: `${Math.round(share * 100)}%` }));
    }
    const missing = page.standing.missing();
    if (missing.length === engine.visible().length && missing.length) {
      return empty(t('nothing_loaded'), ['retry', () => page.standing.retryMissing()]);
    }
    if (!engine.visible().length) return empty(t('nothing_chosen'), ['show_layers', () => engine.view.set({ layers: null })]);
    const distant = this.distant();
    if (distant) return empty(distant);
    if (this.unplaced) return empty(t('nothing_unplaced'));
    if (![...engine.answers.values()].some(({ columns, layer }) => columns.n || layer.cells)) return empty(t('nothing_stored'));
    const ways = /** @type {[string, () => void][]} */ ([]);
    if (this.filtered()) ways.push(['clear_filters', page.clearFilters]);
    if (this.name === 'in_view' && engine.counts().total) ways.push(['whole_city', page.wholeCity]);
    if (engine.view.get().at !== null) ways.push(['back_to_now', page.toNow]);
    return empty(t(this.name === 'current' ? (this.filtered() ? 'nothing_current_filtered' : 'nothing_current') : 'nothing_in_view'), ...ways);
  }

  /** @returns {string} which layers are not listed, since the map is too far away for their number; '' where there is none */
  distant() {
    const passing = this.name === 'current' && !this.unplaced;
    const layers = this.engine.distant().filter((layer) => !passing || comesAndGoes(layer));
    return layers.length ? t('distant_list', { layers: layers.map(({ title }) => said(title)).join(t('list_join')) }) : '';
  }

  /** @param {Map<string, Map<number, any>>} features by layer and row */
  draw(features) {
    this.box.hidden = !this.rows.length;
    this.empty.hidden = !this.box.hidden;
    if (!this.rows.length) {
      const made = this.nothing();
      if (this.empty.firstElementChild?.outerHTML !== made.outerHTML) this.empty.replaceChildren(made);
      this.box.replaceChildren();
      return;
    }
    const old = new Map([...this.box.children].map((child) => [child.id, child]));
    const made = this.rows.map((row) => {
      const known = features.get(row.layer.id)?.get(row.row) ?? this.engine.remembered(row.layer.id, row.row);
      const late = this.page.standing.of(row.layer.id).late;
      const version = `${known ? 1 : 0} ${this.page.isNew(row.layer.id, row.row)} ${late} ${lang()} ${document.documentElement.dataset.theme} ${this.time(row.t0)} ${this.time(row.t1)}`;
      const have = /** @type {HTMLElement|undefined} */ (old.get(this.idOf(row)));
      return have?.dataset.version === version ? have : this.option(row, known, version);
    });
    if (made.length !== this.box.children.length || made.some((one, k) => one !== this.box.children[k])) this.box.replaceChildren(...made);
    this.mark();
  }

  filtered() {
    const view = this.engine.view.get();
    return Boolean(view.hazard.length || view.severity.length || view.status.length || view.district.length || view.q || Object.keys(view.fields).length);
  }

  /** @param {ListRow} row */
  idOf(row) {
    return `${this.name}-${row.layer.id}-${row.row}`;
  }

  /** @param {ListRow} row @param {any} feature @param {string} version */
  option(row, feature, version) {
    const { layer } = row;
    const values = feature?.properties ?? {};
    const known = feature ? styleOf(layer, values) : layer.style.table[layer.style.table.length - 1];
    const { late } = this.page.standing.of(layer.id);
    const style = late ? grey(known) : known;
    const title = feature ? titleOf(feature) : t('loading');
    const made = make(
      'div',
      { role: 'option', id: this.idOf(row), class: 'item', 'data-version': version, 'data-row': String(row.row), 'data-of': layer.id, 'aria-selected': 'false' },
      tile(style, shortLabel(style)),
      make('span', { class: 'words' }, make('span', { class: 'name' }, title), make('span', { class: 'line' }, this.facts(row, values))),
    );
    if (late) made.dataset.late = '';
    if (late) made.append(make('span', { class: 'badge stale', title: this.page.standing.lateness(layer.id) }, t('late')));
    if (this.page.isNew(layer.id, row.row)) made.append(make('span', { class: 'new' }, t('new')));
    return made;
  }

  /** With the date where it is not the picture's day. @param {number} at */
  time(at) {
    return brief(at, this.engine.view.get().at ?? this.engine.now);
  }

  /** @param {ListRow} row @param {any} values */
  facts(row, values) {
    const status = row.layer.fields.find((/** @type {any} */ field) => field.name === 'status')?.choices
      .find((/** @type {any} */ choice) => choice.code === values.status);
    const districts = (values.districts ?? []).map((/** @type {string} */ code) => this.page.districts.get(code)).filter(Boolean);
    return [
      row.t0 > UNBOUNDED_START ? t('since', { time: this.time(row.t0) }) : '',
      row.t1 < UNBOUNDED_END ? t('until', { time: this.time(row.t1) }) : '',
      districts.length > 2 ? said(districts[0]) + ' …' : districts.map(said).join(t('list_join')),
      status && row.layer.style.by !== 'status' ? said(status) : '',
      this.name === 'in_view' ? said(row.layer.title) : (values.issuer ?? ''),
    ].filter(Boolean).join(' · ');
  }

  mark() {
    const chosen = this.engine.selected;
    for (const [k, child] of [...this.box.children].entries()) {
      const row = this.rows[k];
      if (!row) continue;
      child.setAttribute('aria-selected', String(chosen?.layer === row.layer.id && chosen?.row === row.row));
      child.classList.toggle('active', child.id === this.active);
    }
    if (this.box.querySelector('.active')) this.box.setAttribute('aria-activedescendant', this.active);
    else this.box.removeAttribute('aria-activedescendant');
  }

  /** @param {number} by how many options; 0 makes the first one active @returns {ListRow|undefined} */
  move(by) {
    const at = this.rows.findIndex((row) => this.idOf(row) === this.active);
    const next = at < 0 ? (by < 0 ? this.rows.length - 1 : 0) : Math.min(this.rows.length - 1, Math.max(0, at + by));
    const row = this.rows[next];
    if (!row) return undefined;
    this.active = this.idOf(row);
    this.mark();
    document.getElementById(this.active)?.scrollIntoView({ block: 'nearest' });
    return row;
  }

  /** @param {ListRow|undefined} row */
  open(row) {
    if (!row) return;
    this.active = this.idOf(row);
    this.mark();
    this.page.open({ layer: row.layer.id, row: row.row });
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    const steps = /** @type {Record<string, number>} */ ({ ArrowDown: 1, ArrowUp: -1, PageDown: 8, PageUp: -8 });
    if (event.key in steps) this.move(steps[event.key]);
    else if (event.key === 'Enter' || event.key === ' ') this.open(this.rows.find((row) => this.idOf(row) === this.active));
    else return;
    event.preventDefault();
  }
}

/** @param {any} style row of a style table @returns {string} its word, short enough for a tile */
export const shortLabel = (style) => (lang() === 'en' ? said(style.label) : said(style.label).slice(0, 2));

/** @param {any} feature @returns {string} */
export function titleOf(feature) {
  const { title, headline_en: english } = feature.properties;
  return (lang() === 'en' && english) || title || feature.id;
}
