/**
 * The bell: sound, the tab's title and a notification, as long as an alarm rings and this user has not muted it. The
 * sound is made by the browser's own oscillators and runs without timers, so a tab in the background rings as well.
 * Of several tabs of one user one sounds, of those that the browser lets sound; every tab's title says that it rings.
 */
import { OneTab } from './one_tab.js';
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
    this.turn = new OneTab(`emmap bell ${room.realm} ${room.me}`, () => this.follow());
    this.asleep = false;
    /** What is shown of the alarms that ring, by alarm and by how often it rang. @type {Map<string, Notification>} */
    this.notified = new Map();
    /** @type {() => void} */
    this.changed = () => {};
    room.on('queue', () => this.follow());
    room.on('duty', () => this.follow());
    // Browsers let a page sound only after its user has touched it.
    for (const touched of ['pointerdown', 'keydown']) document.addEventListener(touched, () => this.wake(), { capture: true });
    document.addEventListener('freeze', () => this.sleep(true));
    document.addEventListener('resume', () => this.sleep(false));
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
    if (this.wanted && this.ready()) this.start();
    else this.stop();
    this.notify();
    this.title();
    this.changed();
  }

  /** A frozen tab makes no sound: it lets another one have the turn. @param {boolean} asleep */
  sleep(asleep) {
    this.asleep = asleep;
    this.follow();
  }

  /** Whether this tab could be heard now. */
  ready() {
    if (!this.audio) {
      this.audio = new AudioContext();
      this.audio.onstatechange = () => this.follow();
    }
    if (this.audio.state === 'suspended' && navigator.userActivation.hasBeenActive) void this.audio.resume();
    return this.audio.state === 'running' && !this.asleep;
  }

  start() {
    this.turn.ask();
    const { audio } = this;
    if (!audio || !this.turn.has || this.sources.length) return;
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
  }

  stop() {
    for (const one of this.sources) one.stop();
    this.sources = [];
    this.turn.leave();
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

  /** One for each alarm and each time that it rings anew; the system shows it, whichever window is in front. Its tag has
   * other tabs' take its place without a second sound, and it goes when somebody has taken the alarm. */
  notify() {
    if (!('Notification' in window) || Notification.permission !== 'granted') return;
    /** @type {Map<string, import('./room.js').Alarm>} */
    const wanted = new Map();
    if (!this.room.muted) for (const one of this.room.ringing) wanted.set(`${one.id} ${one.severity} ${one.called ?? ''}`, one);
    for (const [key, shown] of this.notified) {
      if (wanted.has(key)) continue;
      shown.close();
      this.notified.delete(key);
    }
    for (const [key, one] of wanted) {
      if (this.notified.has(key)) continue;
      const shown = new Notification(one.facts.title, { body: `${one.event_no} ${one.facts.place ?? ''}`, tag: `emmap-${this.room.realm}-${one.id}`, requireInteraction: true });
      shown.onclick = () => window.focus();
      this.notified.set(key, shown);
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
