/**
 * The live socket: states the stamps it has, gets everything since, and says honestly how it stands.
 * Back-off after a loss; one heartbeat every five seconds, so that silence is noticed.
 */

const SILENT_MS = 8000;
const SHORTEST_MS = 500;
const LONGEST_MS = 8000;

/** @typedef {{kind: 'live'|'late'|'down'|'signed-out', since: number, delay: number, database: boolean}} LiveState */

export class Live {
  /**
   * @param {object} given
   * @param {string} given.realm
   * @param {() => Record<string, string|null>} given.stamps what the page has, by layer
   * @param {(message: any) => void} given.onMessage changes and reloads
   * @param {(state: LiveState) => void} given.onState
   */
  constructor({ realm, stamps, onMessage, onState }) {
    this.realm = realm;
    this.stamps = stamps;
    this.onMessage = onMessage;
    this.onState = onState;
    this.pause = SHORTEST_MS;
    /** @type {LiveState} */
    this.state = { kind: 'down', since: Date.now(), delay: 0, database: true };
    this.heard = 0;
    this.timer = setInterval(() => this.look(), 1000);
    window.addEventListener('online', () => this.again(0));
    document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && this.look());
    this.connect();
  }

  connect() {
    const since = Object.entries(this.stamps()).map(([layer, stamp]) => `${layer}:${stamp ?? ''}`).join(',');
    const address = new URL('/api/live', location.href);
    address.protocol = address.protocol.replace('http', 'ws');
    address.searchParams.set('realm', this.realm);
    address.searchParams.set('since', since);
    const socket = new WebSocket(address);
    this.socket = socket;
    socket.onmessage = (event) => {
      if (socket !== this.socket) return;
      const message = JSON.parse(event.data);
      this.heard = Date.now();
      this.pause = SHORTEST_MS;
      if (message.type === 'hello' || message.type === 'tick') {
        this.say({ kind: 'live', delay: Math.max(0, this.heard - Date.parse(message.now)), database: message.database === 'ok' });
      } else {
        this.say({ kind: 'live', database: true });
        this.onMessage(message);
      }
    };
    socket.onclose = (event) => {
      if (socket !== this.socket) return;
      this.say({ kind: event.code === 4401 ? 'signed-out' : 'down' });
      if (event.code !== 4401) this.again(this.pause);
    };
  }

  /** @param {number} after milliseconds */
  again(after) {
    if (this.state.kind === 'live') return;
    clearTimeout(this.retry);
    this.retry = setTimeout(() => {
      this.drop();
      this.connect();
    }, after);
    this.pause = Math.min(LONGEST_MS, this.pause * 2);
  }

  /** Silence is a loss, whatever the socket believes. */
  look() {
    const silent = Date.now() - this.heard;
    if (this.state.kind === 'live' && silent > SILENT_MS) {
      this.say({ kind: 'down' });
      this.again(0);
    }
  }

  drop() {
    const socket = this.socket;
    this.socket = undefined;
    socket?.close();
  }

  stop() {
    clearInterval(this.timer);
    clearTimeout(this.retry);
    this.drop();
  }

  /** @param {Partial<LiveState>} patch */
  say(patch) {
    const next = { ...this.state, ...patch };
    const good = (/** @type {LiveState} */ s) => s.kind === 'live' && s.database;
    if (good(next) !== good(this.state)) next.since = Date.now();
    this.state = next;
    this.onState(next);
  }
}
