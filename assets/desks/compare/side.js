/** One of the two views that are compared: its map in a frame, and the fields that change it. */
import { fromRfc3339, full } from '../../engine/time.js';
import { make, write } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { lang, said, t } from '../../page/words.js';
import { typed } from '../typed.js';

/** Filters that have a field here; others of the address stay as they are. */
const CHOSEN = /** @type {const} */ (['district', 'severity', 'status']);
/** What of an address is no filter. */
const FRAME_ONLY = ['realm', 'bbox', 'area', 'lang', 'open', 'embed', 'opening', 'at', 'known_at', 'layers', ...CHOSEN];

/** @typedef {{lat: number, lon: number, zoom: number}} Spot */

export class Side {
  /**
   * @param {'left'|'right'} name @param {string} query the view, as the page's address writes it
   * @param {{realm: string, districts: any[], now: () => number, ready: () => void, changed: (side: Side) => void, moved: (side: Side, spot: Spot) => void}} given
   */
  constructor(name, query, given) {
    this.name = name;
    this.given = given;
    this.view = new URLSearchParams(query);
    for (const one of ['realm', 'lang', 'open', 'embed', 'area']) this.view.delete(one);
    this.lang = lang();
    this.ready = false;
    /** @type {any[]} */
    this.waiting = [];
    this.frame = make('iframe', { class: `map ${name}`, src: `/?${this.address({ embed: '1' })}` });
    this.time = this.text('compare_time');
    this.known = make('select', {});
    this.knownAt = this.text('compare_known_at');
    /** @type {Record<string, HTMLSelectElement>} */
    this.filters = Object.fromEntries(CHOSEN.map((one) => [one, make('select', {})]));
    this.others = make('p', { class: 'muted', hidden: true });
    this.link = make('a', { class: 'plain' });
    this.title = make('h2');
    /** What lies over the map. */
    this.caption = make('div', { class: `caption ${name}` });
    this.box = make('fieldset', { class: `side ${name}` });
    this.known.addEventListener('change', () => this.chooseKnown());
    for (const [one, select] of Object.entries(this.filters)) {
      select.addEventListener('change', () => {
        this.set(one, select.value);
        given.changed(this);
      });
    }
    window.addEventListener('message', (event) => {
      if (event.origin !== location.origin || event.source !== this.frame.contentWindow) return;
      if (event.data?.emmap === 'ready') {
        this.ready = true;
        for (const message of this.waiting.splice(0)) this.tell(message);
        given.ready();
      } else if (event.data?.emmap === 'moved') given.moved(this, event.data);
    });
  }

  /** @param {string} word @returns {HTMLInputElement} */
  text(word) {
    const field = make('input', { type: 'text', maxlength: '19', autocomplete: 'off', spellcheck: 'false', placeholder: '2020-05-22 01:12' });
    field.addEventListener('change', () => this.read(word, field));
    return field;
  }

  /** @param {string} name @param {string} value '' takes it away */
  set(name, value) {
    if (value) this.view.set(name, value);
    else this.view.delete(name);
  }

  /** A typed time. @param {string} word @param {HTMLInputElement} field */
  read(word, field) {
    const at = typed(field.value);
    const bad = at === undefined ? 'compare_bad_time' : at !== null && at > this.given.now() && word === 'compare_known_at' ? 'compare_future' : null;
    field.setAttribute('aria-invalid', String(bad !== null));
    if (bad) {
      note(() => t(bad), 'error');
      return;
    }
    this.set(word === 'compare_time' ? 'at' : 'known_at', at === null ? '' : `${full(/** @type {number} */ (at)).replace(' ', 'T')}+08:00`);
    this.given.changed(this);
  }

  chooseKnown() {
    const { value } = this.known;
    if (value === 'fixed') this.set('known_at', this.view.get('at') ?? `${full(this.given.now()).replace(' ', 'T')}+08:00`);
    else this.set('known_at', value === 'then' ? 'at' : '');
    this.given.changed(this);
  }

  /** The view's text. @param {Record<string, string>} [more] @returns {string} */
  address(more = {}) {
    const all = new URLSearchParams(this.view);
    all.set('realm', this.given.realm);
    if (lang() === 'en') all.set('lang', 'en');
    for (const [name, value] of Object.entries(more)) all.set(name, value);
    return all.toString();
  }

