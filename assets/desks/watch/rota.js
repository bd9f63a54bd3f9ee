/** The rota: who is on when, read from a spreadsheet or edited by hand. */
import { full } from '../../engine/time.js';
import { secondsOf } from '../../page/alarm_bar.js';
import { make } from '../../page/elements.js';
import { lang, t } from '../../page/words.js';
import { askJson } from '../asking.js';

/** @typedef {import('../../page/room.js').Room} Room */

const DUTIES = ['officer', 'deputy', 'leader'];

export class Rota {
  /** @param {HTMLElement} box @param {Room} room */
  constructor(box, room) {
    this.box = box;
    this.room = room;
    this.told = make('div', { role: 'status' });
  }

  async open() {
    const turns = await askJson('/api/watch/rota', { realm: this.room.realm });
    if (this.box.dataset.work !== 'rota') return;
    const file = make('input', { type: 'file', accept: '.xlsx,.xls,.ods' });
    file.addEventListener('change', () => file.files?.[0] && void this.read(file.files[0]));
    const head = ['begins', 'ends', 'duty', 'name', 'account', 'phone'].map((name) => make('th', { scope: 'col' }, t(`watch_rota_${name}`)));
    const rows = turns.map((/** @type {any} */ one) => {
      const away = make('button', { class: 'link' }, t('watch_rota_withdraw'));
      away.addEventListener('click', () => void this.change(`/api/watch/rota/${one.id}/withdraw`, {}));
      return make('tr', {}, ...[time(one.begins), time(one.ends), t(`watch_duty_${one.duty}`), one.name, one.account ?? '', one.phone ?? ''].map((text) => make('td', {}, text)), make('td', {}, away));
    });
    this.box.replaceChildren(
      make('h3', {}, t('watch_rota')),
      make('label', { class: 'rota-import' }, make('span', { class: 'muted' }, t('watch_rota_import')), file),
      this.told,
      this.adding(),
      make('div', { class: 'scrolled' }, make('table', { class: 'rota' }, make('thead', {}, make('tr', {}, ...head, make('th', {}))), make('tbody', {}, ...rows))),
    );
  }

  adding() {
    const field = (/** @type {string} */ name, /** @type {HTMLElement} */ control) => make('label', { class: 'field' }, make('span', {}, t(`watch_rota_${name}`)), control);
    const form = make(
      'form', { class: 'watch-form rota-form' },
      field('begins', make('input', { name: 'begins', type: 'datetime-local', required: true })),
      field('ends', make('input', { name: 'ends', type: 'datetime-local', required: true })),
      field('duty', make('select', { name: 'duty' }, ...DUTIES.map((one) => make('option', { value: one }, t(`watch_duty_${one}`))))),
      field('name', make('input', { name: 'name', required: true, maxlength: '80' })),
      field('account', make('input', { name: 'account', maxlength: '80' })),
      field('phone', make('input', { name: 'phone', maxlength: '40' })),
      make('button', { class: 'plain', type: 'submit' }, t('watch_rota_add')),
    );
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const given = /** @type {Record<string, string>} */ (Object.fromEntries(new FormData(form)));
      void this.change('/api/watch/rota', { ...given, account: given.account || null, begins: `${given.begins}:00+08:00`, ends: `${given.ends}:00+08:00` });
    });
    return form;
  }

  /** @param {string} path @param {any} json */
  async change(path, json) {
    try {
      await askJson(path, { realm: this.room.realm, json });
      this.told.replaceChildren();
      await this.open();
    } catch (error) {
      this.told.replaceChildren(make('p', { class: 'failed' }, /** @type {Error} */ (error).message));
    }
  }

  /** @param {File} file */
  async read(file) {
    const body = new FormData();
    body.append('file', file);
    try {
      const told = await askJson('/api/watch/rota/imports', { realm: this.room.realm, body });
      this.told.replaceChildren(
        make('p', {}, t('watch_rota_done', told)),
        ...told.rejected_records.slice(0, 20).map((/** @type {any} */ one) => make('p', { class: 'failed' }, t('watch_rota_row', { n: one.position, why: one[lang()] }))),
      );
      await this.open();
    } catch (error) {
      this.told.replaceChildren(make('p', { class: 'failed' }, /** @type {Error} */ (error).message));
    }
  }
}

/** @param {string} at */
const time = (at) => full(secondsOf(at)).slice(5, 16);
