/** One source, or what comes by push or by hand: how it stands, what one may do, and its history. */
import { make, write } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { stateOf } from '../../page/source_state.js';
import { age, lang, number, t } from '../../page/words.js';
import { askJson } from '../asking.js';
import { ago, beijing, shortly, since } from '../telling.js';
import { History } from './history.js';
import { plot, today } from './plot.js';

/** @typedef {import('../../page/source_state.js').Source} Source */

/** The parts that every card has. */
class Card {
  /** @param {import('../shell.js').Desk} desk @param {string} name */
  constructor(desk, name) {
    this.desk = desk;
    this.name = name;
    this.title = make('h3');
    this.pill = make('span', { class: 'pill stands' });
    this.about = make('p', { class: 'muted' });
    this.place = make('p', { class: 'muted' });
    this.facts = make('dl', { class: 'facts' });
    this.days = make('div', { class: 'days' });
    this.acts = make('div', { class: 'acts' });
    this.more = make('button', { class: 'plain', 'aria-expanded': 'false' }, t('runs'));
    this.more.addEventListener('click', () => this.turn());
    /** @type {History|null} */
    this.history = null;
    this.trouble = make('p', { class: 'trouble', hidden: true });
    const head = make('div', { class: 'head' }, this.title, this.pill);
    const what = make('div', { class: 'what' }, head, this.about, this.place);
    this.element = make('li', { class: 'card source-card', id: `source-${name}` }, what, this.facts, this.days, this.acts, this.trouble);
    this.drawn = '';
  }

  get isOpen() {
    return this.history !== null;
  }

  /** Opens or closes the history. */
  turn() {
    if (this.history) {
      this.history.element.remove();
      this.history = null;
    } else {
      this.history = new History(this.desk, this.name);
      this.element.append(this.history.element);
      void this.history.load();
    }
    this.more.setAttribute('aria-expanded', String(this.isOpen));
  }

  /** @param {[string, string][]} pairs name and value, and no more than that */
  fact(pairs) {
    const now = [...this.facts.querySelectorAll('dd')];
    if (now.length === pairs.length) return pairs.forEach(([, value], i) => write(now[i], value));
    this.facts.replaceChildren(...pairs.map(([name, value]) => make('div', {}, make('dt', {}, name), make('dd', { class: 'numbers' }, value))));
  }

  /** @param {Source['per_day']} days @param {string} now */
  draw(days, now) {
    const told = `${now.slice(0, 10)} ${JSON.stringify(days)}`;
    if (told === this.drawn) return;
    this.drawn = told;
    this.days.replaceChildren(plot(days, now), make('span', { class: 'muted' }, t('per_day', { n: number(today(days, now)) })));
  }
}

export class SourceCard extends Card {
  /**
   * @param {import('../shell.js').Desk} desk @param {string} name
   * @param {{layer: (id: string) => string, acted: () => void, workers: () => number}} given
   */
  constructor(desk, name, given) {
    super(desk, name);
    this.given = given;
    /** @type {Source|null} */
    this.source = null;
    this.told = '';
    /** Whether a person was asked to let in what is held. */
    this.asking = false;
  }

  /** @param {Source} one @param {string} now RFC 3339, the server's */
  update(one, now) {
    const was = this.source;
    this.source = one;
    const state = stateOf(one);
    write(this.title, one.title);
    write(this.pill, t(`state_${state}`));
    this.pill.dataset.state = state;
    this.element.dataset.state = state;
    const layer = one.layer ? this.given.layer(one.layer) : t('whichever_claims');
    write(this.about, [one.name, one.reader, t('every', { every: age(one.every_s) }), `${t('into_layer')} ${layer}`].join(' · '));
    write(this.place, one.place);
    this.fact([
      [t('last_success'), t('may_be_silent', { ago: ago(one.last_success), expected: age(one.expected_s) })],
      [t('next_run'), this.next(one)],
    ]);
    this.draw(one.per_day, now);
    this.sayTrouble(one);
    this.offer(one, state);
    if (this.history && was && (was.last_success !== one.last_success || was.last_failure !== one.last_failure || was.state !== one.state)) void this.history.load();
  }

  /** @param {Source} one */
  next(one) {
    if (!one.next_run) return t('not_planned');
    const left = -since(one.next_run);
    return left > 0 ? `${t('in_time', { age: age(left) })} · ${shortly(one.next_run)}` : t('at_once');
  }

