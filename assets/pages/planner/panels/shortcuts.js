// One key, one tool.
import { desk } from '../desk.js';
import { RADII_PX } from '../drawing/hand.js';
import { mendFirst } from './hint.js';
import { toggleOnly, toolChanged } from './toolbar.js';
import { may } from '../../../shared/rights.js';

/** @type {Record<string, string>} */
const TOOLS = {
  v: 'select',
  b: 'brush',
  l: 'lasso',
  x: 'split',
  p: 'push',
  m: 'merge',
  e: 'estate',
  n: 'new_grid',
  d: 'dissolve',
  k: 'lock_grid',
  o: 'lock_plot',
};

/** @param {number} step */
function widen(step) {
  const { tools } = desk;
  tools.size = Math.max(0, Math.min(RADII_PX.length - 1, tools.size + step));
  toolChanged();
}

/** @type {Record<string, () => void>} */
const DEEDS = { '[': () => widen(-1), ']': () => widen(1), f: toggleOnly, g: mendFirst };

// Does what the key is for; false where it is for nothing.
/** @param {string} pressed @returns {boolean} */
export function shortcut(pressed) {
  const key = pressed.toLowerCase();
  if (!may('plan')) return false;
  if (TOOLS[key]) desk.tools.choose(TOOLS[key]);
  else if (DEEDS[key]) DEEDS[key]();
  else return false;
  return true;
}
