/** One alarm at work: how it stands, what can be done with it, and its whole life. */
import { brief, wall } from '../../engine/time.js';
import { level, sayWhy, secondsOf } from '../../page/alarm_bar.js';
import { draft, keep } from '../../page/drafts.js';
import { make } from '../../page/elements.js';
import { said, t } from '../../page/words.js';
import { askJson } from '../asking.js';
import { SYSTEM } from './log.js';
import { newId } from './outbox.js';
import { deadlines } from './queue.js';

/** @typedef {import('../../page/room.js').Room} Room */

const STAGES = ['received', 'verified', 'assessed', 'handling', 'feedback', 'closed'];
/** Acts by the stage from which they may be done. @type {[string, string][]} */
const MOVES = [['verify', 'verified'], ['assess', 'assessed'], ['handle', 'handling'], ['feedback', 'feedback'], ['close', 'closed']];
const FACTS = ['place', 'district', 'hazard', 'occurred_at', 'informant', 'nature', 'cause', 'scope', 'casualties', 'losses', 'trend', 'leaders', 'measures', 'advice'];
const REPORTS = ['initial', 'further', 'final'];

export class AlarmView {
  /** @param {HTMLElement} box @param {Room} room @param {any} lists
   * @param {{openAlarm: (id: number) => void, amend: (alarm: any) => void, report: (alarm: any, kind: string) => void, showOnMap: (alarm: any) => void}} page */
  constructor(box, room, lists, page) {
    this.box = box;
    this.room = room;
    this.page = page;
    this.hazards = new Map(lists.hazards.map((/** @type {any} */ one) => [one.code, one]));
    this.districts = new Map(lists.districts.map((/** @type {any} */ one) => [one.code, one]));
    /** @type {any} */
    this.alarm = null;
    /** Which is to be shown; 0: something else has the place by now. */
    this.wanted = 0;
    /** What happened between what was seen and an act that was refused. @type {any[]} */
    this.overtaken = [];
    /** @type {string[]} */
    this.accounts = [];
    this.failed = '';
    this.note = make('textarea', { id: 'alarm-note', rows: '2', maxlength: '2000' });
    this.note.addEventListener('input', () => this.alarm && keep(`note ${this.alarm.id}`, this.note.value || null));
    room.on('queue', (changed) => {
      const fresh = changed?.find((/** @type {any} */ one) => one.id === this.alarm?.id);
      if (fresh && fresh.number !== this.alarm.number) void this.open(this.alarm.id);
    });
  }

  /** @param {number} id */
  async open(id) {
    this.wanted = id;
    const [alarm, accounts] = await Promise.all([
      askJson(`/api/watch/alarms/${id}`, { realm: this.room.realm }),
      this.accounts.length ? this.accounts : askJson('/api/watch/accounts').then((all) => all.map((/** @type {any} */ one) => one.account)),
    ]);
    this.accounts = accounts;
    if (this.wanted !== id) return alarm;
    if (this.alarm?.id !== id) {
      this.overtaken = [];
      this.failed = '';
      this.note.value = draft(`note ${id}`) ?? '';
    }
    this.alarm = alarm;
    this.show();
    return alarm;
  }

  close() {
    this.wanted = 0;
    this.alarm = null;
  }

  tick() {
    if (this.alarm) this.box.querySelector('.deadlines')?.replaceChildren(...deadlines(this.alarm, { whole: true }));
  }

  /** @param {string} what @param {Record<string, any>} [more] */
  async act(what, more = {}) {
    const seen = this.alarm;
    const note = this.note.value.trim();
    this.failed = '';
    try {
      const done = await this.room.act(seen, what, { note, client_id: newId(), ...more });
      if (note) keep(`note ${seen.id}`, null);
      if (this.wanted !== seen.id) return;
      this.alarm = done;
      this.overtaken = [];
      if (note) this.note.value = '';
    } catch (error) {
      if (this.wanted !== seen.id) {
        sayWhy(error);
        return;
      }
      const refused = /** @type {import('../asking.js').Refusal} */ (error);
      this.failed = refused.message;
      this.overtaken = refused.problem?.events ?? [];
      if (refused.problem?.code === 'overtaken') this.alarm = await askJson(`/api/watch/alarms/${seen.id}`, { realm: this.room.realm });
    }
    this.show();
  }

