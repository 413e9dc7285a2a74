// The Leaflet maps of a page by the id of their container; `map` is the town's.
import { rootPx } from '../page.js';

/** @type {Record<string, L.Map>} */
export const maps = {};
/** @param {string} [id] */
export const townMap = (id) => maps[id || 'map'];
// Marks that would cover the map from afar are shown from near only (outside.css).
/** @param {{getZoom: () => number}} map */
export const fromAfar = (map) => map.getZoom() - Math.log2(rootPx() / 16) < 15.5;

// A pane of the map, made where there is none; clicks go through it unless it takes them.
/** @param {L.Map} map @param {string} name @param {number} z @param {{clicks?: boolean}} [about] */
export function pane(map, name, z, { clicks = false } = {}) {
  const found = map.getPane(name) || map.createPane(name);
  found.style.zIndex = String(z);
  if (!clicks) found.style.pointerEvents = 'none';
  return found;
}
// A pane that the map has by now.
/** @param {L.Map} map @param {string} name */
export const paneOf = (map, name) => /** @type {HTMLElement} */ (map.getPane(name));
/** @param {any[]} features @returns {GeoJSON.FeatureCollection} */
export const collection = (features) => ({ type: 'FeatureCollection', features });
