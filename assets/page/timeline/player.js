/** Plays time at a steady rate: what has passed on the clock times the rate, however many frames there are. */

export const RATES = [1, 10, 60, 600, 3600];
/** After a longer gap between frames the page was hidden or the machine slept: time goes on from where it stood. */
const LONGEST_GAP_MS = 2000;

export class Player {
  /**
   * @param {{move: (at: number, before: number) => void, ended: (at: number) => void, changed: () => void,
   *   clock?: () => number, frame?: (next: () => void) => void}} given move: T goes from `before` to `at`, whole seconds;
   *   ended: it came to the end; changed: it plays or stopped; clock: milliseconds; frame: calls once before the next painting
   */
  constructor({ move, ended, changed, clock = () => performance.now(), frame = (next) => requestAnimationFrame(next) }) {
    this.move = move;
    this.ended = ended;
    this.changed = changed;
    this.clock = clock;
    this.frame = frame;
    this.rate = 60;
    this.playing = false;
    this.turn = 0;
  }

  /** @param {number} from seconds @param {() => number} end where it stops; asked at every frame, since now moves */
  start(from, end) {
    this.at = from;
    this.end = end;
    this.base(from);
    this.playing = true;
    const turn = ++this.turn;
    const next = () => {
      if (turn !== this.turn) return;
      this.tick();
      if (this.playing) this.frame(next);
    };
    this.frame(next);
    this.changed();
  }

  stop() {
    if (!this.playing) return;
    this.playing = false;
    this.turn++;
    this.changed();
  }

  /** @param {number} rate seconds of the picture for each second */
  setRate(rate) {
    if (this.playing) this.base(this.exactly(this.clock()));
    this.rate = rate;
  }

  /** From here on time is counted. @param {number} at */
  base(at) {
    this.from = at;
    this.since = this.last = this.clock();
  }

  /** @param {number} clock ms @returns {number} seconds, with their parts */
  exactly(clock) {
    return /** @type {number} */ (this.from) + ((clock - /** @type {number} */ (this.since)) / 1000) * this.rate;
  }

  tick() {
    const clock = this.clock();
    const last = /** @type {number} */ (this.last);
    if (clock - last > LONGEST_GAP_MS) this.base(this.exactly(last));
    this.last = clock;
    const end = this.end?.() ?? Infinity;
    const before = /** @type {number} */ (this.at);
    const at = Math.max(before, Math.min(end, Math.floor(this.exactly(clock))));
    if (at !== before) {
      this.at = at;
      this.move(at, before);
    }
    if (at >= end && this.playing) {
      this.stop();
      this.ended(at);
    }
  }
}
