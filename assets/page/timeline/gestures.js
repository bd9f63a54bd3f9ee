/** Hands on the plot: the wheel zooms, the axis and the middle button pan, Shift or a mode selects a span. */

/**
 * @typedef {object} Hands x are CSS pixels from the left
 * @property {(factor: number, x: number) => void} zoom
 * @property {(dx: number) => void} pan what lies under the pointer goes along with it
 * @property {(x0: number, x1: number, done: boolean) => void} select
 * @property {() => boolean} selecting whether a plain drag selects
 */

const ZOOM_PER_PIXEL = 0.0015;
const LINE = 33; // pixels of a wheel's line
const SHORTEST_DRAG = 4; // CSS pixels; less is a click

/** @param {HTMLElement} plot @param {HTMLElement} axis @param {Hands} hands */
export function gestures(plot, axis, hands) {
  const place = (/** @type {MouseEvent} */ event) => event.clientX - plot.getBoundingClientRect().left;

  plot.addEventListener('wheel', (event) => {
    event.preventDefault();
    const pixels = event.deltaMode === WheelEvent.DOM_DELTA_LINE ? LINE : 1;
    const [across, along] = event.shiftKey ? [event.deltaY + event.deltaX, 0] : [event.deltaX, event.deltaY];
    if (Math.abs(across) > Math.abs(along)) hands.pan(-across * pixels);
    else if (along) hands.zoom(Math.exp(along * pixels * ZOOM_PER_PIXEL), place(event));
  }, { passive: false });

  plot.addEventListener('pointerdown', (event) => {
    const pans = event.button === 1 || (event.button === 0 && event.target === axis);
    const selects = event.button === 0 && !pans && (event.shiftKey || hands.selecting());
    if (!pans && !selects) return;
    // The slider below must not take it.
    event.preventDefault();
    event.stopPropagation();
    plot.setPointerCapture(event.pointerId);
    const start = place(event);
    let last = start;
    const move = (/** @type {PointerEvent} */ moved) => {
      const x = place(moved);
      if (pans) hands.pan(x - last);
      else if (Math.abs(x - start) >= SHORTEST_DRAG) hands.select(start, x, false);
      last = x;
    };
    const drag = new AbortController();
    const end = (/** @type {PointerEvent} */ ended) => {
      drag.abort();
      const x = place(ended);
      if (selects && ended.type === 'pointerup' && Math.abs(x - start) >= SHORTEST_DRAG) hands.select(start, x, true);
    };
    plot.addEventListener('pointermove', move, { signal: drag.signal });
    plot.addEventListener('pointerup', end, { signal: drag.signal });
    plot.addEventListener('pointercancel', end, { signal: drag.signal });
  }, { capture: true });
}
