/** Export: the present View becomes a stored briefing, offered in three formats. */
import { full, now } from '../engine/time.js';
import { formatView } from '../engine/view.js';
import { byId, make, setProps } from './elements.js';
import { t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */

export class Export {
  /** @param {Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.format = 'pdf';
    byId('export-open').addEventListener('click', () => this.open());
  }

  /** The window's content exists once it was opened: it is wired then. */
  open() {
    setProps('export', { opened: true });
    const { at } = this.engine.view.get();
    if (!this.name) this.wire();
    if (this.name) this.name.value = t('export_name_default', { time: full(at ?? now()).slice(0, 16) });
    byId('export-state').replaceChildren();
  }

  wire() {
    this.name = make('input', { type: 'text', maxlength: '120', class: 'text' });
    byId('export-name').append(this.name);
    for (const button of this.formats()) button.addEventListener('click', () => this.choose(button.dataset.format ?? 'pdf'));
    byId('export-make').addEventListener('click', () => void this.make());
    this.choose(this.format);
  }

  /** @returns {HTMLElement[]} */
  formats() {
    return [...document.querySelectorAll('[data-format]')].map((one) => /** @type {HTMLElement} */ (one));
  }

  /** @param {string} format */
  choose(format) {
    this.format = format;
    for (const button of this.formats()) button.setAttribute('aria-pressed', String(button.dataset.format === format));
  }

  /** The View as the JSON that `/api/briefings` takes: the names and texts of the address. */
  spec() {
    /** @type {Record<string, string|string[]>} */
    const found = {};
    for (const [name, value] of new URLSearchParams(formatView(this.engine.view.get()))) {
      found[name] = name in found ? [found[name], value].flat() : value;
    }
    return found;
  }

  async make() {
    const state = byId('export-state');
    const button = /** @type {HTMLButtonElement} */ (byId('export-make'));
    const began = Date.now();
    const say = () => (state.textContent = t('export_working', { seconds: ((Date.now() - began) / 1000).toFixed(0) }));
    say();
    const timer = setInterval(say, 500);
    button.disabled = true;
    try {
      const answer = await fetch('/api/briefings', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ title: this.name?.value.trim() || t('title'), view: this.spec() }),
      });
      const told = await answer.json();
      if (!answer.ok) throw new Error(told.detail ?? String(answer.status));
      const address = `/api/briefings/${told.id}.${this.format}`;
      const file = await fetch(address);
      if (!file.ok) throw new Error((await file.json().catch(() => ({}))).detail ?? String(file.status));
      const link = make('a', { href: URL.createObjectURL(await file.blob()), download: `${told.id}.${this.format}`, class: 'link', 'data-address': address }, t('download_as', { format: this.format.toUpperCase() }));
      state.replaceChildren(t('export_ready', { id: told.id }), ' ', link);
      link.focus();
    } catch (error) {
      state.textContent = t('export_failed', { why: /** @type {Error} */ (error).message });
    } finally {
      clearInterval(timer);
      button.disabled = false;
    }
  }
}
