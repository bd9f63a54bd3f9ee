/** A desk that one's role may not use: only its frame. */
import { openDesk } from './shell.js';

openDesk(() => {});
