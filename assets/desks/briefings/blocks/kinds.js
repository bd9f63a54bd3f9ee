/** The editor of each kind of block; `other` makes its fields from what the kind declares. */
import { mapEditor } from './map.js';
import { mapsEditor } from './maps.js';
import { otherEditor } from './other.js';
import { photosEditor } from './photos.js';
import { tableEditor } from './table.js';
import { textEditor } from './text.js';

/** @typedef {(block: import('../routes.js').Block, work: import('../editor.js').Work, again: () => void) => HTMLElement} BlockEditor `again`: shows the column anew */

/** @type {Record<string, BlockEditor>} */
export const EDITORS = { text: textEditor, map: mapEditor, maps: mapsEditor, table: tableEditor, photos: photosEditor, other: otherEditor };
