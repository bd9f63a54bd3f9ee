/** The header: the real clock, the live state as it is, each source's lateness, realm, language, theme. */
import { EPOCH, fromRfc3339, full, UNBOUNDED_START } from '../engine/time.js';
import { lastRecorded } from './freshness.js';
import { byId, make, setProps, write } from './elements.js';
import { age, lang, said, setLanguage, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('../engine/live.js').LiveState} LiveState */

const LATE_MS = 3000;
const ASK_STATUS_S = 30;

export class Header {
  /** @param {Engine} engine @param {any} status as /api/status tells */
  constructor(engine, status) {
    this.engine = engine;
    this.status = status;
    /** @type {LiveState|null} */
    this.live = null;
    engine.on('clock', (now) => this.tick(now));
    engine.on('live', (state) => this.show(state));
    engine.on('answer', () => this.saySources());
    byId('sources').addEventListener('click', () => this.openSources());
    byId('language').addEventListener('click', () => this.turn());
    byId('night').addEventListener('click', () => this.setNight(document.documentElement.dataset.theme !== 'night'));
    this.tick(engine.now);
    this.say();
    void this.sayWho();
  }

  /** Whose session it is, on the button that ends it. */
  async sayWho() {
    const answer = await fetch('/api/me').catch(() => null);
    if (!answer?.ok) return;
    const { name, role } = await answer.json();
    byId('sign-out').title = `${name} (${role})`;
  }

  /** @param {number} now seconds since 2000 */
  tick(now) {
    const text = full(now);
    write(byId('clock'), text.slice(11));
    const day = new Date(`${text.slice(0, 10)}T00:00:00Z`).getUTCDay();
    const [year, month, date] = text.slice(0, 10).split('-').map(Number);
    const names = t('weekdays');
    write(
      byId('date'),
      lang() === 'en'
        ? `${names.split(' ')[day]} ${text.slice(0, 10)} · ${t('beijing_time')}`
        : `${year}年${month}月${date}日 星期${names[day]} · ${t('beijing_time')}`,
    );
    if (now % ASK_STATUS_S === 0 && this.live?.kind === 'live') void this.askStatus();
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

  async askStatus() {
    const answer = await fetch(`/api/status?realm=${this.engine.realm}`).catch(() => null);
    if (answer?.ok) {
      this.status = await answer.json();
      this.saySources();
    }
  }

  /** @returns {{layer: any, last: number|null, late: number}[]} seconds since 2000; late: seconds beyond the expected interval */
  sources() {
    return this.engine.layers.map((layer) => {
      const known = this.status.layers.find((/** @type {any} */ one) => one.id === layer.id);
      const heard = known?.last_success ? fromRfc3339(known.last_success) : null;
      const at = Math.max(heard ?? UNBOUNDED_START, lastRecorded(this.engine, layer.id));
      if (at === UNBOUNDED_START) return { layer, last: null, late: 0 };
      const late = layer.fresh_for_s ? this.engine.now - at - layer.fresh_for_s : 0;
      return { layer, last: at, late };
    });
  }

  saySources() {
    const watched = this.sources().filter(({ layer, last }) => layer.fresh_for_s && last !== null);
    const late = watched.filter((one) => one.late > 0);
    const text = byId('sources-text');
    if (!watched.length) {
      write(text, t('sources_none'));
      return;
    }
    const fine = t('sources_ok', { n: watched.length - late.length, m: watched.length });
    const parts = [make('span', {}, fine)];
    if (late.length) {
      const worst = late.reduce((a, b) => (b.late > a.late ? b : a));
      parts.push(make('b', { class: 'late' }, ` · ${t('late_by', { name: said(worst.layer.title), age: age(worst.late) })}`));
    }
    text.replaceChildren(...parts);
  }

  openSources() {
    const card = byId('sources-card');
    card.hidden = !card.hidden;
    byId('sources').setAttribute('aria-expanded', String(!card.hidden));
    if (card.hidden) return;
    card.replaceChildren(
      make('h2', {}, t('last_input')),
      ...this.sources().map(({ layer, last, late }) =>
        make(
          'div',
          { class: late > 0 ? 'source late' : 'source' },
          make('span', {}, said(layer.title)),
          make('span', { class: 'numbers' }, last === null ? t('never') : `${full(last).slice(0, 16)} · ${age(this.engine.now - last)}`),
        ),
      ),
    );
  }

  /** Words that the header makes itself. */
  say() {
    const badge = byId('realm');
    badge.hidden = this.engine.realm === 'real';
    write(badge, this.engine.realm === 'exercise' ? t('exercise_realm') : t('realm', { name: this.engine.realm }));
    write(byId('night').querySelector('span') ?? byId('night'), t(document.documentElement.dataset.theme === 'night' ? 'day' : 'night'));
    this.sayLive();
    this.saySources();
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
