/** The import page: a file is dropped, recognised, previewed, and applied or discarded; past imports stand below. */
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { number, said, t } from '../../page/words.js';
import { ask, askJson, Refusal } from '../asking.js';
import { openDesk } from '../shell.js';
import { SmallMap } from './map.js';
import { Past, rejectedPath } from './past.js';
import { OUTCOMES, previewParts } from './preview.js';
import { missing, proposed, recognisedSection } from './recognised.js';

/** @typedef {import('./recognised.js').Choices} Choices */

const ASK_EACH_MS = 700;

class ImportPage {
  /** @param {import('../shell.js').Desk} desk @param {any[]} layers @param {any} districts GeoJSON */
  constructor(desk, layers, districts) {
    this.desk = desk;
    this.layers = layers;
    this.layer = layers[0].id;
    /** A draft with `recognised`. @type {any} */
    this.staged = null;
    /** @type {Choices|null} */
    this.choices = null;
    /** @type {any} */
    this.preview = null;
    this.outcome = 'added';
    /** What an import did. @type {any} */
    this.done = null;
    /** What is under way. @type {(() => string)|null} */
    this.busy = null;
    /** @type {Error|null} */
    this.failure = null;
    this.map = new SmallMap(districts);
    this.past = new Past(desk, layers);
    this.steps = make('div', { class: 'import-steps' });
    this.status = make('p', { class: 'import-status', role: 'status' });
    desk.main.append(this.steps, this.past.box);
    desk.on('language', () => this.say());
    desk.on('theme', () => this.map.draw());
    desk.on('back', () => void this.past.load());
  }

  async open() {
    this.say();
    await this.past.load();
  }

  /** Everything anew, from what is known. */
  say() {
    const parts = [this.chooser()];
    if (this.staged && this.choices) {
      parts.push(recognisedSection(this.staged, this.choices, () => this.chosen(), (name) => void this.recognise(name)));
      parts.push(this.acts());
    }
    if (this.preview) parts.push(make('section', { class: 'card import-step' }, make('h3', {}, t('import_previewed')), ...previewParts(this.preview, this.declared(this.preview.layer), this.outcome, (outcome) => this.turnTo(outcome), this.map)));
    if (this.done) parts.push(this.result());
    this.steps.replaceChildren(...parts);
    this.map.say();
    this.past.say();
    this.tell();
  }

  /** What is under way, or went wrong. */
  tell() {
    this.status.className = `import-status${this.failure ? ' failed' : ''}`;
    this.status.textContent = this.failure?.message ?? this.busy?.() ?? '';
    for (const button of this.steps.querySelectorAll('button, select, input')) /** @type {HTMLButtonElement} */ (button).disabled = this.busy !== null;
  }

  /** @param {string} id */
  declared(id) {
    return this.layers.find((one) => one.id === id);
  }

  chooser() {
    const layer = make('select', { id: 'import-layer' }, ...this.layers.map((one) => make('option', { value: one.id }, said(one.title))));
    layer.value = this.layer;
    layer.addEventListener('change', () => {
      this.layer = layer.value;
      if (this.staged) void this.recognise('');
      else this.say();
    });
    const title = said(this.declared(this.layer).title);
    const template = make('a', { class: 'link', href: `/api/layers/${this.layer}/template.xlsx`, download: true }, t('import_template', { layer: title }));
    const top = make('div', { class: 'import-top' }, make('label', {}, make('span', {}, t('import_layer')), layer), template);
    return make('section', { class: 'card import-step' }, make('h2', {}, t('import_title')), make('p', { class: 'muted' }, t('import_intro')), top, this.zone(), this.staged ? '' : this.status);
  }

  zone() {
    const input = make('input', { type: 'file', id: 'import-file', class: 'import-file' });
    const zone = make('label', { class: 'import-zone', for: 'import-file' }, input, make('b', {}, this.staged ? t('import_another') : t('import_drop')), make('small', { class: 'muted' }, t('import_kinds')));
    input.addEventListener('change', () => input.files?.[0] && void this.stage(input.files[0]));
    for (const name of /** @type {const} */ (['dragover', 'dragleave', 'drop'])) {
      zone.addEventListener(name, (event) => {
        event.preventDefault();
        zone.classList.toggle('over', name === 'dragover');
        const file = name === 'drop' && event.dataTransfer?.files[0];
        if (file) void this.stage(file);
      });
    }
    return zone;
  }

  acts() {
    const { recognised } = this.staged;
    const lacking = missing(recognised, /** @type {Choices} */ (this.choices)).length > 0;
    const preview = this.button(this.preview ? 'plain' : 'primary', t('import_preview'), () => void this.look());
    if (lacking) preview.setAttribute('aria-disabled', 'true');
    const made = make('div', { class: 'import-do' }, preview);
    if (this.preview) {
      const { added, changed, ended } = this.preview.counts;
      const apply = this.button('primary', added + changed + ended ? t('import_apply', { n: number(added + changed) }) : t('import_apply_none'), () => void this.apply());
      made.append(apply);
    }
    made.append(this.button('plain', t('import_discard'), () => void this.discard()), this.status);
    return made;
  }

