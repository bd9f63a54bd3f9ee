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
import { Answer } from './answer.js';
import { Columns, NOWHERE } from './columns.js';
import { download, foundRows, get, layersBegun, whenIdle } from './download.js';
import { Flashes } from './flashes.js';
import { listed, listRow } from './listing.js';
import { began, comesAndGoes, lived, swallowed, unseen } from './lives.js';
import { Live } from './live.js';
import { extentOf, PointsLayer } from './points.js';
import { Shapes } from './shapes.js';
import { added } from './tally.js';
import { now, setClock, setScenario } from './time.js';
import { districtCodes, parseView, ViewStore } from './view.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {import('./listing.js').ListRow} ListRow */

const MOST_REMEMBERED = 5000;
const MOST_PULSING = 50;
const SHAPES_EVERY_MS = 100;
/** Zoom levels that a click on a counting cell goes deeper. */
const DEEPER = 2;

export class Engine {
  /** So many rows that closed since a layer was loaded are kept; then it is loaded anew without them. */
  static MOST_CLOSED = 100_000;

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
    this.layers = layers;
    this.realm = realm;
    this.map = map;
    given.lists.districts.forEach((/** @type {string} */ code) => districtCodes.add(code));
    const { view, notes } = parseView(location.search, layers, given.ignore);
    this.notes = notes;
    const wanted = { ...view, realm };
    this.view = new ViewStore(location.search.length > 1 || !given.defaults ? wanted : given.defaults(wanted, layers), given.extra);
    this.ignore = given.ignore;
    this.now = now();
    /** @type {Map<string, Set<(told: any) => void>>} */
    this.listeners = new Map();
    /** @type {Map<string, Answer>} */
    this.answers = new Map(layers.map((layer) => [layer.id, new Answer(layer, Columns.of(layer, given.lists))]));
    /** @type {Map<string, string|null>} */
    this.stamps = new Map(layers.map((layer) => [layer.id, layer.checkpoint]));
    /** @type {Map<string, Promise<void|undefined>>} */
    this.closed = new Map();
    /** @type {Map<string, Map<number, any>>} */
    this.remembered = new Map();
    /** Layers that are being loaded: what comes by the socket meanwhile is asked for afterwards. @type {Set<string>} */
    this.loading = new Set();
    /** Layers that are being caught up. @type {Map<string, Promise<void>>} */
    this.catching = new Map();
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
    this.aiming = false;
    /** Whether clicks and the pointer look for features; a tool that draws on the map turns it off. */
    this.picking = true;
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
    if (bbox) this.aimAt(bbox);
    else if (this.home) this.aimAt(this.home, { paddingTopLeft: [16, 56], paddingBottomRight: [16, 56] });
    this.points.addTo(this.map);
    this.map.on('moveend', () => this.moved());
    this.map.on('click', (/** @type {any} */ event) => this.click(event));
    this.map.on('mousemove', (/** @type {any} */ event) => this.hover(event));
    this.map.on('mouseout movestart', () => this.emit('hover', { hits: [], cell: null, at: null }));
    this.view.subscribe((view, before) => this.changed(view, before));
    window.addEventListener('popstate', () => this.back());
    setInterval(() => this.tick(), 1000);
    await Promise.all(
      this.layers.map(async (layer) => {
        const answer = /** @type {Answer} */ (this.answers.get(layer.id));
        if (!(await this.load(layer, answer.columns))) return;
        this.draw();
        whenIdle(() => answer.prepare());
      }),
    );
    await this.refresh();
    this.live = new Live({
      realm: this.realm,
      stamps: () => Object.fromEntries(this.stamps),
      onMessage: (message) => this.receive(message),
      onState: (state) => this.emit('live', state),
      onClock: setClock,
    });
  }

  /** Loads a layer's columns, telling how far it is. @param {any} layer @param {Columns} columns @returns {Promise<boolean>} */
  async load(layer, columns) {
    if (!layer.points) return true;
    try {
      columns.load(await download(layer.points, (share) => this.emit('progress', { layer: layer.id, share })));
      this.emit('progress', { layer: layer.id, share: 1 });
      return true;
    } catch (error) {
      this.emit('progress', { layer: layer.id, share: 0, error });
      return false;
    }
  }

  /** Loads a layer anew: after a failure, or when too much changed to tell. What was there stays until then. @param {string} id */
  async reload(id) {
    if (this.loading.has(id)) return;
    this.loading.add(id);
    try {
      const listed = await (await get(`/api/layers/${id}?realm=${this.realm}`)).json();
      const { entries } = /** @type {Answer} */ (this.answers.get(id)).columns;
      const fresh = new Answer(listed, Columns.of(listed, { hazards: entries.hazards ?? [], districts: entries.districts }));
      fresh.late = this.late.has(id);
      if (!(await this.load(listed, fresh.columns))) return;
      this.layers[this.layers.findIndex((layer) => layer.id === id)] = listed;
      this.answers.set(id, fresh);
      whenIdle(() => fresh.prepare());
      this.closed.delete(id);
      this.remembered.delete(id);
      this.stamps.set(id, listed.checkpoint);
    } finally {
      this.loading.delete(id);
    }
    await this.askChanges(id);
    await this.refresh();
  }

  /** Asks for what changed in a layer since what is here. @param {string} id @returns {Promise<void>} */
  catchUp(id) {
    let running = this.catching.get(id);
    if (!running) {
      running = this.askChanges(id).finally(() => this.catching.delete(id));
      this.catching.set(id, running);
    }
    return running;
  }

  /** @param {string} id */
  async askChanges(id) {
    const after = this.stamps.get(id) ?? '';
    const changes = await (await get(`/api/layers/${id}/changes?realm=${this.realm}&after=${after}`)).json();
    if (changes.type === 'reload') void this.reload(id).catch(() => {});
    else if (after === (this.stamps.get(id) ?? '') && !this.loading.has(id)) this.take(changes);
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
    const { q, at, known_at: known } = this.view.get();
    const pastKnown = known !== null && !(known === 'at' && at === null);
    try {
      await Promise.all([this.search(q), pastKnown ? this.loadClosed() : null]);
    } catch (error) {
      this.emit('error', { message: /** @type {Error} */ (error).message });
    }
    // A later call has everything that this one wanted.
    if (turn !== this.turn) return;
    this.draw();
    this.emit('answer');
  }

  /** Asks for the rows that a text finds, of each layer where that is not known. @param {string} q */
  async search(q) {
    const asking = [...this.answers.values()].filter((answer) => answer.foundFor !== q);
    const found = await Promise.all(
      asking.map(async ({ layer }) =>
        q ? foundRows(await get(`/api/layers/${layer.id}/search?realm=${this.realm}&as=bits&q=${encodeURIComponent(q)}`)) : null,
      ),
    );
    if (q === this.view.get().q) asking.forEach((answer, k) => answer.search(q, found[k]));
  }

  /** Rows that were closed before the checkpoint: wanted once K moves from now. */
  async loadClosed() {
    await Promise.all(
      this.layers.filter((layer) => layer.points).map((layer) => {
        if (!this.closed.has(layer.id)) {
          const columns = this.answers.get(layer.id)?.columns;
          const loading = (async () => columns?.load(await (await get(`${layer.points}&rows=closed`)).arrayBuffer()))();
          loading.catch(() => this.closed.delete(layer.id));
          this.closed.set(layer.id, loading);
        }
        return this.closed.get(layer.id);
      }),
    );
  }

  /** @param {View} view @param {View} before */
  changed(view, before) {
    if (view.bbox !== before.bbox && JSON.stringify({ ...view, bbox: null }) === JSON.stringify({ ...before, bbox: null })) {
      this.emit('moved');
      return;
    }
    void this.refresh();
  }

  /** T while the hand moves. @param {number|null} at */
  moveTime(at) {
    this.view.view = { ...this.view.view, at };
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
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
    return extentOf(this.map);
  }

  moved() {
    if (this.aiming) return;
    const bbox = this.extent();
    if (JSON.stringify(bbox) === JSON.stringify(this.view.get().bbox)) return;
    this.view.set({ bbox }, { rest: false });
    this.view.write('replaceState');
  }

  /** The back button: the address is the view, also where the map looks. */
  back() {
    const { view, notes } = parseView(location.search, this.layers, this.ignore);
    const bbox = view.bbox ?? this.view.get().bbox;
    this.notes = notes;
    this.view.set({ ...view, realm: this.realm, bbox }, { rest: false });
    if (bbox && JSON.stringify(bbox) !== JSON.stringify(this.extent())) this.look(bbox);
  }

  /**
   * Shows the extent of the address (else the given one) and keeps to it while the page still takes its shape: until somebody acts.
   * @param {[number, number, number, number]} bbox @param {L.FitBoundsOptions} [room] kept free of it, for what lies over the map
   */
  aimAt(bbox, room) {
    const again = () => this.look(bbox, room);
    const acts = ['pointerdown', 'keydown', 'wheel'];
    const letGo = () => {
      this.aiming = false;
      this.map.off('resize', again);
      acts.forEach((act) => document.removeEventListener(act, letGo, true));
    };
    this.aiming = true;
    this.map.on('resize', again);
    acts.forEach((act) => document.addEventListener(act, letGo, { capture: true, passive: true }));
    this.look(bbox, room);
  }

  /** Shows an extent, without a flight. @param {[number, number, number, number]} bbox @param {L.FitBoundsOptions} [room] */
  look([west, south, east, north], room) {
    this.map.fitBounds([[south, west], [north, east]], { animate: false, ...room });
  }

  counts() {
    const layers = Object.fromEntries([...this.answers].map(([id, answer]) => [id, answer.counts()]));
    const shown = this.visible().map((layer) => layers[layer.id]);
    return {
      total: shown.reduce((sum, one) => sum + one.total, 0),
      unplaced: shown.reduce((sum, one) => sum + one.unplaced, 0),
      severity: added(shown.map((one) => ({ severity: one.severity }))).severity ?? {},
      groups: added(shown.map((one) => one.groups)),
      facets: added(shown.map((one) => one.facets)),
      layers,
    };
  }

  /**
   * Rows of the visible layers, worst first, newest first within a level.
   * @param {{what: 'all'|'inside'|'unplaced'|'current'|'began', limit?: number, offset?: number, from?: number, to?: number, passing?: boolean}} given
   *   inside: in the map's extent; unplaced: without a place; current: everywhere, of layers whose features come and go (not
   *   standing, not state); began: from `from` to `to`, whether they hold at T or not; `passing`: only of layers whose features come and go
   * @returns {{total: number, rows: ListRow[]}}
   */
  list({ what, limit = 100, offset = 0, from = 0, to = 0, passing = false }) {
    const asked = this.asked(passing || what === 'current');
    const places = (/** @type {Answer} */ answer) => {
      if (what === 'began') return began(answer, from, to);
      return what === 'inside' ? answer.inside(this.extent()) : what === 'unplaced' ? answer.unplaced() : answer.all();
    };
    return listed(asked.map((answer) => ({ answer, places: places(answer) })), limit, offset);
  }

  /** @param {string} layer @param {number[]} rows @returns {Promise<Map<number, any>>} */
  async features(layer, rows) {
    let known = this.remembered.get(layer);
    if (!known || known.size > MOST_REMEMBERED) this.remembered.set(layer, (known = new Map()));
    const missing = rows.filter((row) => !known.has(row));
    for (let from = 0; from < missing.length; from += 200) {
      const part = missing.slice(from, from + 200).join(',');
      const found = await (await get(`/api/layers/${layer}/rows?realm=${this.realm}&row=${part}`)).json();
      for (const feature of found.rows) known.set(feature.properties.row, feature);
    }
    return known;
  }

  /**
   * How many hold over time, by severity, over the visible layers.
   * @param {number} from @param {number} to @param {number} bins @param {boolean} [passing] only those that come and go; below as well
   */
  histogram(from, to, bins, passing) {
    const sum = Array.from({ length: 5 }, () => new Float64Array(bins));
    for (const answer of this.asked(passing)) {
      answer.histogram(from, to, bins).forEach((row, level) => row.forEach((n, bin) => (sum[level][bin] += n)));
    }
    return sum;
  }

  /** The worst that comes and goes unseen between the histogram's bins: by edge, 0 where there is none severe. @param {number} from @param {number} to @param {number} bins */
  unseen(from, to, bins) {
    const worst = new Uint8Array(bins + 1);
    for (const answer of this.asked(true)) unseen(answer, from, to, bins, worst);
    return worst;
  }

  /** What histogram and `lived` depend on besides their span. @param {boolean} [passing] @returns {unknown[]} */
  history(passing) {
    return this.asked(passing).flatMap(({ columns, n, closed, loads, filteredFor, together, K }) => [columns, n, closed, loads, filteredFor, together || K]);
  }

  /** How many began, ceased and held in a span, its ends included, over the visible layers. @param {number} from @param {number} to @param {boolean} [passing] */
  lived(from, to, passing) {
    const sum = { began: 0, ended: 0, held: 0 };
    for (const answer of this.asked(passing)) {
      const one = lived(answer, from, to);
      sum.began += one.began;
      sum.ended += one.ended;
      sum.held += one.held;
    }
    return sum;
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

  /** @param {1|-1} direction @param {boolean} [passing] @returns {number|null} */
  nextChange(direction, passing) {
    const T = this.view.get().at ?? this.now;
    const all = this.asked(passing).map((answer) => answer.nextChange(T, direction)).filter((at) => at !== null);
    return all.length ? (direction > 0 ? Math.min(...all) : Math.max(...all)) : null;
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
      for (const [id, stamp] of Object.entries(message.stamps)) if (stamp && stamp > (this.stamps.get(id) ?? '')) this.follow(id);
    } else if (message.type === 'reload') {
      void this.reload(message.layer).catch((error) => this.emit('error', { message: error.message }));
    } else if ((message.after ?? '') === (this.stamps.get(message.layer) ?? '')) {
      this.take(message);
    } else if (message.stamp > (this.stamps.get(message.layer) ?? '')) {
      this.follow(message.layer);
    }
  }

  /** Fetches what the socket did not bring; a failure is made good by the next heartbeat. @param {string} id */
  follow(id) {
    if (!this.loading.has(id)) void this.catchUp(id).catch(() => {});
  }

  /** Takes changes in that join on to what is here, draws and tells. @param {any} changes */
  take(changes) {
    const id = changes.layer;
    const answer = this.answers.get(id);
    if (!answer || this.loading.has(id) || changes.stamp === null || changes.stamp === (this.stamps.get(id) ?? '')) return;
    this.stamps.set(id, changes.stamp);
    const { columns } = answer;
    const places = columns.apply(changes);
    const rows = places.map((i) => columns.row[i]);
    for (const row of changes.closed.row) this.remembered.get(id)?.delete(row);
    if (rows.length && answer.foundFor !== '') answer.foundFor = null;
    void this.refresh();
    this.emit('changed', { layer: id, rows, closed: changes.closed.row });
    const { opened } = this;
    const fresh = opened === null ? [] : places.filter((i) => columns.r0[i] >= opened).map((i) => columns.row[i]);
    if (columns.closed.length > Engine.MOST_CLOSED) void this.reload(id).catch(() => {});
    if (!fresh.length) return;
    this.points.pulse(id, fresh.slice(0, MOST_PULSING));
    this.emit('opened', { layer: id, rows: fresh });
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
