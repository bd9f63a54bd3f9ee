/** A draft, composed: the text on the left, the pages as they will print on the right, both one body. */
import { fromRfc3339, full } from '../../engine/time.js';
import { make, write } from '../../page/elements.js';
import { note } from '../../page/notes.js';
import { said, t } from '../../page/words.js';
import { again, askJson } from '../asking.js';
import { shortly } from '../telling.js';
import { askOfClash } from './clash.js';
import { button } from './controls.js';
import { Editor } from './editor.js';
import { Preview } from './preview.js';
import { Review } from './review.js';
import { drafts, offered, pageOf } from './routes.js';
import { Saver } from './saver.js';
import { minute } from './sight.js';
import { dropAllUnsaved, UnsavedCopy } from './unsaved.js';

/** How often it is looked whether another saved or moved the draft on. */
const LOOK_MS = 10_000;

/** @typedef {import('./routes.js').Draft} Draft */
/** @typedef {import('./routes.js').Body} Body */

/** @param {import('../shell.js').Desk} desk @param {string} id */
export async function openComposer(desk, id) {
  const [draft, known] = await Promise.all([drafts.read(id), offered()]);
  if (draft.briefing_id) location.replace(pageOf(`/${draft.briefing_id}`));
  else new Composer(desk, draft, known, await askJson('/api/layers', { realm: draft.realm })).begin();
}

class Composer {
  /** @param {import('../shell.js').Desk} desk @param {Draft} draft @param {import('./routes.js').Offered} known @param {any[]} layers */
  constructor(desk, draft, known, layers) {
    this.desk = desk;
    this.draft = draft;
    this.known = known;
    const { id } = draft;
    this.copy = new UnsavedCopy(desk.me.name, id);
    this.saver = new Saver(draft, {
      copy: this.copy,
      send: (revision, body) => drafts.save(id, revision, body),
      said: () => this.sayState(),
      saved: (told) => Object.assign(this.draft, { ...told, body: this.work.body, data: this.work.data }),
      merged: (body, by) => {
        note(() => t('briefing_merged', { by }));
        this.take(body);
      },
      clashed: (found) => askOfClash(found, known, {
        settle: (body) => {
          this.take(body);
          this.saver.settle(body);
        },
        duplicate: () => this.duplicateMine(found.body),
      }),
    });
    /** @type {import('./editor.js').Work} */
    this.work = {
      body: draft.body, data: draft.data, offered: known, layers, realm: draft.realm, city: around(desk.facts.districts), facts: desk.facts,
      changed: () => this.changed(),
      wording: async (block) => {
        if (!(await this.saver.save())) throw new Error(t('briefing_not_saved_yet'));
        return (await drafts.wording(id, block.key)).text;
      },
    };
    this.editor = new Editor(this.work);
    this.preview = new Preview((body) => drafts.preview(id, body));
    this.review = new Review(() => ({ ...this.draft, body: this.work.body, data: this.work.data }), known, {
      ready: () => this.saver.save(), revision: () => this.saver.revision, took: (told) => this.took(told), warnings: () => this.preview.warned, during: (act) => this.attempt(act),
    });
    this.review.layers = layers;
    this.state = make('span', { class: 'save-state', role: 'status' });
    this.bar = make('div', { class: 'composer-bar' });
    this.comment = make('p', { class: 'returned', hidden: true });
    desk.main.classList.add('composer');
    desk.main.replaceChildren(this.bar, this.comment, this.editor.box, this.preview.box);
    desk.on('language', () => this.say());
    desk.on('back', () => void this.saver.save());
    addEventListener('beforeunload', (event) => this.saver.dirty && event.preventDefault());
    addEventListener('pagehide', () => this.saver.keep());
    document.getElementById('sign-out')?.closest('form')?.addEventListener('submit', dropAllUnsaved);
    document.addEventListener('visibilitychange', () => document.visibilityState === 'hidden' && void this.saver.save());
  }

  begin() {
    const typed = this.copy.read() && this.saver.unsaved();
    if (typed) this.work.body = typed;
    this.say();
    this.preview.changed(this.work.body, 0);
    if (typed) {
      note(() => t('briefing_restored'));
      void this.saver.save();
    }
    void again(() => this.look(), () => LOOK_MS)();
  }

  /** What others did with the draft, while nothing of one's own waits to be saved. */
  async look() {
    const quiet = () => this.saver.state.kind === 'saved' && !this.saver.dirty && !this.bar.inert;
    if (!quiet()) return;
    const now = await drafts.read(this.draft.id);
    if (now.briefing_id) location.replace(pageOf(`/${now.briefing_id}`));
    else if (quiet() && (now.revision > this.saver.revision || now.stage !== this.draft.stage)) {
      note(() => t('briefing_by_another', { by: now.updated_by, stage: t(`briefing_stage_${now.stage}`) }));
      this.took(now);
    }
  }

