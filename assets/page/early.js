/** Runs first and alone: what the page will ask for is on its way while Dash still makes the page. */
import { begin } from '../engine/download.js';

void begin(new URLSearchParams(location.search).get('realm')).catch(() => {});