  /** What is asked of the differences: all of the city, whatever the map shows. @returns {string} */
  question() {
    const asked = new URLSearchParams(this.view);
    asked.delete('bbox');
    asked.delete('layers');
    return asked.toString();
  }

  /** @param {any} message */
  tell(message) {
    if (this.ready) this.frame.contentWindow?.postMessage(message, location.origin);
    else this.waiting.push(message);
  }

  /** The map shows the view as it is now. */
  show() {
    this.tell({ emmap: 'view', query: this.view.toString() });
    this.link.href = `/?${this.address()}`;
  }

  /** Fields, words and choices anew. @param {any} layer that is compared */
  say(layer) {
    const at = this.view.get('at');
    const known = this.view.get('known_at');
    write(this.title, t(`compare_${this.name}`));
    if (this.lang !== lang()) {
      this.lang = lang();
      this.ready = false;
      this.frame.src = `/?${this.address({ embed: '1' })}`;
    }
    this.frame.title = t(`compare_map_${this.name}`);
    this.time.value = at ? full(fromRfc3339(at)).slice(0, 16) : '';
    this.time.placeholder = t('compare_now');
    const kind = known === null ? 'now' : known === 'at' ? 'then' : 'fixed';
    this.known.replaceChildren(...['now', 'then', 'fixed'].map((one) => new Option(t(`compare_known_${one}`), one, false, one === kind)));
    this.knownAt.value = kind === 'fixed' ? full(fromRfc3339(/** @type {string} */ (known))).slice(0, 16) : '';
    const knownAt = field('compare_known_at', this.knownAt);
    knownAt.hidden = kind !== 'fixed';
    /** @type {Record<string, [string, string][]>} */
    const choices = {
      district: this.given.districts.map((one) => [one.code, said(one)]),
      severity: choicesOf(layer, 'severity'),
      status: choicesOf(layer, 'status'),
    };
    for (const one of CHOSEN) {
      const wanted = this.view.get(one) ?? '';
      const options = choices[one].map(([code, name]) => new Option(name, code, false, code === wanted));
      // What the address names and this field cannot offer (several codes, a range) stays, and says so.
      if (wanted && !choices[one].some(([code]) => code === wanted)) options.unshift(new Option(named(wanted, choices[one]), wanted, false, true));
      this.filters[one].replaceChildren(new Option(t('compare_all'), '', false, !wanted), ...options);
      this.filters[one].disabled = choices[one].length === 0;
    }
    const more = [...this.view].filter(([name]) => !FRAME_ONLY.includes(name)).map(([name, value]) => `${name}=${value}`);
    this.others.hidden = more.length === 0;
    write(this.others, t('compare_other_filters', { what: more.join('，') }));
    write(this.link, t('compare_open'));
    const time = at ? full(fromRfc3339(at)).slice(0, 16) : t('compare_now');
    const knowledge = kind === 'fixed' ? `${t('compare_known_at')} ${this.knownAt.value}` : t(`compare_known_${kind}`);
    const filtered = CHOSEN.map((one) => this.view.get(one) && this.filters[one].selectedOptions[0].text).filter(Boolean);
    write(this.caption, [time, knowledge, ...filtered].join(' · '));
    this.caption.classList.toggle('past', at !== null || kind !== 'now');
    this.box.replaceChildren(
      this.title, field('compare_time', this.time), field('compare_known', this.known), knownAt,
      ...CHOSEN.map((one) => field(`compare_${one}`, this.filters[one])), this.others, this.link,
    );
  }
}

/** @param {string} word @param {HTMLElement} control */
const field = (word, control) => make('label', {}, make('span', {}, t(word)), control);

/** @param {any} layer @param {string} name of a field @returns {[string, string][]} codes and their words */
export const choicesOf = (layer, name) =>
  (layer?.fields.find((/** @type {any} */ one) => one.name === name)?.choices ?? []).map((/** @type {any} */ one) => [String(one.code), said(one)]);

/** Several codes by their names. @param {string} wanted @param {[string, string][]} choices @returns {string} */
const named = (wanted, choices) => wanted.split(',').map((code) => choices.find(([one]) => one === code)?.[1] ?? code).join(t('list_join'));
