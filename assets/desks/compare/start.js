/** The desk that compares two views: two maps that move together, side by side or under a swipe bar, and what differs. */
import { now, setScenario } from '../../engine/time.js';
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { lang, number, said, t } from '../../page/words.js';
import { askJson } from '../asking.js';
import { openDesk } from '../shell.js';
import { choicesOf, Side } from './side.js';
import { Swipe } from './swipe.js';
import { byDistrict, kindColour, kindName, KINDS, totals, transitions } from './table.js';

const DAY_S = 86_400;
const MOST_MARKED = 5000;
const MOST_LISTED = 50;
/** A map that was moved by us says so within this time. */
const ECHO_MS = 400;

/** @typedef {import('./side.js').Spot} Spot */

class Compare {
  /** @param {import('../shell.js').Desk} desk @param {any[]} layers as /api/layers lists them */
  constructor(desk, layers) {
    this.desk = desk;
    this.layers = layers;
    const asked = new URLSearchParams(location.search);
    this.layer = layers.find((one) => one.id === asked.get('layer')) ?? layers[0];
    this.apart = asked.get('apart') === '1' || !alike(asked.get('left') ?? '', asked.get('right') ?? '');
    this.marking = asked.get('marks') !== '0';
    /** Whether the maps show of the layer only what differs. */
    this.only = asked.get('only') === '1';
    const given = {
      realm: desk.realm, districts: desk.facts.districts, now, ready: () => this.mark(),
      changed: (/** @type {Side} */ side) => this.changed(side), moved: (/** @type {Side} */ side, /** @type {Spot} */ spot) => this.moved(side, spot),
    };
    const before = new Date((now() - DAY_S + 946_684_800 + 8 * 3600) * 1000).toISOString().slice(0, 19);
    this.left = new Side('left', asked.get('left') ?? `at=${before}+08:00`, given);
    this.right = new Side('right', asked.get('right') ?? '', given);
    this.sides = [this.left, this.right];
    this.maps = make('div', { class: 'maps' }, this.left.frame, this.right.frame, this.left.caption, this.right.caption);
    this.swipe = new Swipe(this.maps, asked.get('how') !== 'side', () => this.write());
    this.buttons = make('div', { class: 'tools' });
    this.panel = make('aside', { class: 'panel-right' });
    this.result = make('div', { class: 'result', 'aria-live': 'polite' });
    /** The question that was asked last; an older one's answer is dropped. */
    this.turn = 0;
    /** What was answered to it; null until then. @type {any} */
    this.answer = null;
    this.asking = new AbortController();
    /** When the other map was last told to follow, and which one led. */
    this.toldAt = 0;
    /** @type {Side|null} */
    this.mover = null;
    this.panel.append(this.left.box, this.right.box, this.buttons, this.result);
    desk.main.append(this.maps, this.panel);
    desk.on('language', () => this.say());
    desk.on('theme', () => {
      this.tell();
      this.mark();
    });
    desk.on('back', () => void this.ask());
    this.say();
    void this.ask();
  }

  say() {
    for (const side of this.sides) side.say(this.layer);
    this.swipe.say();
    const layer = make('select', { id: 'compare-layer' }, ...this.layers.map((one) => new Option(said(one.title), one.id, false, one.id === this.layer.id)));
    layer.addEventListener('change', () => {
      this.layer = this.layers.find((one) => one.id === layer.value);
      this.say();
      this.write();
      void this.ask();
    });
    const marks = this.check('compare_marks', this.marking, (on) => {
      this.marking = on;
      this.write();
      this.mark();
    });
    const only = this.check('compare_only', this.only, (on) => {
      this.only = on;
      this.write();
      this.mark();
    });
    const apart = this.check('compare_apart', this.apart, (on) => {
      this.apart = on;
      if (!on) this.follow(this.left);
      this.write();
    });
    const swap = make('button', { class: 'plain' }, t('compare_swap'));
    swap.addEventListener('click', () => {
      [this.left.view, this.right.view] = [this.right.view, this.left.view];
      this.changed(null);
    });
    this.buttons.replaceChildren(make('label', {}, make('span', {}, t('compare_layer')), layer), apart, only, marks, this.swipe.button, swap);
    this.tell();
  }

