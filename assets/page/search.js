/** The search box: filters by text as one types, and offers districts and coordinates to go to. */
import { byId, make } from './elements.js';
import { said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {{code: string, zh: string, en: string, bounds: [number, number, number, number]}} District */

const PAUSE_MS = 300;

export class Search {
  /** @param {Engine} engine @param {District[]} districts */
  constructor(engine, districts) {
    this.engine = engine;
    this.districts = districts;
    this.box = byId('search');
    this.input = make('input', { type: 'search', id: 'search-text', autocomplete: 'off', spellcheck: 'false', maxlength: '200' });
    this.hint = make('kbd', { 'aria-hidden': 'true' }, '/');
    this.places = make('div', { class: 'card popover places', hidden: true });
    this.box.append(this.input, this.hint, this.places);
    this.input.value = engine.view.get().q;
    this.input.addEventListener('input', () => this.soon());
    this.input.addEventListener('keydown', (event) => this.key(event));
    this.input.addEventListener('focus', () => this.offer());
    this.box.addEventListener('focusout', (event) => {
      if (!this.box.contains(/** @type {Node|null} */ (event.relatedTarget))) this.places.hidden = true;
    });
    engine.view.subscribe((view) => {
      if (document.activeElement !== this.input) this.input.value = view.q;
    });
    engine.on('language', () => this.label());
    this.label();
  }

  label() {
    this.input.placeholder = t('search');
    this.input.setAttribute('aria-label', t('search_label'));
  }

  focus() {
    this.input.focus();
    this.input.select();
  }

  soon() {
    this.offer();
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.apply(), PAUSE_MS);
  }

  apply() {
    clearTimeout(this.waiting);
    const q = this.input.value.trim();
    if (q !== this.engine.view.get().q) this.engine.view.set({ q });
  }

  /** @returns {{name: string, go: () => void}[]} places that the text names */
  found() {
    const text = this.input.value.trim().toLowerCase();
    if (!text) return [];
    const numbers = /^(-?\d+(?:\.\d+)?)[\s,,]+(-?\d+(?:\.\d+)?)$/.exec(text)?.slice(1).map(Number);
    if (numbers) {
      const [lng, lat] = Math.abs(numbers[0]) > 90 || numbers[0] > numbers[1] ? numbers : [numbers[1], numbers[0]];
      if (Math.abs(lat) > 90 || Math.abs(lng) > 180) return [];
      return [{ name: `${lng}, ${lat}`, go: () => this.engine.map.setView([lat, lng], 14) }];
    }
    return this.districts
      .filter((one) => one.zh.includes(text) || (text.length > 1 && text.includes(one.zh.slice(0, -1))) || one.en.toLowerCase().startsWith(text))
      .map((one) => ({
        name: said(one),
        go: () => this.engine.map.fitBounds([[one.bounds[1], one.bounds[0]], [one.bounds[3], one.bounds[2]]]),
      }));
  }

  offer() {
    const found = this.found();
    this.places.hidden = found.length === 0;
    this.places.replaceChildren(
      ...found.map(({ name, go }) => {
        const button = make('button', { class: 'place' }, t('jump_to', { name }));
        button.addEventListener('click', () => this.jump(go));
        return button;
      }),
    );
  }

  /** Going somewhere is no filter: the text leaves the box. @param {() => void} go */
  jump(go) {
    clearTimeout(this.waiting);
    this.input.value = '';
    this.places.hidden = true;
    this.engine.view.set({ q: '' });
    go();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.key === 'Enter') {
      const exact = this.found().find(({ name }) => name.toLowerCase() === this.input.value.trim().toLowerCase() || /^-?\d/.test(name));
      if (exact) this.jump(exact.go);
      else this.apply();
    } else if (event.key === 'Escape') {
      this.input.value = '';
      this.apply();
      this.places.hidden = true;
      this.input.blur();
    } else if (event.key === 'ArrowDown' && !this.places.hidden) {
      /** @type {HTMLElement|null} */ (this.places.querySelector('button'))?.focus();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }
}
