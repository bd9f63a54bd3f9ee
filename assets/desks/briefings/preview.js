/** The pages as they will print, beside the text: asked for after a pause in typing, the newest wins. */
import { make, write } from '../../page/elements.js';
import { t } from '../../page/words.js';

const PAUSE_MS = 400;

/** @typedef {import('./routes.js').Body} Body */

export class Preview {
  /** @param {(body: Body) => Promise<{pages: string[], warnings: any[]}>} ask @param {(warnings: any[]) => void} [told] */
  constructor(ask, told = () => {}) {
    this.ask = ask;
    this.told = told;
    this.pages = make('ol', { class: 'sheets' });
    this.state = make('p', { class: 'sheet-state', role: 'status' });
    this.failed = make('p', { class: 'sheet-failed', role: 'alert', hidden: true });
    this.warnings = make('ul', { class: 'sheet-warnings', hidden: true });
    this.box = make('section', { class: 'preview', tabindex: '0' }, make('div', { class: 'preview-head' }, this.state, this.failed, this.warnings), this.pages);
    /** What the sheets show. @type {string[]} */
    this.shown = [];
    /** @type {Body|null} */
    this.wanted = null;
    this.busy = false;
    /** @type {Error|null} */
    this.failure = null;
    /** @type {any[]} */
    this.warned = [];
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
  }

  /** @param {Body} body @param {number} [pause] ms */
  changed(body, pause = PAUSE_MS) {
    this.wanted = body;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.go(), pause);
  }

  async go() {
    if (this.busy || !this.wanted) return;
    const body = this.wanted;
    this.wanted = null;
    this.busy = true;
    this.say();
    try {
      const { pages, warnings } = await this.ask(body);
      this.failure = null;
      this.warned = warnings ?? [];
      this.show(pages);
      this.told(this.warned);
    } catch (error) {
      this.failure = /** @type {Error} */ (error);
    }
    this.busy = false;
    this.say();
    if (this.wanted) this.changed(this.wanted);
  }

  say() {
    this.box.setAttribute('aria-label', t('briefing_preview'));
    this.box.classList.toggle('busy', this.busy);
    const n = this.shown.length;
    write(this.state, this.busy ? t('briefing_setting') : n ? t('briefing_pages', { n }) : '');
    this.failed.hidden = this.failure === null;
    write(this.failed, this.failure ? t('briefing_preview_failed', { why: this.failure.message }) : '');
    this.warnings.hidden = this.warned.length === 0;
    this.warnings.replaceChildren(...this.warned.map((one) => make('li', {}, warning(one))));
    [...this.pages.children].forEach((page, place) => page.querySelector('img')?.setAttribute('alt', t('briefing_page', { n: place + 1, all: n })));
  }

  /** Sheets that stay the same are left alone, and the place where the reader looks too. @param {string[]} pages SVG */
  show(pages) {
    while (this.pages.children.length > pages.length) this.drop(this.pages.lastElementChild);
    pages.forEach((svg, place) => {
      if (this.shown[place] === svg) return;
      let image = this.pages.children[place]?.querySelector('img');
      if (!image) {
        image = make('img', { decoding: 'async' });
        this.pages.append(make('li', {}, image));
      }
      const before = image.src;
      image.src = URL.createObjectURL(new Blob([svg], { type: 'image/svg+xml' }));
      if (before) image.addEventListener('load', () => URL.revokeObjectURL(before), { once: true });
    });
    this.shown = pages;
  }

  /** @param {Element|null} page */
  drop(page) {
    const image = page?.querySelector('img');
    if (image) URL.revokeObjectURL(image.src);
    page?.remove();
  }
}

/** @param {any} one @returns {string} */
export const warning = (one) => (typeof one === 'string' ? one : (one.zh ?? JSON.stringify(one)));
