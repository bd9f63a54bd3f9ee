/** Starts the page: waits for its layout, starts the engine, and gives each part what it needs. */
import { Engine } from '../engine/engine.js';
import { setScenario } from '../engine/time.js';
import { AlarmBar } from './alarm_bar.js';
import { AlarmMarks } from './alarm_marks.js';
import { BaseMap } from './base_map.js';
import { compareLink } from './compare_link.js';
import { Details } from './details.js';
import { draftsOf, forgetDrafts, keepTyped } from './drafts.js';
import { byId, make, write } from './elements.js';
import { embedded, speak } from './embedded.js';
import { Export } from './export.js';
import { Filters } from './filters.js';
import { FullScreen } from './full_screen.js';
import { Header } from './header.js';
import { HINDSIGHT, HindsightPanel } from './hindsight.js';
import { folding, listen } from './keys.js';
import { List } from './list.js';
import { Hover } from './hover.js';
import { MapCards } from './map.js';
import { offerBriefing } from './new_briefing.js';
import { note, sayNotes } from './notes.js';
import { DENSITY, Density } from './density.js';
import { OPENING, Opening } from './opening.js';
import { Pin } from './pin.js';
import { Position } from './position.js';
import { reasonOf, refusalOf } from './refusal.js';
import { Rain } from './rain.js';
import { Search } from './search.js';
import { Room } from './room.js';
import { Standing } from './standing.js';
import { Statistics } from './statistics.js';
import { Frame } from './timeline/replay.js';
import { Timeline } from './timeline/timeline.js';
import { Tools } from './tools.js';
import { showView, views } from './views.js';
import { lang, setLanguage, setWords, t } from './words.js';

const NEW_FOR_MS = 10 * 60 * 1000;
const COUNT_EVERY_MS = 150;
/** What the address carries besides the view: the language, what is open, whether what was known later is marked, which layer is shown as density,
 * and which filters came with an opening link. */
const OWN = ['lang', 'open', 'embed', DENSITY, HINDSIGHT, OPENING];

/** @typedef {import('./person.js').Me} Me */

export async function start() {
  const page = await laidOut();
  const facts = JSON.parse(page.dataset.words ?? '{}');
  setWords(facts.words);
  setLanguage(new URLSearchParams(location.search).get('lang') === 'en' ? 'en' : 'zh');
  document.documentElement.dataset.theme = localStorage.getItem('emmap-theme') === 'night' ? 'night' : 'day';
  try {
    await run(facts);
  } catch (error) {
    failed(/** @type {Error} */ (error).message);
    throw error;
  }
  page.classList.add('started');
}

/** Without the server's answers there is nothing to show: every panel says so, and what to do. @param {string} message */
function failed(message) {
  const why = reasonOf(message).replace(/[。.]$/, '');
  note(t('start_failed', { why }), 'error');
  byId('live').dataset.state = 'down';
  write(byId('live-text'), t('live_never'));
  for (const name of ['current', 'in_view']) {
    const again = make('button', { class: 'plain' }, t('reload'));
    again.addEventListener('click', () => location.reload());
    byId(`${name}-empty`).replaceChildren(make('p', {}, t('start_failed', { why })), again);
  }
}

/** @returns {Promise<HTMLElement>} the page's element, once Dash has made all of it */
function laidOut() {
  return new Promise((resolve) => {
    const look = () => {
      const page = document.getElementById('page');
      if (!page || !document.getElementById('current-list') || !document.getElementById('timeline-plot')) return false;
      resolve(page);
      return true;
    };
    if (look()) return;
    const observer = new MutationObserver(() => look() && observer.disconnect());
    observer.observe(document.body, { childList: true, subtree: true });
  });
}

