/** The left panel: layers and filters. One click turns a value on or off; the View says what is on. */
import { full, wall } from '../engine/time.js';
import { grey } from '../engine/stamps.js';
import { byId, make, symbol, write } from './elements.js';
import { age, number, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */

const LISTS = /** @type {Record<string, string>} */ ({ hazard: 'hazards', district: 'districts' });
const MOST_VALUES = 12;
/** Older than this, the day says more than the age. */
const LONG_AGO_S = 30 * 86400;

export class Filters {
  /** @param {Engine} engine @param {import('./standing.js').Standing} standing */
  constructor(engine, standing) {
    this.engine = engine;
    this.standing = standing;
    const panel = byId('panel');
    panel.addEventListener('click', (event) => this.click(/** @type {HTMLElement} */ (event.target)));
    for (const event of ['answer', 'counted', 'standing']) engine.on(event, () => this.show());
    engine.on('progress', () => this.ages());
    engine.on('language', () => this.draw());
    engine.on('theme', () => this.draw());
    engine.on('clock', () => wall() % 10 === 0 && this.ages());
    this.draw();
  }

  /** What does not follow the answer. */
  draw() {
    this.more();
    this.show();
  }

  /** @param {HTMLElement} target */
  click(target) {
    const row = /** @type {HTMLElement|null} */ (target.closest('[data-layer]'));
    if (row) this.toggleLayer(/** @type {string} */ (row.dataset.layer));
    const chip = /** @type {HTMLElement|null} */ (target.closest('[data-toggle]'));
    if (chip) this.toggle(/** @type {string} */ (chip.dataset.toggle), /** @type {string} */ (chip.dataset.value));
    const clear = /** @type {HTMLElement|null} */ (target.closest('[data-clear]'));
    if (clear) this.clear(/** @type {string} */ (clear.dataset.clear));
    if (target.closest('#more-hazards')) {
      byId('hazard-chips').classList.toggle('open');
      this.more();
    }
  }

  more() {
    const button = byId('more-hazards');
    const open = byId('hazard-chips').classList.contains('open');
    button.setAttribute('aria-expanded', String(open));
    write(button, open ? t('fewer') : t('more_hazards', { n: button.dataset.more ?? '' }));
  }

  /** @param {string} id */
  toggleLayer(id) {
    if (this.standing.of(id).error) {
      this.standing.retry(id);
      return;
    }
    const all = this.engine.layers.map((layer) => layer.id);
    const shown = this.engine.visible().map((layer) => layer.id);
    const next = all.filter((one) => (one === id ? !shown.includes(id) : shown.includes(one)));
    const usual = this.engine.layers.filter((layer) => layer.shown).map((layer) => layer.id);
    this.engine.view.set({ layers: next.join() === usual.join() ? null : next });
  }

  /** @param {string} toggle @returns {(string|number)[]} the wanted values */
  wanted(toggle) {
    const view = /** @type {any} */ (this.engine.view.get());
    return toggle.startsWith('field:') ? (view.fields[toggle.slice(6)] ?? []) : view[toggle];
  }

  /** @param {string} toggle @param {(string|number)[]} values */
  want(toggle, values) {
    const { fields } = this.engine.view.get();
    if (!toggle.startsWith('field:')) {
      this.engine.view.set(/** @type {any} */ ({ [toggle]: values }));
      return;
    }
    const rest = { ...fields };
    delete rest[toggle.slice(6)];
    this.engine.view.set({ fields: values.length ? { ...rest, [toggle.slice(6)]: values.map(String) } : rest });
  }

  /** @param {string} toggle @param {string} text */
  toggle(toggle, text) {
    const value = toggle === 'severity' ? Number(text) : text;
    const have = this.wanted(toggle);
    const next = have.includes(value) ? have.filter((one) => one !== value) : [...have, value];
    this.want(toggle, toggle === 'severity' ? next.sort() : next);
  }

  /** @param {string} toggle */
  clear(toggle) {
    this.want(toggle, []);
  }

  clearAll() {
    this.engine.view.set({ hazard: [], severity: [], status: [], district: [], q: '', fields: {} });
  }

  /** Fills in what the answer says. */
  show() {
    const counts = this.engine.counts();
    const visible = new Set(this.engine.visible().map((layer) => layer.id));
    for (const layer of this.engine.layers) {
      const row = document.querySelector(`[data-layer="${layer.id}"]`);
      row?.setAttribute('aria-checked', String(visible.has(layer.id)));
      this.count(`layer:${layer.id}`, this.standing.of(layer.id).here ? counts.layers[layer.id].total : null);
    }
    this.count('unplaced', counts.unplaced);
    for (const element of document.querySelectorAll('[data-count-words="total"]')) write(element, t(this.standing.missing().length ? 'total_of_what_loaded' : 'total', { n: !counts.total && this.standing.loading() ? '–' : number(counts.total) }));
    this.values();
    for (const chip of document.querySelectorAll('[data-toggle]')) this.chip(/** @type {HTMLElement} */ (chip), counts);
    for (const clear of document.querySelectorAll('[data-clear]')) {
      /** @type {HTMLElement} */ (clear).hidden = this.wanted(/** @type {any} */ (clear).dataset.clear).length === 0;
    }
    this.bars(counts.groups.districts ?? {});
    this.count('district:', counts.groups.districts?.[''] ?? 0);
    this.atLeast();
    const active = document.querySelectorAll('#panel [data-toggle][aria-pressed="true"]').length;
    write(byId('filters-n'), active ? number(active) : '');
    this.ages();
  }

  /**
   * One value's button. Where the filter of its group leaves nothing of the value, the number in brackets is what
   * wanting it would show.
   * @param {HTMLElement} chip @param {any} counts
   */
  chip(chip, counts) {
    const { toggle, value } = /** @type {{toggle: string, value: string}} */ (chip.dataset);
    const wanted = this.wanted(toggle);
    const on = wanted.map(String).includes(value);
    const name = LISTS[toggle] ?? toggle.replace('field:', '');
    const n = (toggle === 'severity' ? counts.severity : counts.groups[name])?.[value] ?? 0;
    const beside = wanted.length && !on && n === 0 ? (counts.facets[name]?.[value] ?? 0) : 0;
    chip.setAttribute('aria-pressed', String(on));
    chip.classList.toggle('none', n + beside === 0);
    this.count(`${toggle.replace('field:', '')}:${value}`, n);
    const place = /** @type {HTMLElement|null} */ (chip.querySelector('.n'));
    if (!place) return;
    if (beside) place.dataset.beside = `(${number(beside)})`;
    else delete place.dataset.beside;
  }

  /** @param {string} key @param {number|null} n null: not known; nothing, while something is on its way, is not known either */
  count(key, n) {
    if (n === 0 && this.standing.loading()) n = null;
    for (const element of document.querySelectorAll(`[data-count="${CSS.escape(key)}"]`)) write(element, n === null ? '–' : number(n));
  }

  /** @param {Record<string, number>} byDistrict */
  bars(byDistrict) {
    const most = Math.max(1, ...Object.values(byDistrict));
    for (const bar of document.querySelectorAll('[data-bar]')) {
      const element = /** @type {HTMLElement} */ (bar);
      element.style.width = `${(100 * (byDistrict[element.dataset.bar ?? ''] ?? 0)) / most}%`;
    }
  }

  /** ≥ 橙, where the wanted levels are all from one upwards. */
  atLeast() {
    const wanted = this.engine.view.get().severity;
    const lowest = Math.min(...wanted);
    const whole = wanted.length > 0 && lowest > 0 && wanted.length === 5 - lowest;
    const level = document.querySelector(`[data-toggle="severity"][data-value="${lowest}"] .level span`)?.textContent ?? '';
    write(byId('at-least'), whole ? t('at_least', { level }) : '');
  }

  /** Buttons for the values of free text, the most frequent first, made where they are missing. */
  values() {
    const counts = this.engine.counts().facets;
    for (const box of document.querySelectorAll('[data-values-of]')) {
      const name = /** @type {string} */ (/** @type {HTMLElement} */ (box).dataset.valuesOf);
      const found = counts[name] ?? {};
      const wanted = this.wanted(`field:${name}`).map(String);
      const shown = Object.keys(found).filter((value) => value && found[value] > 0);
      shown.sort((a, b) => found[b] - found[a] || a.localeCompare(b, 'zh'));
      const values = [...new Set([...wanted, ...shown.slice(0, MOST_VALUES)])];
      if (/** @type {HTMLElement} */ (box).dataset.values === values.join('\n')) continue;
      /** @type {HTMLElement} */ (box).dataset.values = values.join('\n');
      box.replaceChildren(
        ...values.map((value) =>
          make('button', { class: 'chip', 'data-toggle': `field:${name}`, 'data-value': value, 'aria-pressed': 'false' },
            make('span', {}, value), make('span', { class: 'n', 'data-count': `${name}:${value}` })),
        ),
      );
    }
  }

  /** Under each layer's name: how far it is, or how fresh. What is late is grey. */
  ages() {
    for (const layer of this.engine.layers) {
      const element = document.querySelector(`[data-age="${layer.id}"]`);
      const row = element?.closest('.layer-row');
      if (!element || !row) continue;
      const { error, late } = this.standing.of(layer.id);
      row.classList.toggle('late', late);
      row.classList.toggle('failed', Boolean(error));
      write(element, this.ageOf(layer));
      /** @type {HTMLElement} */ (row).title = `${said(layer.title)} · ${element.textContent}`;
      const drawn = `${document.documentElement.dataset.theme} ${late}`;
      const place = /** @type {HTMLElement|null} */ (row.querySelector('[data-symbol]'));
      if (!place || place.dataset.drawn === drawn) continue;
      place.dataset.drawn = drawn;
      place.replaceChildren(symbol(late ? grey(layer.style.table[0]) : layer.style.table[0], 16));
    }
    const missing = this.standing.missing();
    for (const element of document.querySelectorAll('[data-count-words="total"]')) {
      element.classList.toggle('partial', missing.length > 0);
      /** @type {HTMLElement} */ (element).title = missing.length ? t('missing_layers', { layers: this.standing.named(missing) }) : '';
    }
  }

  /** @param {any} layer @returns {string} */
  ageOf(layer) {
    const { share, error, last, overdue } = this.standing.of(layer.id);
    if (error) return t('layer_failed');
    if (share < 1) return t('loading_layer', { share: `${Math.round(share * 100)}%` });
    if (overdue > 0) return this.standing.lateness(layer.id);
    if (last === null) return t(this.engine.realm === 'real' || !(layer.versions || this.engine.data.stamps.get(layer.id)) ? 'no_data' : 'exercise_data');
    const seconds = Math.max(0, wall() - last);
    return seconds > LONG_AGO_S ? t('updated_on', { day: full(last).slice(0, 10) }) : t('updated', { age: age(seconds) });
  }
}
