/** The editing column: what the whole briefing says of itself, then its blocks in order. */
import { make } from '../../page/elements.js';
import { said, t } from '../../page/words.js';
import { EDITORS } from './blocks/kinds.js';
import { button, choice, line, named, sign } from './controls.js';
import { additions } from './presets.js';
import { sightFields, sightWords } from './sight.js';

/** @typedef {import('./routes.js').Block} Block */
/** @typedef {import('./routes.js').Body} Body */
/**
 * What an editor of a block works with.
 * @typedef {{body: Body, data: import('./routes.js').Data, offered: import('./routes.js').Offered, layers: any[], realm: string, city: [number, number, number, number], facts: any, changed: () => void,
 *   wording: (block: Block) => Promise<string>}} Work `city`: its extent, west, south, east, north in degrees; `facts`: the page's
 */

const LONG = ['to', 'cc'];

export class Editor {
  /** @param {Work} work */
  constructor(work) {
    this.work = work;
    this.box = make('section', { class: 'editor' });
    /** Blocks that are unfolded. */
    this.open = new Set(work.body.blocks.filter((one) => one.kind === 'text').map((one) => one.key));
    /** The block that was worked at last: new ones come after it. */
    this.last = '';
    /** What was taken out last, and where from. @type {{block: Block, place: number}|null} */
    this.removed = null;
    this.allowed = true;
    this.box.addEventListener('focusin', (event) => {
      const block = /** @type {HTMLElement} */ (event.target).closest('[data-block]');
      if (block) this.last = /** @type {HTMLElement} */ (block).dataset.block ?? '';
    });
    this.box.addEventListener('keydown', (event) => {
      const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (!event.altKey || by === undefined || !this.last || !this.allowed) return;
      event.preventDefault();
      this.move(this.last, by);
    });
  }

  /** Everything anew; the caret stays where it was. */
  say() {
    const { body } = this.work;
    const [where, folds] = [this.caret(), this.folds()];
    const scrolled = this.box.scrollTop;
    this.box.setAttribute('aria-label', t('briefing_editor'));
    const set = make('fieldset', { class: 'whole', disabled: !this.allowed }, this.title(), this.header(), this.sight(), ...body.blocks.map((block, place) => this.block(block, place)), this.adding());
    this.box.replaceChildren(set);
    folds();
    this.box.scrollTop = scrolled;
    where?.();
  }

  /** @returns {() => void} unfolds again what is unfolded now */
  folds() {
    const name = (/** @type {HTMLDetailsElement} */ one) => `${/** @type {HTMLElement|null} */ (one.closest('[data-block]'))?.dataset.block} ${[...(one.closest('[data-block]') ?? this.box).querySelectorAll('details')].indexOf(one)}`;
    const all = () => [...this.box.querySelectorAll('details')];
    const open = new Set(all().filter((one) => one.open).map(name));
    return () => all().forEach((one) => (one.open ||= open.has(name(one))));
  }

  /** @returns {(() => void)|null} puts the focus back */
  caret() {
    const controls = () => /** @type {HTMLElement[]} */ ([...this.box.querySelectorAll('input, textarea, select, button, summary')]);
    const held = /** @type {HTMLInputElement} */ (document.activeElement);
    const place = controls().indexOf(held);
    if (place < 0) return null;
    const [start, end] = [held.selectionStart, held.selectionEnd];
    return () => {
      const again = /** @type {HTMLInputElement|undefined} */ (controls()[place]);
      again?.focus({ preventScroll: true });
      if (start !== null && start !== undefined && again?.setSelectionRange) again.setSelectionRange(start, end);
    };
  }

  /** @returns {import('./routes.js').Template|undefined} */
  template() {
    return this.work.offered.templates.find((one) => one.name === this.work.body.template);
  }

  title() {
    const { body, changed } = this.work;
    const title = line(body.title, (value) => {
      body.title = value;
      changed();
    }, { maxlength: '80', class: 'title', required: true });
    const template = this.template();
    const paper = choice((template?.papers ?? [body.paper]).map((one) => [one, t(`briefing_paper_${one}`)]), body.paper || (template?.papers[0] ?? ''), (value) => {
      body.paper = value;
      changed();
    });
    return make('div', { class: 'card part' }, named(t('briefing_title'), title, 'wide'), named(t('briefing_paper'), paper));
  }

  /** The header's fields that the template prints. */
  header() {
    const { body, changed } = this.work;
    const fields = Object.keys(this.template()?.header ?? {});
    if (!fields.length) return '';
    const words = make('span', { class: 'muted' });
    const tell = () => {
      const empty = fields.filter((name) => !body.header[name]?.trim()).length;
      words.textContent = [body.header.masthead, body.header.date, empty ? t('briefing_header_empty', { n: empty }) : ''].filter(Boolean).join(' · ');
    };
    tell();
    const controls = fields.map((name) => {
      const control = line(body.header[name] ?? '', (typed) => {
        body.header[name] = typed;
        tell();
        changed();
      }, { maxlength: '300' });
      return named(t(`briefing_header_${name}`), control, LONG.includes(name) ? 'wide' : '');
    });
    return make('details', { class: 'card part' }, make('summary', {}, t('briefing_header'), ' ', words), make('div', { class: 'grid' }, ...controls));
  }

