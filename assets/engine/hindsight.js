/**
 * Hindsight: what was known of the picture's time later than the picture's K, of all visible layers. It follows T, K,
 * filters and live changes from the arrays, and marks what differs on the map.
 *
 * Compared is what was known at K with what is known now; where the picture itself shows what is known now, with what was
 * known at T.
 */
import { firstKnown, hindsight, KINDS } from './knowledge.js';
import { HindsightMarks } from './hindsight_marks.js';
import { Lineage } from './lineage.js';

/** @typedef {import('./answer.js').Answer} Answer */
/** @typedef {import('./engine.js').Engine} Engine */
/** @typedef {import('./knowledge.js').Differences} Differences */
/** @typedef {import('./knowledge.js').Kind} Kind */
/** A feature that differs; `known`: when that came to be known. @typedef {{answer: Answer, kind: Kind, before: number, after: number, known: number, severity: number}} Found */

export class Hindsight {
  /** @param {Engine} engine @param {(kind: import('./knowledge.js').Kind) => string} word for a mark on an area */
  constructor(engine, word) {
    this.engine = engine;
    this.on = false;
    this.lineage = new Lineage(engine.realm);
    this.marks = new HindsightMarks(engine, word);
    /** What differs, by layer. @type {Differences[]} */
    this.parts = [];
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

  /** @returns {Record<Kind, number> & {ended: number}} ended: of how many only the end came to be known; in the picture they are the same */
  totals() {
    const sum = [0, 0, 0];
    for (const { kinds } of this.parts) for (const kind of kinds) sum[kind]++;
    return { appeared: sum[0], changed: sum[1], gone: sum[2], ended: this.parts.reduce((n, { ended }) => n + ended.length, 0) };
  }

  /** @returns {Found[]} the worst first, then by kind, then what came to be known last */
  list() {
    const found = this.parts.flatMap((part) => {
      const { answer, kinds, before, after } = part;
      const { r1, severity } = answer.columns;
      const known = firstKnown(part, /** @type {import('./lineage.js').Kin} */ (this.lineage.layers.get(answer.layer.id)));
      const level = (/** @type {number} */ i) => (i < 0 ? 0 : severity[i]);
      return kinds.map((kind, k) => ({
        answer, kind: KINDS[kind], order: kind, before: before[k], after: after[k],
        known: KINDS[kind] === 'gone' ? r1[before[k]] : known(after[k]),
        severity: Math.max(level(before[k]), level(after[k])),
      }));
    });
    return found.sort((a, b) => b.severity - a.severity || a.order - b.order || b.known - a.known);
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
    } else this.parts = [];
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
    this.parts = [];
    for (const answer of moment ? this.asked() : []) {
      const kin = this.lineage.layers.get(answer.layer.id);
      if (!moment || !kin) continue;
      const part = hindsight(answer, moment.T, moment.K, kin);
      this.parts.push(part);
      if (part.unknown.length) unknown.set(answer.layer.id, part.unknown);
    }
    this.marks.show(this.parts, this.afterwards);
    return unknown;
  }
}