  result() {
    const { run_id: run, rejected } = this.done;
    const counts = Object.fromEntries([...OUTCOMES].map((outcome) => [outcome, number(this.done[outcome])]));
    const made = make('section', { class: 'card import-step import-done', role: 'status' }, make('p', {}, t('import_done', { run, ...counts })));
    if (rejected) made.append(make('a', { class: 'link', href: rejectedPath(run, this.desk.realm), download: true }, t('import_mend', { n: number(rejected) })));
    return made;
  }

  /** @param {string} look @param {string} words @param {() => void} act */
  button(look, words, act) {
    const made = make('button', { class: look, type: 'button' }, words);
    made.addEventListener('click', () => made.getAttribute('aria-disabled') !== 'true' && act());
    return made;
  }

  /** @param {string} outcome */
  turnTo(outcome) {
    this.outcome = outcome;
    this.say();
  }

  /** A choice was made: what was previewed is no longer what would happen. */
  chosen() {
    const focused = document.activeElement?.getAttribute('aria-label');
    this.preview = null;
    this.say();
    const again = focused && this.steps.querySelector(`[aria-label="${CSS.escape(focused)}"]`);
    if (again instanceof HTMLElement) again.focus();
  }

  /**
   * Does something that takes a while. @template T
   * @param {() => string} words @param {() => Promise<T>} work @returns {Promise<T|undefined>} undefined where it failed
   */
  async during(words, work) {
    this.busy = words;
    this.failure = null;
    this.tell();
    try {
      return await work();
    } catch (error) {
      this.failure = /** @type {Error} */ (error);
      return undefined;
    } finally {
      this.busy = null;
      this.say();
    }
  }

  /** The same, with the steps that the server tells of meanwhile. @template T @param {string} key @param {() => Promise<T>} work */
  async following(key, work) {
    const began = performance.now();
    let step = '';
    const timer = setInterval(async () => {
      const told = await askJson(this.path(), { realm: this.desk.realm }).catch(() => null);
      if (told) step = told.step;
      this.tell();
    }, ASK_EACH_MS);
    const words = () => t('import_elapsed', { line: step.split(' / ')[0] || t(key), seconds: Math.round((performance.now() - began) / 1000) });
    try {
      return await this.during(words, work);
    } finally {
      clearInterval(timer);
    }
  }

  path(act = '') {
    return `/api/import-drafts/${this.staged.draft}${act}`;
  }

  /** @param {File} file */
  async stage(file) {
    const body = new FormData();
    body.append('layer', this.layer);
    body.append('file', file);
    this.preview = this.done = null;
    const told = await this.during(() => t('import_sending', { name: file.name }), async () => (await ask('/api/import-drafts', { realm: this.desk.realm, body })).json());
    this.take(told);
  }

  /** @param {string} name what the person calls this kind of table */
  async recognise(name) {
    this.preview = null;
    const told = await this.during(() => t('import_sending', { name: this.staged.file_name }), () => askJson(this.path('/recognise'), { realm: this.desk.realm, json: { layer: this.layer, name } }));
    this.take(told);
  }

  /** @param {any} told a draft with `recognised`, or undefined */
  take(told) {
    if (!told) return;
    this.staged = told;
    this.choices = proposed(told);
    this.say();
  }

  /** Previews. */
  async look() {
    const found = await this.following('import_previewing', () => askJson(this.path('/preview'), { realm: this.desk.realm, json: { .../** @type {Choices} */ (this.choices), layer: this.layer } }));
    if (found) this.see(found);
  }

  /** @param {any} preview */
  see(preview) {
    this.preview = preview;
    this.outcome = OUTCOMES.find((outcome) => outcome !== 'unchanged' && preview.counts[outcome]) ?? 'unchanged';
    this.say();
    this.map.show(preview.map.features, preview.counts);
    this.steps.querySelector('.import-do')?.scrollIntoView({ block: 'start' });
  }

  async apply() {
    const done = await this.following('import_applying', () => askJson(this.path('/apply'), { realm: this.desk.realm, method: 'POST' }));
    if (!done) {
      const failure = this.failure;
      if (failure instanceof Refusal && failure.problem.preview) this.see(failure.problem.preview);
      return;
    }
    this.done = done;
    this.staged = this.choices = this.preview = null;
    this.say();
    await this.past.load();
  }

  async discard() {
    await this.during(() => '', () => ask(this.path(), { realm: this.desk.realm, method: 'DELETE' }));
    this.staged = this.choices = this.preview = this.failure = null;
    this.say();
    note(() => t('import_discarded'));
  }
}

openDesk(async (desk) => {
  const [layers, districts] = await Promise.all([askJson('/api/layers', { realm: desk.realm }), askJson('/api/districts')]);
  await new ImportPage(desk, layers, districts).open();
});
