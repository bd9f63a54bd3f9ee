/** Export: the present View becomes a stored briefing, offered in three formats, or a workbook of all that it holds. */
import { full, now } from '../engine/time.js';
import { draft, keep } from './drafts.js';
import { byId, make, setProps } from './elements.js';
import { viewAsJson } from './new_briefing.js';
import { note } from './notes.js';
import { reasonOf, refusalOf } from './refusal.js';
import { giveBack } from './windows.js';
import { said, swap, t } from './words.js';
import { offerWorkbook } from './workbook.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */

export class Export {
  /** @param {Engine} engine @param {import('./standing.js').Standing} standing @param {import('./person.js').Me} me */
  constructor(engine, standing, me) {
    this.engine = engine;
    this.standing = standing;
    this.me = me;
    this.format = draft('export-format') ?? 'pdf';
    byId('export-open').addEventListener('click', () => this.open());
    for (const event of ['standing', 'language']) engine.on(event, () => this.say());
    this.say();
  }

  allowed() {
    return this.me.permissions.includes('briefing');
  }

  /** The button says beforehand what a role may not do; the window, what the picture lacks. */
  say() {
    const button = byId('export-open');
    button.setAttribute('aria-disabled', String(!this.allowed()));
    if (!this.allowed()) button.title = t('export_forbidden', { role: t(`role_${this.me.role}`) });
    const place = document.getElementById('export-stands');
    if (!place) return;
    const late = this.standing.late();
    const missing = this.standing.missing();
    const told = [
      ...late.map((layer) => `${said(layer.title)}:${this.standing.lateness(layer.id)}`),
      ...(missing.length ? [t('export_missing', { layers: this.standing.named(missing) })] : []),
    ];
    place.replaceChildren(...told.map((text) => make('p', { class: 'late' }, text)));
  }

  /** The window's content exists once it was opened: it is wired then. */
  open() {
    if (!this.allowed()) {
      note(() => t('export_forbidden', { role: t(`role_${this.me.role}`) }), 'error');
      return;
    }
    setProps('export', { opened: true });
    swap(document);
    const { at } = this.engine.view.get();
    if (!this.name) this.wire();
    giveBack(byId('export-make'), byId('export-open'));
    if (this.name) this.name.value = draft('export-title') ?? t('export_name_default', { time: full(at ?? now()).slice(0, 16) });
    byId('export-state').replaceChildren();
    this.say();
  }

  wire() {
    this.name = make('input', { type: 'text', maxlength: '120', class: 'text', 'data-autofocus': true });
    byId('export-name').append(this.name);
    this.name.addEventListener('input', () => keep('export-title', this.name?.value || null));
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
    keep('export-format', format);
    byId('export-what').hidden = byId('export-named').hidden = format === 'xlsx';
    byId('export-table').hidden = format !== 'xlsx';
    for (const button of this.formats()) button.setAttribute('aria-pressed', String(button.dataset.format === format));
  }

  async make() {
    const state = byId('export-state');
    const button = /** @type {HTMLButtonElement} */ (byId('export-make'));
    if (this.format === 'xlsx') {
      await offerWorkbook({ ...this.engine.view.get(), area: null }, state, button);
      return;
    }
    const began = Date.now();
    const say = () => (state.textContent = t('export_working', { seconds: ((Date.now() - began) / 1000).toFixed(0) }));
    say();
    const timer = setInterval(say, 500);
    button.disabled = true;
    try {
      const answer = await fetch('/api/briefings', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ title: this.name?.value.trim() || t('title'), view: viewAsJson(this.engine.view.get()) }),
      });
      if (!answer.ok) throw new Error(await refusalOf(answer));
      const told = await answer.json();
      const address = `/api/briefings/${told.id}.${this.format}`;
      const file = await fetch(address);
      if (!file.ok) throw new Error(await refusalOf(file));
      const link = make('a', { href: URL.createObjectURL(await file.blob()), download: `${told.id}.${this.format}`, class: 'link', 'data-address': address }, t('download_as', { format: this.format.toUpperCase() }));
      state.replaceChildren(t('export_ready', { id: told.id }), ' ', link);
      link.focus();
      keep('export-title', null);
    } catch (error) {
      state.textContent = t('export_failed', { why: reasonOf(/** @type {Error} */ (error).message) });
    } finally {
      clearInterval(timer);
      button.disabled = false;
    }
  }
}
