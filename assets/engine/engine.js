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
 *     engine.counts()      { total, unplaced, severity, groups, layers: { id: Counts } } over the visible layers
 *     engine.list(what)    rows worst first: { total, rows: [{ layer, i, row, severity, t0, t1 }] }, see below
 *     engine.features(layer, rows)   Promise of the rows' features, by number; remembered
 *     engine.histogram(from, to, bins), engine.nextChange(direction)
 *     engine.moveTime(at)  T while the hand moves: draws at once, tells 'moving'; engine.rest() when it rests
 *     engine.select({ layer, row } | null), engine.zoomTo(layer, row)
 *     engine.on(event, listener):
 *       'answer'   the answer changed (view at rest, data, or time passed a bound): counts and lists are new
 *       'moving'   T moves: draw what is cheap
 *       'progress' { layer, share, error } while a layer loads
 *       'picked'   { hits: [{ layer, row }], latlng } on a click, topmost first; empty where nothing lies there
 *       'live'     LiveState of `live.js`
 *       'opened'   { layer, rows } new rows that came by the socket
 *       'moved'    the map moved; 'selected' the selection changed; 'error' { message }
 */
import { Answer } from './answer.js';
import { Columns, NOWHERE } from './columns.js';
import { Live } from './live.js';
import { PointsLayer } from './points.js';
import { Shapes } from './shapes.js';
import { now } from './time.js';
import { districtCodes, parseView, ViewStore } from './view.js';

/** @typedef {import('./view.js').View} View */
/** @typedef {{layer: any, i: number, row: number, severity: number, t0: number, t1: number}} ListRow */

/** @param {string} address @param {RequestInit} [how] */
async function get(address, how) {
  const answer = await fetch(address, how);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer;
}

export class Engine {
  /**
   * Loads the layers, restores the view of the address, draws, and stays live.
   * @param {{mapId: string, realm: string, lists: {hazards: string[], districts: string[]}, ignore?: string[],
   *   extra?: () => string, defaults?: (view: View, layers: any[]) => View, night?: boolean, ready?: (engine: Engine) => void}} given
   *   ready: called before the data load, so that the page can listen from the start
   */
  static async start(given) {
    const asked = new URLSearchParams(location.search).get('realm') ?? given.realm;
    let answer = await fetch(`/api/layers?realm=${encodeURIComponent(asked)}`);
    const unknown = !answer.ok && asked !== given.realm;
    if (unknown) answer = await get(`/api/layers?realm=${given.realm}`);
    if (!answer.ok) throw new Error(`${answer.status}`);
    const layers = await answer.json();
    const map = await /** @type {any} */ (window).emmapMaps.when(given.mapId);
    const engine = new Engine(given, layers, map, unknown ? given.realm : asked);
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
    /** @type {Map<string, Promise<void>>} */
    this.closed = new Map();
    /** @type {Map<string, Map<number, any>>} */
    this.remembered = new Map();
    this.searched = '';
    /** @type {{layer: string, row: number}|null} */
    this.selected = null;
    this.points = new PointsLayer({ night: given.night });
    this.shapes = new Shapes(
      realm,
      (id, data) => this.emit('shapes', { layer: id, data }),
      (error) => this.emit('error', { message: error.message }),
    );
    this.frame = 0;
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
    if (bbox) {
      this.map.fitBounds([[bbox[1], bbox[0]], [bbox[3], bbox[2]]], { animate: false });
    }
    this.points.addTo(this.map);
    this.map.on('moveend', () => this.moved());
    this.map.on('click', (/** @type {any} */ event) => this.click(event));
    this.map.on('mousemove', (/** @type {any} */ event) => this.hover(event));
    this.view.subscribe((view, before) => this.changed(view, before));
    window.addEventListener('popstate', () => this.back());
    setInterval(() => this.tick(), 1000);
    await Promise.all(this.layers.map((layer) => this.load(layer)));
    await this.refresh();
    this.live = new Live({
      realm: this.realm,
      stamps: () => Object.fromEntries(this.stamps),
      onMessage: (message) => this.receive(message),
      onState: (state) => this.emit('live', state),
    });
  }

  /** Loads a layer's columns, telling how far it is. @param {any} layer */
  async load(layer) {
    if (!layer.points) return;
    try {
      const answer = await get(layer.points);
      const columns = /** @type {Answer} */ (this.answers.get(layer.id)).columns;
      columns.load(await body(answer, (share) => this.emit('progress', { layer: layer.id, share })));
      this.emit('progress', { layer: layer.id, share: 1 });
    } catch (error) {
      this.emit('progress', { layer: layer.id, share: 0, error });
    }
  }

