/**
 * What a link into an exercise brought besides its time: filters that make sense at its moment. They go when the page
 * goes to now, unless the person changed them: hidden then, a fire would be missed.
 *
 * @typedef {import('../engine/view.js').View} View
 * @typedef {'hazard'|'status'|'district'} Name
 */

/** The address's parameter: the names of these filters. */
export const OPENING = 'opening';
const NAMES = /** @type {Name[]} */ (['hazard', 'status', 'district']);

export class Opening {
  /** @param {import('../engine/view.js').ViewStore} store as the address made it @param {string} query the address's */
  constructor(store, query) {
    this.store = store;
    const told = (new URLSearchParams(query).get(OPENING) ?? '').split(',');
    this.brought = new Map(NAMES.filter((name) => told.includes(name)).map((name) => [name, store.get()[name].join()]));
  }

  /** @returns {Name[]} the filters that are still as the link brought them */
  kept() {
    const view = this.store.get();
    return [...this.brought.keys()].filter((name) => view[name].length && view[name].join() === this.brought.get(name));
  }

  /** @returns {string} its part of the address */
  address() {
    const kept = this.kept();
    return kept.length ? `${OPENING}=${kept.join()}` : '';
  }

  /** @returns {Partial<View>} the change that takes these filters away */
  dropped() {
    return Object.fromEntries(this.kept().map((name) => [name, []]));
  }
}
