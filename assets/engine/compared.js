/** Rings around what a comparison marks: around a disc, or once around the cell that counts it. */
import { cellRadius } from './cells.js';

/**
 * Rows of a layer by kind, in its colour. `only`: nothing else of the layer is shown, rows as the routes tell them; null: all.
 * @typedef {{layer: string, marks: {kind: string, colour: string, rows: number[]}[], only: Uint8Array|null}} Compared
 */

/** CSS pixels between what is marked and its ring; the next kind's ring around the same cell lies outside it. */
const ROOM = 3;

/** @param {import('./points.js').PointsLayer} points @param {Compared} compared */
export function ringCompared(points, { layer, marks }) {
  const rank = points.answers.findIndex((one) => one.layer.id === layer);
  const answer = points.answers[rank];
  if (!answer) return;
  const counting = points.counting?.counting.get(rank);
  const { ox, oy } = points.frame();
  const discs = new Map(points.cells.map((cell) => [points.counting?.at(cell.x - ox, cell.y - oy), { ...cell, kinds: new Set() }]));
  for (const { colour, rows } of marks) {
    for (const row of rows) {
      const i = answer.columns.placeOf(row);
      if (i < 0 || !answer.holds(i)) continue;
      const { x, y } = points.pixelOf(answer.columns, i);
      const cell = points.counting?.at(x, y) ?? 0;
      const disc = counting?.[cell] ? discs.get(cell) : undefined;
      if (!disc) points.ring(layer, row, ROOM, 1, colour);
      else if (!disc.kinds.has(colour)) {
        disc.kinds.add(colour);
        points.circle(disc.x - ox, disc.y - oy, cellRadius(disc) + ROOM * disc.kinds.size, 1, colour);
      }
    }
  }
}
