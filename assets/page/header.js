/** The header: the real clock, the live state as it is, each source's lateness, realm, language, theme. */
import { EPOCH, full } from '../engine/time.js';
import { byId, make, setProps, write } from './elements.js';
import { age, lang, retitle, said, setLanguage, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('../engine/live.js').LiveState} LiveState */

const LATE_MS = 3000;

export class Header {
  /** @param {Engine} engine @param {import('./standing.js').Standing} standing @param {import('./start.js').Me} me */
  constructor(engine, standing, me) {
    this.engine = engine;
    this.standing = standing;
    this.me = me;
    /** @type {LiveState|null} */
    this.live = null;
    engine.on('clock', (now) => this.tick(now));
    engine.on('live', (state) => this.show(state));
    engine.on('standing', () => this.saySources());
    byId('sources').addEventListener('click', () => this.openSources(byId('sources-card').hidden));
    document.addEventListener('click', (event) => {
      if (!byId('sources').parentElement?.contains(/** @type {Node} */ (event.target))) this.openSources(false);
    });
    byId('language').addEventListener('click', () => this.turn());
    byId('night').addEventListener('click', () => this.setNight(document.documentElement.dataset.theme !== 'night'));
    byId('menu').addEventListener('click', () => this.openMenu(byId('menu').getAttribute('aria-expanded') !== 'true'));
    byId('actions').addEventListener('click', () => this.openMenu(false));
    this.tick(engine.now);
    this.say();
  }

  /** @param {number} now seconds since 2000 */
  tick(now) {
    const text = full(now);
    write(byId('clock'), text.slice(11));
    const day = t('weekdays').split(' ')[new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDay()];
    const [year, month, date] = text.slice(0, 10).split('-').map(Number);
    const values = { day, year, month, date, iso: text.slice(0, 10), brief: text.slice(5, 10) };
    const [long, short] = byId('date').children;
    write(long, `${t('date_long', values)} · ${t('beijing_time')}`);
    write(short, t('date_short', values));
    if (now % 10 === 0) this.saySources();
  }

  /** @param {LiveState} state */
  show(state) {
    this.live = state;
    this.sayLive();
  }

  sayLive() {
    const state = this.live;
    const pill = byId('live');
    const bar = byId('bar');
    const kind = !state ? 'connecting' : state.kind === 'live' && !state.database ? 'down' : state.kind === 'live' && state.delay > LATE_MS ? 'late' : state.kind;
    pill.dataset.state = kind;
    const time = state ? full(state.since / 1000 - EPOCH).slice(11) : '';
    const seconds = ((state?.delay ?? 0) / 1000).toFixed(1);
    const text = {
      connecting: () => t('live_connecting'),
      live: () => t('live_now', { n: seconds }),
      late: () => t('live_late', { n: seconds }),
      down: () => t('live_down', { time }),
      'signed-out': () => t('live_signed_out'),
    }[kind];
    write(byId('live-text'), text?.() ?? '');
    bar.hidden = kind !== 'down' && kind !== 'signed-out';
    if (bar.hidden) return;
    const told = kind === 'signed-out' ? t('signed_out_bar') : t(state?.kind === 'live' ? 'database_bar' : 'down_bar', { time });
    if (bar.dataset.told === told) return;
    bar.dataset.told = told;
    bar.replaceChildren(told);
    if (kind === 'signed-out') {
      const target = `/sign-in?next=${encodeURIComponent(location.pathname + location.search)}`;
      bar.append(' ', make('a', { href: target }, t('sign_in')));
    }
  }

  /** How many of the layers that are expected to hear something did, and the one that is late the longest. */
  saySources() {
    const { engine, standing } = this;
    const text = byId('sources-text');
    const watched = engine.layers.map((layer) => ({ layer, ...standing.of(layer.id) })).filter(({ expected }) => expected !== null);
    const heard = watched.filter(({ last }) => last !== null);
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

  /** Where the header has no room, its buttons are behind one. @param {boolean} open */
  openMenu(open) {
    byId('actions').classList.toggle('open', open);
    byId('menu').setAttribute('aria-expanded', String(open));
  }

  /** Closes what is open of the header. @returns {boolean} whether anything was */
  close() {
    const open = ['sources', 'menu'].map(byId).find((one) => one.getAttribute('aria-expanded') === 'true');
    if (!open) return false;
    this.openSources(false);
    this.openMenu(false);
    open.focus();
    return true;
  }

  /** @param {boolean} open */
  openSources(open) {
    const card = byId('sources-card');
    card.hidden = !open;
    byId('sources').setAttribute('aria-expanded', String(open));
    if (!open) return;
    const time = (/** @type {any} */ layer) => {
      const { last, overdue } = this.standing.of(layer.id);
      if (overdue > 0) return this.standing.lateness(layer.id);
      if (last === null) return t(this.engine.realm === 'real' ? 'never' : 'exercise_data');
      return `${full(last).slice(0, 16)} · ${t('ago', { age: age(this.engine.now - last) })}`;
    };
    card.replaceChildren(
      make('h2', {}, t('last_input')),
      ...this.engine.layers.map((layer) =>
        make('div', { class: this.standing.of(layer.id).overdue > 0 ? 'source late' : 'source' },
          make('span', {}, said(layer.title)), make('span', { class: 'numbers' }, time(layer)))),
      ...(this.engine.realm === 'real' ? [] : [make('p', { class: 'muted' }, t('exercise_late'))]),
    );
  }

  /** Words that the header makes itself. */
  say() {
    const badge = byId('realm');
    badge.hidden = this.engine.realm === 'real';
    write(badge, this.engine.realm === 'exercise' ? t('exercise_realm') : t('realm', { name: this.engine.realm }));
    retitle(/** @type {HTMLElement} */ (byId('night').firstElementChild), document.documentElement.dataset.theme === 'night' ? 'day' : 'night');
    byId('sign-out').title = t('signed_in_as', { name: this.me.name, role: t(`role_${this.me.role}`) });
    byId('sign-out').setAttribute('aria-label', `${t('sign_out')} · ${byId('sign-out').title}`);
    this.sayLive();
    this.saySources();
    if (!byId('sources-card').hidden) this.openSources(true);
    this.tick(this.engine.now);
  }

  turn() {
    setLanguage(lang() === 'en' ? 'zh' : 'en');
    this.engine.view.write('replaceState');
    this.engine.emit('language');
    this.say();
  }

  /** @param {boolean} night */
  setNight(night) {
    document.documentElement.dataset.theme = night ? 'night' : 'day';
    localStorage.setItem('emmap-theme', night ? 'night' : 'day');
    byId('night').setAttribute('aria-pressed', String(night));
    setProps('theme', { forceColorScheme: night ? 'dark' : 'light' });
    this.engine.setNight(night);
    this.engine.emit('theme');
    this.say();
  }
}
