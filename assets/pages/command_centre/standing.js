// What waits until the grids stand: a slow machine draws them before everything else.
import { none, pageConfig } from '../../shared/page.js';

// The grids come first; terrain, circles and heat are sent for when they stand, or after 4 s
// where there are none. (A callback that waits itself would hold back all the others.)
let standing = false;
const waiting = {};
const next = [];
export const whenGridsStand = (act) => { if (standing) act(); else next.push(act); };
const setUrl = (type, layer, url) => window.dash_clientside.set_props({ type, layer }, { url });
function stand() {
  if (standing || !document.getElementById('map')) return;
  standing = true;
  const terrain = pageConfig()?.terrain;
  if (terrain) setUrl('picture', 'base_map', terrain);
  for (const [layer, [type, url]] of Object.entries(waiting)) setUrl(type, layer, url);
  for (const act of next.splice(0)) act();
}
export const gridsDrawn = () => requestAnimationFrame(() => setTimeout(stand, 0));
setTimeout(stand, 4000);
export function afterGrids(type, layer, url) {
  if (standing) return url;
  waiting[layer] = [type, url];
  return none();
}
