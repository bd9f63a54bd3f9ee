/** The page's one module: Dash includes it, the rest is imported from a static route. */
import { start } from '../static/page/start.js';

void start();
