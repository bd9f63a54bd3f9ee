/** The administrators' page: accounts, tokens, the audit. */
import { make } from '../../page/elements.js';
import { t } from '../../page/words.js';
import { askJson } from '../asking.js';
import { openDesk } from '../shell.js';
import { Audit } from './audit.js';
import { People } from './people.js';
import { Tokens } from './tokens.js';

openDesk(async (desk) => {
  const known = await askJson('/api/accounts');
  const title = make('h2', {}, t('accounts_title'));
  const parts = [new People(known), new Tokens(known), new Audit()];
  desk.main.replaceChildren(title, ...parts.map((part) => part.element));
  desk.on('language', () => {
    title.textContent = t('accounts_title');
    for (const part of parts) part.show();
  });
  await Promise.all(parts.map((part) => part.read()));
});
