/** The header: the real clock, the live state as it is, each source's lateness, realm, language, theme. */
import { wall } from '../engine/time.js';
import { showClock } from './clock.js';
import { byId, isNight, make, setProps, write } from './elements.js';
import { Fold } from './folds.js';
import { showLine } from './line.js';
import { Navigation } from './navigation.js';
import { showPerson, turnNight } from './person.js';
import { SourcesCard } from './sources_card.js';
import { age, lang, said, setLanguage, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('../engine/live.js').LiveState} LiveState */

export class Header {
  /** @param {Engine} engine @param {import('./standing.js').Standing} standing @param {import('./person.js').Me} me */
  constructor(engine, standing, me) {
    this.engine = engine;
    this.standing = standing;
    this.me = me;
    /** @type {LiveState|null} */
    this.live = null;
    this.menu = new Fold(byId('menu'), byId('actions'));
    this.navigation = new Navigation(me.permissions);
    engine.on('clock', () => this.tick());
    engine.on('live', (state) => this.show(state));
    engine.on('standing', () => this.saySources());
    engine.on('scenario', () => this.say());
    this.sources = new SourcesCard(engine, standing);
    byId('language').addEventListener('click', () => this.turn());
    byId('night').addEventListener('click', () => this.setNight(!isNight()));
    // Another page of ours turned it: one in another tab, or the one that this page lies in.
    window.addEventListener('storage', ({ key, newValue }) => key === 'emmap-theme' && this.setNight(newValue === 'night'));
    this.tick();
    this.say();
  }

  /** The wall clock goes on, whatever the realm takes for now. */
  tick() {
    const now = wall();
    showClock(now);
    if (now % 10 === 0) this.saySources();
  }

  /** @param {LiveState} state */
  show(state) {
    this.live = state;
    showLine(state);
  }

  /** How many of the layers that are expected to hear something did, and the one that is late the longest. */
  saySources() {
    const { engine, standing } = this;
    const text = byId('sources-text');
    const watched = engine.layers.map((layer) => ({ layer, ...standing.of(layer.id) })).filter(({ expected }) => expected !== null);
    const heard = watched.filter(({ last, vouched }) => last !== null || vouched);
    if (!watched.length || (!heard.length && engine.realm !== 'real')) {
      write(text, t(watched.length ? 'sources_exercise' : 'sources_none'));
      return;
    }
    const counted = engine.realm === 'real' ? watched : heard;
    const fine = counted.filter(({ last, overdue }) => last !== null && overdue === 0);
    const parts = [make('span', {}, t('sources_ok', { n: fine.length, m: counted.length }))];
    const worst = counted.reduce((a, b) => (b.overdue > a.overdue ? b : a));
    const silent = counted.find(({ last }) => last === null);
    if (worst.overdue > 0) parts.push(make('b', { class: 'late' }, t('late_by', { name: said(worst.layer.title), age: age(worst.overdue) })));
    else if (silent) parts.push(make('b', { class: 'late' }, t('never_heard', { name: said(silent.layer.title) })));
    if (text.textContent !== parts.map((part) => part.textContent).join('')) text.replaceChildren(...parts);
  }

  /** Closes what is open of the header. @returns {boolean} whether anything was */
  close() {
    if (this.navigation.fold.close() || this.menu.close()) return true;
    if (byId('sources-card').hidden) return false;
    this.sources.open(false);
    byId('sources').focus();
    return true;
  }

  /** Words that the header makes itself. */
  say() {
    showPerson(this.me, this.engine.realm);
    showLine(this.live);
    this.navigation.carry();
    this.saySources();
    if (!byId('sources-card').hidden) this.sources.open(true);
    this.tick();
  }

  turn() {
    setLanguage(lang() === 'en' ? 'zh' : 'en');
    this.engine.view.write('replaceState');
    this.engine.emit('language');
    this.say();
  }

  /** @param {boolean} night */
  setNight(night) {
    turnNight(night);
    setProps('theme', { forceColorScheme: night ? 'dark' : 'light' });
    this.engine.setNight(night);
    this.engine.emit('theme');
    this.say();
  }
}
