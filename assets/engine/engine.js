/**
 * The engine: data, view, drawing and live changes behind one object. It knows nothing of the page around the map.
 *
 *     const engine = await Engine.start({ mapId: 'map', realm, lists: { hazards, districts }, ignore: ['lang'] })
 *
 *     engine.layers        as /api/layers lists them
 *     engine.view          the ViewStore: get(), set(patch, { rest }), subscribe(); it owns the address
 *     engine.notes         what of the address could not be read: [{ name, value }]
 *     engine.now           seconds since 2000, ticking
 *     engine.visible()     the layers that the view shows
 *     engine.counts()      { total, unplaced, severity, groups, facets, layers: { id: Counts } } over the visible layers,
 *                          see Counts in `answer.js`
 *     engine.list(what)    rows worst first: { total, rows: [{ layer, i, row, severity, t0, t1 }] }, see below
 *     engine.features(layer, rows)   Promise of the rows' features, by number; remembered
 *     engine.histogram(from, to, bins), engine.nextChange(direction), engine.lived(from, to)
 *     engine.history()     what these depend on besides their span: the same while only T moves
 *     engine.flash(before, at)   shows for a moment what a leap of T would swallow, and tells it
 *     engine.moveTime(at)  T while the hand moves: draws at once, tells 'moving'; engine.rest() when it rests
 *     engine.moveKnown(known)   K, likewise
 *     engine.select({ layer, row } | null), engine.zoomTo(layer, row)
 *     engine.setLate(ids)  layers whose data are late: drawn grey
 *     engine.on(event, listener):
 *       'answer'   the answer changed (view at rest, data, or time passed a bound): counts and lists are new
 *       'moving'   T moves: draw what is cheap
 *       'progress' { layer, share, error } while a layer loads
 *       'picked'   { hits: [{ layer, row }], latlng } on a click, topmost first; empty where nothing lies there
 *       'hover'    { hits, cell, at } where the mouse goes: points as in 'picked', else a counting cell { n, worst }, else areas
 *       'live'     LiveState of `live.js`
 *       'message'  a message of the live socket, as it came
 *       'changed'  { layer, rows, closed } rows that came, and those whose time as known ended, whether new to the page or caught up
 *       'opened'   { layer, rows } rows that came by the socket and were not there when the page was opened
 *       'shapes'   { layer, data } lines and areas that hold, as GeoJSON, whenever they are others than before
 *       'clock'    every second: the realm's now; 'scenario' the realm has another clock than before; 'moved' the map moved; 'selected' the selection changed; 'error' { message }
 */
import { Aim } from './aim.js';
import { NOWHERE } from './columns.js';
import { Data } from './data.js';
import { get, layersBegun, rowsOf } from './download.js';
import * as figures from './figures.js';
import { Flashes } from './flashes.js';
import { listRow } from './listing.js';
import { comesAndGoes, swallowed } from './lives.js';
import { Live } from './live.js';
import { PiecedAnswer } from './pieced_answer.js';
import { PointsLayer } from './points.js';
import { Shapes } from './shapes.js';
import { now, setClock, setScenario } from './time.js';
import { districtCodes, parseView, ViewStore } from './view.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./listing.js').ListRow} ListRow */

const MOST_PULSING = 50;
const SHAPES_EVERY_MS = 100;
/** Zoom levels that a click on a counting cell goes deeper. */
const DEEPER = 2;

export class Engine {
  /**
   * Loads the layers, restores the view of the address, draws, and stays live.
   * @param {{mapId: string, realm: string, lists: {hazards: string[], districts: string[]}, ignore?: string[],
   *   extra?: () => string, extent?: [number, number, number, number], defaults?: (view: View, layers: any[]) => View, night?: boolean, ready?: (engine: Engine) => void}} given
   *   ready: called before the data load, so that the page can listen from the start
   */
  static async start(given) {
    const wanted = new URLSearchParams(location.search).get('realm');
    const asked = wanted ?? given.realm;
    let layers = await layersBegun(wanted);
    let unknown = false;
    if (layers?.[0]?.realm !== asked) {
      let answer = await fetch(`/api/layers?realm=${encodeURIComponent(asked)}`);
      unknown = !answer.ok && asked !== given.realm;
      if (unknown) answer = await get(`/api/layers?realm=${given.realm}`);
      if (!answer.ok) throw new Error(`${answer.status}`);
      layers = await answer.json();
    }
    const map = await /** @type {any} */ (window).emmapMaps.when(given.mapId);
    const engine = new Engine(given, /** @type {any[]} */ (layers), map, unknown ? given.realm : asked);
    if (unknown) engine.notes.push({ name: 'realm', value: asked });
    given.ready?.(engine);
    await engine.run();
    return engine;
  }

