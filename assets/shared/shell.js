// What every page brings along, in one chunk that all pages share: each page's main.js begins here.
// What only some pages use is named too, so that it lies in that chunk and not in one of its own.
import './calls.js';
import './clock.js';
import './dash_parts.js';
import './desk_start.js';
import './elements.js';
import './map/first_map.js';
import './header.js';
import './load.js';
import './map/bridge.js';
import './one_stop.js';
import './papers.js';
import './printing.js';
import './rights.js';
import './sync.js';
import './upload.js';
