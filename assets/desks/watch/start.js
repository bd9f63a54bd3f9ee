/** The watch page: alarm queue, map and log side by side; what is worked on opens between them. */
import { brief, wall } from '../../engine/time.js';
import { sayWhy, secondsOf } from '../../page/alarm_bar.js';
import { make } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { turnNight } from '../../page/person.js';
import { t } from '../../page/words.js';
import { openDesk } from '../shell.js';
import { AlarmView } from './alarm.js';
import { Form } from './form.js';
import { HandoverView } from './handover.js';
import { Keys } from './keys.js';
import { Log } from './log.js';
import { MapBeside } from './map.js';
import { Queue } from './queue.js';
import { ReportForm } from './report.js';
import { Rota } from './rota.js';
import { Wall, isWall } from './wall.js';

/** @typedef {'queue'|'work'|'map'|'log'} Part */

const PARTS = /** @type {Part[]} */ (['queue', 'work', 'map', 'log']);

class Watch {
  /** @param {import('../shell.js').Desk} desk @param {import('../../page/room.js').Room} room */
  constructor(desk, room) {
    this.desk = desk;
    this.room = room;
    this.strip = make('div', { class: 'watch-strip' });
    /** @type {Record<Part, HTMLElement>} */
    this.parts = /** @type {any} */ (Object.fromEntries(PARTS.map((name) => [name, make('section', { id: `watch-${name}`, class: `watch-part ${name}` })])));
    this.grid = make('div', { class: 'watch-grid', 'data-front': 'queue' }, ...PARTS.map((name) => this.parts[name]));
    this.tabs = make('nav', { class: 'watch-tabs' });
    desk.main.append(this.strip, this.grid, this.tabs);
    this.work = make('div', { class: 'work-body' });
    this.away = make('button', { class: 'link work-close' }, '✕');
    this.away.addEventListener('click', () => this.closeWork());
    this.parts.work.append(this.away, this.work);
    /** @type {Form|null} */
    this.form = null;

    this.map = new MapBeside(this.parts.map, room.realm, ({ lon, lat }) => this.form?.place.pick(lon, lat), (id) => this.openAlarm(id));
    this.queue = new Queue(this.parts.queue, room, this);
    this.log = new Log(this.parts.log, room, this);
    this.alarm = new AlarmView(this.work, room, desk.facts, this);
    this.handover = new HandoverView(this.work, room);
    this.rota = new Rota(this.work, room);
    this.keys = new Keys(this);
    if (desk.bar) desk.bar.open = (alarm) => void this.openAlarm(alarm.id);
    this.listen();
    this.label();
  }

  listen() {
    const { desk, room } = this;
    desk.on('clock', () => {
      this.queue.tick();
      this.alarm.tick();
    });
    desk.on('language', () => this.label());
    desk.on('back', () => {
      void this.log.outbox.send();
      void room.catchUp();
    });
    desk.on('leave', () => this.keys.close() || this.closeWork());
    room.on('duty', () => this.showStrip());
    room.on('queue', () => this.showTabs());
  }

  label() {
    this.away.setAttribute('aria-label', t('close'));
    for (const name of PARTS) this.parts[name].setAttribute('aria-label', t(`watch_${name}`));
    this.log.label();
    this.queue.show();
    this.alarm.show();
    this.map.label();
    this.showStrip();
    this.showTabs();
  }

  /** Who has the watch, who is on, and what can be begun. */
  showStrip() {
    const { duty } = this.room;
    const on = duty.on_watch;
    const people = duty.rota.map((one) => make('span', { class: 'turn' }, make('span', { class: 'muted' }, t(`watch_duty_${one.duty}`)), ` ${one.name} `, ...(one.phone ? [make('a', { href: `tel:${one.phone}`, class: 'numbers' }, one.phone)] : [])));
    const muted = Object.keys(duty.muted);
    const acts = /** @type {[string, () => void, boolean][]} */ ([
      ['watch_call', () => this.call(), true],
      ['watch_handover', () => this.openHandover(), false],
      ['watch_rota', () => this.openRota(), false],
      [this.room.muted ? 'bell_unmute' : 'bell_mute', () => void this.room.mute(!this.room.muted).catch(sayWhy), false],
      ['watch_keys', () => this.keys.open(), false],
    ]);
    this.strip.replaceChildren(
      make('b', { class: on ? '' : 'unheld' }, on ? t('watch_on', { name: on.account, since: brief(secondsOf(on.since), wall()) }) : t('watch_nobody')),
      ...(people.length ? people : [make('span', { class: 'muted' }, t('watch_rota_empty'))]),
      ...(muted.length ? [make('span', { class: 'late' }, t('watch_muted', { names: muted.join(t('list_join')) }))] : []),
      make('span', { class: 'spring' }),
      ...acts.map(([word, act, main]) => {
        const made = make('button', { class: main ? 'primary' : 'plain', 'data-open': word.replace(/^\w+?_/, '') }, t(word));
        made.addEventListener('click', act);
        return made;
      }),
      make('a', { class: 'link wall-link', href: `/watch?${new URLSearchParams({ realm: this.room.realm, wall: '1' })}` }, t('watch_wall')),
    );
  }

