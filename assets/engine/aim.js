/** Where the map looks. */
import { extentOf } from './points.js';

/** @typedef {[number, number, number, number]} Extent west, south, east, north, degrees */

export class Aim {
  /** @param {L.Map} map */
  constructor(map) {
    this.map = map;
    /** Whether it still keeps to what it was given. */
    this.held = false;
  }

  /** @returns {Extent} where the map looks, to the metre */
  extent() {
    return extentOf(this.map);
  }

  /**
   * Shows an extent and keeps to it while the page still takes its shape: until somebody acts.
   * @param {Extent} bbox @param {L.FitBoundsOptions} [room] kept free of it, for what lies over the map
   */
  hold(bbox, room) {
    const again = () => this.look(bbox, room);
    const acts = ['pointerdown', 'keydown', 'wheel'];
    const letGo = () => {
      this.held = false;
      this.map.off('resize', again);
      acts.forEach((act) => document.removeEventListener(act, letGo, true));
    };
    this.held = true;
    this.map.on('resize', again);
    acts.forEach((act) => document.addEventListener(act, letGo, { capture: true, passive: true }));
    this.look(bbox, room);
  }

  /** Shows an extent, without a flight. @param {Extent} bbox @param {L.FitBoundsOptions} [room] */
  look([west, south, east, north], room) {
    this.map.fitBounds([[south, west], [north, east]], { animate: false, ...room });
  }
}
