// What waits until the grids stand: a slow machine draws them before everything else.
import { pageConfig } from '../../shared/page.js';

// The grids come first; terrain, circles and heat are sent for when they stand, or after 4 s
// where there are none. (A callback that waits itself would hold back all the others.)
// What is not shown is not sent for at all, until it is.
let standing = false;
/** @type {Record<string, string>} */
const waiting = {};
/** @type {Set<string>} layers that are shown, or were */
export const wanted = new Set();
const next = [];
export const whenGridsStand = (act) => {
  if (standing) act();
  else next.push(act);
};
/** @type {Set<string>} layers that were sent for */
const sent = new Set();
const setUrl = (type, layer, url) => {
  sent.add(layer);
  window.dash_clientside.set_props({ type, layer }, { url });
};
function stand() {
  if (standing || !document.getElementById('map')) return;
  standing = true;
  for (const [key, { waits, type, url }] of Object.entries(pageConfig()?.layers || {})) {
    if (waits && wanted.has(key)) setUrl(type, key, waiting[key] || url);
  }
  for (const act of next.splice(0)) act();
}
export const gridsDrawn = () => requestAnimationFrame(() => setTimeout(stand, 0));
setTimeout(stand, 4000);
// Have a layer sent for: now, or when its turn comes.
export function sendFor(key, url) {
  const { waits, type } = pageConfig().layers[key];
  if (waits) waiting[key] = url;
  if (!waits || (standing && wanted.has(key))) setUrl(type, key, url);
}
// A layer is shown now: what it waits with is sent for, once the grids stand.
export function fetchWaiting(key) {
  const { waits, type, url } = pageConfig().layers[key];
  if (!waits) return;
  wanted.add(key);
  if (standing && !sent.has(key)) setUrl(type, key, waiting[key] || url);
}
