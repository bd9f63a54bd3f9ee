/** The sources page: every source as it stands now, looked at again every few seconds. */
import { make, write } from '../../page/elements.js';
import { stateOf } from '../../page/source_state.js';
import { said, t } from '../../page/words.js';
import { again, askJson } from '../asking.js';
import { openDesk } from '../shell.js';
import { beijing } from '../telling.js';
import { InletCard, SourceCard } from './source.js';

const LOOK_MS = 4000;
const SOON_MS = 800;
const SOON_FOR_MS = 15_000;
const EXAMPLE = `[sources.gd-warnings]
title = "省突发事件预警信息"
reader = "cap"
layer = "flood_warnings"
url = "https://warnings.example.gov.cn/cap/index.atom"
every = "1 min"`;

class Sources {
  /** @param {import('../shell.js').Desk} desk @param {any[]} layers */
  constructor(desk, layers) {
    this.desk = desk;
    this.layers = new Map(layers.map((layer) => [layer.id, layer.title]));
    /** @type {any} */
    this.told = null;
    /** Until when to look more often, ms since 1970. */
    this.soon = 0;
    this.page = this.laid();
    this.look = again(() => this.read(), () => (Date.now() < this.soon ? SOON_MS : LOOK_MS));
    desk.on('back', () => void this.look());
    desk.on('language', () => this.turn());
    desk.on('clock', () => this.told && this.show());
  }

  /** Everything anew, in the page's language. */
  laid() {
    const made = {
      /** @type {Map<string, SourceCard>} */
      cards: new Map(),
      /** @type {Map<string, InletCard>} */
      inlets: new Map(),
      summary: make('p', { class: 'muted', role: 'status' }, t('loading')),
      alarm: make('p', { class: 'alarm', role: 'alert', hidden: true }, t('no_worker')),
      empty: make('section', { class: 'card unset', hidden: true }),
      list: make('ul', { class: 'cards' }),
      others: make('ul', { class: 'cards' }),
    };
    this.desk.main.replaceChildren(
      make('div', { class: 'title' }, make('h2', {}, t('sources_title')), made.summary), made.alarm, made.empty, made.list, made.others,
    );
    return made;
  }

  /** The language has turned: what was open is opened again. */
  turn() {
    const open = [...this.page.cards.values(), ...this.page.inlets.values()].filter((card) => card.isOpen).map((card) => card.name);
    this.page = this.laid();
    if (this.told) this.show();
    for (const name of open) (this.page.cards.get(name) ?? this.page.inlets.get(name))?.turn();
  }

  async read() {
    try {
      this.told = await askJson('/api/sources', { realm: this.desk.realm });
      this.at = this.told.now;
      this.why = null;
      this.show();
      this.desk.main.dataset.read = 'yes';
    } catch (error) {
      this.why = /** @type {Error} */ (error);
      this.say();
    }
  }

  show() {
    const { told } = this;
    this.page.alarm.hidden = told.workers > 0 || !told.configured;
    this.sayUnset();
    for (const one of told.sources) {
      let card = this.page.cards.get(one.name);
      if (!card) {
        card = new SourceCard(this.desk, one.name, {
          layer: (id) => said(this.layers.get(id) ?? { zh: id, en: id }),
          acted: () => this.hurry(),
          workers: () => this.told.workers,
        });
        this.page.cards.set(one.name, card);
        this.page.list.append(card.element);
      }
      card.update(one, told.now);
    }
    for (const [name, card] of this.page.cards) {
      if (told.sources.some((/** @type {any} */ one) => one.name === name)) continue;
      card.element.remove();
      this.page.cards.delete(name);
    }
    for (const one of told.inlets) {
      const card = this.page.inlets.get(one.name) ?? new InletCard(this.desk, one.name);
      if (!this.page.inlets.has(one.name)) this.page.others.append(card.element);
      this.page.inlets.set(one.name, card);
      card.update(one, told.now);
    }
    this.say();
  }

  /** Without any source: what to do. */
  sayUnset() {
    const { told } = this;
    this.page.empty.hidden = told.sources.length > 0;
    if (this.page.empty.hidden || this.page.empty.children.length) return;
    this.page.empty.append(
      make('h3', {}, t('no_sources')),
      make('p', {}, t(told.configured ? 'no_sources_here' : 'how_to_configure')),
      ...(told.configured ? [] : [make('pre', { tabindex: '0', 'aria-label': 'sources.toml' }, EXAMPLE)]),
      make('p', { class: 'muted' }, t('without_sources')),
    );
  }

  /** One line that says how all of them stand, and of when it is. */
  say() {
    if (this.why) {
      write(this.page.summary, t('sources_stale', { time: this.at ? beijing(this.at).slice(11) : '—', why: this.why.message }));
      this.page.summary.classList.add('failed');
      return;
    }
    this.page.summary.classList.remove('failed');
    /** @type {Map<string, number>} */
    const counts = new Map();
    for (const one of this.told.sources) counts.set(stateOf(one), (counts.get(stateOf(one)) ?? 0) + 1);
    const states = [...counts].map(([state, n]) => t('sources_count', { n, state: t(`state_${state}`) })).join(t('list_join'));
    const parts = this.told.sources.length ? [t('sources_summary', { n: this.told.sources.length, states })] : [];
    if (this.told.sources.length && !this.desk.may('import')) parts.push(t('look_only'));
    write(this.page.summary, parts.join(' · '));
  }

  /** Somebody has acted: what comes of it is wanted soon. */
  hurry() {
    this.soon = Date.now() + SOON_FOR_MS;
    void this.look();
  }
}

openDesk(async (desk) => {
  const layers = await askJson('/api/layers', { realm: desk.realm });
  const sources = new Sources(desk, layers);
  await sources.look();
  const wanted = decodeURIComponent(location.hash.replace('#source-', ''));
  const card = sources.page.cards.get(wanted);
  if (card) {
    card.turn();
    card.element.scrollIntoView();
  }
});
