/** The bar between two maps that lie on each other; or the maps side by side. */
import { make, write } from '../../page/elements.js';
import { t } from '../../page/words.js';

const STEP = 2;

export class Swipe {
  /** @param {HTMLElement} box with both maps, the right one on top @param {boolean} on @param {() => void} turned */
  constructor(box, on, turned) {
    this.box = box;
    this.on = on;
    /** Where the bar stands, percent of the width. */
    this.at = 50;
    this.bar = make('div', { class: 'swipe-bar', role: 'separator', tabindex: '0', 'aria-orientation': 'vertical', 'aria-valuemin': '0', 'aria-valuemax': '100' }, make('i', { 'aria-hidden': 'true' }, '⇔'));
    this.button = make('button', { class: 'plain', id: 'compare-how' });
    this.button.addEventListener('click', () => {
      this.on = !this.on;
      this.show();
      this.say();
      turned();
    });
    this.bar.addEventListener('pointerdown', (event) => {
      this.bar.setPointerCapture(event.pointerId);
      event.preventDefault();
      this.bar.focus();
    });
    this.bar.addEventListener('pointermove', (event) => {
      if (!this.bar.hasPointerCapture(event.pointerId)) return;
      const { left, width } = box.getBoundingClientRect();
      this.move(((event.clientX - left) / width) * 100);
    });
    this.bar.addEventListener('keydown', (event) => {
      const by = { ArrowLeft: -STEP, ArrowRight: STEP, Home: -100, End: 100 }[event.key];
      if (by === undefined) return;
      event.preventDefault();
      this.move(this.at + by);
    });
    box.append(this.bar);
    this.show();
  }

  /** @param {number} at percent */
  move(at) {
    this.at = Math.min(100, Math.max(0, at));
    this.box.style.setProperty('--swipe', `${this.at}%`);
    this.bar.setAttribute('aria-valuenow', String(Math.round(this.at)));
  }

  show() {
    this.box.classList.toggle('swiping', this.on);
    this.bar.hidden = !this.on;
    this.move(this.at);
  }

  say() {
    write(this.button, t(this.on ? 'compare_side' : 'compare_swipe'));
    this.bar.setAttribute('aria-label', t('compare_bar'));
  }
}
