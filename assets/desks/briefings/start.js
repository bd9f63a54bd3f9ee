/** The briefing desk: the list, a draft that is composed, or the record of a stored briefing, as the address says. */
import { make } from '../../page/elements.js';
import { openDesk } from '../shell.js';
import { openComposer } from './composer.js';
import { List } from './list.js';
import { openRecord } from './record.js';

openDesk(async (desk) => {
  const [, first, second] = location.pathname.split('/').filter(Boolean);
  try {
    if (first === 'drafts' && second) await openComposer(desk, second);
    else if (first) await openRecord(desk, first);
    else await new List(desk).open();
  } catch (error) {
    const failed = make('p', { class: 'empty', role: 'alert' });
    const say = () => (failed.textContent = /** @type {Error} */ (error).message);
    desk.on('language', say);
    say();
    desk.main.replaceChildren(failed);
  }
});
