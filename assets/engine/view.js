/**
 * The View in the browser: the same question and the same text form as `emmap/view.py`.
 *
 * @typedef {object} View
 * @property {string|null} realm
 * @property {string[]|null} layers ids; null: all
 * @property {[number, number, number, number]|null} bbox west, south, east, north
 * @property {string|null} area its text form, see `area.js`; what is selected on the map, which binds nothing else on the page
 * @property {string[]} hazard
 * @property {number[]} severity
 * @property {string[]} status
 * @property {string[]} district
 * @property {string} q
 * @property {number|null} at T, seconds since 2000; null: now
 * @property {number|'at'|null} known_at K; null: what is known now; 'at': K = T
 * @property {Record<string, string[]>} fields wanted values by declared field
 */
import { formatArea, parseArea } from './area.js';
import { fromRfc3339, toRfc3339 } from './time.js';

const LONGEST_TEXT = 200;

/** @returns {View} */
export const emptyView = () => ({
  realm: null, layers: null, bbox: null, area: null, hazard: [], severity: [], status: [], district: [], q: '', at: null,
  known_at: null, fields: {},
});

/** @param {any[]} layers as /api/layers lists them @param {string} name */
const codesOf = (layers, name) =>
  new Set(
    layers
      .flatMap((layer) => layer.fields)
      .filter((field) => field.name === name)
      .flatMap((field) => field.choices.map((/** @type {any} */ choice) => choice.code)),
  );

/**
 * A View from its text form. What cannot be read is dropped and named in `notes`; the rest survives.
 * @param {string} query
 * @param {any[]} layers as /api/layers lists them
 * @param {string[]} [ignore] parameters that belong to the page
 * @returns {{view: View, notes: {name: string, value: string}[]}}
 */
export function parseView(query, layers, ignore = []) {
  const given = new Map();
  for (const [name, value] of new URLSearchParams(query)) {
    if (!ignore.includes(name)) given.set(name, [...(given.get(name) || []), value]);
  }
  const view = emptyView();
  const notes = [];
  for (const [name, values] of given) {
    try {
      read(view, name, values, layers);
    } catch {
      notes.push({ name, value: values[values.length - 1].slice(0, 60) });
    }
  }
  return { view, notes };
}

/** @param {boolean} good */
function check(good) {
  if (!good) throw new Error('malformed');
}

