/** 制作简报: a draft is opened from a view, on a template. */
import { formatView } from '../engine/view.js';
import { dialog } from './dialog.js';
import { make } from './elements.js';
import { reasonOf, refusalOf } from './refusal.js';
import { lang, said, t } from './words.js';

const LAST = 'emmap-template';

/** A View as the JSON that the routes of briefings take: the names and texts of the address. @param {import('../engine/view.js').View} view */
export function viewAsJson(view) {
  /** @type {Record<string, string|string[]>} */
  const found = {};
  for (const [name, value] of new URLSearchParams(formatView(view))) {
    found[name] = name in found ? [found[name], value].flat() : value;
  }
  return found;
}

/**
 * Asks for the template and the title, and goes to the draft.
 * @param {{realm: string, view?: Record<string, any>, title?: string}} given `view` as `viewAsJson` makes it; without one, the whole city now
 */
export async function newBriefing({ realm, view = {}, title = '' }) {
  const name = make('input', { type: 'text', maxlength: '80', placeholder: t('briefing_title_later') });
  name.value = title;
  const choices = make('fieldset', { class: 'templates' }, make('legend', {}, t('briefing_template')), t('loading'));
  const state = make('p', { class: 'failed', role: 'alert' });
  const begin = make('button', { type: 'submit', class: 'primary', disabled: true }, t('briefing_begin'));
  const form = make('form', { method: 'dialog' }, make('p', { class: 'muted' }, t('briefing_new_what')), choices, make('label', { class: 'named' }, make('span', {}, t('briefing_title')), name), state, make('div', { class: 'row' }, make('span', { class: 'spring' }), begin));
  form.style.display = 'grid';
  form.style.gap = '12px';
  dialog(t('briefing_new'), [form]);
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const template = String(new FormData(form).get('template') ?? '');
    begin.disabled = true;
    begin.textContent = t('briefing_beginning');
    state.textContent = '';
    try {
      const answer = await fetch('/api/briefings/drafts', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ template, title: name.value.trim(), view: { realm, ...view } }),
      });
      if (!answer.ok) throw new Error(await refusalOf(answer));
      const { id } = await answer.json();
      localStorage.setItem(LAST, template);
      const asked = new URLSearchParams({ ...(lang() === 'en' ? { lang: 'en' } : {}), ...(new URLSearchParams(location.search).has('realm') ? { realm } : {}) }).toString();
      location.assign(`/briefings/drafts/${encodeURIComponent(id)}${asked ? `?${asked}` : ''}`);
    } catch (error) {
      state.textContent = reasonOf(/** @type {Error} */ (error).message);
      begin.disabled = false;
      begin.textContent = t('briefing_begin');
    }
  });
  try {
    const answer = await fetch('/api/briefings/templates');
    if (!answer.ok) throw new Error(await refusalOf(answer));
    // One without blocks is a quick export's, with nothing to compose.
    const templates = (await answer.json()).templates.filter((/** @type {any} */ one) => one.blocks.length);
    const last = localStorage.getItem(LAST);
    const chosen = templates.find((/** @type {any} */ one) => one.name === last) ?? templates[0];
    choices.replaceChildren(make('legend', {}, t('briefing_template')), ...templates.map((/** @type {any} */ one) => make('label', {}, make('input', { type: 'radio', name: 'template', value: one.name, checked: one === chosen }), said(one.title), make('small', {}, t(`briefing_paper_${one.papers[0]}`)))));
    begin.disabled = false;
    /** @type {HTMLElement|null} */ (choices.querySelector(':checked'))?.focus();
  } catch (error) {
    choices.replaceChildren();
    state.textContent = reasonOf(/** @type {Error} */ (error).message);
  }
}

/** The entry on the map: as the picture is now. @param {import('../engine/engine.js').Engine} engine @param {import('./person.js').Me} me @param {HTMLElement} entry */
export function offerBriefing(engine, me, entry) {
  const allowed = me.permissions.includes('briefing');
  entry.setAttribute('aria-disabled', String(!allowed));
  const say = () => {
    if (!allowed) entry.title = t('export_forbidden', { role: t(`role_${me.role}`) });
  };
  engine.on('language', say);
  say();
  entry.addEventListener('click', () => allowed && void newBriefing({ realm: engine.realm, view: viewAsJson({ ...engine.view.get(), area: null }) }));
}
