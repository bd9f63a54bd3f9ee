/* Runs after Leaflet and before the page's modules: keeps every map that is made, by the id of its container,
 * and the functions that map components look up by name. */
(() => {
  /** @type {Map<string, L.Map>} */
  const maps = new Map();
  /** @type {Map<string, ((map: L.Map) => void)[]>} */
  const waiting = new Map();
  window.emmapMaps = {
    /** @param {string} id @returns {Promise<L.Map>} the map of that container, now or as soon as it is made */
    when: (id) =>
      new Promise((resolve) => {
        const map = maps.get(id);
        if (map) resolve(map);
        else waiting.set(id, [...(waiting.get(id) ?? []), resolve]);
      }),
  };
  /** @this {L.Map} */
  function keep() {
    const id = this.getContainer().id;
    maps.set(id, this);
    this.on('unload', () => maps.get(id) === this && maps.delete(id));
    waiting.get(id)?.forEach((resolve) => resolve(this));
    waiting.delete(id);
  }
  L.Map.addInitHook(keep);
  window.emmapFunctions = {
    /** Areas and lines get their colour from their layer's style, all else from the style sheet, by class. */
    shapeStyle: ({ properties: { className, colour } }) => ({ className, color: colour, fillColor: colour, weight: 2 }),
  };
})();
