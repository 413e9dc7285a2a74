// What waits until the grids stand: a slow machine draws them before everything else.
import { pageConfig } from '../../shared/page.js';

// The grids come first; terrain, circles and heat are sent for when they stand, or after 4 s
// where there are none. (A callback that waits itself would hold back all the others.)
let standing = false;
const waiting = {};
const next = [];
export const whenGridsStand = (act) => {
  if (standing) act();
  else next.push(act);
};
const setUrl = (type, layer, url) => window.dash_clientside.set_props({ type, layer }, { url });
function stand() {
  if (standing || !document.getElementById('map')) return;
  standing = true;
  for (const [key, { waits, type, url }] of Object.entries(pageConfig()?.layers || {})) {
    if (waits) setUrl(type, key, waiting[key] || url);
  }
  for (const act of next.splice(0)) act();
}
export const gridsDrawn = () => requestAnimationFrame(() => setTimeout(stand, 0));
setTimeout(stand, 4000);
// Have a layer sent for: now, or when its turn comes.
export function sendFor(key, url) {
  const { waits, type } = pageConfig().layers[key];
  if (waits && !standing) waiting[key] = url;
  else setUrl(type, key, url);
}
