/** The handover: what is open comes from the server each time; people add remarks, and both sign. */
import { full } from '../../engine/time.js';
import { secondsOf } from '../../page/alarm_bar.js';
import { draft, keep } from '../../page/drafts.js';
import { make } from '../../page/elements.js';
import { t } from '../../page/words.js';
import { askJson } from '../asking.js';

/** @typedef {import('../../page/room.js').Room} Room */

const KINDS = ['alarm', 'warning', 'source'];
const MARKS = ['unchecked', 'ok', 'fault'];
const TEXTS = ['key_points', 'equipment', 'remarks'];

export class HandoverView {
  /** @param {HTMLElement} box @param {Room} room */
  constructor(box, room) {
    this.box = box;
    this.room = room;
    /** @type {any} */
    this.sheet = null;
    this.failed = make('p', { class: 'failed', role: 'alert' });
    /** @type {Map<string, HTMLTextAreaElement|HTMLSelectElement>} */
    this.typed = new Map();
    room.on('duty', () => this.box.isConnected && this.box.dataset.work === 'handover' && this.sheet && void this.refresh());
  }

  async open() {
    const all = await askJson('/api/watch/handovers', { realm: this.room.realm });
    if (this.box.dataset.work !== 'handover') return;
    this.sheet = all.find((/** @type {any} */ one) => one.stage === 'draft' || one.stage === 'left') ?? null;
    await this.show(all);
  }

  /** Somebody has signed: shows it, unless this one is just typing. */
  async refresh() {
    if (this.box.contains(document.activeElement) && document.activeElement?.matches('textarea, select')) return;
    await this.open();
  }

  /** @param {any[]} all */
  async show(all) {
    const earlier = all.filter((one) => one.stage === 'taken').slice(0, 10);
    this.box.replaceChildren(
      make('h3', {}, t('watch_handover')),
      this.failed,
      ...(this.sheet ? this.drawn() : await this.drawing()),
      ...(earlier.length ? [make('h4', {}, t('watch_ho_earlier')), make('ul', { class: 'earlier' }, ...earlier.map((one) => make('li', {}, this.link(one))))] : []),
    );
  }

  /** @param {any} one */
  link(one) {
    return make('a', { class: 'link', target: '_blank', href: `/api/watch/handovers/${one.id}.pdf?realm=${encodeURIComponent(this.room.realm)}` }, `${full(secondsOf(one.at)).slice(0, 16)} ${one.leaving ?? '—'} → ${one.taking} · PDF`);
  }

  async drawing() {
    const on = this.room.duty.on_watch;
    const { me } = this.room;
    if (!on) return [make('p', { class: 'muted' }, t('watch_nobody')), this.button('watch_ho_begin', () => this.draw(me, true), true)];
    const accounts = (await askJson('/api/watch/accounts')).map((/** @type {any} */ one) => one.account);
    const others = on.account === me ? accounts.filter((/** @type {string} */ name) => name !== me) : [me];
    const to = make('select', { 'aria-label': t('watch_ho_to') }, ...others.map((/** @type {string} */ name) => make('option', {}, name)));
    return [make('p', { class: 'muted' }, t('watch_ho_none')), make('label', { class: 'field' }, make('span', {}, t('watch_ho_to')), to), this.button('watch_ho_draw', () => this.draw(to.value), true)];
  }

  drawn() {
    const { sheet } = this;
    const { me } = this.room;
    const writer = (sheet.leaving ?? sheet.taking) === me;
    this.typed = new Map();
    /** @type {HTMLElement[]} */
    const parts = [
      make('div', { class: 'alarm-line' }, make('b', {}, t('watch_ho_sheet', { n: sheet.id })), make('span', {}, t(`watch_ho_stage_${sheet.stage}`))),
      make('div', { class: 'alarm-line' }, make('span', {}, t('watch_ho_leaving', { name: sheet.leaving ?? '—' })), make('span', {}, t('watch_ho_taking', { name: sheet.taking })), this.link(sheet)),
    ];
    for (const kind of KINDS) {
      const items = sheet.sheet.items.filter((/** @type {any} */ one) => one.kind === kind);
      parts.push(make('h4', {}, `${t(`watch_ho_${kind}`)}（${items.length}）`));
      if (!items.length) parts.push(make('p', { class: 'muted' }, t('watch_ho_nothing')));
      for (const one of items) parts.push(make('div', { class: 'ho-item' }, make('div', {}, one.text), this.text(`item ${one.key}`, one.remark, writer, t('watch_ho_remark'))));
    }
    if (sheet.sheet.devices) parts.push(...this.devices(sheet.sheet, writer));
    for (const name of TEXTS) parts.push(make('label', { class: 'field' }, make('span', {}, t(`watch_ho_${name}`)), this.text(name, sheet.sheet[name] ?? '', writer, t(`watch_ho_${name}`), '3')));
    const acts = make('div', { class: 'acts' });
    if (writer) acts.append(this.button('watch_ho_save', () => this.act('amend')));
    if (sheet.leaving === me) acts.append(this.button('watch_ho_sign_leaving', () => this.act('sign_leaving'), true));
    if (sheet.taking === me) acts.append(this.button('watch_ho_sign_taking', () => this.act('sign_taking'), true));
    if ([sheet.leaving, sheet.taking].includes(me)) acts.append(this.button('watch_ho_withdraw', () => this.act('withdraw')));
    parts.push(acts);
    return parts;
  }

