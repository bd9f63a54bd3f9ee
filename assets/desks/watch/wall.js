/** Wall mode (`/watch?wall=1`), for the centre's big screen: large type, night colours, no controls, and a map that goes
 * round: the whole city, then the place of each open alarm, the worst first. What rings comes at once and stays. */
import { level } from '../../page/alarm_bar.js';
import { make } from '../../page/elements.js';
import { t } from '../../page/words.js';

const EACH_S = 20;

export const isWall = () => new URLSearchParams(location.search).get('wall') === '1';

export class Wall {
  /** @param {any} watch the page */
  constructor(watch) {
    this.watch = watch;
    this.seconds = 0;
    /** The id of the alarm that is shown; 0: the whole city. */
    this.shown = -1;
    this.caption = make('div', { class: 'wall-view' });
    document.documentElement.classList.add('wall');
    watch.parts.map.append(this.caption);
    watch.desk.on('clock', () => this.tick());
    watch.room.on('queue', () => this.urgent());
    watch.desk.on('leave', () => location.assign(location.pathname));
  }

  tick() {
    this.seconds += 1;
    if (this.shown < 0 || this.seconds >= EACH_S) this.next();
  }

  /** An alarm that rings does not wait for its turn. */
  urgent() {
    const first = this.watch.room.ringing[0];
    if (first && first.id !== this.shown) this.show(first);
  }

  next() {
    const { queue, ringing } = this.watch.room;
    const stops = [...(ringing.length ? [] : [null]), ...(ringing.length ? ringing : queue)];
    const at = stops.findIndex((one) => (one?.id ?? 0) === this.shown);
    this.show(stops[(at + 1) % stops.length]);
  }

  /** @param {import('../../page/room.js').Alarm|null} alarm null: the whole city */
  show(alarm) {
    this.seconds = 0;
    this.shown = alarm?.id ?? 0;
    this.watch.queue.select(this.shown);
    if (alarm) this.watch.look(alarm);
    else this.watch.map.look(wholeOf(this.watch.desk.facts.districts));
    this.caption.replaceChildren(...(alarm ? [level(alarm.severity), ` ${alarm.facts.title}`] : [t('watch_whole_city')]));
  }
}

/** @param {{bounds: [number, number, number, number]}[]} districts @returns {[number, number, number, number]} west, south, east, north of all */
function wholeOf(districts) {
  const [west, south, east, north] = [0, 1, 2, 3].map((side) => districts.map(({ bounds }) => bounds[side]));
  return [Math.min(...west), Math.min(...south), Math.max(...east), Math.max(...north)];
}
