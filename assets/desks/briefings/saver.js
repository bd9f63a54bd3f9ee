/** Saves a draft as it is typed, and says truthfully how far that is. */
import { merge, same } from './merge.js';

const PAUSE_MS = 700;
const AGAIN_MS = 5000;
/** Refusals that another try may turn: no line, signed out, a server or database that is away. @param {number} status */
const passing = (status) => status === 0 || status === 401 || status === 429 || status >= 500;

/** @typedef {import('./routes.js').Body} Body */
/** @typedef {import('./routes.js').Draft} Draft */
/** @typedef {{kind: 'saved', at: string}|{kind: 'waiting'}|{kind: 'saving'}|{kind: 'unsaved', why: Error}|{kind: 'clash', by: string, at: string}} State */

export class Saver {
  /**
   * @param {Draft} draft
   * @param {{copy: import('./unsaved.js').UnsavedCopy, send: (revision: number, body: Body) => Promise<Draft>, said: (state: State) => void,
   *   merged: (body: Body, by: string) => void, clashed: (found: {body: Body, clashes: import('./merge.js').Clash[], by: string, at: string}) => void,
   *   saved: (draft: Draft) => void}} given
   * `merged`: what another saved was put together with one's own; `clashed`: both wrote at one place, a person has to choose
   */
  constructor(draft, given) {
    this.given = given;
    this.revision = draft.revision;
    /** As the server has it. @type {Body} */
    this.base = structuredClone(draft.body);
    /** @type {Body} */
    this.body = draft.body;
    /** When the server took the last of it. */
    this.at = draft.updated_at;
    /** @type {State} */
    this.state = { kind: 'saved', at: this.at };
    /** The draft as another saved it, while a person chooses. @type {any} */
    this.met = null;
    /** @type {ReturnType<typeof setTimeout>|undefined} */
    this.timer = undefined;
    /** @type {Promise<void>|null} */
    this.sending = null;
  }

  /** @returns {boolean} */
  get dirty() {
    return !same(this.body, this.base);
  }

  /** @param {State} state */
  say(state) {
    this.state = state;
    this.given.said(state);
  }

  /** The body was changed. @param {Body} body */
  changed(body) {
    this.body = body;
    this.keep();
    if (this.state.kind === 'clash') return;
    if (this.state.kind !== 'saving') this.stand();
    this.soon(PAUSE_MS);
  }

  /** Says whether something is left to save. */
  stand() {
    this.say(this.dirty ? { kind: 'waiting' } : { kind: 'saved', at: this.at });
  }

  keep() {
    if (this.dirty) this.given.copy.keep({ revision: this.revision, base: this.base, body: this.body });
    else this.given.copy.drop();
  }

  /** @param {number} ms */
  soon(ms) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => void this.save(), ms);
  }

  /** What was typed before and never reached the server, if anything. @returns {Body|null} */
  unsaved() {
    const held = this.given.copy.read();
    if (!held) return null;
    // The last save may have arrived although its page was gone before the answer.
    const { body, clashes } = merge(held.base, held.body, this.base);
    if (!clashes.length && same(body, this.base)) {
      this.given.copy.drop();
      return null;
    }
    this.revision = held.revision;
    this.base = held.base;
    this.body = held.body;
    return held.body;
  }

  /** Saves at once. @returns {Promise<boolean>} whether the server has all of it */
  async save() {
    clearTimeout(this.timer);
    while (this.sending) await this.sending;
    if (this.state.kind === 'clash') return false;
    if (this.dirty) {
      this.sending = this.send();
      await this.sending;
      this.sending = null;
    }
    return !this.dirty;
  }

  async send() {
    const sent = structuredClone(this.body);
    this.say({ kind: 'saving' });
    try {
      const told = await this.given.send(this.revision, sent);
      this.take(told.revision, sent, told.updated_at);
      this.given.saved(told);
      this.stand();
      if (this.dirty) this.soon(PAUSE_MS);
    } catch (error) {
      const { status, problem } = /** @type {import('../asking.js').Refusal} */ (error);
      if (status === 409 && problem?.current) this.meet(problem.current);
      else {
        this.say({ kind: 'unsaved', why: /** @type {Error} */ (error) });
        if (passing(status)) this.soon(AGAIN_MS);
      }
    }
  }

  /** The server has this now. @param {number} revision @param {Body} body @param {string} at */
  take(revision, body, at) {
    this.revision = revision;
    this.at = at;
    this.base = structuredClone(body);
    this.keep();
  }

  /** Another saved meanwhile. @param {any} current */
  meet(current) {
    const { body, clashes } = merge(this.base, this.body, current.body);
    const by = current.updated_by;
    if (clashes.length) {
      this.met = current;
      this.say({ kind: 'clash', by, at: current.updated_at });
      this.given.clashed({ body, clashes, by, at: current.updated_at });
      return;
    }
    this.take(current.revision, current.body, current.updated_at);
    const news = !same(body, this.body);
    this.body = body;
    this.keep();
    if (news) this.given.merged(body, by);
    this.stand();
    this.soon(0);
  }

  /** A clash was settled. @param {Body} body */
  settle(body) {
    const { revision, body: theirs, updated_at: at } = this.met;
    this.body = body;
    this.take(revision, theirs, at);
    this.stand();
    this.soon(0);
  }
}