/** @param {any} facts */
async function run(facts) {
  const [status, me] = await Promise.all([statusOf(new URLSearchParams(location.search).get('realm')), whoAmI()]);
  draftsOf(me.name);
  setScenario(status.clock);
  /** @type {Details|null} */
  let details = null;
  /** @type {Opening|null} */
  let opening = null;
  /** @type {HindsightPanel|null} */
  let hindsight = null;
  /** @type {Density|null} */
  let density = null;
  const engine = await Engine.start({
    mapId: 'map',
    realm: status.realm,
    lists: { hazards: facts.hazards.map(code), districts: facts.districts.map(code) },
    ignore: OWN,
    extent: facts.extent,
    extra: () => [lang() === 'en' ? 'lang=en' : '', details?.address(), density?.address(), hindsight?.address(), opening?.address()].filter(Boolean).join('&'),
    defaults: (view, layers) => ({ ...view, status: layers.flatMap((layer) => layer.default_status) }),
    night: document.documentElement.dataset.theme === 'night',
    ready: (/** @type {Engine} */ made) => {
      opening = new Opening(made.view, location.search);
      density = new Density(made, location.search);
      ({ details, hindsight } = parts(made, { status, me, facts, opening }));
    },
  });
  /** @type {Details|null} */ (details)?.back();
  engine.moved();
  if (engine.notes.length) {
    const parts = engine.notes.map(({ name, value }) => `${name}=${value}`);
    note(() => t('note_dropped', { parts: parts.join(t('list_join')) }), 'error');
  }
}

const code = (/** @type {{code: string}} */ entry) => entry.code;

/** How the asked realm stands, or the default one where there is none of that name. @param {string|null} realm */
async function statusOf(realm) {
  let answer = await fetch(`/api/status${realm ? `?realm=${encodeURIComponent(realm)}` : ''}`);
  if (!answer.ok && realm) answer = await fetch('/api/status');
  if (!answer.ok) throw new Error(await refusalOf(answer));
  return answer.json();
}

/** @returns {Promise<Me>} */
async function whoAmI() {
  const answer = await fetch('/api/me');
  if (!answer.ok) throw new Error(await refusalOf(answer));
  return answer.json();
}

/** The page's parts, once the engine has its layers and before it loads their data.
 * @param {Engine} engine @param {{status: any, me: Me, facts: any, opening: Opening}} given */
