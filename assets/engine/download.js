/** What comes over the wire. What is wanted first may be begun before there is anybody to take it. */

/** Answers on their way, by address. @type {Map<string, Promise<ArrayBuffer>>} */
const begun = new Map();

/** @param {string} address @returns {Promise<Response>} Throws the status where it is none of 200 to 299 */
export async function get(address) {
  const answer = await fetch(address);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer;
}

/** @param {string|null} realm null: the default one */
const layersAt = (realm) => `/api/layers${realm === null ? '' : `?realm=${encodeURIComponent(realm)}`}`;

/** Begins the downloads that every page makes, while the page is still being put together. @param {string|null} realm null: the default one */
export async function begin(realm) {
  const layers = parsed(await beginOne(layersAt(realm)));
  for (const { points, cells } of layers) {
    for (const address of cells ? [`${cells}&part=kinds`, `${cells}&part=open`] : points ? [points] : []) void beginOne(address);
  }
}

/** @param {string} address @returns {Promise<ArrayBuffer>} */
function beginOne(address) {
  const bytes = get(address).then((answer) => answer.arrayBuffer());
  bytes.catch(() => {}); // whoever takes it is told
  begun.set(address, bytes);
  return bytes;
}

/** @param {string} address @returns {Promise<ArrayBuffer>|undefined} what was begun there, once */
function taken(address) {
  const bytes = begun.get(address);
  begun.delete(address);
  return bytes;
}

/** @param {ArrayBuffer} bytes */
const parsed = (bytes) => JSON.parse(new TextDecoder().decode(bytes));

/** @param {string|null} realm as it was begun @returns {Promise<any[]|null>} all layers; null where they were not begun or did not come */
export async function layersBegun(realm) {
  try {
    const bytes = await taken(layersAt(realm));
    return bytes ? parsed(bytes) : null;
  } catch {
    return null;
  }
}

/** @param {string} address @param {(share: number) => void} onShare @returns {Promise<Uint8Array>} */
export async function download(address, onShare) {
  const bytes = await taken(address);
  return bytes ? new Uint8Array(bytes) : body(await get(address), onShare);
}

/** @param {Response} answer @param {(share: number) => void} onShare @returns {Promise<Uint8Array>} */
async function body(answer, onShare) {
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
export const foundRows = async (answer) => rowsOf(new Uint8Array(await answer.arrayBuffer()));

/** @param {Uint8Array} bytes @returns {import('./answer.js').Found} */
export const rowsOf = (bytes) => ({ first: new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true), bits: bytes.subarray(HEAD_BYTES) });

/** Runs something while nothing else is to be done. @param {() => void} task */
export const whenIdle = (task) => ('requestIdleCallback' in window ? requestIdleCallback(task, { timeout: 5000 }) : setTimeout(task, 1000));