/** @param {string} text @returns {number} a decimal number; NaN where it is none */
const number = (text) => (/^\s*[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?\s*$/i.test(text) ? Number(text) : NaN);

/** @param {View} view @param {string} name @param {string[]} values @param {any[]} layers */
function read(view, name, values, layers) {
  const last = values[values.length - 1];
  const items = [...new Set(values.flatMap((value) => value.split(',')).filter(Boolean))];
  const all = (/** @type {Set<string>} */ codes) => check(items.every((item) => codes.has(item)));
  switch (name) {
    case 'realm':
      check(/^[a-z][a-z0-9_]{0,40}$/.test(last));
      view.realm = last;
      return;
    case 'layers':
      all(new Set(layers.map((layer) => layer.id)));
      view.layers = items;
      return;
    case 'bbox': {
      const [w, s, e, n, ...more] = last.split(',').map(number);
      check(more.length === 0 && -180 <= w && w <= e && e <= 180 && -90 <= s && s <= n && n <= 90);
      view.bbox = [w, s, e, n];
      return;
    }
    case 'area':
      view.area = formatArea(parseArea(last, districtCodes));
      return;
    case 'hazard':
      all(codesOf(layers, 'hazards'));
      view.hazard = items;
      return;
    case 'severity': {
      const wanted = new Set();
      for (const part of values.flatMap((value) => value.split(','))) {
        const found = /^([0-4])(?:\.\.([0-4]))?$/.exec(part);
        check(found !== null && Number(found[1]) <= Number(found[2] ?? found[1]));
        for (let n = Number(found?.[1]); n <= Number(found?.[2] ?? found?.[1]); n++) wanted.add(n);
      }
      view.severity = [...wanted].sort();
      return;
    }
    case 'status':
      all(codesOf(layers, 'status'));
      view.status = items;
      return;
    case 'district':
      all(districtCodes);
      view.district = items;
      return;
    case 'q':
      check([...last.trim()].length <= LONGEST_TEXT);
      view.q = last.trim();
      return;
    case 'at':
    case 'known_at': {
      if (name === 'known_at' && last === 'at') {
        view.known_at = 'at';
        return;
      }
      const at = fromRfc3339(last);
      check(!Number.isNaN(at));
      view[name] = at;
      return;
    }
    default: {
      const fields = layers.flatMap((layer) => layer.fields).filter((field) => field.name === name && field.filtered);
      check(fields.length > 0);
      const codes = codesOf(layers, name);
      if (codes.size) all(codes);
      view.fields[name] = codes.size ? items : [...new Set(values)];
    }
  }
}

/** The districts that the page knows; set once at the start. @type {Set<string>} */
export const districtCodes = new Set();

/** @param {View} view @returns {string} its text form */
export function formatView(view) {
  /** @type {[string, string][]} */
  const pairs = [];
  if (view.realm) pairs.push(['realm', view.realm]);
  if (view.layers) pairs.push(['layers', view.layers.join(',')]);
  if (view.bbox) pairs.push(['bbox', view.bbox.map((n) => String(Number(n.toFixed(6)))).join(',')]);
  if (view.area) pairs.push(['area', view.area]);
  if (view.hazard.length) pairs.push(['hazard', view.hazard.join(',')]);
  if (view.severity.length) pairs.push(['severity', view.severity.join(',')]);
  if (view.status.length) pairs.push(['status', view.status.join(',')]);
  if (view.district.length) pairs.push(['district', view.district.join(',')]);
  if (view.q) pairs.push(['q', view.q]);
  if (view.at !== null) pairs.push(['at', toRfc3339(view.at)]);
  if (view.known_at !== null) pairs.push(['known_at', view.known_at === 'at' ? 'at' : toRfc3339(view.known_at)]);
  for (const name of Object.keys(view.fields).sort()) {
    for (const value of view.fields[name]) pairs.push([name, value]);
  }
  return pairs.map(([name, value]) => `${name}=${encode(value)}`).join('&');
}

/** @param {string} text */
const encode = (text) => encodeURIComponent(text).replace(/%2C/g, ',').replace(/%3A/g, ':');

/**
 * Owns the View and the address. `set` while something moves replaces the entry; at rest it makes a new one, so that
 * the back button undoes.
 */
export class ViewStore {
  /** @param {View} view @param {() => string} extra the page's own parameters, as text */
  constructor(view, extra = () => '') {
    this.view = view;
    this.extra = extra;
    /** @type {Set<(view: View, before: View) => void>} */
    this.listeners = new Set();
  }

  get() {
    return this.view;
  }

  /** @param {Partial<View>} patch @param {{rest?: boolean}} [how] rest: a new entry for the back button */
  set(patch, { rest = true } = {}) {
    const before = this.view;
    this.view = { ...before, ...patch };
    if (rest) this.write('pushState');
    this.listeners.forEach((listener) => listener(this.view, before));
  }

  /** @param {'pushState'|'replaceState'} how */
  write(how) {
    const query = [formatView(this.view), this.extra()].filter(Boolean).join('&');
    const address = `${location.pathname}${query ? '?' + query : ''}`;
    if (address !== location.pathname + location.search) history[how](null, '', address);
  }

  /** @param {(view: View, before: View) => void} listener @returns {() => void} */
  subscribe(listener) {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

/**
 * The filters that bind a layer: a filter binds the layers that declare the field; a status only those that know one
 * of the wanted codes; a district every layer.
 * @param {View} view @param {any} layer
 * @returns {Record<string, (string|number)[]>}
 */
export function bound(view, layer) {
  /** @type {Record<string, (string|number)[]>} */
  const found = {};
  const field = (/** @type {string} */ name) => layer.fields.find((/** @type {any} */ f) => f.name === name);
  if (view.hazard.length && field('hazards')) found.hazards = view.hazard;
  if (view.severity.length && field('severity')) found.severity = view.severity;
  if (view.district.length) found.districts = view.district;
  const status = field('status');
  if (view.status.length && status) {
    const known = view.status.filter((code) => status.choices.some((/** @type {any} */ c) => c.code === code));
    if (known.length) found.status = known;
  }
  for (const [name, wanted] of Object.entries(view.fields)) {
    if (wanted.length && field(name)?.filtered) found[name] = wanted;
  }
  return found;
}
