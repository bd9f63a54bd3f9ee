/** What was known later: its switch, its legend with counts on the map, and its list in the side panel. */
import { KINDS } from '../engine/knowledge.js';
import { NOWHERE } from '../engine/columns.js';
import { Hindsight } from '../engine/hindsight.js';
import { colourOf, LOOKS } from '../engine/hindsight_marks.js';
import { full, fromRfc3339, UNBOUNDED_START } from '../engine/time.js';
import { byId, isNight, make, write } from './elements.js';
import { titleOf } from './list.js';
import { age, number, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('../engine/hindsight.js').Found} Found */
/** @typedef {import('../engine/knowledge.js').Kind} Kind */

/** The address's parameter. */
export const HINDSIGHT = 'hindsight';
const AT_ONCE = 100;
const MOST_FIELDS = 3;
/** The tab has little room. */
const MOST_TOLD = 999;
/** What is recorded within so many seconds of its beginning is in time. */
const LATE_S = 60;

export class HindsightPanel {
  /** @param {Engine} engine @param {{open: (key: {layer: string, row: number}) => void, showTab: (name: string) => void}} page */
  constructor(engine, page) {
    this.engine = engine;
    this.page = page;
    this.inView = false;
    this.most = AT_ONCE;
    this.hindsight = new Hindsight(engine, (kind) => t(`hindsight_${kind}`));
    this.button = byId('hindsight');
    this.card = byId('hindsight-card');
    this.list = byId('hindsight-list');
    /** Asked last; older features that arrive are dropped. @type {Found[]} */
    this.listed = [];
    this.button.addEventListener('click', () => this.turn(!this.hindsight.on));
    window.addEventListener('popstate', () => this.turn(asked(), false));
    for (const event of ['hindsight', 'language', 'theme', 'moved']) engine.on(event, () => void this.show());
    engine.on('counted', () => this.hindsight.on && void this.show());
    engine.on('picked', (told) => this.picked(told));
    engine.on('clock', () => this.offer());
    engine.on('answer', () => this.offer());
    engine.on('moving', () => this.offer());
    // What lies behind another tab is listed when somebody looks.
    new IntersectionObserver(() => this.hindsight.on && void this.fill()).observe(byId('hindsight-head'));
    if (asked()) this.turn(true, false);
  }

  /** @returns {string} its part of the address */
  address() {
    return this.hindsight.on ? `${HINDSIGHT}=1` : '';
  }

  /** @param {boolean} on @param {boolean} [write] whether the address takes it up */
  turn(on, write = true) {
    if (on === this.hindsight.on) return;
    this.hindsight.set(on);
    if (write) this.engine.view.write('pushState');
    byId('side').classList.toggle('with-hindsight', on);
    this.button.setAttribute('aria-pressed', String(on));
    if (!on && this.list.offsetParent) this.page.showTab('current');
    this.offer();
    void this.show();
  }

  /** The switch is there when there may be something to see. */
  offer() {
    const { at, known_at: known } = this.engine.view.get();
    this.button.hidden = at === null && typeof known !== 'number' && !this.hindsight.on;
  }

  /** What the picture does not show can be opened by its ring. @param {{hits: unknown[], latlng: L.LatLng}} told */
  picked({ hits, latlng }) {
    const mark = hits.length || !this.hindsight.on ? undefined : this.hindsight.marks.at(this.engine.map.latLngToContainerPoint(latlng));
    if (mark) this.page.open({ layer: mark.answer.layer.id, row: mark.answer.columns.row[mark.i] });
  }

  async show() {
    const { hindsight, card } = this;
    card.hidden = !hindsight.on;
    if (!hindsight.on) return;
    const moment = hindsight.moment();
    const totals = hindsight.totals();
    const all = this.total();
    write(byId('hindsight-n'), hindsight.ready ? (all > MOST_TOLD ? `${MOST_TOLD}+` : number(all)) : '–');
    const notes = [
      ...(!moment ? [t('hindsight_together')] : !hindsight.ready ? [t('loading')] : all === 0 ? [t('hindsight_none')] : [t('hindsight_dashed')]),
      ...(totals.ended && hindsight.ready ? [t('hindsight_ended', { n: number(totals.ended) })] : []),
      ...(hindsight.left.length ? [t('hindsight_layers_left', { layers: hindsight.left.map((layer) => said(layer.title)).join(t('list_join')) })] : []),
    ];
    card.replaceChildren(
      ...(moment ? [make('h2', {}, t('hindsight_title', { k: full(moment.K).slice(0, 16) }))] : []),
      ...(moment && hindsight.ready ? [make('div', { class: 'hindsight-rows' }, ...KINDS.map((kind) => make('span', { class: 'hindsight-row', 'data-kind': kind }, sign(kind), t(`hindsight_${kind}`), make('b', {}, number(totals[kind])))))] : []),
      ...notes.map((text) => make('p', { class: 'muted' }, text)),
    );
    await this.fill();
  }

  /** @returns {number} of all kinds */
  total() {
    const totals = this.hindsight.totals();
    return KINDS.reduce((sum, kind) => sum + totals[kind], 0);
  }

