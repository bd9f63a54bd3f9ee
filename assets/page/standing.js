/**
 * How each layer stands: whether its data are here, and how old its newest news is.
 *
 * Lateness is reckoned from when something really came in, by the wall clock, and never from the picture's time: a
 * picture is late where more time lies between the layer's last news and T than the layer expects. What an exercise
 * was loaded with is no news, so there only what came in since counts.
 */
import { fromRfc3339, UNBOUNDED_START, wall } from '../engine/time.js';
import { age, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/**
 * @typedef {object} Stand
 * @property {number} share of its data that is here; 1: all
 * @property {any} error why it could not be loaded
 * @property {boolean} here whether all of it was here once: what changed since then is told apart from it
 * @property {number|null} expected seconds that may lie between two pieces of news; null: any
 * @property {number|null} last seconds since 2000 when something last came in; null: never
 * @property {boolean} vouched whether a source that is fetched vouches for it
 * @property {number} overdue seconds by which its next news is overdue now; 0: in time, or nothing is expected
 * @property {boolean} late whether the picture shows data that were overdue at its time
 */

const ASK_STATUS_S = 30;
/** What is told of a layer whose open rows are here and whose closed ones are not. */
const HALF = 0.5;

export class Standing {
  /** @param {Engine} engine @param {any} status as /api/status tells */
  constructor(engine, status) {
    this.engine = engine;
    this.status = status;
    /** @type {Map<string, {share: number, error: any, here: boolean}>} */
    this.loads = new Map(engine.layers.map((layer) => [layer.id, { share: layer.points ? 0 : 1, error: null, here: !layer.points }]));
    /** @type {WeakMap<object, {generation: number, at: number}>} */
    this.scanned = new WeakMap();
    this.told = '';
    engine.on('progress', ({ layer, share, error }) => {
      this.set(layer, share, error ?? null);
      this.tell();
    });
    engine.on('answer', () => this.tell());
    engine.view.subscribe(() => this.tell());
    /** @type {string|undefined} */
    let line;
    engine.on('live', ({ kind }) => {
      if (kind === 'live' && line && line !== 'live') this.retryMissing();
      line = kind;
    });
    engine.on('clock', () => {
      const now = wall();
      if (now % ASK_STATUS_S === 0) void this.ask();
      if (now % 10 === 0) this.tell();
    });
  }

  /** @param {string} id @param {number} share @param {any} error */
  set(id, share, error) {
    this.loads.set(id, { share, error, here: (share === 1 && !error) || Boolean(this.loads.get(id)?.here) });
  }

  /** Loads a layer anew that could not be loaded. @param {string} id */
  retry(id) {
    this.set(id, 0, null);
    this.tell();
    this.engine.reload(id).catch((error) => {
      this.set(id, 0, error);
      this.tell();
    });
  }

  retryMissing() {
    for (const layer of this.missing()) this.retry(layer.id);
  }

  async ask() {
    const answer = await fetch(`/api/status?realm=${this.engine.realm}`).catch(() => null);
    if (!answer?.ok) return;
    this.status = await answer.json();
    this.tell();
  }

  /** Tells the page and the map when a layer stands otherwise than before. */
  tell() {
    const stands = this.engine.layers.map((layer) => ({ id: layer.id, ...this.of(layer.id) }));
    const late = stands.filter((one) => one.late).map((one) => one.id);
    if (late.join() !== [...this.engine.late].join()) this.engine.setLate(new Set(late));
    const told = stands.map((one) => `${one.id} ${one.share} ${Boolean(one.error)} ${one.late}`).join();
    if (told === this.told) return;
    this.told = told;
    this.engine.emit('standing');
  }

  /** @param {string} id @returns {Stand} */
  of(id) {
    const { engine } = this;
    const load = this.loaded(id);
    const told = this.status.layers.find((/** @type {any} */ one) => one.id === id);
    const expected = told?.expected_s ?? null;
    const news = told?.last_success ? fromRfc3339(told.last_success) : UNBOUNDED_START;
    // A source vouches by its own success: what others brought in says nothing of it.
    const at = engine.realm === 'real' && !told?.source ? Math.max(news, this.recorded(id)) : news;
    const last = at === UNBOUNDED_START ? null : at;
    const vouched = Boolean(told?.source);
    // A source that never succeeded is late by when it should have: its silence is no good news.
    const never = vouched && told.due ? fromRfc3339(told.due) : null;
    const due = last === null ? never : expected === null ? null : last + expected;
    const present = wall();
    const overdue = due === null ? 0 : Math.max(0, present - due);
    const shown = Math.min(present, engine.view.get().at ?? present);
    return { ...load, expected, vouched, last, overdue, late: due !== null && overdue > 0 && shown > due };
  }

  /** How much of a layer is here that the view asks for: what was known at a past K is not told by what is known now. @param {string} id */
  loaded(id) {
    const { engine } = this;
    const load = this.loads.get(id) ?? { share: 1, error: null, here: true };
    const layer = engine.layers.find((one) => one.id === id);
    const wanted = layer?.points && engine.looksBack() && !engine.data.complete.has(id);
    return wanted && load.share === 1 && !load.error ? { ...load, share: HALF, here: false } : load;
  }

  /** @param {string} id @returns {number} when its newest version was recorded; UNBOUNDED_START where there is none */
  recorded(id) {
    const columns = this.engine.answers.get(id)?.columns;
    if (!columns) return UNBOUNDED_START;
    const have = this.scanned.get(columns);
    if (have?.generation === columns.generation) return have.at;
    let at = UNBOUNDED_START;
    for (let i = 0; i < columns.n; i++) if (columns.r0[i] > at) at = columns.r0[i];
    this.scanned.set(columns, { generation: columns.generation, at });
    return at;
  }

  /** @returns {any[]} visible layers that could not be loaded */
  missing() {
    return this.engine.visible().filter((layer) => this.of(layer.id).error);
  }

  /** @returns {any[]} visible layers that are late in the picture */
  late() {
    return this.engine.visible().filter((layer) => this.of(layer.id).late);
  }

  /** @returns {boolean} whether data of a visible layer are still on their way */
  loading() {
    return this.engine.visible().some((layer) => {
      const { share, error } = this.of(layer.id);
      return share < 1 && !error;
    });
  }

  /** @param {string} id @returns {string} 迟 1 小时 · 数据 25 小时前 */
  lateness(id) {
    const { overdue, last } = this.of(id);
    if (last === null) return t('late_and_never', { late: age(overdue) });
    return t('late_and_age', { late: age(overdue), age: age(wall() - last) });
  }

  /** @param {any[]} layers @returns {string} their titles */
  named(layers) {
    return layers.map((layer) => said(layer.title)).join(t('list_join'));
  }
}
