/**
 * A small card beside the mouse that says what lies there: at once what the arrays know (how many, which level), and the
 * name as soon as the mouse rests.
 */
import { byId, make, symbol } from './elements.js';
import { titleOf } from './list.js';
import { number, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {{hits: {layer: string, row: number}[], cell: {n: number, worst: any}|null, at: {x: number, y: number}|null}} Told */

/** A name is asked for when the mouse has not moved on for so long. */
const REST_MS = 60;
const BESIDE_PX = 14;

export class Hover {
  /** @param {Engine} engine */
  constructor(engine) {
    this.engine = engine;
    this.card = byId('hover');
    /** @type {Told|null} */
    this.told = null;
    this.frame = 0;
    /** @type {number|undefined} */
    this.resting = undefined;
    engine.on('hover', (told) => this.over(told));
    engine.on('picked', () => this.over({ hits: [], cell: null, at: null }));
  }

  /** @param {Told} told */
  over(told) {
    this.told = told;
    clearTimeout(this.resting);
    this.frame ||= requestAnimationFrame(() => {
      this.frame = 0;
      this.show();
    });
    const [first] = told.hits;
    if (first && !this.known(first)) this.resting = setTimeout(() => this.name(first), REST_MS);
  }

  /** @param {{layer: string, row: number}} key */
  known({ layer, row }) {
    return this.engine.remembered(layer, row);
  }

  /** @param {{layer: string, row: number}} key */
  async name(key) {
    try {
      await this.engine.features(key.layer, [key.row]);
    } catch {
      return; // the card stays without a name
    }
    const first = this.told?.hits[0];
    if (first?.layer === key.layer && first.row === key.row) this.show();
  }

  show() {
    const { hits, cell, at } = this.told ?? { hits: [], cell: null, at: null };
    this.card.hidden = at === null || (!cell && !hits.length);
    if (this.card.hidden || !at) return;
    this.card.style.left = '0';
    this.card.replaceChildren(...(cell ? this.ofCell(cell) : this.ofHits(hits)));
    const size = this.engine.map.getSize();
    const { offsetWidth: width, offsetHeight: height } = this.card;
    const x = at.x + BESIDE_PX + width > size.x ? at.x - BESIDE_PX - width : at.x + BESIDE_PX;
    const y = Math.max(4, Math.min(size.y - height - 4, at.y + BESIDE_PX));
    this.card.style.left = `${Math.round(x)}px`;
    this.card.style.top = `${Math.round(y)}px`;
  }

  /** @param {{n: number, worst: any}} cell */
  ofCell({ n, worst }) {
    if (!worst) return [make('span', {}, t('hover_hexagon', { n: number(n) }))];
    return [symbol(worst, 14), make('span', {}, t('hover_cell', { n: number(n), worst: said(worst.label) }))];
  }

  /** @param {{layer: string, row: number}[]} hits */
  ofHits(hits) {
    const [first] = hits;
    const answer = this.engine.answers.get(first.layer);
    const style = answer && this.engine.points.symbolOf(answer, answer.columns.placeOf(first.row));
    const feature = this.known(first);
    const words = [style ? said(style.label) : '', feature ? titleOf(feature) : answer ? said(answer.layer.title) : ''];
    return [
      ...(style ? [symbol(style, 14)] : []),
      make('span', { class: 'name' }, words.filter(Boolean).join(' · ')),
      ...(hits.length > 1 ? [make('b', {}, t('hover_more', { n: number(hits.length) }))] : []),
    ];
  }
}
