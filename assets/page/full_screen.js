/** The whole screen for the page, and back. */
import { byId } from './elements.js';
import { t } from './words.js';

export class FullScreen {
  /** @param {import('../engine/engine.js').Engine} engine */
  constructor(engine) {
    this.button = byId('full-screen');
    this.button.hidden = !document.fullscreenEnabled;
    this.button.addEventListener('click', () => void this.toggle());
    document.addEventListener('fullscreenchange', () => this.say());
    engine.on('language', () => this.say());
  }

  async toggle() {
    if (!document.fullscreenEnabled) return;
    if (document.fullscreenElement) await document.exitFullscreen();
    else await document.documentElement.requestFullscreen();
  }

  say() {
    const on = document.fullscreenElement !== null;
    const label = t(on ? 'full_screen_leave' : 'full_screen');
    this.button.setAttribute('aria-pressed', String(on));
    this.button.setAttribute('aria-label', label);
    this.button.title = label;
  }
}
