/**
 * Drawing with the pointer or the keyboard: the points of one rectangle, circle, polygon or path. While it goes on the map
 * does not look for features. Esc cancels, Enter or a double click finishes, Backspace takes the last point back; Space
 * puts a point at the middle of the map, which the arrow keys move.
 */

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {[number, number]} Point longitude, latitude */
/** @typedef {'box'|'circle'|'polygon'|'distance'|'surface'} Kind */

const DRAGGED_PX = 5;
const SAME_PX = 4;
const FIRST_PX = 10;

export class Sketch {
  /**
   * @param {Engine} engine @param {Kind} kind
   * @param {{change: (points: Point[]) => void, done: (points: Point[]) => boolean, cancel: () => void}} tool
   *   change: the points so far and where the pointer is; done: whether they are accepted, else it goes on
   */
  constructor(engine, kind, tool) {
    this.engine = engine;
    this.map = engine.map;
    this.kind = kind;
    this.tool = tool;
    this.corners = kind === 'box' || kind === 'circle';
    /** @type {Point[]} */
    this.points = [];
    /** Where the pointer is. @type {Point|null} */
    this.there = null;
    /** Where the button went down, while it may become a drag. @type {{point: Point, pixel: L.Point}|null} */
    this.pressed = null;
    this.dragged = false;
    this.on = {
      click: (/** @type {any} */ event) => this.click(event),
      dblclick: () => this.finish(),
      mousemove: (/** @type {any} */ event) => this.move(event),
      mousedown: (/** @type {any} */ event) => this.down(event),
      mouseup: (/** @type {any} */ event) => this.up(event),
      move: () => this.changed(),
    };
    this.key = (/** @type {KeyboardEvent} */ event) => this.pressKey(event);
    this.begin();
  }

  begin() {
    const container = this.map.getContainer();
    this.engine.picking = false;
    this.map.doubleClickZoom.disable();
    if (this.corners) this.map.dragging.disable();
    this.map.on(this.on);
    document.addEventListener('keydown', this.key, true);
    container.classList.remove('over-point');
    container.classList.add('drawing');
    container.focus({ preventScroll: true });
    this.changed();
  }

  /** The map is its own again: only after the click that ended the drawing, which is no click on a feature. */
  end() {
    this.map.off(this.on);
    document.removeEventListener('keydown', this.key, true);
    this.map.getContainer().classList.remove('drawing');
    setTimeout(() => {
      if (this.map.getContainer().classList.contains('drawing')) return;
      this.engine.picking = true;
      this.map.doubleClickZoom.enable();
      this.map.dragging.enable();
    });
  }

  cancel() {
    this.end();
    this.tool.cancel();
  }

  finish() {
    if (this.tool.done(this.points)) this.end();
  }

  changed() {
    const begun = this.points.length ? this.points : this.pressed ? [this.pressed.point] : [];
    this.tool.change(begun.length && this.there ? [...begun, this.there] : begun);
  }

  /** @param {any} event */
  down(event) {
    if (this.corners && event.originalEvent.button === 0) this.pressed = { point: pointOf(event.latlng), pixel: event.containerPoint };
  }

  /** @param {any} event */
  up(event) {
    const { pressed } = this;
    this.pressed = null;
    if (!pressed || this.points.length || pressed.pixel.distanceTo(event.containerPoint) < DRAGGED_PX) return;
    this.dragged = true;
    this.points = [pressed.point, pointOf(event.latlng)];
    this.finishOrStartAgain();
  }

  /** @param {any} event */
  move(event) {
    this.there = pointOf(event.latlng);
    this.changed();
  }

  /** @param {any} event */
  click(event) {
    // The click that ends a drag.
    if (this.dragged) this.dragged = false;
    else this.put(pointOf(event.latlng));
  }

  /** @param {Point} point */
  put(point) {
    const pixels = (/** @type {Point} */ [lng, lat]) => this.map.latLngToContainerPoint([lat, lng]);
    const near = (/** @type {Point|undefined} */ other, /** @type {number} */ px) => other !== undefined && pixels(other).distanceTo(pixels(point)) < px;
    if (near(this.points.at(-1), SAME_PX)) return;
    if (!this.corners && this.kind !== 'distance' && this.points.length >= 3 && near(this.points[0], FIRST_PX)) {
      this.finish();
      return;
    }
    this.points.push(point);
    if (this.corners && this.points.length === 2) this.finishOrStartAgain();
    else this.changed();
  }

  finishOrStartAgain() {
    this.finish();
    if (!this.map.getContainer().classList.contains('drawing')) return;
    this.points = [];
    this.changed();
  }

  /** @param {KeyboardEvent} event */
  pressKey(event) {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || (event.key !== 'Escape' && target.closest('input, select, textarea, button, a, summary'))) return;
    if (event.key === 'Escape') this.cancel();
    else if (event.key === 'Enter') this.finish();
    else if (event.key === ' ') this.put(pointOf(this.map.getCenter()));
    else if (event.key === 'Backspace') {
      this.points.pop();
      this.changed();
    } else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  }
}

/** @param {L.LatLng} at @returns {Point} */
const pointOf = (at) => [at.lng, at.lat];