  /** What emmap found of itself, and the room's own, which whoever leaves marks. @param {any} sheet @param {boolean} writes */
  devices({ devices, devices_default }, writes) {
    const own = devices.filter((/** @type {any} */ one) => !one.measured);
    const lines = devices.map((/** @type {any} */ one) => make('div', { class: 'ho-device', 'data-mark': one.mark }, make('span', {}, one.title), this.mark(one, writes && !one.measured), make('span', { class: 'muted' }, one.text)));
    return [
      make('h4', {}, t('watch_ho_devices')),
      ...lines,
      ...(own.every((/** @type {any} */ one) => one.mark === 'unchecked') ? [make('p', { class: 'late' }, t('watch_ho_unmarked'))] : []),
      ...(devices_default ? [make('p', { class: 'muted' }, t('watch_ho_default'))] : []),
    ];
  }

  /** @param {any} device @param {boolean} writes */
  mark({ key, title, mark }, writes) {
    if (!writes) return make('b', {}, t(`watch_ho_mark_${mark}`));
    const name = `mark ${key}`;
    const made = make('select', { 'aria-label': title }, ...MARKS.map((one) => make('option', { value: one }, t(`watch_ho_mark_${one}`))));
    made.value = draft(`handover ${this.sheet.id} ${name}`) ?? mark;
    made.addEventListener('change', () => keep(`handover ${this.sheet.id} ${name}`, made.value));
    this.typed.set(name, made);
    return made;
  }

  /** @param {string} name @param {string} value @param {boolean} writes @param {string} label @param {string} [rows] */
  text(name, value, writes, label, rows = '1') {
    if (!writes) return make('p', { class: value ? '' : 'muted' }, value || t('watch_ho_nothing'));
    const key = `handover ${this.sheet.id} ${name}`;
    const made = make('textarea', { rows, maxlength: '1000', 'aria-label': label, placeholder: label });
    made.value = draft(key) ?? value;
    made.addEventListener('input', () => keep(key, made.value));
    this.typed.set(name, made);
    return made;
  }

  /** @param {string} word @param {() => Promise<void>} act @param {boolean} [main] */
  button(word, act, main = false) {
    const made = make('button', { class: main ? 'primary' : 'plain', 'data-act': word.replace('watch_ho_', '') }, t(word));
    made.addEventListener('click', () => void act());
    return made;
  }

  /** @param {string} taking @param {boolean} [alone] nobody leaves: it is signed at once */
  async draw(taking, alone = false) {
    await this.try(async () => {
      this.sheet = await askJson('/api/watch/handovers', { realm: this.room.realm, json: { taking } });
      if (alone) await this.act('sign_taking');
    });
  }

  /** @param {string} what */
  async act(what) {
    await this.try(async () => {
      const { sheet, typed } = this;
      const begun = (/** @type {string} */ how) => Object.fromEntries([...typed].filter(([name]) => name.startsWith(how)).map(([name, field]) => [name.slice(how.length), field.value.trim()]));
      const given = { act: what, seen: sheet.number, remarks: begun('item '), marks: begun('mark '), key_points: typed.get('key_points')?.value, equipment: typed.get('equipment')?.value, others: typed.get('remarks')?.value };
      this.sheet = await askJson(`/api/watch/handovers/${sheet.id}/acts`, { realm: this.room.realm, json: given });
      for (const name of typed.keys()) keep(`handover ${sheet.id} ${name}`, null);
    });
  }

  /** @param {() => Promise<void>} work */
  async try(work) {
    this.failed.textContent = '';
    try {
      await work();
    } catch (error) {
      this.failed.textContent = /** @type {Error} */ (error).message;
    }
    await this.open();
  }
}