  /** @param {string} word @param {boolean} on @param {(on: boolean) => void} turned */
  check(word, on, turned) {
    const box = make('input', { type: 'checkbox', checked: on });
    box.addEventListener('change', () => turned(box.checked));
    return make('label', { class: 'check' }, box, make('span', {}, t(word)));
  }

  /** The other side takes a side's filters over. @param {Side} side */
  follow(side) {
    const other = side === this.left ? this.right : this.left;
    for (const name of ['district', 'severity', 'status']) other.set(name, side.view.get(name) ?? '');
    other.show();
    other.say(this.layer);
  }

  /** @param {Side|null} side null: both */
  changed(side) {
    if (side && !this.apart) this.follow(side);
    for (const one of this.sides) {
      one.say(this.layer);
      one.show();
    }
    this.write();
    void this.ask();
  }

  /** One map moved: the other follows. @param {Side} side @param {Spot} spot */
  moved(side, spot) {
    const { left, right } = this;
    for (const one of this.sides) one.view.set('bbox', /** @type {any} */ (spot).bbox.join(','));
    this.write();
    if (performance.now() - this.toldAt < ECHO_MS && this.mover !== side) return;
    this.mover = side;
    this.toldAt = performance.now();
    (side === left ? right : left).tell({ emmap: 'go', lat: spot.lat, lon: spot.lon, zoom: spot.zoom });
  }

  /** The address is the comparison. */
  write() {
    const address = new URL(location.href);
    const given = { left: this.left.view.toString(), right: this.right.view.toString(), layer: this.layer.id, how: this.swipe.on ? 'swipe' : 'side', realm: this.desk.realm };
    for (const [name, value] of Object.entries(given)) address.searchParams.set(name, value);
    for (const [name, on] of Object.entries({ apart: this.apart, only: this.only, marks: !this.marking })) {
      if (on) address.searchParams.set(name, name === 'marks' ? '0' : '1');
      else address.searchParams.delete(name);
    }
    history.replaceState(history.state, '', address);
  }

  /** What is asked of the differences, and in which form it is to come. @param {Record<string, string>} [form] */
  question(form = {}) {
    return { realm: this.desk.realm, query: { left: this.left.question(), right: this.right.question(), ...form } };
  }

  async ask() {
    const turn = ++this.turn;
    this.asking.abort();
    this.asking = new AbortController();
    const { signal } = this.asking;
    this.answer = null;
    this.tell();
    this.mark();
    const waited = this.wait();
    const path = `/api/layers/${this.layer.id}/differences`;
    try {
      const found = await askJson(`${path}?by=district&by=status&by=severity`, { ...this.question({ limit: String(MOST_MARKED), versions: 'true' }), signal });
      const numbers = found.rows.slice(0, MOST_LISTED).map((/** @type {any} */ one) => one.after ?? one.before).join(',');
      const named = numbers ? await askJson(`/api/layers/${this.layer.id}/rows`, { realm: this.desk.realm, query: { row: numbers, geometry: 'true' }, signal }) : { rows: [] };
      this.answer = { found, features: new Map(named.rows.map((/** @type {any} */ one) => [one.id, one])) };
    } catch (error) {
      if (turn !== this.turn) return;
      this.answer = { error: /** @type {Error} */ (error) };
      note(() => t('compare_failed', { why: /** @type {Error} */ (error).message }), 'error');
    } finally {
      clearInterval(waited);
    }
    this.tell();
    this.mark();
  }

  /** Says how long the answer has been waited for. @returns {ReturnType<typeof setInterval>} */
  wait() {
    const begun = performance.now();
    return setInterval(() => {
      const said = this.result.querySelector('.waiting');
      if (said) said.textContent = t('compare_waited', { n: Math.round((performance.now() - begun) / 1000) });
    }, 1000);
  }

