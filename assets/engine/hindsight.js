/**
 * Hindsight: what was known of the picture's time later than the picture's K, of all visible layers. It follows T, K,
 * filters and live changes from the arrays, and marks what differs on the map.
 *
 * Compared is what was known at K with what is known now; where the picture itself shows what is known now, with what was
 * known at T.
 */
import { hindsight, KINDS } from './knowledge.js';
import { HindsightMarks } from './hindsight_marks.js';
import { Lineage } from './lineage.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./knowledge.js').Difference} Difference */
/** @typedef {Difference & {kind: import('./knowledge.js').Kind, answer: Answer, severity: number}} Found */

export class Hindsight {
  /** @param {Engine} engine @param {(kind: import('./knowledge.js').Kind) => string} word for a mark on an area */
  constructor(engine, word) {
    this.engine = engine;
    this.on = false;
    this.lineage = new Lineage(engine.realm);
    this.marks = new HindsightMarks(engine, word);
    /** What differs, the worst first. @type {Found[]} */
    this.found = [];
    /** Of how many only the end came to be known: in the picture they are the same, so they are not among what differs. */
    this.ended = 0;
    /** Layers whose rows are not all here. @type {any[]} */
    this.left = [];
    /** Whether what it needs is here. */
    this.ready = false;
    this.turn = 0;
    engine.on('answer', () => void this.refresh());
    engine.on('moving', () => this.look());
    for (const event of ['theme', 'language']) engine.on(event, () => this.marks.draw());
  }

  /** @param {boolean} on */
  set(on) {
    this.on = on;
    if (on) this.marks.addTo(this.engine.map);
    else this.marks.remove();
    this.ready = false;
    void this.refresh();
  }

  /** @returns {{T: number, K: number}|null} the two clocks that are compared; null where both are now */
  moment() {
    const { at, known_at: known } = this.engine.view.get();
    const { now } = this.engine;
    const T = at ?? now;
    const K = typeof known === 'number' ? known : T;
    return K >= now ? null : { T, K };
  }

  /** @returns {boolean} whether the picture shows what is known now, so that marks look back */
  get afterwards() {
    return this.engine.view.get().known_at === null;
  }

  /** @returns {Record<import('./knowledge.js').Kind, number>} */
  totals() {
    const sum = { appeared: 0, changed: 0, gone: 0 };
    for (const { kind } of this.found) sum[kind]++;
    return sum;
  }

  /** Fetches what is not here, looks and tells. */
  async refresh() {
    const turn = ++this.turn;
    if (this.on) {
      try {
        const layers = this.asked().map(({ layer }) => layer);
        await Promise.all([this.engine.data.loadClosed(), ...layers.map((layer) => this.lineage.load(layer))]);
        if (turn !== this.turn) return;
        // Closed rows that came now are not in the answers yet.
        if (this.engine.asked().some((answer) => answer.loads !== answer.columns.loads)) this.engine.draw();
        this.ready = true;
        const unknown = this.look();
        if (unknown.size) {
          await Promise.all([...unknown].map(([id, rows]) => this.lineage.complete(id, rows)));
          if (turn !== this.turn) return;
          this.look();
        }
      } catch (error) {
        this.engine.emit('error', { message: /** @type {Error} */ (error).message });
        return;
      }
    } else this.found = [];
    this.engine.emit('hindsight');
  }

  /** @returns {Answer[]} visible layers whose rows are all here */
  asked() {
    const asked = this.engine.asked();
    // A layer in pieces has only the rows of the place that is looked at.
    const whole = asked.filter(({ layer }) => layer.points && !layer.cells);
    this.left = this.engine.visible().filter((layer) => layer.cells);
    return whole;
  }

  /** Looks again at what is here. @returns {Map<string, number[]>} by layer, rows whose kin is not known */
  look() {
    /** @type {Map<string, number[]>} */
    const unknown = new Map();
    if (!this.on || !this.ready) return unknown;
    const moment = this.moment();
    this.ended = 0;
    /** @type {Found[]} */
    const found = [];
    for (const answer of moment ? this.asked() : []) {
      const kin = this.lineage.layers.get(answer.layer.id);
      if (!moment || !kin) continue;
      const told = hindsight(answer, moment.T, moment.K, kin);
      const { severity } = answer.columns;
      for (const { kind, ...one } of told.differences) {
        if (kind === 'ended') this.ended++;
        else found.push({ ...one, kind, answer, severity: Math.max(one.before < 0 ? 0 : severity[one.before], one.after < 0 ? 0 : severity[one.after]) });
      }
      if (told.unknown.length) unknown.set(answer.layer.id, told.unknown);
    }
    this.found = found.sort((a, b) => b.severity - a.severity || KINDS.indexOf(a.kind) - KINDS.indexOf(b.kind) || b.known - a.known);
    this.marks.show(this.found, this.afterwards);
    return unknown;
  }
}
