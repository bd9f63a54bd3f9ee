/**
 * The bell: sound, the tab's title and a notification, as long as an alarm rings and this user has not muted it. The
 * sound is made by the browser's own oscillators and runs without timers, so a tab in the background rings as well.
 */
import { t } from './words.js';

/** @typedef {import('./room.js').Room} Room */

const TONE_HZ = 740;
const SWING_HZ = 120;
const LOUD = 0.22;
const BEATS_PER_S = 2;
const TITLE_EVERY_MS = 1000;

export class Bell {
  /** @param {Room} room */
  constructor(room) {
    this.room = room;
    /** @type {AudioContext|null} */
    this.audio = null;
    /** @type {AudioScheduledSourceNode[]} */
    this.sources = [];
    /** Alarms that a notification was shown for, by how often they rang. @type {Set<string>} */
    this.notified = new Set();
    /** @type {() => void} */
    this.changed = () => {};
    room.on('queue', () => this.follow());
    room.on('duty', () => this.follow());
    // Browsers let a page sound only after its user has touched it.
    for (const touched of ['pointerdown', 'keydown']) document.addEventListener(touched, () => this.wake(), { capture: true });
    this.timer = setInterval(() => this.title(), TITLE_EVERY_MS);
  }

  get wanted() {
    return this.room.ringing.length > 0 && !this.room.muted;
  }

  /** Whether it is wanted but the browser keeps it silent. */
  get silenced() {
    return this.wanted && this.audio?.state !== 'running';
  }

  follow() {
    if (this.wanted) this.start();
    else this.stop();
    this.notify();
    this.title();
    this.changed();
  }

  start() {
    if (this.sources.length) return;
    if (!this.audio) {
      this.audio = new AudioContext();
      this.audio.onstatechange = () => this.follow();
    }
    const { audio } = this;
    if (audio.state !== 'running' && !navigator.userActivation.hasBeenActive) return;
    const loudness = audio.createGain();
    loudness.gain.value = LOUD / 2;
    loudness.connect(audio.destination);
    const tone = oscillator(audio, 'triangle', TONE_HZ);
    tone.connect(loudness);
    // Two square waves: one turns the tone on and off, the other lets it swing between two pitches.
    const beat = swinging(audio, BEATS_PER_S, LOUD / 2, loudness.gain);
    const swing = swinging(audio, BEATS_PER_S / 2, SWING_HZ, tone.frequency);
    this.sources = [tone, beat, swing];
    for (const one of this.sources) one.start();
    if (audio.state !== 'running') void audio.resume();
  }

  stop() {
    for (const one of this.sources) one.stop();
    this.sources = [];
  }

  wake() {
    if (this.wanted && this.audio?.state === 'suspended') void this.audio.resume();
  }

  /** Every other second the title says that it rings, whatever else it says. */
  title() {
    const plain = document.title.replace(/^【[^】]*】/, '');
    const rings = this.room.ringing.length;
    const odd = Math.floor(Date.now() / TITLE_EVERY_MS) % 2 === 1;
    const wanted = rings && (odd || document.visibilityState === 'hidden') ? `【${t('bell_title', { n: rings })}】${plain}` : plain;
    if (document.title !== wanted) document.title = wanted;
  }

  /** One for each alarm and each time that it rings anew; the system shows it, whichever window is in front. */
  notify() {
    if (!('Notification' in window) || Notification.permission !== 'granted' || this.room.muted) return;
    for (const one of this.room.ringing) {
      const key = `${one.id} ${one.severity} ${one.called ?? ''}`;
      if (this.notified.has(key)) continue;
      this.notified.add(key);
      const shown = new Notification(one.facts.title, { body: `${one.event_no} ${one.facts.place ?? ''}`, tag: `emmap-${this.room.realm}-${one.id}`, requireInteraction: true });
      shown.onclick = () => window.focus();
    }
  }

  /** @returns {boolean} whether the user has not said yet if notifications may be shown */
  static get mayAsk() {
    return 'Notification' in window && window.isSecureContext && Notification.permission === 'default';
  }
}

/** @param {AudioContext} audio @param {OscillatorType} type @param {number} hertz */
function oscillator(audio, type, hertz) {
  const made = audio.createOscillator();
  made.type = type;
  made.frequency.value = hertz;
  return made;
}

/** @param {AudioContext} audio @param {number} hertz @param {number} by @param {AudioParam} what */
function swinging(audio, hertz, by, what) {
  const wave = oscillator(audio, 'square', hertz);
  const depth = audio.createGain();
  depth.gain.value = by;
  wave.connect(depth);
  depth.connect(what);
  return wave;
}
