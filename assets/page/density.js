/** 疏密: one layer's points as hexagons that are counted, or as heat, chosen in the legend, and what its colours mean. */
import { DensityLayer } from '../engine/density_layer.js';
import { RAMP } from '../engine/density.js';
import { byId, make } from './elements.js';
import { number, said, t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('../engine/density.js').Form} Form */

/** The address's parameter: layer and form. */
export const DENSITY = 'density';
const FORMS = /** @type {Form[]} */ (['hexagons', 'heat']);
const SIGN = ':';

export class Density {
  /** @param {Engine} engine @param {string} query the address's */
  constructor(engine, query) {
    this.engine = engine;
    this.box = byId('density');
    this.choice = /** @type {HTMLSelectElement} */ (make('select', {}));
    this.name = make('span', {});
    this.steps = make('div', { class: 'density-steps', role: 'status' });
    this.box.replaceChildren(make('label', {}, this.name, this.choice), this.steps);
    this.choice.addEventListener('change', () => this.choose(this.choice.value));
    for (const event of ['answer', 'counted', 'moved', 'language', 'theme']) engine.on(event, () => this.show());
    this.set(new URLSearchParams(query).get(DENSITY) ?? '');
    addEventListener('popstate', () => {
      this.set(new URLSearchParams(location.search).get(DENSITY) ?? '');
      engine.points.draw();
    });
  }

  /** @param {string} text layer and form, '' for none */
  set(text) {
    const [layer, form] = text.split(SIGN);
    const known = this.engine.layers.some(({ id, geometry }) => id === layer && geometry === 'point') && FORMS.find((one) => one === form);
    this.engine.points.density = known ? new DensityLayer(layer, known) : null;
  }

  /** @param {string} text */
  choose(text) {
    this.set(text);
    this.engine.points.draw();
    this.engine.view.write('pushState');
    this.show();
  }

  /** @returns {string} layer and form that are chosen */
  chosen() {
    const { density } = this.engine.points;
    return density ? `${density.layer}${SIGN}${density.form}` : '';
  }

  /** @returns {string} its part of the address */
  address() {
    const chosen = this.chosen();
    return chosen ? `${DENSITY}=${chosen}` : '';
  }

  show() {
    const layers = this.engine.visible().filter(({ geometry }) => geometry === 'point');
    this.box.hidden = !layers.length;
    this.name.textContent = t('density');
    const options = [['', t('density_none')], ...layers.flatMap(({ id, title }) => FORMS.map((form) => [`${id}${SIGN}${form}`, `${said(title)} · ${t(form)}`]))];
    const told = JSON.stringify(options);
    if (this.choice.dataset.told !== told) {
      this.choice.dataset.told = told;
      this.choice.replaceChildren(...options.map(([value, text]) => make('option', { value }, text)));
    }
    this.choice.value = this.chosen();
    const { density } = this.engine.points;
    const shown = density && layers.some(({ id }) => id === density.layer);
    this.steps.replaceChildren(...(shown ? this.meaning(density) : []));
  }

  /** @param {DensityLayer} density @returns {HTMLElement[]} */
  meaning({ form, classes, n, hottest }) {
    if (form === 'heat') {
      const colours = this.engine.points.night ? RAMP.night : RAMP.day;
      const bar = make('span', { class: 'density-bar' });
      bar.style.background = `linear-gradient(to right, ${colours.join(', ')})`;
      return [make('span', { class: 'legend-row' }, t('density_few'), bar, t('density_many')), make('p', { class: 'muted' }, t('density_heat', { n: number(n), most: number(hottest) }))];
    }
    const rows = classes.map(({ from, to, colour, n: some }) => {
      const swatch = make('span', { class: 'density-swatch' });
      swatch.style.background = colour;
      return make('span', { class: 'legend-row' }, swatch, from === to ? number(from) : `${number(from)}–${number(to)}`, make('span', { class: 'n' }, number(some)));
    });
    return [make('div', { class: 'legend-rows' }, ...rows), make('p', { class: 'muted' }, t('density_hexagons', { n: number(n) }))];
  }
}
