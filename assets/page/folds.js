/** What stands open where there is room, and else behind a button. */

export class Fold {
  /** @param {HTMLElement} button @param {HTMLElement} box */
  constructor(button, box) {
    this.button = button;
    this.box = box;
    button.addEventListener('click', () => this.open(!this.isOpen));
    document.addEventListener('click', (event) => {
      const at = /** @type {Node} */ (event.target);
      if (this.isOpen && !button.contains(at)) this.open(false);
    });
  }

  get isOpen() {
    return this.button.getAttribute('aria-expanded') === 'true';
  }

  /** @param {boolean} open */
  open(open) {
    this.box.classList.toggle('open', open);
    this.button.setAttribute('aria-expanded', String(open));
  }

  /** @returns {boolean} whether it was open; the button has the focus then */
  close() {
    if (!this.isOpen) return false;
    this.open(false);
    this.button.focus();
    return true;
  }
}