  changed() {
    this.saver.changed(this.work.body);
    this.preview.changed(this.work.body);
  }

  /** Another body stands in its place. @param {Body} body */
  take(body) {
    this.work.body = body;
    this.editor.say();
    this.preview.changed(body, 0);
  }

  /** The server told the draft anew: its stage, its data. @param {Draft} draft */
  took(draft) {
    this.draft = draft;
    this.work.data = draft.data;
    this.saver.body = draft.body;
    this.saver.take(draft.revision, draft.body, draft.updated_at);
    this.saver.stand();
    this.take(draft.body);
    this.say();
  }

  say() {
    this.editor.allowed = this.draft.may.includes('edit');
    this.comment.hidden = !this.draft.comment;
    write(this.comment, t('briefing_returned', { comment: this.draft.comment }));
    this.sayBar();
    this.editor.say();
    this.preview.say();
  }

  sayBar() {
    const { draft } = this;
    const template = this.known.templates.find((one) => one.name === draft.template);
    const data = make('span', { class: 'data-time' }, t('briefing_data', { at: minute(this.work.body.view.at ?? this.work.data.at), taken: shortly(this.work.data.taken_at) }));
    data.title = Object.entries(this.work.data.stamps).map(([layer, stamp]) => `${layer} ${stamp ? full(fromRfc3339(stamp)) : '—'}`).join('\n');
    const may = (/** @type {string} */ what) => draft.may.includes(what);
    this.bar.replaceChildren(
      make('a', { class: 'link', href: pageOf() }, `‹ ${t('desk_briefings')}`),
      make('b', { class: 'template' }, template ? said(template.title) : draft.template),
      make('span', { class: `stage ${draft.stage}` }, t(`briefing_stage_${draft.stage}`)),
      ...(draft.corrects ? [make('a', { class: 'link', href: pageOf(`/${draft.corrects}`) }, t('briefing_corrects', { id: draft.corrects }))] : []),
      this.state, make('span', { class: 'spring' }), data,
      ...(may('edit') ? [button(t('briefing_renew'), () => void this.renew(), { title: t('briefing_renew_what') })] : []),
      button(t('briefing_tomorrow'), () => void this.tomorrow(), { title: t('briefing_tomorrow_what') }),
      ...(may('delete') ? [button(t('briefing_delete'), () => void this.remove())] : []),
      ...this.review.buttons(),
    );
    this.sayState();
  }

  sayState() {
    const { state } = this.saver;
    const words = {
      saved: () => t('briefing_saved', { at: shortly(/** @type {any} */ (state).at) }),
      waiting: () => t('briefing_unsaved'),
      saving: () => t('briefing_saving'),
      unsaved: () => t('briefing_unsaved_why', { why: /** @type {any} */ (state).why.message }),
      clash: () => t('briefing_unsaved_clash'),
    };
    this.state.dataset.state = state.kind;
    write(this.state, words[state.kind]());
  }

  async renew() {
    await this.attempt(async () => {
      if (!(await this.saver.save())) throw new Error(t('briefing_not_saved_yet'));
      this.took(await drafts.renew(this.draft.id, this.saver.revision));
      note(() => t('briefing_renewed', { at: minute(this.work.data.at) }));
    });
  }

  async tomorrow() {
    await this.attempt(async () => {
      await this.saver.save();
      const made = await drafts.duplicate(this.draft.id);
      location.assign(pageOf(`/drafts/${made.id}`));
    });
  }

  /** One's own version of a clash goes on as another draft. @param {Body} theirs */
  async duplicateMine(theirs) {
    await this.attempt(async () => {
      const mine = this.work.body;
      const made = await drafts.duplicate(this.draft.id, { at: mine.view.at ?? null });
      await drafts.save(made.id, made.revision, mine);
      this.saver.settle(theirs);
      await this.saver.save();
      location.assign(pageOf(`/drafts/${made.id}`));
    });
  }

  async remove() {
    if (!confirm(t('briefing_delete_sure', { title: this.work.body.title }))) return;
    await this.attempt(async () => {
      await drafts.remove(this.draft.id);
      this.copy.drop();
      this.saver.base = this.saver.body;
      location.assign(pageOf());
    });
  }

  /** Does something of the bar, which waits meanwhile; what goes wrong is said. @param {() => Promise<void>} act */
  async attempt(act) {
    this.bar.inert = true;
    try {
      await act();
    } catch (error) {
      note(() => /** @type {Error} */ (error).message, 'error');
    } finally {
      this.bar.inert = false;
    }
  }
}

/** The extent of all districts. @param {{bounds: [number, number, number, number]}[]} districts @returns {[number, number, number, number]} */
function around(districts) {
  const side = (/** @type {number} */ n, /** @type {(...all: number[]) => number} */ furthest) => furthest(...districts.map((one) => one.bounds[n]));
  return [side(0, Math.min), side(1, Math.min), side(2, Math.max), side(3, Math.max)];
}
