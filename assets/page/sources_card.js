/** The header's card of sources: when each layer last heard, and how each source stands. */
import { full, wall } from '../engine/time.js';
import { byId, make } from './elements.js';
import { reasonOf, refusalOf } from './refusal.js';
import { stateOf } from './source_state.js';
import { age, lang, said, t } from './words.js';

/** @typedef {import('./source_state.js').Source} Source */

export class SourcesCard {
  /** @param {import('../engine/engine.js').Engine} engine @param {import('./standing.js').Standing} standing */
  constructor(engine, standing) {
    this.engine = engine;
    this.standing = standing;
    this.card = byId('sources-card');
    this.sources = make('div');
    byId('sources').addEventListener('click', () => this.open(this.card.hidden));
    document.addEventListener('click', (event) => {
      if (!byId('sources').parentElement?.contains(/** @type {Node} */ (event.target))) this.open(false);
    });
  }

  /** @param {boolean} open */
  open(open) {
    this.card.hidden = !open;
    byId('sources').setAttribute('aria-expanded', String(open));
    if (!open) return;
    const { engine, standing } = this;
    const time = (/** @type {any} */ layer) => {
      const { last, overdue, vouched } = standing.of(layer.id);
      if (overdue > 0) return standing.lateness(layer.id);
      if (last === null) return t(engine.realm === 'real' || vouched ? 'never' : 'exercise_data');
      return `${full(last).slice(0, 16)} · ${t('ago', { age: age(wall() - last) })}`;
    };
    const all = make('a', { href: this.address(), class: 'link' }, t('all_sources'));
    this.card.replaceChildren(
      make('h2', {}, t('last_input')),
      ...engine.layers.map((layer) =>
        make('div', { class: standing.of(layer.id).overdue > 0 ? 'source late' : 'source' },
          make('span', {}, said(layer.title)), make('span', { class: 'numbers' }, time(layer)))),
      ...(engine.realm === 'real' ? [] : [make('p', { class: 'muted' }, t('exercise_late'))]),
      make('h2', {}, t('sources'), all),
      this.sources,
    );
    void this.read();
  }

  /** @returns {string} of the sources page, in this realm and language */
  address(source = '') {
    const query = new URLSearchParams({ realm: this.engine.realm, ...(lang() === 'en' ? { lang: 'en' } : {}) });
    return `/sources?${query}${source && `#source-${source}`}`;
  }

  /** How each source stands: asked for when somebody looks. */
  async read() {
    try {
      const answer = await fetch(`/api/sources?realm=${encodeURIComponent(this.engine.realm)}`);
      if (!answer.ok) throw new Error(await refusalOf(answer));
      /** @type {Source[]} */
      const found = (await answer.json()).sources;
      this.sources.replaceChildren(...found.map((one) => this.row(one)), ...(found.length ? [] : [make('p', { class: 'muted' }, t('no_sources'))]));
    } catch (error) {
      this.sources.replaceChildren(make('p', { class: 'failed' }, t('sources_unread', { why: reasonOf(/** @type {Error} */ (error).message) })));
    }
  }

  /** @param {Source} one */
  row(one) {
    const state = stateOf(one);
    const pill = make('span', { class: 'pill stands', 'data-state': state, title: one.trouble?.[lang()] ?? '' }, t(`state_${state}`));
    return make('div', { class: 'source' }, make('a', { class: 'link', href: this.address(one.name) }, one.title), pill);
  }
}
