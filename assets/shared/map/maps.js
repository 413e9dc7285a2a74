// The Leaflet maps of a page by the id of their container; `map` is the town's.
import { rootPx } from '../page.js';

export const maps = {};
export const townMap = (id) => maps[id || 'map'];
// Marks that would cover the map from afar are shown from near only (map.css).
export const fromAfar = (map) => map.getZoom() - Math.log2(rootPx() / 16) < 15.5;