  /** @param {any} given @param {any[]} layers @param {L.Map} map @param {string} realm */
  constructor(given, layers, map, realm) {
    this.data = new Data(layers, realm, given.lists, {
      refresh: () => this.refresh(),
      changed: (told) => this.took(told),
      progress: (told) => this.emit('progress', told),
    });
    this.realm = realm;
    this.map = map;
    this.aim = new Aim(map);
    given.lists.districts.forEach((/** @type {string} */ code) => districtCodes.add(code));
    const { view, notes } = parseView(location.search, layers, given.ignore);
    this.notes = notes;
    const wanted = { ...view, realm };
    this.view = new ViewStore(location.search.length > 1 || !given.defaults ? wanted : given.defaults(wanted, layers), given.extra);
    this.ignore = given.ignore;
    this.now = now();
    /** @type {Map<string, Set<(told: any) => void>>} */
    this.listeners = new Map();
    /** When the page was opened, by the server's clock: what was recorded before is not new to anybody. @type {number|null} */
    this.opened = null;
    this.turn = 0;
    /** When something next begins or ceases; null: to be looked up. @type {number|null} */
    this.nextBound = null;
    /** @type {{layer: string, row: number}|null} */
    this.selected = null;
    /** Layers that are drawn grey. @type {Set<string>} */
    this.late = new Set();
    /** What the map shows where the address names no extent. @type {[number, number, number, number]|undefined} */
    this.home = given.extent;
    this.points = new PointsLayer({ night: given.night });
    this.shapes = new Shapes(
      realm,
      (id, data) => this.emit('shapes', { layer: id, data }),
      (error) => this.emit('error', { message: error.message }),
    );
    this.shapes.night = given.night ?? false;
    this.flashes = new Flashes(map, (layer, rows) => this.shapes.geometry(layer, rows));
    this.frame = 0;
    /** Whether what is drawn is a step of a moving T. */
    this.moving = false;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.shaping = undefined;
    /** Whether clicks and the pointer look for features; a tool that draws on the map turns it off. */
    this.picking = true;
  }

  /** As /api/layers lists them. @returns {any[]} */
  get layers() {
    return this.data.layers;
  }

  /** By layer. @returns {Map<string, Answer>} */
  get answers() {
    return this.data.answers;
  }

  /** @param {string} event @param {(told: any) => void} listener */
  on(event, listener) {
    if (!this.listeners.has(event)) this.listeners.set(event, new Set());
    this.listeners.get(event)?.add(listener);
  }

  /** @param {string} event @param {any} [told] */
  emit(event, told) {
    this.listeners.get(event)?.forEach((listener) => listener(told));
  }

  async run() {
    const { bbox } = this.view.get();
    if (bbox) this.aim.hold(bbox);
    else if (this.home) this.aim.hold(this.home, { paddingTopLeft: [16, 56], paddingBottomRight: [16, 56] });
    this.points.addTo(this.map);
    this.map.on('moveend', () => this.moved());
    this.map.on('click', (/** @type {any} */ event) => this.click(event));
    this.map.on('mousemove', (/** @type {any} */ event) => this.hover(event));
    this.map.on('mouseout movestart', () => this.emit('hover', { hits: [], cell: null, at: null }));
    this.view.subscribe((view, before) => this.changed(view, before));
    window.addEventListener('popstate', () => this.back());
    setInterval(() => this.tick(), 1000);
    await this.data.loadAll(() => this.draw());
    void this.bringNear();
    await this.refresh();
    this.live = new Live({
      realm: this.realm,
      stamps: () => Object.fromEntries(this.data.stamps),
      onMessage: (message) => this.receive(message),
      onState: (state) => this.emit('live', state),
      onClock: setClock,
    });
  }