  /** @param {Found} one @returns {boolean} whether it lies where the map looks */
  inSight(one) {
    const [w, s, e, n] = this.engine.extent();
    const { x, y } = one.answer.columns;
    const { i } = this.hindsight.marks.side(one.before, one.after);
    return x[i] !== NOWHERE && w * 1e7 <= x[i] && x[i] <= e * 1e7 && s * 1e7 <= y[i] && y[i] <= n * 1e7;
  }

  async fill() {
    const { hindsight, list, engine } = this;
    const seen = Boolean(list.offsetParent);
    const all = seen ? hindsight.list() : [];
    const found = this.inView ? all.filter((one) => this.inSight(one)) : all;
    const shown = (this.listed = found.slice(0, this.most));
    if (!seen) return;
    const box = make('input', { type: 'checkbox', checked: this.inView });
    box.addEventListener('change', () => {
      this.inView = box.checked;
      void this.show();
    });
    const more = make('button', { class: 'link' }, t('show_more', { n: AT_ONCE }));
    more.addEventListener('click', () => {
      this.most += AT_ONCE;
      void this.show();
    });
    byId('hindsight-head').replaceChildren(
      make('span', {}, t('hindsight_of', { n: number(found.length) })), make('label', {}, box, ` ${t('hindsight_in_view')}`),
      ...(found.length > shown.length ? [make('span', { class: 'muted' }, t('shown_first', { n: shown.length })), more] : []),
    );
    /** @type {Map<string, number[]>} */
    const wanted = new Map();
    for (const { answer, before, after } of shown) {
      const rows = [before, after].filter((i) => i >= 0).map((i) => answer.columns.row[i]);
      wanted.set(answer.layer.id, [...(wanted.get(answer.layer.id) ?? []), ...rows]);
    }
    try {
      await Promise.all([...wanted].map(([layer, rows]) => engine.features(layer, rows)));
    } catch (error) {
      engine.emit('error', { message: /** @type {Error} */ (error).message });
      return;
    }
    if (shown === this.listed) list.replaceChildren(...shown.map((one) => make('li', {}, this.item(one))));
  }

  /** @param {Found} one */
  item(one) {
    const { answer, kind, before, after } = one;
    const { layer, columns } = answer;
    const feature = (/** @type {number} */ i) => (i < 0 ? undefined : this.engine.remembered(layer.id, columns.row[i]));
    const [old, now] = [feature(before), feature(after)];
    const named = now ?? old;
    const time = full(one.known).slice(0, 16);
    const begun = after < 0 ? UNBOUNDED_START : columns.t0[after];
    const late = one.known - begun;
    const line = kind === 'gone' ? t('hindsight_gone_line', { time })
      : kind === 'changed' ? t('hindsight_changed_line', { time, what: changes(layer, old, now) })
        : begun > UNBOUNDED_START && late >= LATE_S ? t('hindsight_appeared_line', { time, late: age(late) }) : t('hindsight_early_line', { time });
    const button = make('button', { class: 'item', 'data-kind': kind },
      sign(kind),
      make('span', { class: 'words' },
        make('span', { class: 'name' }, named ? titleOf(named) : said(layer.title)),
        make('span', { class: 'line' }, `${t(`hindsight_${kind}`)} · ${line}`)));
    button.addEventListener('click', () => this.page.open({ layer: layer.id, row: columns.row[this.hindsight.marks.side(before, after).i] }));
    return button;
  }
}

/** @returns {boolean} whether the address wants it */
const asked = () => new URLSearchParams(location.search).get(HINDSIGHT) === '1';

/** @param {Kind} kind */
function sign(kind) {
  const { sign: text, shape } = LOOKS[kind];
  const made = make('span', { class: `hindsight-sign ${shape}`, 'aria-hidden': 'true' }, make('span', {}, text));
  made.style.setProperty('--kind', colourOf(kind, isNight()));
  return made;
}

/** Which fields say something else, the first few with their values. @param {any} layer @param {any} before @param {any} after features */
function changes(layer, before, after) {
  const text = (/** @type {any} */ field, /** @type {any} */ value) => {
    if (value === null || value === undefined || value === '') return '—';
    const named = (/** @type {any} */ one) => {
      const choice = field.choices.find((/** @type {any} */ each) => each.code === String(one));
      return choice ? said(choice) : String(one);
    };
    if (Array.isArray(value)) return value.map(named).join(t('list_join')) || '—';
    const at = field.kind === 'instant' ? fromRfc3339(String(value)) : NaN;
    return Number.isNaN(at) ? named(value) : full(at).slice(0, 16);
  };
  const of = (/** @type {any} */ feature, /** @type {string} */ name) => feature?.properties[name] ?? null;
  const ends = { name: 'valid_to', title: { zh: t('valid_to'), en: t('valid_to') }, kind: 'instant', choices: [] };
  const starts = { name: 'valid_from', title: { zh: t('valid_from'), en: t('valid_from') }, kind: 'instant', choices: [] };
  const fields = [...layer.fields, starts, ends].filter(({ name }) => JSON.stringify(of(before, name)) !== JSON.stringify(of(after, name)));
  const told = fields.slice(0, MOST_FIELDS).map((field) => t('hindsight_from_to', { name: said(field.title), before: text(field, of(before, field.name)), after: text(field, of(after, field.name)) }));
  return [...told, ...(fields.length > MOST_FIELDS ? ['…'] : [])].join(t('sentence_join'));
}
