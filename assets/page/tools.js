/** The tools over the map: one in hand at a time, with its button, its key, its hint and what comes of it. */
import { box, circle, LARGEST_RADIUS_M, MOST_CORNERS, polygon } from '../engine/area.js';
import { distance } from '../engine/geodesy.js';
import { byId, make } from './elements.js';
import { lengthText, Measure } from './measure.js';
import { edgeOf, Outline } from './outline.js';
import { SelectionCard } from './selection.js';
import { Sketch } from './sketch.js';
import { t } from './words.js';

/** @typedef {import('../engine/engine.js').Engine} Engine */
/** @typedef {import('./sketch.js').Kind} Kind */
/** @typedef {[number, number]} Point */

/** @type {Record<string, Kind>} */
const KEYS = { r: 'box', c: 'circle', g: 'polygon', l: 'distance', a: 'surface' };

export class Tools {
  /**
   * @param {Engine} engine @param {any} facts @param {import('./standing.js').Standing} standing
   * @param {() => void} start called when a tool is taken in hand
   */
  constructor(engine, facts, standing, start) {
    this.engine = engine;
    this.start = start;
    this.hint = byId('tool-hint');
    this.outline = new Outline(engine.map, 'sketch');
    this.measure = new Measure(engine);
    this.selection = new SelectionCard(engine, facts, standing);
    /** @type {Sketch|null} */
    this.sketch = null;
    for (const kind of Object.values(KEYS)) byId(`tool-${kind}`).addEventListener('click', () => this.take(kind));
    engine.on('language', () => this.sketch && this.say(this.sketch.kind));
  }

  /** @returns {Record<string, () => void>} what each key does */
  keys() {
    const tools = Object.entries(KEYS).map(([key, kind]) => [key, () => this.take(kind)]);
    return { ...Object.fromEntries(tools), s: () => this.selection.toggle() };
  }

  /** Takes a tool in hand; the one that is in hand is put away. @param {Kind} kind */
  take(kind) {
    const same = this.sketch?.kind === kind;
    this.sketch?.cancel();
    if (same) return;
    this.start();
    if (kind === 'distance' || kind === 'surface') this.measure.clear();
    this.say(kind);
    byId('page').classList.add('drawing');
    byId(`tool-${kind}`).setAttribute('aria-pressed', 'true');
    this.sketch = new Sketch(this.engine, kind, {
      change: (points) => this.change(kind, points),
      done: (points) => this.done(kind, points),
      cancel: () => this.put(kind),
    });
  }

  /** The tool is out of hand. @param {Kind} kind */
  put(kind) {
    if (kind === 'distance' || kind === 'surface') this.measure.clear();
    this.away(kind);
  }

  /** @param {Kind} kind */
  away(kind) {
    this.sketch = null;
    this.outline.clear();
    this.hint.hidden = true;
    byId('page').classList.remove('drawing');
    byId(`tool-${kind}`).setAttribute('aria-pressed', 'false');
  }

  /** @param {Kind} kind @param {string} [trouble] @param {string} [result] so far */
  say(kind, trouble = '', result = '') {
    this.hint.hidden = false;
    const lines = [[t(`hint_${kind}`), ''], [t('hint_keys'), 'muted'], [result, 'measured'], [trouble, 'late']];
    this.hint.replaceChildren(...lines.filter(([text]) => text).map(([text, name]) => make('p', { class: name }, text)));
  }

  /** @param {Kind} kind @param {Point[]} points the last one is the pointer's */
  change(kind, points) {
    if (kind === 'distance' || kind === 'surface') {
      if (points.length) this.say(kind, '', this.measure.draw(kind, points));
      else this.measure.clear();
      return;
    }
    if (points.length < 2) {
      this.outline.show({ lines: [], corners: points });
      return;
    }
    if (kind === 'polygon') {
      this.outline.show({ lines: [points], filled: true, corners: points.slice(0, -1) });
      return;
    }
    const area = kind === 'box' ? boxOf(points) : circleOf(points);
    const radius = kind === 'circle' ? [{ at: points[1], text: lengthText(distance(points[0], points[1])), strong: true }] : [];
    this.outline.show({ lines: area ? [edgeOf(area)] : [], filled: true, corners: kind === 'circle' ? [points[0]] : [], words: radius });
  }

  /** @param {Kind} kind @param {Point[]} points @returns {boolean} whether they make a whole */
  done(kind, points) {
    if (kind === 'distance' || kind === 'surface') {
      if (points.length < (kind === 'distance' ? 2 : 3) || (kind === 'surface' && !polygonOf(points))) return this.refuse(kind, points);
      this.measure.show(kind, points);
      this.away(kind);
      return true;
    }
    if (points.length < 2) return false;
    const area = kind === 'box' ? boxOf(points) : kind === 'circle' ? circleOf(points) : polygonOf(points);
    if (!area) return this.refuse(kind, points);
    this.away(kind);
    this.selection.choose(area);
    return true;
  }

  /** Says why it cannot be finished yet. @param {Kind} kind @param {Point[]} points @returns {false} */
  refuse(kind, points) {
    const crossed = (kind === 'polygon' || kind === 'surface') && points.length >= 3;
    if (crossed) this.say(kind, points.length > MOST_CORNERS ? t('too_many_corners', { n: MOST_CORNERS }) : t('outline_crosses'));
    if (kind === 'circle') this.say(kind, t('circle_too_large', { n: LARGEST_RADIUS_M / 1000 }));
    return false;
  }
}

/** @template T @param {() => T} make @returns {T|null} null where it is no area */
function orNull(make) {
  try {
    return make();
  } catch {
    return null;
  }
}

/** @param {Point[]} points */
const boxOf = ([a, b]) => orNull(() => box([Math.min(a[0], b[0]), Math.min(a[1], b[1])], [Math.max(a[0], b[0]), Math.max(a[1], b[1])]));

/** @param {Point[]} points */
const circleOf = ([centre, edge]) => orNull(() => circle(centre, distance(centre, edge)));

/** @param {Point[]} points */
const polygonOf = (points) => orNull(() => polygon(points.length > MOST_CORNERS ? [] : points));
