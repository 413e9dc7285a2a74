// Ruling without a mouse.
import { pick, select } from './choice.js';
import { rule, undo } from './rulings.js';
import { current, groups, offered, work } from './state.js';
import { desk } from '../desk.js';
import { within } from '../../../../shared/elements.js';

/** @type {Record<string, number>} */
const STEP = { ArrowDown: 1, ArrowUp: -1 };

// Keys: 1–8 choose a building, Enter says it is this one, U leaves the row without one, ↑ ↓ go on.
/** @param {KeyboardEvent} event */
function keys(event) {
  if (!desk.page.isConnected || !desk.upload || desk.step === 'preview' || !desk.sheet.hidden)
    return;
  const command = event.ctrlKey || event.metaKey;
  const writing = within(event, 'input, textarea, select');
  if (command && event.key.toLowerCase() === 'z' && !writing) {
    event.preventDefault();
    undo();
    return;
  }
  if (command || event.altKey || writing || within(event, 'a')) return;
  if (event.key in STEP) walk(event);
  else if (current()) choose(event);
}

// To the group before or after.
/** @param {KeyboardEvent} event */
function walk(event) {
  if (within(event, '.leaflet-container')) return;
  const all = groups();
  const at = all.findIndex((g) => g.key === work.at);
  const next = all[at + STEP[event.key]] || (at < 0 ? all[0] : null);
  if (!next) return;
  event.preventDefault();
  select(next.key);
}

/** @param {KeyboardEvent} event */
function choose(event) {
  const group = current();
  if (!group) return;
  if (/^[1-8]$/.test(event.key)) {
    const wanted = offered(group)[Number(event.key) - 1];
    if (!wanted) return;
    event.preventDefault();
    if (work.picked === wanted.id) rule('building', wanted.id);
    else pick(work.buildings[wanted.id]);
  } else if (
    event.key === 'Enter' &&
    work.picked !== null &&
    !within(event, 'button:not([data-building])')
  ) {
    event.preventDefault();
    rule('building', work.picked);
  } else if (event.key.toLowerCase() === 'u') {
    event.preventDefault();
    rule('unplaced');
  } else if (event.key === 'Escape') {
    work.picked = null;
    desk.map.outline(null);
    work.draw();
  }
}

export { keys };
