/** Two writers' bodies become one, where they did not write at the same place. */

/** @typedef {import('./routes.js').Body} Body */
/** @typedef {import('./routes.js').Block} Block */
/** @typedef {{where: string[], mine: any, theirs: any}} Clash `where`: the way to the place: `header`, `masthead`, or a block's key and its parameter */

/**
 * What both made of `base`. Where both wrote at one place, theirs stands in it and the place is a clash.
 * @param {Body} base @param {Body} mine @param {Body} theirs @returns {{body: Body, clashes: Clash[]}}
 */
export function merge(base, mine, theirs) {
  /** @type {Clash[]} */
  const clashes = [];
  const { blocks: _, header: __, ...rest } = theirs;
  const body = /** @type {Body} */ ({
    ...rest,
    ...fields([], plain(base), plain(mine), plain(theirs), clashes),
    header: fields(['header'], base.header, mine.header, theirs.header, clashes),
    blocks: blocks(base.blocks, mine.blocks, theirs.blocks, clashes),
  });
  return { body, clashes };
}

/** The merged body with one's own put back at the places that are named. @param {Body} body @param {Clash[]} chosen @returns {Body} */
export function withMine(body, chosen) {
  const made = structuredClone(body);
  for (const { where, mine } of chosen) {
    const [first, second] = where;
    /** @type {any} */
    let place = made;
    if (first === 'header') place = made.header;
    else if (second) place = made.blocks.find((one) => one.key === first);
    if (place) place[second ?? first] = mine;
  }
  return made;
}

/** Whether two values say the same, in whatever order their keys stand: the store has its own. @param {any} one @param {any} other */
export const same = (one, other) => ordered(one) === ordered(other);

/** @param {any} value */
const ordered = (value) => JSON.stringify(value, (_, each) => (each && typeof each === 'object' && !Array.isArray(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each));

/** @param {Body} body */
const plain = ({ blocks: _, header: __, ...rest }) => rest;

/** @param {string[]} where @param {any} base @param {any} mine @param {any} theirs @param {Clash[]} clashes @returns {any} */
function fields(where, base, mine, theirs, clashes) {
  /** @type {any} */
  const made = {};
  for (const name of new Set([...Object.keys(theirs), ...Object.keys(mine)])) {
    const [was, my, their] = [base?.[name], mine[name], theirs[name]];
    if (same(my, was) || same(my, their)) made[name] = their;
    else if (same(their, was)) made[name] = my;
    else {
      made[name] = their;
      clashes.push({ where: [...where, name], mine: my, theirs: their });
    }
    if (made[name] === undefined) delete made[name];
  }
  return made;
}

/** A block that one took out stays out unless the other wrote in it. @param {Block[]} base @param {Block[]} mine @param {Block[]} theirs @param {Clash[]} clashes @returns {Block[]} */
function blocks(base, mine, theirs, clashes) {
  const [was, my, their] = [base, mine, theirs].map((list) => new Map(list.map((one) => [one.key, one])));
  const orders = [base, mine, theirs].map((list) => list.map((one) => one.key));
  const [lead, other] = same(orders[1], orders[0]) ? [orders[2], orders[1]] : [orders[1], orders[2]];
  const made = [];
  for (const key of together(lead, other)) {
    const [before, left, right] = [was.get(key), my.get(key), their.get(key)];
    if (left && right) made.push(/** @type {Block} */ (fields([key], before, left, right, clashes)));
    else {
      const only = left ?? right;
      if (only && !(before && same(only, before))) made.push(only);
    }
  }
  return made;
}

/** The keys of `lead` in its order, each of `other` that it lacks after the one that goes before it there. @param {string[]} lead @param {string[]} other @returns {string[]} */
function together(lead, other) {
  const made = [...lead];
  other.forEach((key, place) => {
    if (made.includes(key)) return;
    made.splice(place === 0 ? 0 : made.indexOf(other[place - 1]) + 1, 0, key);
  });
  return made;
}