  show() {
    const { alarm, box } = this;
    if (!alarm) return;
    const focused = document.activeElement === this.note;
    this.note.placeholder = t('watch_note');
    this.note.setAttribute('aria-label', t('watch_note'));
    box.replaceChildren(
      make('div', { class: 'alarm-head' }, level(alarm.severity), make('span', { class: 'muted numbers' }, alarm.event_no), make('time', { class: 'muted numbers' }, brief(secondsOf(alarm.received_at), wall()))),
      make('h3', {}, alarm.facts.title),
      this.steps(),
      make('div', { class: 'alarm-line' }, make('b', { class: `holder${alarm.holder ? '' : ' unheld'}` }, this.holder()), make('span', { class: 'deadlines' }, ...deadlines(alarm, { whole: true }))),
      ...this.conflict(),
      this.note,
      this.acts(),
      ...this.similar(),
      this.known(),
      this.reports(),
      this.life(),
    );
    if (focused) this.note.focus();
  }

  holder() {
    const { holder } = this.alarm;
    return holder ? t(holder === this.room.me ? 'watch_mine' : 'watch_holder', { name: holder }) : t('watch_unheld');
  }

  steps() {
    const { stage } = this.alarm;
    const at = STAGES.indexOf(stage);
    const steps = STAGES.map((one, k) => make('li', { class: k < at ? 'past' : k === at ? 'here' : '', 'aria-current': k === at ? 'step' : false }, t(`watch_stage_${one}`)));
    if (at < 0) steps.push(make('li', { class: 'here', 'aria-current': 'step' }, t(`watch_stage_${stage}`)));
    return make('ol', { class: 'steps' }, ...steps);
  }

  /** @returns {HTMLElement[]} */
  conflict() {
    if (!this.failed) return [];
    const told = this.overtaken.length ? t('watch_conflict') : this.failed;
    return [make('div', { class: 'conflict', role: 'alert' }, told, ...(this.overtaken.length ? [make('ol', {}, ...this.overtaken.map((one) => this.event(one)))] : []))];
  }

  acts() {
    const { alarm, room } = this;
    const made = make('div', { class: 'acts' });
    const add = (/** @type {string} */ word, /** @type {() => void} */ act, main = false) => {
      const button = make('button', { class: main ? 'primary' : 'plain', 'data-act': word }, t(`watch_act_${word}`));
      button.addEventListener('click', act);
      made.append(button);
    };
    if (alarm.stage === 'merged') {
      add('split', () => void this.act('split'));
      return made;
    }
    if (alarm.closed_at) {
      add('reopen', () => void this.act('reopen'));
      add('report', () => this.page.report(alarm, 'final'));
      return made;
    }
    if (alarm.holder !== room.me) {
      add(alarm.holder ? 'take_over' : 'take', () => void this.act('take'), true);
      add('remark', () => void this.act('remark'));
      return made;
    }
    const at = STAGES.indexOf(alarm.stage);
    const next = MOVES.filter(([, stage]) => STAGES.indexOf(stage) > at);
    next.forEach(([act], k) => add(act, () => void this.act(act), k === 0));
    add('false_alarm', () => void this.act('false_alarm'));
    if (!alarm.deadlines.phoned_at) add('phone', () => void this.act('phone'));
    add('amend', () => this.page.amend(alarm));
    add('remark', () => void this.act('remark'));
    const to = make('select', { 'aria-label': t('watch_hand_to') }, make('option', { value: '' }, t('watch_hand_to')), ...this.accounts.filter((name) => name !== room.me).map((name) => make('option', {}, name)));
    to.addEventListener('change', () => to.value && void this.act('hand', { to: to.value }));
    if (to.options.length > 1) made.append(to);
    return made;
  }

