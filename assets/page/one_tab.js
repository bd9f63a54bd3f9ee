/**
 * One tab of several: of all the browser's tabs that ask for a turn of one name, one has it, and when that one is closed,
 * falls asleep or leaves, the next. Web Locks are there only for secure pages (HTTPS or this machine); without them each
 * tab has its own turn: rather heard twice than not at all.
 */
export class OneTab {
  /** @param {string} name @param {() => void} got */
  constructor(name, got) {
    this.name = name;
    this.got = got;
    this.has = false;
    /** @type {AbortController|null} */
    this.asking = null;
  }

  ask() {
    if (this.asking) return;
    const asking = new AbortController();
    this.asking = asking;
    if (!navigator.locks) {
      this.has = true;
      return;
    }
    const left = new Promise((leave) => asking.signal.addEventListener('abort', leave));
    navigator.locks
      .request(this.name, { signal: asking.signal }, () => {
        if (asking.signal.aborted) return undefined;
        this.has = true;
        this.got();
        return left;
      })
      .catch(() => {}); // it left before its turn came
  }

  leave() {
    this.asking?.abort();
    this.asking = null;
    this.has = false;
  }
}
