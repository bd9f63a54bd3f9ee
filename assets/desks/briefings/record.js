/** The record of a stored briefing: what it showed, what that was taken from, who answers for it; and that it can be proved. */
import { fromRfc3339, full } from '../../engine/time.js';
import { dialog } from '../../page/dialog.js';
import { make, write } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { said, t } from '../../page/words.js';
import { askJson } from '../asking.js';
import { beijing } from '../telling.js';
import { button } from './controls.js';
import { numberWords } from './review.js';
import { briefings, drafts, offered, pageOf } from './routes.js';
import { Shares } from './shares.js';
import { verdictParts } from './verdict.js';

const FORMATS = /** @type {const} */ (['pdf', 'docx', 'pptx', 'png', 'svg', 'zip']);

/** @param {import('../shell.js').Desk} desk @param {string} id */
export async function openRecord(desk, id) {
  const [one, known, layers] = await Promise.all([briefings.read(id), offered(), askJson('/api/layers')]);
  const record = new Record(desk, one, known, layers);
  desk.main.classList.add('record');
  desk.on('language', () => record.say());
  record.say();
}

class Record {
  /** @param {import('../shell.js').Desk} desk @param {any} one as `/api/briefings/{id}` tells it @param {import('./routes.js').Offered} known @param {any[]} layers */
  constructor(desk, one, known, layers) {
    this.desk = desk;
    this.one = one;
    this.known = known;
    this.layers = layers;
    this.page = 1;
    /** The last page, once it is known. @type {number|undefined} */
    this.last = one.pages;
    this.verdict = make('div', { class: 'verdict', role: 'status' });
    this.shares = desk.may('briefing') ? new Shares(one.id) : null;
    this.sheet = make('img', { class: 'sheet' });
  }

  say() {
    const { one } = this;
    const title = make('div', { class: 'record-title' }, make('a', { class: 'link', href: pageOf('?tab=signed') }, `‹ ${t('desk_briefings')}`), make('h2', {}, one.title), make('span', { class: 'number' }, one.series ? numberWords(one) : t('briefing_unnumbered')));
    this.desk.main.replaceChildren(title, this.warnings(), make('div', { class: 'record-two' }, this.shown(), make('div', { class: 'record-facts' }, this.downloads(), this.acts(), this.proof(), this.source(), ...(this.shares ? [this.shares.box] : []))));
    this.shares?.say();
    this.sayVerdict();
  }

  warnings() {
    const { one } = this;
    const links = (/** @type {string[]} */ ids) => ids.map((id) => make('a', { class: 'link', href: pageOf(`/${id}`) }, id));
    const made = make('div', { class: 'record-notes' });
    if (one.exercise ?? one.realm !== 'real') made.append(make('p', { class: 'badge' }, t('exercise')));
    if (one.data_gone) made.append(make('p', { class: 'late', role: 'note' }, t('briefing_data_gone')));
    if (one.corrected_by?.length) made.append(make('p', { class: 'corrected', role: 'note' }, t('briefing_corrected_by'), ' ', ...links(one.corrected_by)));
    if (one.corrects) made.append(make('p', { role: 'note' }, t('briefing_corrects_this'), ' ', ...links([one.corrects])));
    return made;
  }

  /** What it showed. */
  shown() {
    this.sheet.src = this.address(this.page);
    this.sheet.alt = t('briefing_page_n', { n: this.page });
    return make('figure', { class: 'shown' }, this.sheet, make('div', { class: 'row turner' },
      button('‹', () => void this.turn(-1), { 'aria-label': t('briefing_page_before') }, this.page === 1),
      make('span', {}, t('briefing_page_n', { n: this.page })),
      button('›', () => void this.turn(1), { 'aria-label': t('briefing_page_after') }, this.page === this.last)));
  }

  /** @param {number} page */
  address(page) {
    return briefings.file(this.one.id, 'png', { dpi: 150, page });
  }

  /** @param {number} by */
  async turn(by) {
    const next = new Image();
    next.src = this.address(this.page + by);
    try {
      await next.decode();
      this.page += by;
    } catch {
      this.last = this.page;
    }
    this.say();
  }

