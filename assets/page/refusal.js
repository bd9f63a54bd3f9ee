/** Why something was refused or failed, in the page's language: never a number alone. */
import { lang, t } from './words.js';

/** @param {Response} answer that is not ok @returns {Promise<string>} what the server says, else what its status means */
export async function refusalOf(answer) {
  const told = await answer.json().catch(() => ({}));
  return told[lang()] ?? told.detail ?? reasonOf(String(answer.status));
}

/** @param {string} message of an error: a status, or what the browser says of a line that is down @returns {string} */
export function reasonOf(message) {
  if (message === '401') return t('why_signed_out');
  if (message === '403') return t('why_forbidden');
  if (message === '503') return t('why_no_database');
  if (/^\d{3}$/.test(message)) return t('why_server', { status: message });
  if (/fetch|network|load failed/i.test(message)) return t('why_no_line');
  return message;
}