  /** The panel says what differs. */
  tell() {
    const { answer, result } = this;
    if (!answer) {
      result.replaceChildren(make('p', { class: 'waiting' }, t('compare_waiting')), make('progress', { 'aria-label': t('compare_waiting') }));
      return;
    }
    if (answer.error) {
      const again = make('button', { class: 'plain' }, t('compare_again'));
      again.addEventListener('click', () => void this.ask());
      result.replaceChildren(make('p', { class: 'refusal', role: 'alert' }, t('compare_failed', { why: answer.error.message })), again);
      return;
    }
    const { found } = answer;
    const all = KINDS.reduce((sum, kind) => sum + found.totals[kind], 0);
    const name = (/** @type {string} */ field) => {
      const words = new Map(choicesOf(this.layer, field));
      return (/** @type {any} */ code) => (code === null ? t('unknown') : (words.get(String(code)) ?? String(code)));
    };
    const counted = (/** @type {string} */ by) => found.counts.filter((/** @type {any} */ one) => by in one);
    const parts = [
      make('h3', {}, `${t('compare_title')} · ${said(this.layer.title)}`),
      totals(found.totals, found.apart),
      found.ended ? make('p', { class: 'muted' }, t('compare_ended', { n: number(found.ended) })) : null,
      ...(all === 0 ? [make('p', { class: 'muted' }, t('compare_none'))] : [
        transitions(counted('status_before'), 'status', name('status'), found.apart),
        transitions(counted('severity_before'), 'severity', name('severity'), found.apart),
        byDistrict(counted('district'), this.desk.facts.districts, found.apart),
        this.files(),
        all > found.rows.length ? make('p', { class: 'muted' }, t('compare_many', { n: number(found.rows.length), all: number(all) })) : null,
        make('h3', {}, t('compare_list', { n: number(Math.min(MOST_LISTED, all)) })),
        make('ul', { class: 'rows' }, ...found.rows.slice(0, MOST_LISTED).map((/** @type {any} */ row) => this.item(row))),
      ]),
    ];
    result.replaceChildren(...parts.filter((one) => one !== null));
  }

  /** @param {any} row */
  item(row) {
    const feature = this.answer.features.get(row.id);
    const place = feature?.geometry && first(feature.geometry.coordinates);
    const kind = make('span', { class: 'tag' }, kindName(row.kind, this.answer.found.apart));
    kind.style.setProperty('--kind', kindColour(row.kind));
    const button = make('button', { disabled: !place }, kind, make('span', {}, feature?.properties.title ?? row.id));
    button.addEventListener('click', () => this.sides.forEach((side) => side.tell({ emmap: 'show', lon: place[0], lat: place[1], name: feature.properties.title })));
    return make('li', {}, button);
  }

  /** Links to everything that differs, as files. */
  files() {
    const link = (/** @type {string} */ form) => {
      const address = new URL(`/api/layers/${this.layer.id}/differences`, location.href);
      const { realm, query } = this.question({ as: form, lang: lang() });
      for (const [name, value] of Object.entries({ realm, ...query })) address.searchParams.set(name, value);
      return make('a', { class: 'plain', href: address.href, download: true }, t(`compare_${form}`));
    };
    return make('p', { class: 'files' }, make('span', {}, t('compare_save')), link('csv'), link('geojson'));
  }

  /** Both maps show what differs: rings around it, and of the layer nothing else where that is wanted. */
  mark() {
    const found = this.answer?.found;
    const rows = this.marking && found ? found.rows : [];
    for (const side of this.sides) {
      const end = side === this.left ? 'before' : 'after';
      const marks = KINDS.map((kind) => ({ kind, colour: kindColour(kind), rows: rows.filter((/** @type {any} */ one) => one.kind === kind && one[end] !== null).map((/** @type {any} */ one) => one[end]) }));
      const only = this.only && found ? Uint8Array.from(atob(found.versions[side.name]), (one) => one.charCodeAt(0)) : null;
      side.tell({ emmap: 'mark', layer: this.layer.id, marks, only });
    }
  }
}

/** @param {string} left @param {string} right @returns {boolean} whether two views have the same filters */
function alike(left, right) {
  const filters = (/** @type {string} */ query) => {
    const view = new URLSearchParams(query);
    return ['district', 'severity', 'status'].map((name) => view.get(name) ?? '').join('|');
  };
  return filters(left) === filters(right);
}

/** @param {any} coordinates of GeoJSON @returns {[number, number]} its first position */
const first = (coordinates) => (typeof coordinates[0] === 'number' ? coordinates : first(coordinates[0]));

openDesk(async (desk) => {
  const [layers, status] = await Promise.all(['/api/layers', '/api/status'].map((path) => askJson(path, { realm: desk.realm })));
  setScenario(status.clock);
  new Compare(desk, layers);
});