  downloads() {
    const { one } = this;
    const formats = FORMATS.filter((name) => name in one.formats);
    return make('section', { class: 'card part' }, make('h3', {}, t('briefing_downloads')),
      make('div', { class: 'chips' }, ...formats.map((name) => make('a', { class: 'chip', href: briefings.file(one.id, name, name === 'png' ? { dpi: 300 } : {}), download: `${one.id}.${name}`, title: t(`briefing_format_${name}`) }, name.toUpperCase())),
        make('a', { class: 'chip', href: briefings.file(one.id, 'pdf'), target: '_blank', rel: 'noopener' }, t('briefing_print'))));
  }

  acts() {
    const verify = button(t('briefing_verify'), () => void this.verify(), { class: 'primary' });
    if (!this.desk.may('briefing')) return make('div', { class: 'row' }, verify);
    return make('div', { class: 'row' }, verify,
      button(t('briefing_correct'), () => this.correct(), { title: t('briefing_correct_what') }),
      ...(this.one.draft_id ? [button(t('briefing_tomorrow'), () => void this.attempt(async () => {
        const made = await drafts.duplicate(this.one.draft_id);
        location.assign(pageOf(`/drafts/${made.id}`));
      }))] : []));
  }

  proof() {
    const { one } = this;
    const rows = /** @type {[string, string|Node][]} */ ([
      ['briefing_code', make('code', {}, one.id)],
      ['briefing_hash', make('code', { class: 'hash' }, one.sha256)],
      ['briefing_drafted_by', one.drafted_by ?? one.account],
      ['briefing_checked_by', one.checked_by],
      ['briefing_signed_by', one.signed_by],
      ['briefing_made', beijing(one.created_at)],
    ]).filter(([, value]) => value);
    return make('section', { class: 'card part' }, make('h3', {}, t('briefing_proof')), facts(rows), this.verdict);
  }

  /** What it was taken from: T, K of each layer, software and fonts. */
  source() {
    const { one } = this;
    const at = one.at ?? one.spec?.at;
    const known = one.known_at ?? one.spec?.known_at ?? {};
    const template = this.known.templates.find((each) => each.name === one.template);
    const stamps = Object.entries(known).map(([id, stamp]) => {
      const layer = this.layers.find((each) => each.id === id);
      return make('tr', {}, make('th', { scope: 'row' }, layer ? said(layer.title) : id), make('td', {}, stamp ? full(fromRfc3339(stamp)) : '—'));
    });
    const outputs = (one.outputs ?? []).map((/** @type {any} */ each) => make('details', {}, make('summary', {}, `${each.format.toUpperCase()} · ${beijing(each.rendered_at)}`), make('code', { class: 'hash' }, each.sha256), make('pre', {}, JSON.stringify(each.manifest, null, 1))));
    return make('section', { class: 'card part' }, make('h3', {}, t('briefing_source')),
      facts([['briefing_template', template ? said(template.title) : one.template], ...(at ? [/** @type {[string, string]} */ (['briefing_at', full(fromRfc3339(at))])] : [])]),
      make('table', { class: 'stamps' }, make('caption', {}, t('briefing_stamps')), make('tbody', {}, ...stamps)),
      ...(outputs.length ? [make('h4', {}, t('briefing_outputs')), ...outputs] : []));
  }

  sayVerdict() {
    if (this.told) this.verdict.replaceChildren(...verdictParts(this.told));
  }

  /** @type {any} */
  told = null;

  async verify() {
    write(this.verdict, t('briefing_verifying'));
    await this.attempt(async () => {
      this.told = await briefings.verify(this.one.id);
      this.sayVerdict();
    });
  }

  correct() {
    const go = button(t('briefing_correct'), () => void this.attempt(async () => {
      const made = await briefings.correct(this.one.id);
      location.assign(pageOf(`/drafts/${made.id}`));
    }), { class: 'primary' });
    const made = dialog(t('briefing_correct'), [make('p', {}, t('briefing_correct_what')), make('div', { class: 'row' }, make('span', { class: 'spring' }), button(t('briefing_cancel'), () => made.close()), go)]);
  }

  /** @param {() => Promise<void>} act */
  async attempt(act) {
    try {
      await act();
    } catch (error) {
      this.verdict.replaceChildren();
      note(() => /** @type {Error} */ (error).message, 'error');
    }
  }
}

/** @param {[string, string|Node][]} rows */
const facts = (rows) => make('dl', {}, ...rows.flatMap(([key, value]) => [make('dt', {}, t(key)), make('dd', {}, value)]));
