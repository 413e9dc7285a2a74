// The first page: switches, circles, time, keys. Its state lives in the address bar (desk.js).
import '../../shared/shell.js';
import * as features from './features.js';
import { controls, dragged } from './controls.js';
import { whenGridsStand } from './standing.js';
import { address, writeAddress } from '../../shared/address.js';
import { namesWait } from '../../shared/map/base_map.js';
import { on } from '../../shared/events.js';
import { handOver } from '../../shared/map/first_map.js';
import { paneOf, townMap } from '../../shared/map/maps.js';
import { clientside, none, pageConfig, publish, setStore } from '../../shared/page.js';

function showLayers(visible) {
  const map = townMap();
  const layers = pageConfig()?.layers;
  if (!map || !layers) return;
  for (const [key, layer] of Object.entries(layers)) {
    const shown = visible.includes(key);
    for (const name of layer.panes) {
      const pane = map.getPane(name);
      if (pane) pane.style.display = shown ? '' : 'none';
    }
    document.querySelector(`[data-layer-panel="${key}"]`)?.classList.toggle('off', !shown);
  }
  paneOf(map, 'names').classList.toggle('no-grid-labels', !visible.includes('grids'));
}

let visible = null;
on('map-ready', (map) => {
  if (visible) showLayers(visible);
  handOver(map, whenGridsStand);
});

clientside('command_centre', {
  switches(lists) {
    if (!pageConfig()?.layers) return none(); // a county that is not there
    visible = (lists || []).flat().filter(Boolean);
    showLayers(visible);
    features.keepStops();
    address.layers = visible.join(',') || 'none';
    writeAddress();
    return none();
  },
  controls,
  dragged,
  close() {
    return null;
  },
  chosen(selected) {
    document.querySelector('.inspector')?.classList.toggle('of-one', !!selected);
    document.getElementById('map')?.classList.toggle('one-station', selected?.layer === 'stations');
    features.choose(selected ? selected.layer : null, selected ? selected.id : null);
    address.sel = selected ? `${selected.layer}:${selected.id}` : null;
    writeAddress();
    return none();
  },
});

// A click beside everything lets go of what is chosen: the way back on a screen without keys.
on('map-click', () => {
  if (pageConfig()?.layers && features.chosen.id !== null) setStore('selected', null);
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  if (document.querySelector('[data-radix-popper-content-wrapper]')) return; // an open list closes first
  if (features.chosen.id !== null) setStore('selected', null);
});

namesWait(whenGridsStand);
on('theme', features.restyle);
on('map-zoom', features.placeLabels);
on('map-zoom', () => setTimeout(features.keepStops, 300));
publish({ layers: features });
