/** What comes over the wire. */

/** @param {string} address @returns {Promise<Response>} Throws the status where it is none of 200 to 299 */
export async function get(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer;
}

/** @param {Response} answer @param {(share: number) => void} onShare @returns {Promise<Uint8Array>} */
export async function body(answer, onShare) {
  const total = Number(answer.headers.get('x-length') ?? 0);
  const reader = answer.body?.getReader();
  if (!reader) return new Uint8Array(await answer.arrayBuffer());
  const parts = [];
  let length = 0;
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value);
    length += value.length;
    if (total) onShare(Math.min(0.99, length / total));
  }
  const whole = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** What a text search found: four bytes, the least significant first, of the first row's number, then a bit a row. */
const HEAD_BYTES = 4;

/** @param {Response} answer @returns {Promise<import('./answer.js').Found>} */
export async function foundRows(answer) {
  const bytes = await answer.arrayBuffer();
  return { first: new DataView(bytes).getUint32(0, true), bits: new Uint8Array(bytes, HEAD_BYTES) };
}

/** Runs something while nothing else is to be done. @param {() => void} task */
export const whenIdle = (task) => ('requestIdleCallback' in window ? requestIdleCallback(task, { timeout: 5000 }) : setTimeout(task, 1000));
