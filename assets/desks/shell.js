/** The frame of every desk: header, live line, language, night. A desk's own module says what fills it. */
import { Live } from '../engine/live.js';
import { setClock, setScenario, wall } from '../engine/time.js';
import { AlarmBar } from '../page/alarm_bar.js';
import { showClock } from '../page/clock.js';
import { draftsOf, forgetDrafts } from '../page/drafts.js';
import { byId, isNight } from '../page/elements.js';
import { Fold } from '../page/folds.js';
import { showLine } from '../page/line.js';
import { Navigation } from '../page/navigation.js';
import { note, sayNotes } from '../page/notes.js';
import { showPerson, turnNight } from '../page/person.js';
import { Room } from '../page/room.js';
import { lang, setLanguage, setWords, t } from '../page/words.js';

/** @typedef {import('../page/person.js').Me} Me */
/** @typedef {'clock'|'language'|'theme'|'live'|'back'|'leave'} Event
 * clock: every second, seconds since 2000; language, theme: turned; live: a message of the live socket;
 * back: the line is well again, what was missed is to be asked for; leave: Escape was pressed and nothing of the frame was open */

export class Desk {
  /** @param {any} facts as `emmap/ui/desk.py` gives them */
  constructor(facts) {
    this.facts = facts;
    /** @type {string} */
    this.realm = facts.realm;
    /** @type {Me} */
    this.me = facts.me;
    /** Where the desk's own things go. */
    this.main = byId('desk');
    /** @type {Map<Event, ((what: any) => void)[]>} */
    this.heard = new Map();
    /** @type {import('../engine/live.js').LiveState|null} */
    this.line = null;
    this.navigation = new Navigation(this.me.permissions);
    this.menu = new Fold(byId('menu'), byId('actions'));
    /** The duty room, for those who may work in it: what rings is shown on every desk. */
    this.room = this.may('watch') ? new Room(this.realm, this.me.name) : null;
    this.bar = this.room && new AlarmBar(this.room);
  }

  /** @param {Event} event @param {(what: any) => void} hear */
  on(event, hear) {
    this.heard.set(event, [...(this.heard.get(event) ?? []), hear]);
  }

  /** @param {Event} event @param {any} [what] */
  emit(event, what) {
    for (const hear of this.heard.get(event) ?? []) hear(what);
  }

  /** @param {string} permission @returns {boolean} */
  may(permission) {
    return this.me.permissions.includes(permission);
  }

  begin() {
    byId('language').addEventListener('click', () => this.turn());
    byId('night').addEventListener('click', () => {
      turnNight(!isNight());
      this.say();
      this.emit('theme');
    });
    byId('sign-out').closest('form')?.addEventListener('submit', forgetDrafts);
    document.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape' || event.defaultPrevented) return;
      if (!this.navigation.fold.close() && !this.menu.close()) this.emit('leave');
    });
    this.live = new Live({
      realm: this.realm,
      stamps: () => ({}),
      onMessage: (message) => {
        if (message.clock !== undefined && setScenario(message.clock)) this.say();
        this.room?.hear(message);
        this.emit('live', message);
      },
      onState: (state) => this.hearLine(state),
      onClock: setClock,
    });
    setInterval(() => this.tick(), 1000);
    turnNight(isNight());
    this.say();
  }

  tick() {
    showClock(wall());
    this.bar?.show();
    this.emit('clock', wall());
  }

  /** @param {import('../engine/live.js').LiveState} state */
  hearLine(state) {
    const was = this.line;
    this.line = state;
    showLine(state);
    const well = (/** @type {import('../engine/live.js').LiveState|null} */ one) => one?.kind === 'live' && one.database;
    if (was && !well(was) && well(state)) this.emit('back');
  }

  /** Words that the frame makes itself. */
  say() {
    showPerson(this.me, this.realm);
    showLine(this.line);
    showClock(wall());
    this.navigation.carry();
  }

  turn() {
    setLanguage(lang() === 'en' ? 'zh' : 'en');
    const address = new URL(location.href);
    if (lang() === 'en') address.searchParams.set('lang', 'en');
    else address.searchParams.delete('lang');
    history.replaceState(history.state, '', address);
    this.say();
    sayNotes();
    this.emit('language');
  }
}

/** Opens the desk of this page. @param {(desk: Desk) => void|Promise<void>} fill what fills its `main`; called once, with the words set */
export async function openDesk(fill) {
  const facts = JSON.parse(document.body.dataset.facts ?? '{}');
  setWords(facts.words);
  draftsOf(facts.me.name);
  setLanguage(new URLSearchParams(location.search).get('lang') === 'en' ? 'en' : 'zh');
  const desk = new Desk(facts);
  try {
    await fill(desk);
  } catch (error) {
    note(() => t('start_failed', { why: /** @type {Error} */ (error).message }), 'error');
    throw error;
  } finally {
    desk.begin();
    document.body.classList.add('started');
  }
}
