/** A text: typed as it is, no markup; its first wording can be had anew. */
import { make } from '../../../page/elements.js';
import { note } from '../../../page/notes.js';
import { t } from '../../../page/words.js';
import { area, button } from '../controls.js';

/** @type {import('./kinds.js').BlockEditor} */
export function textEditor(block, work) {
  const text = area(block.text ?? '', (value) => {
    block.text = value;
    work.changed();
  }, { class: 'writing', 'aria-label': block.title || t('briefing_text') });
  const made = make('div', { class: 'block-body' }, text);
  if (!block.wording) return made;
  const renew = async () => {
    anew.disabled = true;
    try {
      const wording = await work.wording(block);
      // As if it were typed, so that the browser's undo takes it back.
      text.focus();
      text.select();
      document.execCommand('insertText', false, wording);
    } catch (error) {
      note(() => /** @type {Error} */ (error).message, 'error');
    } finally {
      anew.disabled = false;
    }
  };
  const anew = button(t('briefing_reword'), () => void renew(), { class: 'link', title: t('briefing_reword_what') });
  made.append(anew);
  if (!block.text) void renew();
  return made;
}