  /** What the whole shows. */
  sight() {
    const { body, layers, data, changed } = this.work;
    const words = make('span', { class: 'muted' });
    const tell = () => (words.textContent = sightWords(body.view, null, layers, data.at));
    tell();
    const fields = sightFields(body.view, null, { layers, at: () => data.at, changed: () => {
      tell();
      changed();
    } });
    return make('details', { class: 'card part' }, make('summary', {}, t('briefing_shown'), ' ', words), fields);
  }

  /** @param {Block} block @param {number} place */
  block(block, place) {
    const { body } = this.work;
    const kind = this.work.offered.kinds.find((one) => one.name === block.kind);
    const kindName = kind ? said(kind.title) : block.kind;
    const name = block.title ? `${kindName}「${block.title}」` : kindName;
    const open = this.open.has(block.key);
    const fold = button(open ? '▾' : '▸', () => this.fold(block.key), { class: 'sign', 'aria-expanded': String(open), 'aria-label': t('briefing_unfold', { name }) });
    const title = line(block.title ?? '', (value) => {
      block.title = value;
      this.work.changed();
    }, { maxlength: '200', class: 'block-title', placeholder: t('briefing_untitled'), 'aria-label': t('briefing_block_title', { name: kindName }) });
    const head = make('div', { class: 'block-head' }, fold, make('span', { class: 'kind' }, kindName), title,
      sign('↑', t('briefing_up', { name }), () => this.move(block.key, -1), place === 0),
      sign('↓', t('briefing_down', { name }), () => this.move(block.key, 1), place === body.blocks.length - 1),
      sign('✕', t('briefing_take_out', { name }), () => this.takeOut(block.key)));
    const made = make('section', { class: 'card block', 'data-block': block.key, 'aria-label': name }, head);
    if (open) made.append((EDITORS[block.kind] ?? EDITORS.other)(block, this.work, () => this.say()));
    return made;
  }

  /** @param {string} key */
  fold(key) {
    if (!this.open.delete(key)) this.open.add(key);
    this.say();
  }

  /** @param {string} key @param {number} by */
  move(key, by) {
    const { blocks } = this.work.body;
    const place = blocks.findIndex((one) => one.key === key);
    const next = place + by;
    if (place < 0 || next < 0 || next >= blocks.length) return;
    [blocks[place], blocks[next]] = [blocks[next], blocks[place]];
    const sign = /** @type {HTMLElement|null} */ (document.activeElement)?.textContent;
    this.say();
    const moved = /** @type {HTMLElement} */ (this.box.querySelector(`[data-block="${CSS.escape(key)}"]`));
    const again = [...moved.querySelectorAll('button')].find((one) => one.textContent === sign && one.getAttribute('aria-disabled') !== 'true');
    (again ?? moved.querySelector('input'))?.focus();
    moved.scrollIntoView({ block: 'nearest' });
    this.work.changed();
  }

  /** @param {string} key */
  takeOut(key) {
    const { blocks } = this.work.body;
    const place = blocks.findIndex((one) => one.key === key);
    this.removed = { block: blocks.splice(place, 1)[0], place };
    this.say();
    /** @type {HTMLElement|null} */ (this.box.querySelector('.put-back'))?.focus();
    this.work.changed();
  }

  putBack() {
    const { removed } = this;
    if (!removed) return;
    this.work.body.blocks.splice(removed.place, 0, removed.block);
    this.removed = null;
    this.say();
    this.work.changed();
  }

  /** @param {Omit<Block, 'key'>} told */
  add(told) {
    const { blocks } = this.work.body;
    const taken = new Set(blocks.map((one) => one.key));
    let n = blocks.length + 1;
    while (taken.has(`b${n}`)) n++;
    const block = /** @type {Block} */ ({ key: `b${n}`, ...told });
    const after = blocks.findIndex((one) => one.key === this.last);
    blocks.splice(after < 0 ? blocks.length : after + 1, 0, block);
    this.open.add(block.key);
    this.say();
    const made = /** @type {HTMLElement} */ (this.box.querySelector(`[data-block="${block.key}"]`));
    made.scrollIntoView({ block: 'nearest' });
    /** @type {HTMLElement|null} */ (made.querySelector('textarea, .block-title'))?.focus();
    this.work.changed();
  }

  adding() {
    const { removed } = this;
    const choices = additions(this.work).map(({ word, block }) => button(word, () => this.add(block()), { class: 'chip' }));
    const back = removed ? [button(t('briefing_put_back', { name: removed.block.title || t('briefing_untitled') }), () => this.putBack(), { class: 'plain put-back' })] : [];
    return make('div', { class: 'adding' }, ...back, make('h3', {}, t('briefing_add')), make('div', { class: 'chips' }, ...choices));
  }
}