function parts(engine, { status, me, facts, opening }) {
  /** Rows that came by the socket of late, by layer. The map rings the same ones. @type {Map<string, Set<number>>} */
  const fresh = engine.points.marked;
  const isNew = (/** @type {string} */ layer, /** @type {number} */ row) => fresh.get(layer)?.has(row) ?? false;
  engine.on('opened', ({ layer, rows }) => {
    fresh.set(layer, new Set([...(fresh.get(layer) ?? []), ...rows]));
    setTimeout(() => {
      for (const row of rows) fresh.get(layer)?.delete(row);
      engine.emit('counted');
    }, NEW_FOR_MS);
  });

  /** While the hand moves, numbers and lists follow at a pace that leaves the map its frames. @type {number|undefined} */
  let counting;
  engine.on('moving', () => {
    counting ??= setTimeout(() => {
      counting = undefined;
      engine.emit('counted');
    }, COUNT_EVERY_MS);
  });

  const standing = new Standing(engine, status);
  const header = new Header(engine, standing, me);
  engine.on('error', ({ message, whole }) => {
    if (header.live?.kind === 'live') note(() => (whole ? message : t('read_failed', { why: reasonOf(message) })), 'error');
  });
  engine.on('language', sayNotes);
  const filters = new Filters(engine, standing);
  const details = new Details(engine, standing);
  const open = (/** @type {{layer: string, row: number}} */ key) => details.open(key);
  /** Of what holds now a newer version may be known before list and map show it. @param {{layer: string, row: number}} key */
  const openHeld = (key) => details.open(key, { follow: true });
  const districts = new Map(facts.districts.map((/** @type {any} */ one) => [one.code, one]));
  const timeline = new Timeline(engine, { open, season: facts.flood_season, opening });
  const onMap = (/** @type {{layer: string, row: number}} */ key) => {
    openHeld(key);
    showView('side');
  };
  /** A version that the picture need not show. @param {{layer: string, row: number}} key */
  const onVersion = (key) => {
    open(key);
    showView('side');
  };
  new Hover(engine);
  const cards = new MapCards(engine, { open: onMap, extent: facts.extent, standing });
  const given = {
    open: openHeld, isNew, districts, standing, clearFilters: () => filters.clearAll(), wholeCity: () => cards.wholeCity(), toNow: () => timeline.toNow(),
  };
  const current = new List(engine, 'current', given);
  const inView = new List(engine, 'in_view', given);
  new BaseMap(engine);
  const position = new Position(engine);
  const pin = new Pin(engine.map);
  speak(engine, pin);
  if (me.permissions.includes('watch')) watchOver(engine, me);
  const search = new Search(engine, pin, { districts: facts.districts, places: facts.places, open: onMap, showMap: () => showView('frame') });
  const fullScreen = new FullScreen(engine);
  new Frame(engine, () => timeline.toNow());
  compareLink(engine);
  const hindsight = new HindsightPanel(engine, { open: onVersion, showTab });
  new Statistics(engine, facts, standing);
  new Rain(engine);
  new Export(engine, standing, me);
  offerBriefing(engine, me, byId('briefing-open'));
  const tools = new Tools(engine, facts, standing, () => cards.closePicked());

  const shown = () => (byId('in_view-list').offsetParent ? inView : current);
  const next = (/** @type {1|-1} */ by) => {
    const list = shown();
    list.open(list.move(by));
  };
  byId('details-next').addEventListener('click', () => next(1));
  byId('details-previous').addEventListener('click', () => next(-1));
  byId('unplaced').addEventListener('click', () => {
    showView('side');
    showTab('in_view');
    inView.showUnplaced(true);
  });
  byId('to-list').addEventListener('click', () => {
    const list = shown();
    showView('side');
    (list.box.hidden ? list.empty.querySelector('button') : list.box)?.focus();
  });
  listen({
    search: () => search.focus(),
    // In a frame the time is the other page's.
    toNow: () => void (embedded() || timeline.toNow()),
    play: () => void (embedded() || timeline.play.toggle()),
    next,
    fullScreen: () => void fullScreen.toggle(),
    datum: () => position.turn(),
    tools: tools.keys(),
    escape: () => {
      if (header.close()) return;
      if (!byId('picked').hidden) cards.closePicked();
      else if (position.close() || timeline.card.close() || pin.clear()) return;
      else if (![...document.querySelectorAll('[role="dialog"]')].some((one) => one.getClientRects().length)) details.close();
    },
  });
  const fold = folding(() => engine.map.invalidateSize({ animate: false }));
  engine.on('selected', (what) => what && fold('right', false));
  views();
  header.setNight(document.documentElement.dataset.theme === 'night');
  setLanguage(lang());
  keepTyped(/** @type {HTMLInputElement} */ (byId('time')), 'time');
  keepTyped(/** @type {HTMLInputElement} */ (byId('search-text')), 'search');
  byId('sign-out').closest('form')?.addEventListener('submit', forgetDrafts);
  return { details, hindsight };
}

/** What the duty room has open, on the map; and what rings, above it. @param {Engine} engine @param {Me} me */
function watchOver(engine, me) {
  const room = new Room(engine.realm, me.name);
  engine.on('message', (message) => room.hear(message));
  if (embedded()) {
    new AlarmMarks(engine.map, room, ({ id }) => window.parent.postMessage({ emmap: 'open', id }, location.origin));
    return;
  }
  const bar = new AlarmBar(room);
  new AlarmMarks(engine.map, room, (alarm) => location.assign(bar.address(alarm)));
  setInterval(() => bar.show(), 1000);
}

/** @param {string} name */
function showTab(name) {
  const tab = [...document.querySelectorAll('#side-tabs [role="tab"]')].find((one) => one.id.endsWith(`-tab-${name}`));
  /** @type {HTMLElement|undefined} */ (tab)?.click();
}