  /** Loads a layer anew. @param {string} id @returns {Promise<void>} */
  reload(id) {
    return this.data.reload(id);
  }

  /** @returns {any[]} */
  visible() {
    const { layers } = this.view.get();
    return this.layers.filter((layer) => (layers === null ? layer.shown : layers.includes(layer.id)));
  }

  /**
   * Of the visible layers, in drawing order: the panel's first lies undermost.
   * @param {boolean} [passing] only of those whose features come and go @returns {Answer[]}
   */
  asked(passing = false) {
    return this.visible().filter((layer) => !passing || comesAndGoes(layer)).map((layer) => /** @type {Answer} */ (this.answers.get(layer.id)));
  }

  /** Asks every layer for the current view and draws. */
  draw() {
    const view = this.view.get();
    for (const answer of this.answers.values()) answer.ask(view, this.now);
    this.nextBound = null;
    const asked = this.asked();
    this.points.selected = this.selectedPlace();
    this.points.setAnswers(asked);
    this.shapesSoon();
  }

  /** Lines and areas follow at once, while T moves at a pace that leaves the points their frames. */
  shapesSoon() {
    const wait = this.moving ? SHAPES_EVERY_MS : 0;
    if (wait === 0) this.updateShapes();
    else this.shaping ??= setTimeout(() => this.updateShapes(), wait);
  }

  updateShapes() {
    clearTimeout(this.shaping);
    this.shaping = undefined;
    const asked = this.asked();
    for (const answer of this.answers.values()) this.shapes.update(answer, asked.includes(answer), this.selected);
  }

  /** Fetches what the view needs and is not there (text search, closed rows), draws and tells. */
  async refresh() {
    const turn = ++this.turn;
    try {
      const { q } = this.view.get();
      await Promise.all([this.data.search(q, () => q === this.view.get().q), this.looksBack() ? this.data.loadClosed() : null]);
    } catch (error) {
      this.emit('error', { message: /** @type {Error} */ (error).message });
    }
    // A later call has everything that this one wanted.
    if (turn !== this.turn) return;
    this.draw();
    this.emit('answer');
    if (this.data.pieced.size) void this.bringNear();
  }

  /** @returns {boolean} whether the view asks what was known, not what is known now */
  looksBack() {
    const { at, known_at: known } = this.view.get();
    return known !== null && !(known === 'at' && at === null);
  }

  /** @param {View} view @param {View} before */
  changed(view, before) {
    if (view.bbox !== before.bbox && JSON.stringify({ ...view, bbox: null }) === JSON.stringify({ ...before, bbox: null })) {
      this.emit('moved');
      return;
    }
    void this.refresh();
  }

  /** Marks what a comparison found. @param {import('./compared.js').Compared} compared */
  compare(compared) {
    const { layer, only } = compared;
    for (const [id, answer] of this.answers) answer.restrict(id === layer && only ? rowsOf(only) : null);
    this.points.compared = compared;
    this.shapes.setCompared(compared);
    void this.refresh();
  }

  /** T while the hand moves. @param {number|null} at */
  moveTime(at) {
    this.move({ at });
  }

  /** K while the hand moves. @param {number|'at'|null} known_at */
  moveKnown(known_at) {
    this.move({ known_at });
  }

  /** Draws in the next frame; where closed rows are wanted for the first time, once they are here. @param {Partial<View>} patch */
  move(patch) {
    this.view.view = { ...this.view.view, ...patch };
    if (this.frame) return;
    this.frame = requestAnimationFrame(async () => {
      try {
        if (this.looksBack()) await this.data.loadClosed();
      } catch (error) {
        this.emit('error', { message: /** @type {Error} */ (error).message });
      }
      this.frame = 0;
      this.moving = true;
      this.draw();
      this.moving = false;
      this.emit('moving');
    });
  }

  /** The hand rests: address and server panels follow. */
  rest() {
    this.view.write('pushState');
    void this.refresh();
  }