  /** @param {Source} one */
  sayTrouble(one) {
    const parts = [];
    if (one.trouble) parts.push(one.trouble[lang()]);
    if (one.failures > 1) parts.push(t('failures_in_a_row', { n: number(one.failures) }));
    if (one.paused) parts.push(t('paused_since', { by: one.paused.by, time: shortly(one.paused.since) }));
    if (!one.trouble && one.last_failure) parts.push(t('last_failure', { age: age(since(one.last_failure)) }));
    write(this.trouble, parts.join(lang() === 'en' ? ' ' : '　'));
    this.trouble.hidden = !parts.length;
    this.trouble.classList.toggle('past', !one.trouble);
  }

  /** The acts that make sense now and are allowed. @param {Source} one @param {string} state */
  offer(one, state) {
    const { desk } = this;
    const acts = [];
    if (one.held && !one.held.confirmed && desk.may('import')) acts.push(...(this.asking ? ['let_in_really', 'let_in_cancel'] : ['let_in']));
    else this.asking = false;
    if (one.configured && !one.paused && desk.may('import')) acts.push('run_now');
    if (one.configured && desk.may('administer')) acts.push(one.paused ? 'resume_source' : 'pause_source');
    const told = [lang(), ...acts].join(' ');
    for (const button of this.acts.querySelectorAll('button[data-act="run_now"]')) /** @type {HTMLButtonElement} */ (button).disabled = state === 'running';
    if (told === this.told) return;
    this.told = told;
    const again = document.activeElement instanceof HTMLElement && this.acts.contains(document.activeElement) ? document.activeElement.dataset.act : undefined;
    this.acts.replaceChildren(...acts.map((act) => this.button(act, one)), this.more);
    const next = again === 'let_in' ? 'let_in_really' : again === 'let_in_cancel' ? 'let_in' : again;
    if (next) /** @type {HTMLElement|null} */ (this.acts.querySelector(`[data-act="${next}"]`) ?? this.more)?.focus();
  }

  /** @param {string} act @param {Source} one */
  button(act, one) {
    const kind = act === 'let_in_really' ? 'primary danger' : act === 'let_in' ? 'primary' : 'plain';
    const made = make('button', { class: kind, 'data-act': act }, t(act, { n: number(one.held?.counts?.ended ?? 0) }));
    made.addEventListener('click', () => void this.act(act));
    return made;
  }

  /** @param {string} act */
  async act(act) {
    const one = /** @type {Source} */ (this.source);
    if (act === 'let_in' || act === 'let_in_cancel') {
      this.asking = act === 'let_in';
      this.offer(one, stateOf(one));
      return;
    }
    const verb = { run_now: 'run', pause_source: 'pause', resume_source: 'resume', let_in_really: 'confirm' }[act];
    const query = act === 'let_in_really' ? { run: one.held?.run } : {};
    try {
      await askJson(`/api/sources/${one.name}/${verb}`, { realm: this.desk.realm, method: 'POST', query });
      this.asking = false;
      if (act === 'run_now' || act === 'let_in_really') note(() => t(this.given.workers() ? 'asked_to_run' : 'asked_without_worker', { title: one.title }));
    } catch (error) {
      note(() => t('act_failed', { title: one.title, why: /** @type {Error} */ (error).message }), 'error');
    }
    this.given.acted();
  }
}

export class InletCard extends Card {
  /** @param {import('../shell.js').Desk} desk @param {string} name */
  constructor(desk, name) {
    super(desk, name);
    this.pill.hidden = true;
    this.acts.append(this.more);
    /** @type {string|null} */
    this.last = null;
  }

  /** @param {{name: string, title: {zh: string, en: string}, last: string|null, per_day: Source['per_day']}} one @param {string} now */
  update(one, now) {
    write(this.title, one.title[lang()]);
    write(this.about, t(one.name === 'api' ? 'pushed_to' : 'imported_by_hand'));
    this.fact([[t('last_came'), one.last ? `${ago(one.last)}` : t('never')]]);
    this.draw(one.per_day, now);
    if (this.history && one.last !== this.last) void this.history.load();
    this.last = one.last;
    this.element.title = one.last ? beijing(one.last) : '';
  }
}