  /** Loads a layer anew: after a failure, or when too much changed to tell. @param {string} id */
  async reload(id) {
    const listed = await (await get(`/api/layers/${id}?realm=${this.realm}`)).json();
    const place = this.layers.findIndex((layer) => layer.id === id);
    const old = /** @type {Answer} */ (this.answers.get(id));
    this.layers[place] = listed;
    const fresh = new Answer(listed, Columns.of(listed, { hazards: old.columns.entries.hazards ?? [], districts: old.columns.entries.districts }));
    this.answers.set(id, fresh);
    this.closed.delete(id);
    this.stamps.set(id, listed.checkpoint);
    await this.load(listed);
    const changes = await (await get(`/api/layers/${id}/changes?realm=${this.realm}&after=${listed.checkpoint}`)).json();
    this.take(changes);
    await this.refresh();
  }

  /** @returns {any[]} */
  visible() {
    const { layers } = this.view.get();
    return this.layers.filter((layer) => layers === null || layers.includes(layer.id));
  }

  /** @returns {Answer[]} of the visible layers, in drawing order: the panel's first lies undermost */
  asked() {
    return this.visible().map((layer) => /** @type {Answer} */ (this.answers.get(layer.id)));
  }

  /** Asks every layer for the current view and draws. */
  draw() {
    const view = this.view.get();
    for (const answer of this.answers.values()) answer.ask(view, this.now);
    this.points.selected = this.selectedPlace();
    this.points.setAnswers(this.asked());
    for (const [id, answer] of this.answers) void this.shapes.update(answer, this.asked().includes(answer) && id === answer.layer.id);
  }

  /** Fetches what the view needs and is not there (text search, closed rows), draws and tells. */
  async refresh() {
    const view = this.view.get();
    try {
      await Promise.all([this.search(view.q), view.known_at === null ? null : this.loadClosed()]);
    } catch (error) {
      this.emit('error', { message: /** @type {Error} */ (error).message });
    }
    if (view !== this.view.get()) return;
    this.draw();
    this.emit('answer');
  }

  /** @param {string} q */
  async search(q) {
    if (q === this.searched) return;
    const found = await Promise.all(
      this.layers.map(async (layer) =>
        q ? new Set((await (await get(`/api/layers/${layer.id}/search?realm=${this.realm}&q=${encodeURIComponent(q)}`)).json()).rows) : null,
      ),
    );
    if (q !== this.view.get().q) return;
    this.searched = q;
    this.layers.forEach((layer, k) => {
      const answer = /** @type {Answer} */ (this.answers.get(layer.id));
      answer.found = found[k];
      answer.passFor = '';
    });
  }

