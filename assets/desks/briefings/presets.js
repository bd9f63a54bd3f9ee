/** What can be added to a briefing: each kind of block as it begins, and maps that are usually wanted together. */
import { fromRfc3339, toRfc3339 } from '../../engine/time.js';
import { said, t } from '../../page/words.js';
import { minute } from './sight.js';

const HOUR_S = 3600;
const DAY_S = 24 * HOUR_S;
const SERIES = 4;

/** @typedef {Omit<import('./routes.js').Block, 'key'>} New */

/** Blocks as they begin, where more than the kind is needed. @type {Record<string, (at: string) => any>} */
const BEGINNINGS = {
  text: () => ({ text: '', wording: null }),
  map: () => ({ points: 'auto' }),
  maps: (at) => ({ maps: pair(at) }),
  table: () => ({ columns: [t('briefing_column', { n: 1 }), t('briefing_column', { n: 2 })], rows: [['', '']] }),
  photos: () => ({ photos: [] }),
};

/** A day before, and the briefing's own time. @param {string} at RFC 3339 */
export const pair = (at) => series(toRfc3339(fromRfc3339(at) - DAY_S), at, 2);

/** Maps at even steps. @param {string} from @param {string} to RFC 3339 @param {number} n */
export function series(from, to, n) {
  const [first, last] = [fromRfc3339(from), fromRfc3339(to)];
  return Array.from({ length: n }, (_, place) => {
    const at = toRfc3339(Math.round(first + ((last - first) * place) / Math.max(1, n - 1)));
    return { caption: minute(at), view: { at } };
  });
}

/** One time, as it was known then and as it is known now. @param {string} at */
const knowledge = (at) => [
  { caption: t('briefing_known_then'), view: { at, known_at: 'at' } },
  { caption: t('briefing_known_now'), view: { at, known_at: null } },
];

/**
 * @param {import('./editor.js').Work} work
 * @returns {{word: string, block: () => New}[]}
 */
export function additions(work) {
  const at = work.body.view.at ?? work.data.at;
  const kinds = work.offered.kinds.filter((one) => one.name !== 'maps').map((kind) => ({
    word: said(kind.title),
    block: () => ({ kind: kind.name, title: kind.name === 'text' || kind.name === 'photos' ? '' : said(kind.title), ...BEGINNINGS[kind.name]?.(at) }),
  }));
  if (!work.offered.kinds.some((one) => one.name === 'maps')) return kinds;
  const maps = (/** @type {string} */ key, /** @type {() => any[]} */ made) => ({ word: t(key), block: () => ({ kind: 'maps', title: t(key), maps: made() }) });
  const found = [
    maps('briefing_pair_times', () => pair(at)),
    maps('briefing_pair_known', () => knowledge(at)),
    maps('briefing_series', () => series(toRfc3339(fromRfc3339(at) - (SERIES - 1) * 2 * HOUR_S), at, SERIES)),
  ];
  const wordings = new Map(work.offered.templates.flatMap((one) => one.blocks).filter((one) => one.kind === 'text' && one.wording).map((one) => [one.wording, one.title ?? '']));
  const texts = [...wordings].map(([wording, title]) => ({ word: t('briefing_text_of', { title }), block: () => ({ kind: 'text', title, text: '', wording }) }));
  return [...kinds, ...found, ...texts];
}
