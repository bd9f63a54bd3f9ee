/**
 * The data of all layers: loaded, searched, brought up to date. What is asked of them stands in their answers; when they
 * change, whoever owns them is told.
 */
import { Answer } from './answer.js';
import { Columns } from './columns.js';
import { download, foundRows, get, whenIdle } from './download.js';
import { PiecedAnswer } from './pieced_answer.js';

/**
 * @typedef {object} Owner
 * @property {() => Promise<void>} refresh the answers want to be asked anew
 * @property {(told: {layer: string, places: number[], closed: number[]}) => void} changed rows came, and rows ended
 * @property {(told: {layer: string, share: number, error?: unknown}) => void} progress
 */

const MOST_REMEMBERED = 5000;

export class Data {
  /** So many rows that closed since a layer was loaded are kept; then it is loaded anew without them. */
  static MOST_CLOSED = 100_000;

  /** @param {any[]} layers as /api/layers lists them @param {string} realm @param {{hazards: string[], districts: string[]}} lists @param {Owner} owner */
  constructor(layers, realm, lists, owner) {
    this.layers = layers;
    this.realm = realm;
    this.owner = owner;
    this.lists = lists;
    /** @type {Map<string, Answer>} */
    this.answers = new Map(layers.map((layer) => [layer.id, this.answerOf(layer)]));
    /** Of layers that come in pieces; while a text is searched, `answers` has one over what was found. @type {Map<string, PiecedAnswer>} */
    this.pieced = new Map();
    for (const [id, answer] of this.answers) if (answer instanceof PiecedAnswer) this.pieced.set(id, answer);
    /** @type {Map<string, string|null>} */
    this.stamps = new Map(layers.map((layer) => [layer.id, layer.checkpoint]));
    /** @type {Map<string, Promise<void|undefined>>} */
    this.closed = new Map();
    /** Layers whose closed rows are here. @type {Set<string>} */
    this.complete = new Set();
    /** @type {Map<string, Map<number, any>>} */
    this.remembered = new Map();
    /** Layers that are being loaded: what comes by the socket meanwhile is asked for afterwards. @type {Set<string>} */
    this.loading = new Set();
    /** Layers that are being caught up. @type {Map<string, Promise<void>>} */
    this.catching = new Map();
  }

  /** @param {any} layer as listed @returns {Answer} an empty one */
  answerOf(layer) {
    return layer.cells ? new PiecedAnswer(layer, this.lists) : new Answer(layer, Columns.of(layer, this.lists));
  }

  /** Loads all layers. @param {() => void} loaded after each */
  async loadAll(loaded) {
    await Promise.all(
      this.layers.map(async (layer) => {
        const answer = /** @type {Answer} */ (this.answers.get(layer.id));
        if (!(await this.load(layer, answer))) return;
        loaded();
        whenIdle(() => answer.prepare());
      }),
    );
  }

  /** Loads a layer's columns, telling how far it is. @param {any} layer @param {Answer} answer @returns {Promise<boolean>} */
  async load(layer, answer) {
    if (!layer.points) return true;
    const told = (/** @type {number} */ share) => this.owner.progress({ layer: layer.id, share });
    try {
      if (answer instanceof PiecedAnswer) {
        const [kinds, spans] = await Promise.all([download(`${layer.cells}&part=kinds`, () => {}), download(`${layer.cells}&part=open`, told)]);
        answer.load(kinds, spans);
      } else answer.columns.load(await download(layer.points, told));
      this.owner.progress({ layer: layer.id, share: 1 });
      return true;
    } catch (error) {
      this.owner.progress({ layer: layer.id, share: 0, error });
      return false;
    }
  }

  /** Loads a layer anew: after a failure, or when too much changed to tell. What was there stays until then. @param {string} id */
  async reload(id) {
    if (this.loading.has(id)) return;
    this.loading.add(id);
    try {
      const listed = await (await get(`/api/layers/${id}?realm=${this.realm}`)).json();
      const before = /** @type {Answer} */ (this.answers.get(id));
      const fresh = this.answerOf(listed);
      fresh.late = before.late;
      if (!(await this.load(listed, fresh))) return;
      this.layers[this.layers.findIndex((layer) => layer.id === id)] = listed;
      this.answers.set(id, fresh);
      if (fresh instanceof PiecedAnswer) this.pieced.set(id, fresh);
      else this.pieced.delete(id);
      whenIdle(() => fresh.prepare());
      this.closed.delete(id);
      this.complete.delete(id);
      this.remembered.delete(id);
      this.stamps.set(id, listed.checkpoint);
    } finally {
      this.loading.delete(id);
    }
    await this.askChanges(id);
    await this.owner.refresh();
  }

