/** How a layer's time runs, in words, from the rule that it declares: one for the layer or one for each form. */
import { make } from './elements.js';
import { age, said, t } from './words.js';

/** @typedef {{form: any, name: string, meaning: string}} Rule form: the choice of `form` it is for, or null */

/** @param {any} layer as /api/layers lists it @returns {Rule[]} */
function rulesOf(layer) {
  const rule = (/** @type {string} */ name, /** @type {number|null} */ seconds, /** @type {any} */ form) => ({
    form,
    name: t(`rule_${name}`),
    meaning: t(`rule_${name}_meaning`, { age: age(seconds ?? 0) }),
  });
  if (typeof layer.time_rule === 'string') return [rule(layer.time_rule, layer.shown_for_s, null)];
  const forms = layer.fields.find((/** @type {any} */ field) => field.name === 'form')?.choices ?? [];
  return Object.entries(layer.time_rule).map(([code, name]) =>
    rule(String(name), layer.shown_for_s?.[code] ?? null, forms.find((/** @type {any} */ choice) => choice.code === code) ?? null));
}

/** The rule's short name beside a layer's title, its meaning on hover. @param {any} layer */
export function timeRule(layer) {
  const rules = rulesOf(layer);
  const meaning = rules.map(({ form, name, meaning: words }) => [...(form ? [said(form)] : []), name, words].join(' · ')).join('\n');
  return make('span', { class: 'time-rule', title: meaning }, [...new Set(rules.map(({ name }) => name))].join(' / '));
}

/** What the short names of these layers mean, each once. @param {any[]} layers @returns {string} */
export function timeRulesMean(layers) {
  const all = layers.flatMap(rulesOf).map(({ name, meaning }) => `${name} · ${meaning}`);
  return t('rules', { rules: [...new Set(all)].join(t('sentence_join')) });
}