  /** What may be the same, and what was filed here. @returns {HTMLElement[]} */
  similar() {
    const { alarm } = this;
    const found = [];
    if (alarm.merged_into) {
      const event_no = alarm.events.findLast((/** @type {any} */ one) => one.act === 'merge')?.told.event_no ?? '';
      found.push(make('div', { class: 'near' }, t('watch_merged_into', { no: '' }), this.link({ id: alarm.merged_into, event_no })));
    }
    if (alarm.near.length && alarm.holder === this.room.me) {
      found.push(make('div', { class: 'near' }, make('b', {}, t('watch_near')), ...alarm.near.map((/** @type {any} */ one) => {
        const into = make('button', { class: 'link', 'data-merge': String(one.id) }, t('watch_merge_into'));
        into.addEventListener('click', () => void this.act('merge', { into: one.id, client_id: undefined }));
        return make('div', {}, this.link(one), ` ${one.facts.title} · ${t('watch_metres', { n: one.metres })} `, into);
      })));
    }
    if (alarm.merged.length) found.push(make('div', { class: 'near' }, make('b', {}, t('watch_merged_here')), ...alarm.merged.map((/** @type {any} */ one) => make('div', {}, this.link(one), ` ${one.title}`))));
    return found;
  }

  /** @param {{id: number, event_no: string}} one */
  link(one) {
    const made = make('button', { class: 'link numbers' }, one.event_no);
    made.addEventListener('click', () => this.page.openAlarm(one.id));
    return made;
  }

  known() {
    const { alarm } = this;
    const { facts } = alarm;
    const rows = FACTS.filter((name) => facts[name]).map((name) => [t(`watch_f_${name}`), this.value(name, facts[name])]);
    if (alarm.caller && Object.keys(alarm.caller).length) rows.push([t('watch_caller'), ['name', 'phone', 'unit', 'position'].map((name) => alarm.caller[name]).filter(Boolean).join('　')]);
    const made = make('dl', { class: 'known' }, ...rows.flatMap(([name, value]) => [make('dt', {}, name), make('dd', {}, value)]));
    if (facts.lon !== undefined) {
      const show = make('button', { class: 'link' }, t('watch_show'));
      show.addEventListener('click', () => this.page.showOnMap(alarm));
      made.append(make('dt', {}), make('dd', {}, show));
    }
    return made;
  }

  /** @param {string} name @param {any} value @returns {string} */
  value(name, value) {
    if (name === 'occurred_at') return brief(secondsOf(value), wall());
    const code = name === 'hazard' ? this.hazards.get(value) : name === 'district' ? this.districts.get(value) : null;
    return code ? said(code) : value;
  }

  reports() {
    const { alarm } = this;
    const made = make('section', {}, make('h4', {}, t('watch_reports')));
    for (const one of alarm.reports) {
      const where = (/** @type {string} */ format) => `/api/watch/alarms/${alarm.id}/reports/${one.id}.${format}?realm=${encodeURIComponent(this.room.realm)}`;
      made.append(make('div', {}, `${one.title} · ${one.account} ${brief(secondsOf(one.at), wall())} `, make('a', { class: 'link', href: where('txt'), target: '_blank' }, t('watch_text')), make('a', { class: 'link', href: where('pdf'), target: '_blank' }, t('watch_pdf'))));
    }
    if (alarm.closed_at || alarm.holder === this.room.me) {
      const buttons = make('div', { class: 'acts' });
      const first = !alarm.reports.length;
      for (const kind of REPORTS) {
        if (first !== (kind === 'initial')) continue;
        const button = make('button', { class: 'plain', 'data-report': kind }, t(`watch_report_${kind}`));
        button.addEventListener('click', () => this.page.report(alarm, kind));
        buttons.append(button);
      }
      made.append(buttons);
    }
    return made;
  }

  life() {
    return make('section', {}, make('h4', {}, t('watch_life')), make('ol', { class: 'life' }, ...[...this.alarm.events].reverse().map((one) => this.event(one))));
  }

  /** @param {any} one */
  event(one) {
    const told = [t(`watch_act_${one.act}`)];
    if (one.told.to) told.push(t('watch_to', { name: one.told.to }));
    if (one.told.from) told.push(t('watch_from', { name: one.told.from }));
    if (one.told.event_no) told.push(one.told.event_no);
    if (one.told.kind) told.push(t(`watch_report_${one.told.kind}`));
    return make('li', {}, make('time', { class: 'muted numbers' }, brief(secondsOf(one.at), wall())), make('b', {}, one.account === SYSTEM ? t('watch_system') : one.account), make('span', {}, told.join(' ')), ...(one.note ? [make('p', {}, one.note)] : []));
  }
}