  /** Time passes: what is live looks again when something begins or ceases. */
  tick() {
    const before = this.now;
    this.now = now();
    this.emit('clock', this.now);
    if (this.view.get().at !== null) return;
    this.nextBound ??= Math.min(...[...this.answers.values()].map((answer) => answer.nextChange(before, 1) ?? Infinity));
    if (this.nextBound <= this.now) void this.refresh();
  }

  /** @returns {[number, number, number, number]} where the map looks, to the metre */
  extent() {
    return this.aim.extent();
  }

  moved() {
    void this.bringNear();
    if (this.aim.held) return;
    const bbox = this.extent();
    if (JSON.stringify(bbox) === JSON.stringify(this.view.get().bbox)) return;
    this.view.set({ bbox }, { rest: false });
    this.view.write('replaceState');
  }

  /** Of layers that come in pieces, brings the rows that are in view. */
  async bringNear() {
    try {
      if (await this.data.look(this.extent())) await this.refresh();
    } catch (error) {
      this.emit('error', { message: /** @type {Error} */ (error).message });
    }
  }

  /** The back button: the address is the view, also where the map looks. */
  back() {
    const { view, notes } = parseView(location.search, this.layers, this.ignore);
    const bbox = view.bbox ?? this.view.get().bbox;
    this.notes = notes;
    this.view.set({ ...view, realm: this.realm, bbox }, { rest: false });
    if (bbox && JSON.stringify(bbox) !== JSON.stringify(this.extent())) this.aim.look(bbox);
  }

  counts() {
    return figures.counted(this.answers, this.visible());
  }

  /** Rows of the visible layers, worst first, newest first within a level. @param {figures.Asked} given @returns {{total: number, rows: ListRow[]}} */
  list(given) {
    return figures.list(this.asked(given.passing || given.what === 'current'), this.extent(), given);
  }

  /** Of the visible layers those of which not every row in view is here: they come in pieces, and the map is too far away. @returns {any[]} */
  distant() {
    return this.asked().filter((answer) => answer instanceof PiecedAnswer && !answer.close).map(({ layer }) => layer);
  }

  /** @param {string} layer @param {number[]} rows @returns {Promise<Map<number, any>>} */
  features(layer, rows) {
    return this.data.features(layer, rows);
  }

  /** What is remembered of a row. @param {string} layer @param {number} row @returns {any} its feature; undefined where it was not asked for */
  remembered(layer, row) {
    return this.data.remembered.get(layer)?.get(row);
  }

  /**
   * How many hold over time, by severity, over the visible layers.
   * @param {number} from @param {number} to @param {number} bins @param {boolean} [passing] only those that come and go; below as well
   */
  histogram(from, to, bins, passing) {
    return figures.histogram(this.asked(passing), from, to, bins);
  }

  /** The worst that comes and goes unseen between the histogram's bins: by edge, 0 where there is none severe. @param {number} from @param {number} to @param {number} bins */
  unseen(from, to, bins) {
    return figures.unseen(this.asked(true), from, to, bins);
  }

  /** What histogram and `lived` depend on besides their span. @param {boolean} [passing] @returns {unknown[]} */
  history(passing) {
    return figures.history(this.asked(passing));
  }

  /** How many began, ceased and held in a span, its ends included, over the visible layers. @param {number} from @param {number} to @param {boolean} [passing] */
  lived(from, to, passing) {
    return figures.lived(this.asked(passing), from, to);
  }

  /** @param {1|-1} direction @param {boolean} [passing] @returns {number|null} */
  nextChange(direction, passing) {
    return figures.nextChange(this.asked(passing), this.view.get().at ?? this.now, direction);
  }

  /**
   * Shows for a moment the severe rows whose whole life lies between two pictures.
   * @param {number} before T of the earlier picture @param {number} at T of the later one @returns {ListRow[]}
   */
  flash(before, at) {
    return this.asked().flatMap((answer) => {
      const places = swallowed(answer, before, at);
      if (places.length) this.flashes.show(answer, places);
      return places.map((i) => listRow(answer, i));
    });
  }

