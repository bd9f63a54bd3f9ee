/** Keys of the watch page, outside a text field, and the list of them. */
import { make } from '../../page/elements.js';
import { t } from '../../page/words.js';

const SHOWN = [
  ['N', 'call'], ['A', 'take'], ['J / K', 'next'], ['L', 'log'], ['/', 'search'], ['M', 'note'], ['H', 'handover'], ['B', 'mute'],
  ['Ctrl+Enter', 'send'], ['Esc', 'escape'], ['?', 'help'],
];

export class Keys {
  /** @param {any} watch the page */
  constructor(watch) {
    this.watch = watch;
    this.card = make('div', { class: 'card keys-card', role: 'dialog', 'aria-modal': 'false', hidden: true, tabindex: '-1' });
    document.body.append(this.card);
    /** @type {Record<string, () => void>} */
    const acts = {
      n: () => watch.call(),
      a: () => watch.room.ringing[0] && void watch.desk.bar.take(watch.room.ringing[0]),
      j: () => watch.queue.move(1),
      k: () => watch.queue.move(-1),
      l: () => this.go('log', watch.log.input),
      '/': () => this.go('log', watch.log.search),
      m: () => watch.alarm.alarm && watch.alarm.note.focus(),
      h: () => watch.openHandover(),
      b: () => void watch.room.mute(!watch.room.muted).catch(() => {}),
      '?': () => this.open(),
    };
    document.addEventListener('keydown', (event) => {
      const target = /** @type {HTMLElement} */ (event.target);
      if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
      if (target.matches('input:not([type="radio"], [type="checkbox"], [type="file"]), textarea, select')) {
        // Escape leaves the field first, so that nothing that is typed is lost; what is open closes by the next one.
        if (event.key === 'Escape') {
          target.blur();
          event.preventDefault();
        }
        return;
      }
      const act = acts[event.key.toLowerCase()];
      if (!act) return;
      event.preventDefault();
      act();
    });
  }

  /** @param {string} part @param {HTMLElement} field */
  go(part, field) {
    this.watch.bring(part);
    field.focus();
  }

  open() {
    const away = make('button', { class: 'link' }, t('close'));
    away.addEventListener('click', () => this.close());
    this.card.setAttribute('aria-label', t('watch_keys_title'));
    this.card.replaceChildren(
      make('h3', {}, t('watch_keys_title')),
      make('dl', {}, ...SHOWN.flatMap(([key, name]) => [make('dt', {}, make('kbd', {}, key)), make('dd', {}, t(`watch_key_${name}`))])),
      away,
    );
    this.card.hidden = false;
    this.card.focus();
  }

  /** @returns {boolean} whether it was open */
  close() {
    const open = !this.card.hidden;
    this.card.hidden = true;
    return open;
  }
}
