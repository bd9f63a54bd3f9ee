/** A layer of picture tiles that come from anywhere, are dimmed or turned for the night once as they are drawn, and tell when they fail. */

/** @typedef {(z: number, x: number, y: number, signal: AbortSignal) => Promise<Blob|null>} Fetch null: there is no tile */

/** How many are under way at once: a slow tile server must leave the page lines to its own. */
const MOST_AT_ONCE = 4;
/** So many failures in a row, and the source counts as failing. */
const PATIENCE = 3;
const TILE_PX = 256;

export class Tiles extends L.GridLayer {
  /** @param {{fetch: Fetch, filter: () => string, failed: (error: Error) => void, options: L.GridLayerOptions}} given
   *   filter: CSS filter of the pictures, asked for each; failed: called once */
  constructor({ fetch, filter, failed, options }) {
    super({ ...options, tileSize: TILE_PX, className: 'base-tiles' });
    this.fetch = fetch;
    this.filter = filter;
    this.failed = failed;
    this.failures = 0;
    this.running = 0;
    /** @type {(() => Promise<void>)[]} */
    this.waiting = [];
    /** @type {WeakMap<HTMLElement, AbortController>} */
    this.aborts = new WeakMap();
    this.on('tileunload', (event) => this.aborts.get(/** @type {any} */ (event).tile)?.abort());
  }

  /** @override @param {L.Coords} coords @param {L.DoneCallback} done */
  createTile(coords, done) {
    const canvas = document.createElement('canvas');
    const abort = new AbortController();
    this.aborts.set(canvas, abort);
    this.waiting.push(() => this.draw(canvas, coords, abort.signal, done));
    this.next();
    return canvas;
  }

  next() {
    while (this.running < MOST_AT_ONCE && this.waiting.length) {
      this.running++;
      void this.waiting.shift()?.().finally(() => {
        this.running--;
        this.next();
      });
    }
  }

  /** @param {HTMLCanvasElement} canvas @param {L.Coords} coords @param {AbortSignal} signal @param {L.DoneCallback} done */
  async draw(canvas, { z, x, y }, signal, done) {
    if (signal.aborted) return;
    try {
      const blob = await this.fetch(z, x, y, signal);
      if (blob) {
        const picture = await createImageBitmap(blob);
        canvas.width = picture.width;
        canvas.height = picture.height;
        const g = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
        g.filter = this.filter();
        g.drawImage(picture, 0, 0);
        picture.close();
      }
      this.failures = 0;
      done(undefined, canvas);
    } catch (error) {
      if (signal.aborted) return;
      this.failures++;
      if (this.failures === PATIENCE) this.failed(/** @type {Error} */ (error));
      done(/** @type {Error} */ (error), canvas);
    }
  }
}
