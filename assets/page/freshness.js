/** How fresh a layer is: when its newest version was recorded. */
import { UNBOUNDED_START } from '../engine/time.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */

/** @type {WeakMap<object, {generation: number, at: number}>} */
const known = new WeakMap();

/** @param {Engine} engine @param {string} id @returns {number} seconds since 2000; UNBOUNDED_START where nothing was recorded */
export function lastRecorded(engine, id) {
  const columns = engine.answers.get(id)?.columns;
  if (!columns) return UNBOUNDED_START;
  const have = known.get(columns);
  if (have?.generation === columns.generation) return have.at;
  let at = UNBOUNDED_START;
  for (let i = 0; i < columns.n; i++) if (columns.r0[i] > at) at = columns.r0[i];
  known.set(columns, { generation: columns.generation, at });
  return at;
}
