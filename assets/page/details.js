/** The details panel: the server renders a feature in full; here it is asked for, awaited and wired. */
import { grey } from '../engine/stamps.js';
import { toRfc3339 } from '../engine/time.js';
import { byId, setProps, symbol, write } from './elements.js';
import { showOriginal } from './original.js';
import { Lifetimes } from './lifetimes.js';
import { Outline } from './outline.js';
import { showView } from './views.js';
import { lang, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {{layer: string, row: number}} Key */

const PATIENCE_MS = 8000;

export class Details {
  /** @param {Engine} engine @param {import('./standing.js').Standing} standing */
  constructor(engine, standing) {
    this.engine = engine;
    this.standing = standing;
    this.box = byId('details');
    this.body = byId('details-body');
    /** @type {Key|null} */
    this.shown = null;
    this.asked = 0;
    this.footprint = new Outline(engine.map, 'footprint');
    this.lifetimes = new Lifetimes(engine);
    new MutationObserver(() => this.arrived()).observe(this.body, { childList: true, subtree: true });
    this.body.addEventListener('click', (event) => this.click(/** @type {HTMLElement} */ (event.target)));
    byId('details-close').addEventListener('click', () => this.close());
    engine.on('changed', (told) => void this.follow(told));
    engine.on('answer', () => this.moved());
    engine.on('language', () => this.shown && this.open(this.shown, { write: 'replaceState' }));
    for (const event of ['theme', 'standing']) engine.on(event, () => this.symbols());
    window.addEventListener('popstate', () => this.back());
  }

  /** What the address says is open: it is part of what the back button undoes. @returns {string} */
  address() {
    return this.shown ? `open=${this.shown.layer}:${this.shown.row}` : '';
  }

  /** Opens or closes what the address says. */
  back() {
    const [layer, row] = (new URLSearchParams(location.search).get('open') ?? '').split(':');
    const known = this.engine.layers.some((one) => one.id === layer) && /^\d+$/.test(row ?? '');
    if (known) this.open({ layer, row: Number(row) }, { follow: true, write: null });
    else if (this.shown) this.close({ write: null });
  }

  /**
   * @param {Key} key
   * @param {{follow?: boolean, write?: 'pushState'|'replaceState'|null}} [how] follow: show its feature as it is at
   *   (T, K); write: how the address takes it up
   */
  open(key, { follow = false, write = 'pushState' } = {}) {
    this.shown = key;
    if (write) this.engine.view.write(write);
    this.box.hidden = false;
    this.box.classList.add('waiting');
    byId('side').classList.add('with-details');
    this.engine.select(key);
    const { at, known_at: known } = this.engine.view.get();
    this.moment = `${at} ${known}`;
    const text = (/** @type {number|'at'|null} */ time) => (typeof time === 'number' ? toRfc3339(time) : time);
    setProps('details-request', {
      data: { ...key, realm: this.engine.realm, at: text(at), now: text(this.engine.now), known_at: text(known), lang: lang(), asked: ++this.asked, follow },
    });
    clearTimeout(this.patience);
    this.patience = setTimeout(() => this.failed(), PATIENCE_MS);
  }

  /** T or K moved: what is open follows. */
  moved() {
    const { at, known_at: known } = this.engine.view.get();
    if (this.shown && this.moment !== `${at} ${known}`) this.open(this.shown, { follow: true, write: 'replaceState' });
  }

  /** @param {{write?: 'pushState'|null}} [how] */
  close({ write = 'pushState' } = {}) {
    if (!this.shown) return;
    this.shown = null;
    this.footprint.clear();
    if (write) this.engine.view.write(write);
    this.box.hidden = true;
    byId('side').classList.remove('with-details');
    clearTimeout(this.patience);
    this.engine.select(null);
  }

  arrived() {
    const answer = /** @type {HTMLElement|null} */ (this.body.querySelector('[data-asked]'));
    if (!answer || !this.shown || answer.dataset.asked !== `${this.shown.row}-${this.asked}`) return;
    clearTimeout(this.patience);
    const row = Number(answer.dataset.row ?? this.shown.row);
    if (row !== this.shown.row && this.box.classList.contains('waiting')) {
      answer.dataset.asked = '';
      this.shown = { ...this.shown, row };
      this.engine.view.write('replaceState');
      this.engine.select(this.shown);
    }
    this.box.classList.remove('waiting', 'failed');
    this.symbols();
    this.lifetimes.show(this.body);
    this.footprint.clear();
    const rings = ringsOf(answer.dataset.outline ?? '');
    if (rings.length) this.footprint.show({ lines: rings, filled: true });
  }

  failed() {
    this.box.classList.remove('waiting');
    this.box.classList.add('failed');
    this.engine.emit('error', { message: t('details_failed'), whole: true });
  }

  symbols() {
    if (!this.shown) return;
    const { late } = this.standing.of(this.shown.layer);
    const told = byId('details-late');
    told.hidden = !late;
    if (late) write(told, this.standing.lateness(this.shown.layer));
    for (const place of /** @type {NodeListOf<HTMLElement>} */ (this.body.querySelectorAll('[data-symbol-of]'))) {
      const layer = this.engine.layers.find((one) => one.id === place.dataset.symbolOf);
      const { table } = layer.style;
      const row = table.find((/** @type {any} */ one) => one.value === place.dataset.style) ?? table[table.length - 1];
      const drawn = `${document.documentElement.dataset.theme} ${late}`;
      if (place.dataset.drawn === drawn) continue;
      place.dataset.drawn = drawn;
      place.replaceChildren(symbol(late ? grey(row) : row, 20));
    }
  }

  /** A newer version of what is open takes its place. @param {{layer: string, rows: number[], closed: number[]}} told */
  async follow({ layer, rows, closed }) {
    const { shown } = this;
    if (shown?.layer !== layer || !closed.includes(shown.row)) return;
    try {
      const known = await this.engine.features(layer, [shown.row, ...rows]);
      const id = known.get(shown.row)?.id;
      const answer = this.engine.answers.get(layer);
      const next = rows.find((row) => known.get(row)?.id === id && answer?.holds(answer.columns.placeOf(row)));
      if (next !== undefined && this.shown === shown) this.open({ layer, row: next }, { write: 'replaceState' });
    } catch {
      this.failed();
    }
  }

  /** @param {HTMLElement} target */
  click(target) {
    const { locate, original, open } = target.dataset;
    if (locate) {
      showView('frame');
      const [west, south, east, north] = locate.split(',').map(Number);
      if (east - west < 1e-6) this.engine.map.setView([south, west], Math.max(this.engine.map.getZoom(), 13));
      else this.engine.map.fitBounds([[south, west], [north, east]], { maxZoom: 13 });
    }
    if (original) void showOriginal(original);
    if (open) {
      const [layer, row] = open.split(':');
      this.open({ layer, row: Number(row) });
    }
  }
}

/** The rings of an area in WKT, as longitude and latitude. @param {string} wkt @returns {[number, number][][]} */
function ringsOf(wkt) {
  return [...wkt.matchAll(/\(([^()]+)\)/g)].map(([, ring]) =>
    ring.split(',').map((corner) => /** @type {[number, number]} */ (corner.trim().split(' ').map(Number))),
  );
}
