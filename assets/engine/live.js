/**
 * The live socket: states the stamps it has, gets everything since, and says honestly how it stands.
 * The server beats every five seconds, so silence is noticed; after a loss it tries again, ever more slowly.
 */

/** Silent for longer than a heartbeat and a half: late. Longer than the server gives its database to answer one: lost. */
const LATE_MS = 6500;
const SILENT_MS = 8500;
const LOOK_MS = 500;
const SHORTEST_MS = 500;
const LONGEST_MS = 8000;
const SIGNED_OUT = 4401;

/**
 * @typedef {object} LiveState
 * @property {'live'|'late'|'down'|'signed-out'} kind late: nothing heard for `delay`; down: tries again by itself
 * @property {number} since ms since 1970: when it, or the database behind it, was last well
 * @property {number} delay ms by which messages come later than the fastest; of silence when late
 * @property {boolean} database whether the server reaches its database
 */

export class Live {
  /**
   * @param {object} given
   * @param {string} given.realm
   * @param {() => Record<string, string|null>} given.stamps what the page has, by layer
   * @param {(message: any) => void} given.onMessage hello, changes, reloads and heartbeats
   * @param {(state: LiveState) => void} given.onState
   * @param {(ahead: number) => void} [given.onClock] ms by which the server's clock is ahead of this machine's
   */
  constructor({ realm, stamps, onMessage, onState, onClock = () => {} }) {
    this.realm = realm;
    this.stamps = stamps;
    this.onMessage = onMessage;
    this.onState = onState;
    this.onClock = onClock;
    this.pause = SHORTEST_MS;
    /** @type {LiveState} */
    this.state = { kind: 'down', since: Date.now(), delay: 0, database: true };
    this.heard = 0;
    this.fastest = -Infinity;
    this.ended = new AbortController();
    const { signal } = this.ended;
    window.addEventListener('online', () => this.again(0), { signal });
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.look(), { signal });
    this.timer = setInterval(() => this.look(), LOOK_MS);
    this.connect();
  }

  connect() {
    clearTimeout(this.retry);
    this.retry = undefined;
    const old = this.socket;
    const since = Object.entries(this.stamps()).map(([layer, stamp]) => `${layer}:${stamp ?? ''}`);
    const address = new URL('/api/live', location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    address.searchParams.set('realm', this.realm);
    address.searchParams.set('since', since.join(','));
    const socket = new WebSocket(address);
    this.socket = socket;
    this.tried = performance.now();
    this.fastest = -Infinity;
    old?.close();
    socket.onmessage = (event) => socket === this.socket && this.hear(JSON.parse(event.data));
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      this.socket = undefined;
      this.say({ kind: event.code === SIGNED_OUT ? 'signed-out' : 'down' });
      if (event.code !== SIGNED_OUT) this.again(this.pause * (0.5 + Math.random()));
    };
  }

  /** @param {any} message */
  hear(message) {
    this.heard = performance.now();
    this.pause = SHORTEST_MS;
    let { delay } = this.state;
    let { database } = this.state;
    let since = this.state.kind === 'live' ? this.state.since : Date.now();
    if (message.now) {
      const ahead = Date.parse(message.now) - this.heard;
      this.fastest = Math.max(this.fastest, ahead);
      delay = this.fastest - ahead;
      this.onClock(Date.parse(message.now) - Date.now());
    }
    if (message.type === 'tick') {
      database = message.database === 'ok';
      if (!database) since = Date.parse(message.database.replace('down since ', '')) || since;
    }
    this.say({ kind: 'live', delay, database, since });
    this.onMessage(message);
  }

  /** Connects anew. @param {number} after milliseconds */
  again(after) {
    if (this.state.kind !== 'down' || this.ended.signal.aborted) return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => this.connect(), after);
    this.pause = Math.min(LONGEST_MS, this.pause * 2);
  }

  /** Silence is a loss, whatever the socket believes. */
  look() {
    const silent = performance.now() - this.heard;
    const { kind } = this.state;
    if ((kind === 'live' || kind === 'late') && silent > SILENT_MS) {
      this.say({ kind: 'down', since: Date.now() - silent });
      this.again(0);
    } else if ((kind === 'live' || kind === 'late') && silent > LATE_MS) {
      this.say({ kind: 'late', delay: silent });
    } else if (kind === 'down' && this.retry === undefined && performance.now() - (this.tried ?? 0) > SILENT_MS) {
      this.again(0);
    }
  }

  stop() {
    this.ended.abort();
    clearInterval(this.timer);
    clearTimeout(this.retry);
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  /** @param {Partial<LiveState>} patch */
  say(patch) {
    const was = this.state;
    const since = patch.kind === 'down' && was.kind !== 'down' ? Date.now() : was.since;
    this.state = { ...was, since, ...patch };
    this.onState(this.state);
  }
}
