/** Places by name: the districts, which the page knows, and the gazetteer, which is fetched when it is first wanted. */
import { lang } from './words.js';

/** @typedef {{code: string, zh: string, en: string, bounds: [number, number, number, number], at: [number, number]}} District */
/** @typedef {{zh: string[], en: string, lng: number, lat: number, people: number, of: {zh: string, en: string}|null, own: boolean}} Place */

const MOST_DISTRICTS = 4;
const MOST_PLACES = 8;
/** What a Chinese name may end with and people leave out. */
const KINDS = /(街道|社区|街|镇|乡|市|区|县|村)$/;

/** A name or a question without what does not matter: width, case, blanks, accents. @param {string} text */
const plain = (text) => text.normalize('NFKD').toLowerCase().replace(/[\s'’\-\u0300-\u036f]/g, '');

/**
 * How well a name answers: 0 the same, 1 the same but for its kind, 2 begins with it, 3 holds it, 4 is held by it.
 * @param {string} name @param {string} wanted both plain @returns {number} Infinity where it does not
 */
function distance(name, wanted) {
  const bare = name.replace(KINDS, '');
  if (name === wanted) return 0;
  if (bare === wanted || (bare.length > 1 && bare === wanted.replace(KINDS, ''))) return 1;
  if (name.startsWith(wanted)) return 2;
  if (name.includes(wanted)) return 3;
  return bare.length > 1 && !/[a-z]/.test(bare) && wanted.includes(bare) ? 4 : Infinity;
}

/** @param {string[]} names @param {string} wanted */
const nearest = (names, wanted) => Math.min(...names.map((name) => distance(name, wanted)));

export class Places {
  /** @param {District[]} districts @param {string} address of the gazetteer */
  constructor(districts, address) {
    this.address = address;
    this.districts = districts.map((one) => ({ one, names: [plain(one.zh), plain(one.en), plain(`${one.en} district`)] }));
    /** @type {{one: Place, names: string[]}[]} */
    this.gazetteer = [];
    /** @type {Promise<void>|undefined} */
    this.loading = undefined;
  }

  /** Fetches the gazetteer, once; a failure is tried again when it is next wanted. @returns {Promise<void>} */
  load() {
    this.loading ??= (async () => {
      const answer = await fetch(this.address);
      if (!answer.ok) throw new Error(`${answer.status}`);
      const places = /** @type {Place[]} */ (await answer.json());
      this.gazetteer = places.map((one) => ({ one, names: [...one.zh, one.en].map(plain) }));
    })().catch((error) => {
      this.loading = undefined;
      throw error;
    });
    return this.loading;
  }

  /** The best first. @param {string} text @returns {{districts: District[], places: Place[], certain: 'district'|'place'|null}} certain: the text is the name of the first of these */
  find(text) {
    const wanted = plain(text);
    if (!wanted) return { districts: [], places: [], certain: null };
    const districts = best(this.districts, wanted, MOST_DISTRICTS);
    const places = wanted.length > 1 ? best(this.gazetteer, wanted, MOST_PLACES) : [];
    return { districts: districts.map(({ one }) => one), places: places.map(({ one }) => one), certain: isName(districts) ? 'district' : isName(places) ? 'place' : null };
  }
}

/** @param {{far: number}[]} found the best first @returns {boolean} whether the first has the very name */
const isName = ([first]) => first !== undefined && first.far <= 1;

/**
 * @template T
 * @param {{one: T, names: string[]}[]} all in order of weight @param {string} wanted @param {number} most
 * @returns {{one: T, far: number}[]}
 */
function best(all, wanted, most) {
  const found = all.map(({ one, names }) => ({ one, far: nearest(names, wanted) })).filter(({ far }) => far < Infinity);
  return found.sort((a, b) => a.far - b.far).slice(0, most);
}

/** @param {Place} place @returns {string} its name in the page's language */
export const nameOf = (place) => (lang() === 'en' ? place.en : (place.zh[0] ?? place.en));

/** How near to look at a place: a city from afar. @param {Place} place */
export function zoomOf(place) {
  const kind = /[市区县]$/.exec(place.zh[0] ?? '')?.[0];
  return kind === '市' ? 11 : kind ? 12 : 14;
}
