// The map bridge: keeps Leaflet's map by its id, draws the base map under it, and tells what
// happens on it. Loaded after dash-leaflet (window.L) and before it draws.
import { writeAddress } from '../address.js';
import { drawBase } from './base_map.js';
import { on, tell } from '../events.js';
import { fromAfar, maps, pane, townMap } from './maps.js';
import { pageConfig, publish, rootPx } from '../page.js';

// The ground under all layers; over them the names, with the river once more, since it is what
// one knows the town by (the layers' own
// panes lie from 400 to 440 in the registry's order; below 600 so that hints stay on top).
const PANES = { ground: 220, names: 445, chosen: 446 };

/** @param {L.Map} map */
const markZoom = (map) => map.getContainer().classList.toggle('from-afar', fromAfar(map));

/** @this {L.Map} */
function begin() {
  if (this.options.bare) return; // a picture in a map's frame, not the town
  const id = this.getContainer().id;
  maps[id] = this;
  for (const [name, z] of Object.entries(PANES)) {
    pane(this, name, z);
  }
  this.attributionControl?.setPrefix(false);
  this.on('unload', () => {
    if (maps[id] === this) delete maps[id];
  });
  this.whenReady(() =>
    setTimeout(() => {
      const config = pageConfig();
      if (config?.bounds && !config.placed)
        this.fitBounds(config.bounds, { animate: false, padding: [12, 12] });
      if (!config?.ground_waits) drawBase(this);
      markZoom(this);
      L.control
        .scale({ imperial: false, position: 'bottomright', maxWidth: 6.25 * rootPx() })
        .addTo(this);
      tell('map-ready', this);
      writeAddress();
    }, 0),
  );
  this.on('click', () => tell('map-click', this));
  this.on('moveend', writeAddress);
  this.on('zoomend', () => {
    markZoom(this);
    tell('map-zoom', this);
  });
}
L.Map.addInitHook(begin);

on('theme', () => Object.values(maps).forEach(drawBase));
publish({ map: townMap, config: pageConfig });