  /** Where there is no room for all side by side: one in front, the others behind their names. */
  showTabs() {
    const front = this.grid.dataset.front;
    const rings = this.room.ringing.length;
    this.tabs.replaceChildren(...PARTS.map((name) => {
      const made = make('button', { 'aria-current': String(name === front), 'data-part': name, disabled: name === 'work' && !this.working }, `${t(`watch_${name}`)}${name === 'queue' && rings ? ` ${rings}` : ''}`);
      made.addEventListener('click', () => this.bring(name));
      return made;
    }));
  }

  /** @param {Part} name */
  bring(name) {
    this.grid.dataset.front = name;
    this.showTabs();
  }

  get working() {
    return this.grid.classList.contains('working');
  }

  /** @param {string} what is worked on */
  begin(what) {
    this.form = null;
    this.alarm.close();
    this.map.pick(false);
    this.work.dataset.work = what;
    this.grid.classList.add('working');
    this.parts.work.scrollTop = 0;
    this.bring('work');
  }

  closeWork() {
    if (!this.working) return;
    this.begin('');
    this.grid.classList.remove('working');
    this.log.belongsTo(null);
    this.queue.select(0);
    this.bring('queue');
    this.remember(0);
  }

  /** @param {number} id the address leads back to it */
  remember(id) {
    const address = new URL(location.href);
    if (id) address.searchParams.set('alarm', String(id));
    else address.searchParams.delete('alarm');
    history.replaceState(history.state, '', address);
  }

  /** @param {number} id */
  async openAlarm(id) {
    this.begin('alarm');
    this.queue.select(id);
    try {
      const alarm = await this.alarm.open(id);
      if (this.alarm.wanted !== id) return; // something else was opened meanwhile
      this.log.belongsTo(alarm);
      this.remember(id);
      this.look(alarm);
    } catch (error) {
      sayWhy(error);
    }
  }

  call() {
    this.write({ saved: (alarm) => note(() => t('watch_kept', { no: alarm.event_no })) });
  }

  /** @param {any} alarm */
  amend(alarm) {
    this.write({ alarm, saved: () => {} });
  }

  /** @param {{alarm?: any, saved: (alarm: any) => void}} given */
  write({ alarm, saved }) {
    this.begin('form');
    this.form = new Form(this.room, this.desk.facts, {
      alarm,
      saved: (made) => {
        saved(made);
        void this.openAlarm(made.id);
      },
      showPlace: (lon, lat) => this.map.show(lon, lat, true),
      showDistrict: (code) => this.showDistrict(code),
    });
    this.work.replaceChildren(this.form.box);
    this.map.pick(true);
    this.form.focus();
  }

  /** @param {any} alarm @param {string} kind */
  report(alarm, kind) {
    this.begin('report');
    void new ReportForm(this.work, this.room, alarm, kind, () => void this.openAlarm(alarm.id)).open().catch(sayWhy);
  }

  openHandover() {
    this.begin('handover');
    void this.handover.open().catch(sayWhy);
  }

  openRota() {
    this.begin('rota');
    void this.rota.open().catch(sayWhy);
  }

  /** A warning lies over a district, whatever point stands for it. @param {any} alarm */
  look({ layer, facts }) {
    if (facts.lon !== undefined && !(layer && facts.district)) this.map.show(facts.lon, facts.lat);
    else this.showDistrict(facts.district);
  }

  /** @param {any} alarm */
  showOnMap(alarm) {
    this.look(alarm);
    if (this.tabs.offsetParent) this.bring('map');
  }

  /** @param {string|undefined} code */
  showDistrict(code) {
    const found = this.desk.facts.districts.find((/** @type {any} */ one) => one.code === code);
    if (found) this.map.look(found.bounds);
  }
}

void openDesk((desk) => {
  if (!desk.room) return;
  if (isWall()) turnNight(true); // before the map beside reads it
  const watch = new Watch(desk, desk.room);
  if (isWall()) {
    new Wall(watch);
    return;
  }
  const wanted = Number(new URLSearchParams(location.search).get('alarm'));
  if (wanted) void watch.openAlarm(wanted);
});
