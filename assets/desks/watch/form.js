/** The form of what is known: a call as it is taken down, by keyboard alone, or an alarm's facts put right. */
import { wall } from '../../engine/time.js';
import { SIGNS, secondsOf } from '../../page/alarm_bar.js';
import { draft, keep } from '../../page/drafts.js';
import { make } from '../../page/elements.js';
import { age, said, t } from '../../page/words.js';
import { askJson } from '../asking.js';
import { newId } from './outbox.js';
import { PlaceField } from './place_field.js';

/** @typedef {import('../../page/room.js').Room} Room */
/** @typedef {import('../../page/room.js').Alarm} Alarm */

const FIRST = ['informant', 'casualties', 'scope', 'measures'];
const MORE = ['occurred_at', 'nature', 'cause', 'losses', 'trend', 'leaders', 'advice'];
const LONG = new Set(['casualties', 'scope', 'measures', 'cause', 'losses', 'trend', 'leaders', 'advice']);
const CALLER = ['name', 'phone', 'unit', 'position'];
const DRAFT = 'call';

export class Form {
  /**
   * @param {Room} room @param {any} lists hazards, districts and the gazetteer's address
   * @param {{alarm?: Alarm, saved: (alarm: any) => void, showPlace: (lon: number, lat: number) => void, showDistrict: (code: string) => void}} given
   * alarm: whose facts are put right; without it a call is taken down
   */
  constructor(room, lists, given) {
    this.room = room;
    this.given = given;
    /** @type {Map<string, HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement>} */
    this.fields = new Map();
    this.failed = make('p', { class: 'failed', role: 'alert' });
    this.near = make('div', { class: 'near', role: 'status' });
    this.place = new PlaceField(lists, (chosen) => this.placed(chosen));
    this.box = make('form', { class: 'watch-form', autocomplete: 'off' });
    this.client_id = newId();
    this.lay(lists);
    this.fill();
    this.box.addEventListener('input', () => this.keep());
    this.box.addEventListener('submit', (event) => {
      event.preventDefault();
      void this.send();
    });
    this.box.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        void this.send();
      }
    });
  }

  /** @param {any} lists */
  lay(lists) {
    const { alarm } = this.given;
    const levels = make('div', { class: 'chips levels', role: 'radiogroup', 'aria-label': t('watch_f_severity') });
    for (let n = 4; n >= 0; n--) {
      levels.append(make('label', { class: `chip level-${n}` }, make('input', { type: 'radio', name: 'severity', value: String(n) }), `${SIGNS[n]} ${t(`level_${n}`)}`));
    }
    const choices = (/** @type {any[]} */ all) => [make('option', { value: '' }, t('watch_choose')), ...all.map((one) => make('option', { value: one.code }, said(one)))];
    const more = make('details', { open: Boolean(alarm) }, make('summary', {}, t('watch_more_fields')), ...MORE.map((name) => this.field(name)));
    this.box.append(
      make('h3', {}, alarm ? t('watch_amend_title', { no: alarm.event_no }) : t('watch_call_title')),
      this.field('title'),
      make('label', { class: 'field' }, make('span', {}, t('watch_f_place')), this.place.box),
      this.near,
      make('div', { class: 'field' }, make('span', {}, t('watch_f_severity')), levels),
      make('div', { class: 'pair' }, this.field('hazard', make('select', { name: 'hazard' }, ...choices(lists.hazards))), this.field('district', make('select', { name: 'district' }, ...choices(lists.districts)))),
      ...(alarm ? [] : [make('div', { class: 'pair' }, this.field('name'), this.field('phone'))]),
      ...FIRST.map((name) => this.field(name)),
      ...(alarm ? [] : [make('div', { class: 'pair' }, this.field('unit'), this.field('position'))]),
      more,
      this.failed,
      make('button', { class: 'primary', type: 'submit' }, t(alarm ? 'watch_save_amend' : 'watch_save_call')),
    );
  }

  /** @param {string} name @param {HTMLInputElement|HTMLTextAreaElement|HTMLSelectElement} [control] */
  field(name, control) {
    const made = control ?? (LONG.has(name) ? make('textarea', { name, rows: '2', maxlength: '2000' }) : make('input', { name, type: name === 'occurred_at' ? 'datetime-local' : name === 'phone' ? 'tel' : 'text', maxlength: name === 'position' || name === 'name' ? '80' : name === 'phone' ? '40' : '200' }));
    this.fields.set(name, made);
    return make('label', { class: 'field' }, make('span', {}, t(`watch_f_${name}`)), made);
  }

  fill() {
    const kept = this.given.alarm ? null : JSON.parse(draft(DRAFT) ?? 'null');
    const facts = this.given.alarm?.facts ?? kept?.facts ?? {};
    if (kept?.client_id) this.client_id = kept.client_id;
    for (const [name, control] of this.fields) {
      const value = CALLER.includes(name) ? kept?.caller?.[name] : facts[name];
      control.value = name === 'occurred_at' && value ? beijing(value) : value ?? '';
    }
    this.place.set(facts);
    const chosen = /** @type {HTMLInputElement|null} */ (this.box.querySelector(`[name="severity"][value="${facts.severity ?? 0}"]`));
    if (chosen) chosen.checked = true;
    if (facts.lon !== undefined && facts.lon !== null && !this.given.alarm) void this.lookNear();
  }

  /** @returns {Record<string, any>} */
  facts() {
    /** @type {Record<string, any>} */
    const facts = { severity: Number(new FormData(this.box).get('severity') ?? 0), place: this.place.input.value.trim(), ...this.place.at };
    for (const [name, control] of this.fields) if (!CALLER.includes(name)) facts[name] = control.value.trim();
    facts.occurred_at = facts.occurred_at ? `${facts.occurred_at}:00+08:00` : null;
    return facts;
  }

  caller() {
    return Object.fromEntries(CALLER.map((name) => [name, this.fields.get(name)?.value.trim() ?? '']));
  }

  keep() {
    if (!this.given.alarm) keep(DRAFT, JSON.stringify({ client_id: this.client_id, facts: this.facts(), caller: this.caller() }));
  }

  focus() {
    this.fields.get('title')?.focus();
  }

  /** @param {import('./place_field.js').Chosen} chosen */
  placed(chosen) {
    const district = this.fields.get('district');
    if (district) district.value = chosen.district; // a point's district is found by the server
    if (chosen.lon !== null && chosen.lat !== null) this.given.showPlace(chosen.lon, chosen.lat);
    else if (chosen.district) this.given.showDistrict(chosen.district);
    this.keep();
    void this.lookNear();
  }

  /** What is open near by may be the same. */
  async lookNear() {
    const { lon, lat } = this.place.at;
    this.near.replaceChildren();
    if (lon === null || lat === null || this.given.alarm) return;
    const found = await askJson('/api/watch/near', { realm: this.room.realm, query: { lon, lat } }).catch(() => []);
    if (!found.length) return;
    this.near.replaceChildren(
      make('b', {}, t('watch_near')),
      ...found.map((/** @type {any} */ one) => make('div', {}, `${one.event_no} ${one.facts.title} · ${t('watch_metres', { n: one.metres })} · ${t('ago', { age: age(wall() - secondsOf(one.received_at)) })}`)),
    );
  }

  async send() {
    const button = /** @type {HTMLButtonElement} */ (this.box.querySelector('[type="submit"]'));
    if (button.disabled) return;
    const title = /** @type {HTMLInputElement} */ (this.fields.get('title'));
    title.required = true;
    if (!this.box.reportValidity()) return;
    button.disabled = true;
    this.failed.textContent = '';
    try {
      const { alarm } = this.given;
      if (alarm) this.given.saved(await this.room.act(this.room.alarms.get(alarm.id) ?? alarm, 'amend', { facts: this.facts() }));
      else {
        const made = await askJson('/api/watch/alarms', { realm: this.room.realm, json: { facts: this.facts(), caller: this.caller(), source: 'phone', take: true, client_id: this.client_id } });
        keep(DRAFT, null);
        this.room.put(made);
        this.room.emit('queue', [made]);
        this.given.saved(made);
      }
    } catch (error) {
      this.failed.textContent = /** @type {Error} */ (error).message;
      button.disabled = false;
    }
  }
}

/** @param {string} at RFC 3339 @returns {string} as a field of date and time takes it, in Beijing time */
const beijing = (at) => new Date(Date.parse(at) + 8 * 3600e3).toISOString().slice(0, 16);
