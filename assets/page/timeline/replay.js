/** The frame and the banner that say that the picture is not now. */
import { full } from '../../engine/time.js';
import { byId, make, write } from '../elements.js';
import { t } from '../words.js';

/** @typedef {import('../../engine/engine.js').Engine} Engine */

/** What the banner says of T and K. @param {Engine} engine */
export function replayWords(engine) {
  const { at, known_at: known } = engine.view.get();
  if (at === null && typeof known !== 'number') return null;
  const time = full(at ?? engine.now).slice(0, 16);
  const k = known === null ? t('known_now') : known === 'at' ? t('known_then') : t('known_fixed', { time: full(known).slice(0, 16) });
  return { title: at !== null && at > engine.now ? t('preview') : t('replay'), time: t('picture_time', { time }), known: k };
}

/** The frame that says the picture is not now, and the mark of an exercise. */
export class Frame {
  /** @param {Engine} engine @param {() => void} toNow */
  constructor(engine, toNow) {
    this.engine = engine;
    this.banner = byId('replay');
    this.words = make('span', { class: 'replay-words' });
    this.title = make('b');
    this.back = make('button', { id: 'back-to-now' });
    this.back.addEventListener('click', toNow);
    this.banner.append(this.title, this.words, this.back);
    /** On a phone, the same beside the list and the filters, where the banner is out of sight. */
    this.strip = byId('replay-strip');
    this.strip.addEventListener('click', toNow);
    for (const event of ['answer', 'moving', 'language']) engine.on(event, () => this.show());
    this.show();
  }

  show() {
    const told = replayWords(this.engine);
    this.banner.hidden = told === null;
    this.strip.hidden = told === null;
    byId('frame').classList.toggle('replaying', told !== null);
    byId('watermark').hidden = this.engine.realm === 'real';
    if (!told) return;
    write(this.title, told.title);
    write(this.words, `${told.time} · ${told.known} · ${t('not_now')}`);
    write(this.back, `${t('back_to_now')} Home`);
    write(this.strip, `${told.title} ${told.time} · ${t('back_to_now')}`);
  }
}
