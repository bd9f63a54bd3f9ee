/**
 * The duty room as the server has it: the queue, the log, who is on. Wakes come by the live socket and say only that
 * something was written; what it was is asked for, from the last stamp on, so nothing is missed and nothing comes twice.
 */
import { askJson } from '../desks/asking.js';

/**
 * @typedef {object} Alarm as `GET /api/watch` tells it
 * @property {number} id @property {string} event_no @property {number} number @property {string} received_at
 * @property {string} stage @property {string|null} holder @property {number} severity @property {boolean} ringing
 * @property {string|null} called @property {string|null} closed_at @property {Record<string, any>} facts
 * @property {Record<'phone_due_at'|'phoned_at'|'written_due_at'|'reported_at', string|null>} deadlines
 * @property {string|null} layer @property {string|null} feature_id @property {number|null} merged_into @property {string|null} rang_at
 */
/** @typedef {{stamp: number, typed_at: string, recorded_at: string, account: string, by_system: boolean, body: string, amends: number|null,
 *   alarm_id: number|null, event_no: string|null, place: string, lon: number|null, lat: number|null}} Entry */
/** @typedef {{id: number, begins: string, ends: string, duty: string, name: string, account: string|null, phone: string|null}} Turn */
/** @typedef {{on_watch: {account: string, since: string}|null, rota: Turn[], muted: Record<string, string>}} Duty */
/** @typedef {'queue'|'log'|'duty'} RoomEvent */

const MOST_ENTRIES = 500;

export class Room {
  /** @param {string} realm @param {string} me */
  constructor(realm, me) {
    this.realm = realm;
    this.me = me;
    this.stamp = -1;
    /** Open alarms. @type {Map<number, Alarm>} */
    this.alarms = new Map();
    /** The newest first. @type {Entry[]} */
    this.log = [];
    /** @type {Duty} */
    this.duty = { on_watch: null, rota: [], muted: {} };
    this.settings = { phone_minutes: 0, written_minutes: 0, escalate_minutes: 0 };
    /** @type {Map<RoomEvent, ((what: any) => void)[]>} */
    this.heard = new Map();
    /** @type {Promise<void>|null} */
    this.reading = null;
    this.wanted = -1;
  }

  /** queue: with the alarms that changed; log: with the entries that are new; duty: who is on, or who is muted.
   * @param {RoomEvent} event @param {(what: any) => void} hear */
  on(event, hear) {
    this.heard.set(event, [...(this.heard.get(event) ?? []), hear]);
  }

  /** @param {RoomEvent} event @param {any} [what] */
  emit(event, what) {
    for (const hear of this.heard.get(event) ?? []) hear(what);
  }

  /** What rings first, then the worst, then the oldest. @returns {Alarm[]} */
  get queue() {
    return [...this.alarms.values()].sort(
      (a, b) => Number(b.ringing) - Number(a.ringing) || b.severity - a.severity || a.received_at.localeCompare(b.received_at) || a.id - b.id,
    );
  }

  /** @returns {Alarm[]} */
  get ringing() {
    return this.queue.filter((one) => one.ringing);
  }

  get muted() {
    return this.me in this.duty.muted;
  }

  async load() {
    const told = await askJson('/api/watch', { realm: this.realm });
    this.stamp = told.stamp;
    this.settings = told.settings;
    this.alarms = new Map(told.queue.map((/** @type {Alarm} */ one) => [one.id, one]));
    this.log = told.log;
    this.duty = told.on_duty;
    this.emit('duty');
    this.emit('queue', told.queue);
    this.emit('log', told.log);
  }

  /** A message of the live socket. @param {any} message */
  hear(message) {
    if (typeof message.watch !== 'number' || message.watch === this.stamp) return;
    void this.catchUp(message.watch);
  }

  /** Reads on from the last stamp; where a wake comes meanwhile, once more. @param {number} [upTo] */
  catchUp(upTo = Infinity) {
    this.wanted = Math.max(this.wanted, upTo);
    this.reading ??= this.read(upTo).finally(() => {
      this.reading = null;
    });
    return this.reading;
  }

  /** @param {number} upTo */
  async read(upTo) {
    try {
      if (this.stamp < 0 || upTo < this.stamp) await this.load(); // the first time, or a realm that was made anew
      else {
        do await this.changes();
        while (this.wanted !== Infinity && this.stamp < this.wanted);
      }
    } catch {
      // The line or the database is away: the next heartbeat tells the stamp again.
    } finally {
      this.wanted = -1;
    }
  }

  async changes() {
    const told = await askJson('/api/watch/changes', { realm: this.realm, query: { after: this.stamp } });
    if (!told.whole) {
      await this.load();
      return;
    }
    this.stamp = told.stamp;
    for (const one of told.alarms) this.put(one);
    const known = new Set(this.log.map(({ stamp }) => stamp));
    const fresh = told.log.filter((/** @type {Entry} */ one) => !known.has(one.stamp));
    this.log = [...[...fresh].reverse(), ...this.log].slice(0, MOST_ENTRIES);
    this.duty = told.on_duty;
    if (told.alarms.length) this.emit('queue', told.alarms);
    if (fresh.length) this.emit('log', fresh);
    this.emit('duty');
  }

  /** @param {Alarm} one */
  put(one) {
    if (one.closed_at) this.alarms.delete(one.id);
    else this.alarms.set(one.id, one);
  }

  /**
   * An act on an alarm, as it was last seen. Throws `Refusal`; after a conflict the room stands at what happened.
   * @param {Alarm} alarm @param {string} act @param {Record<string, any>} [more] @returns {Promise<any>} the alarm, whole
   */
  async act(alarm, act, more = {}) {
    try {
      const told = await askJson(`/api/watch/alarms/${alarm.id}/acts`, { realm: this.realm, json: { act, seen: alarm.number, ...more } });
      this.put(told);
      this.emit('queue', [told]);
      return told;
    } finally {
      void this.catchUp();
    }
  }

  /** @param {boolean} muted */
  async mute(muted) {
    this.duty = await askJson('/api/watch/mute', { realm: this.realm, json: { muted } });
    this.emit('duty');
  }
}