  /** Fetches what the socket did not bring; a failure is made good by the next heartbeat. @param {string} id */
  follow(id) {
    if (!this.loading.has(id)) void this.catchUp(id).catch(() => {});
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
    const changes = await (await get(`/api/layers/${id}/changes?realm=${this.realm}&after=${after}${this.pieced.has(id) ? '&whole=true' : ''}`)).json();
    if (changes.type === 'reload') void this.reload(id).catch(() => {});
    else if (after === (this.stamps.get(id) ?? '') && !this.loading.has(id)) this.take(changes);
  }

  /** A layer's changes as the socket brings them: taken in where they join on, else asked for. @param {any} message */
  hear(message) {
    const have = this.stamps.get(message.layer) ?? '';
    // What closed in a layer in pieces must come whole: its row need not be here.
    if ((message.after ?? '') === have && !this.pieced.has(message.layer)) this.take(message);
    else if (message.stamp > have) this.follow(message.layer);
  }

  /** What the socket says of where the layers stand. @param {Record<string, string|null>} stamps */
  compare(stamps) {
    for (const [id, stamp] of Object.entries(stamps)) if (stamp && stamp > (this.stamps.get(id) ?? '')) this.follow(id);
  }

  /** Takes changes in that join on to what is here. @param {any} changes */
  take(changes) {
    const id = changes.layer;
    const answer = this.answers.get(id);
    if (!answer || this.loading.has(id) || changes.stamp === null || changes.stamp === (this.stamps.get(id) ?? '')) return;
    this.stamps.set(id, changes.stamp);
    const pieced = this.pieced.get(id);
    const places = pieced ? pieced.take(changes) : answer.columns.apply(changes);
    for (const row of changes.closed.row) this.remembered.get(id)?.delete(row);
    if (answer.foundFor !== '' && (places.length || pieced)) answer.foundFor = null;
    this.owner.changed({ layer: id, places: pieced && pieced !== answer ? [] : places, closed: changes.closed.row });
    if (answer.columns.closed.length > Data.MOST_CLOSED) void this.reload(id).catch(() => {});
  }

  /**
   * Asks for the rows that a text finds, of each layer where that is not known.
   * @param {string} q @param {() => boolean} wanted whether it still is when they come
   */
  async search(q, wanted) {
    const asking = [...this.answers.values()].filter((answer) => answer.foundFor !== q);
    const found = await Promise.all(
      asking.map(({ layer }) => {
        if (!q) return null;
        const ask = (/** @type {string} */ form) => get(`/api/layers/${layer.id}/search?realm=${this.realm}&as=${form}&q=${encodeURIComponent(q)}`);
        return this.pieced.has(layer.id) ? ask('columns').then((answer) => answer.arrayBuffer()) : ask('bits').then(foundRows);
      }),
    );
    if (!wanted()) return;
    asking.forEach((answer, k) => {
      const told = found[k];
      const pieced = this.pieced.get(answer.layer.id);
      if (!pieced) answer.search(q, /** @type {import('./answer.js').Found|null} */ (told));
      else this.answers.set(answer.layer.id, told ? this.foundAnswer(pieced, q, /** @type {ArrayBuffer} */ (told)) : pieced);
    });
  }

  /** The answer over the rows that a text found in a layer in pieces. @param {PiecedAnswer} pieced @param {string} q @param {ArrayBuffer} columns */
  foundAnswer({ layer, late }, q, columns) {
    const answer = new Answer(layer, Columns.of(layer, this.lists));
    answer.columns.load(columns);
    answer.foundFor = q;
    answer.late = late;
    return answer;
  }

  /**
   * Sees to it that the rows in view are here, of layers that come in pieces.
   * @param {[number, number, number, number]} extent degrees @returns {Promise<boolean>} whether other rows are here than before
   */
  async look(extent) {
    const other = await Promise.all([...this.pieced.values()].map((answer) => answer.follow(extent)));
    return other.some(Boolean);
  }

  /** Rows that were closed before the checkpoint: wanted once K moves from now. */
  async loadClosed() {
    await Promise.all(
      this.layers.filter((layer) => layer.points).map((layer) => {
        if (!this.closed.has(layer.id)) {
          const loading = this.loadClosedOf(layer);
          loading.then(() => this.complete.add(layer.id), () => this.closed.delete(layer.id));
          this.closed.set(layer.id, loading);
        }
        return this.closed.get(layer.id);
      }),
    );
  }

  /** @param {any} layer */
  async loadClosedOf(layer) {
    const pieced = this.pieced.get(layer.id);
    const columns = this.answers.get(layer.id)?.columns;
    const bytes = await (await get(pieced ? `${layer.cells}&part=all` : `${layer.points}&rows=closed`)).arrayBuffer();
    if (pieced) pieced.loadAll(bytes);
    else columns?.load(bytes);
  }

  /** Features of rows, by number; remembered. @param {string} layer @param {number[]} rows @returns {Promise<Map<number, any>>} */
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
}
