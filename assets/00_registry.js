/* Runs after Leaflet and before the page's modules: keeps every map that is made, by the id of its container,
 * and the functions that map components look up by name. */
(() => {
  const maps = new Map();
  const waiting = new Map();
  window.emmapMaps = {
    /** @param {string} id @returns {Promise<L.Map>} the map of that container, now or as soon as it is made */
    when: (id) =>
      maps.has(id)
        ? Promise.resolve(maps.get(id))
        : new Promise((resolve) => waiting.set(id, [...(waiting.get(id) || []), resolve])),
  };
  L.Map.addInitHook(function () {
    const id = this.getContainer().id;
    maps.set(id, this);
    this.on('unload', () => maps.get(id) === this && maps.delete(id));
    (waiting.get(id) || []).forEach((resolve) => resolve(this));
    waiting.delete(id);
  });
  window.emmapFunctions = {
    /** Areas and lines get their looks from the style sheet, by class. */
    shapeStyle: (feature) => ({ className: feature.properties.className, weight: 2 }),
  };
})();
