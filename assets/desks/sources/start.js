/** The sources page. */
import { openDesk } from '../shell.js';
import { make } from '../../page/elements.js';

openDesk((desk) => desk.main.append(make('h2', { 'data-zh': '来源' }, '来源')));