  /** Rows that were closed before the checkpoint: wanted once K moves from now. */
  async loadClosed() {
    await Promise.all(
      this.layers.filter((layer) => layer.points).map((layer) => {
        if (!this.closed.has(layer.id)) {
          this.closed.set(layer.id, (async () => {
            const answer = await get(`${layer.points}&rows=closed`);
            this.answers.get(layer.id)?.columns.load(await answer.arrayBuffer());
          })());
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
      this.draw();
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
    const passed = [...this.answers.values()].some((answer) => {
      const next = answer.nextChange(before, 1);
      return next !== null && next <= this.now;
    });
    if (passed) void this.refresh();
  }

  moved() {
    const bounds = this.map.getBounds();
    const round = (/** @type {number} */ n) => Number(n.toFixed(5));
    const bbox = /** @type {[number, number, number, number]} */ ([
      round(Math.max(-180, bounds.getWest())), round(Math.max(-90, bounds.getSouth())),
      round(Math.min(180, bounds.getEast())), round(Math.min(90, bounds.getNorth())),
    ]);
    if (JSON.stringify(bbox) === JSON.stringify(this.view.get().bbox)) return;
    this.view.set({ bbox }, { rest: false });
    this.view.write('replaceState');
  }

  /** The back button: the address is the view. */
  back() {
    const { view, notes } = parseView(location.search, this.layers, this.ignore);
    this.notes = notes;
    this.view.set({ ...view, realm: this.realm, bbox: view.bbox ?? this.view.get().bbox }, { rest: false });
  }

  counts() {
    const layers = Object.fromEntries([...this.answers].map(([id, answer]) => [id, answer.counts()]));
    const sum = { total: 0, unplaced: 0, severity: /** @type {Record<string, number>} */ ({}), groups: /** @type {Record<string, Record<string, number>>} */ ({}), layers };
    for (const layer of this.visible()) {
      const one = layers[layer.id];
      sum.total += one.total;
      sum.unplaced += one.unplaced;
      for (const [level, n] of Object.entries(one.severity)) sum.severity[level] = (sum.severity[level] ?? 0) + n;
      for (const [group, values] of Object.entries(one.groups)) {
        const all = (sum.groups[group] ??= {});
        for (const [value, n] of Object.entries(values)) all[value] = (all[value] ?? 0) + n;
      }
    }
    return sum;
  }

  /**
   * Rows of the visible layers, worst first, newest first within a level.
   * @param {{what: 'inside'|'unplaced'|'current', limit?: number, offset?: number}} given inside: in the map's extent;
   *   unplaced: without a place; current: everywhere, of layers whose features come and go (not standing, not state)
   * @returns {{total: number, rows: ListRow[]}}
   */
  list({ what, limit = 100, offset = 0 }) {
    /** @type {ListRow[]} */
    const found = [];
    for (const answer of this.asked()) {
      const rule = answer.layer.time_rule;
      if (what === 'current' && (rule === 'standing' || rule === 'state')) continue;
      const c = answer.columns;
      const places = what === 'inside' ? answer.inside(this.view.get().bbox) : what === 'unplaced' ? answer.unplaced() : answer.all();
      for (const i of places) {
        found.push({ layer: answer.layer, i, row: c.row[i], severity: c.severity[i], t0: c.t0[i], t1: c.t1[i] });
      }
    }
    found.sort((a, b) => b.severity - a.severity || b.t0 - a.t0 || b.row - a.row);
    return { total: found.length, rows: found.slice(offset, offset + limit) };
  }

  /** @param {string} layer @param {number[]} rows @returns {Promise<Map<number, any>>} */
  async features(layer, rows) {
    const known = this.remembered.get(layer) ?? new Map();
    this.remembered.set(layer, known);
    const missing = rows.filter((row) => !known.has(row));
    for (let from = 0; from < missing.length; from += 200) {
      const part = missing.slice(from, from + 200).join(',');
      const found = await (await get(`/api/layers/${layer}/rows?realm=${this.realm}&row=${part}`)).json();
      for (const feature of found.rows) known.set(feature.properties.row, feature);
    }
    return known;
  }

  /** How many hold over time, by severity, over the visible layers. @param {number} from @param {number} to @param {number} bins */
  histogram(from, to, bins) {
    const sum = Array.from({ length: 5 }, () => new Float64Array(bins));
    for (const answer of this.asked()) {
      answer.histogram(from, to, bins).forEach((row, level) => row.forEach((n, bin) => (sum[level][bin] += n)));
    }
    return sum;
  }

  /** @param {1|-1} direction @returns {number|null} */
  nextChange(direction) {
    const T = this.view.get().at ?? this.now;
    const all = this.asked().map((answer) => answer.nextChange(T, direction)).filter((at) => at !== null);
    return all.length ? (direction > 0 ? Math.min(...all) : Math.max(...all)) : null;
  }

  /** @param {any} event */
  click(event) {
    const hits = this.points.pick(event.containerPoint).map(({ answer, i }) => ({ layer: answer.layer.id, row: answer.columns.row[i] }));
    for (const answer of this.asked().reverse()) {
      for (const i of this.shapes.at(answer, event.latlng.lng, event.latlng.lat)) {
        hits.push({ layer: answer.layer.id, row: answer.columns.row[i] });
      }
    }
    this.emit('picked', { hits, latlng: event.latlng });
  }

  /** @param {any} event */
  hover(event) {
    const over = this.points.pick(event.containerPoint).length > 0;
    this.map.getContainer().classList.toggle('over-point', over);
  }

  /** @param {{layer: string, row: number}|null} what */
  select(what) {
    this.selected = what;
    this.points.selected = this.selectedPlace();
    this.points.draw();
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
    if (message.type === 'reload') {
      void this.reload(message.layer).catch((error) => this.emit('error', { message: error.message }));
      return;
    }
    const rows = this.take(message);
    void this.refresh();
    if (rows.length) this.emit('opened', { layer: message.layer, rows });
  }

  /** @param {any} changes @returns {number[]} numbers of the rows that opened */
  take(changes) {
    const answer = this.answers.get(changes.layer);
    const have = this.stamps.get(changes.layer) ?? null;
    if (!answer || changes.stamp === null || (have !== null && changes.stamp <= have)) return [];
    this.stamps.set(changes.layer, changes.stamp);
    if (changes.type === 'reload') return [];
    return answer.columns.apply(changes).map((i) => answer.columns.row[i]);
  }

  /** @param {boolean} night */
  setNight(night) {
    this.points.night = night;
    this.points.draw();
  }
}

/** @param {Response} answer @param {(share: number) => void} onShare @returns {Promise<Uint8Array>} */
async function body(answer, onShare) {
  const total = Number(answer.headers.get('x-length') ?? 0);
  const reader = answer.body?.getReader();
  if (!reader) return new Uint8Array(await answer.arrayBuffer());
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (total) onShare(Math.min(0.99, length / total));
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