  /** @param {any} event */
  click(event) {
    if (!this.picking) return;
    const hits = this.at(event);
    if (!hits.some(({ shape }) => !shape) && this.points.cellAt(event.containerPoint)) {
      this.map.setZoomAround(event.latlng, this.map.getZoom() + DEEPER);
      return;
    }
    this.emit('picked', { hits: hits.map(({ layer, row }) => ({ layer, row })), latlng: event.latlng });
  }

  /** @param {any} event of the mouse @returns {{layer: string, row: number, shape: boolean}[]} what lies there, topmost first; areas last */
  at(event) {
    const hits = this.points.pick(event.containerPoint).map(({ answer, i }) => ({ layer: answer.layer.id, row: answer.columns.row[i], shape: false }));
    for (const answer of this.asked().reverse()) {
      for (const i of this.shapes.at(answer, event.latlng.lng, event.latlng.lat)) {
        hits.push({ layer: answer.layer.id, row: answer.columns.row[i], shape: true });
      }
    }
    return hits;
  }

  /** @param {any} event */
  hover(event) {
    if (!this.picking) return;
    const hits = this.at(event);
    const points = hits.filter(({ shape }) => !shape);
    const cell = points.length ? null : this.points.cellAt(event.containerPoint);
    this.map.getContainer().classList.toggle('over-point', points.length > 0 || cell !== null);
    const shown = points.length ? points : hits;
    this.emit('hover', { hits: cell ? [] : shown.map(({ layer, row }) => ({ layer, row })), cell, at: event.containerPoint });
  }

  /** @param {{layer: string, row: number}|null} what */
  select(what) {
    this.selected = what;
    this.points.selected = this.selectedPlace();
    this.points.show();
    for (const answer of this.asked()) this.shapes.update(answer, true, what);
    this.emit('selected', what);
  }

  selectedPlace() {
    if (!this.selected) return null;
    const answer = this.answers.get(this.selected.layer);
    return answer ? { answer, row: this.selected.row } : null;
  }

  /** Brings a row into view. @param {string} layer @param {number} row */
  zoomTo(layer, row) {
    const c = /** @type {Answer} */ (this.answers.get(layer)).columns;
    const i = c.placeOf(row);
    if (i < 0 || c.x[i] === NOWHERE) return;
    this.map.setView([c.y[i] / 1e7, c.x[i] / 1e7], Math.max(this.map.getZoom(), 12), { animate: false });
  }

  /** A message of the live socket. @param {any} message */
  receive(message) {
    this.emit('message', message);
    if (message.type === 'watch') return;
    if (message.clock !== undefined && setScenario(message.clock)) {
      this.opened = null;
      this.now = now();
      void this.refresh();
      this.emit('scenario');
    }
    if (message.type === 'hello') {
      this.opened ??= now();
    } else if (message.type === 'tick') {
      this.data.compare(message.stamps);
    } else if (message.type === 'reload') {
      void this.reload(message.layer).catch((error) => this.emit('error', { message: error.message }));
    } else {
      this.data.hear(message);
    }
  }

  /** Rows came, and rows ended: draws and tells. @param {{layer: string, places: number[], closed: number[]}} told */
  took({ layer, places, closed }) {
    const { columns } = /** @type {Answer} */ (this.answers.get(layer));
    const rows = places.map((i) => columns.row[i]);
    void this.refresh();
    this.emit('changed', { layer, rows, closed });
    const { opened } = this;
    const fresh = opened === null ? [] : places.filter((i) => columns.r0[i] >= opened).map((i) => columns.row[i]);
    if (!fresh.length) return;
    this.points.pulse(layer, fresh.slice(0, MOST_PULSING));
    this.emit('opened', { layer, rows: fresh });
  }

  /** Layers whose data are late are drawn grey. @param {Set<string>} ids */
  setLate(ids) {
    this.late = ids;
    for (const [id, answer] of this.answers) answer.late = ids.has(id);
    this.draw();
  }

  /** @param {boolean} night */
  setNight(night) {
    this.points.night = night;
    this.points.draw();
    this.shapes.setNight(night);
  }
}
