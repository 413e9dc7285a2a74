// The first page: switches, circles, time, keys. Its state lives in the address bar (desk.js).
import '../../shared/shell.js';
import * as features from './features.js';
import { controls, dragged } from './controls.js';
import { fetchWaiting, wanted, whenGridsStand } from './standing.js';
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
  // Two colours over each other are neither of them: the last that fills the ground keeps its own.
  const filling = Object.keys(layers)
    .filter((key) => layers[key].fills && visible.includes(key))
    .at(-1);
  for (const [key, layer] of Object.entries(layers)) {
    const shown = visible.includes(key);
    const onlyLines = layer.fills && key !== filling;
    for (const name of layer.panes) {
      const pane = map.getPane(name);
      if (pane) pane.style.display = shown ? '' : 'none';
      pane?.classList.toggle('only-lines', onlyLines);
    }
    const panel = document.querySelector(`[data-layer-panel="${key}"]`);
    panel?.classList.toggle('off', !shown);
    panel?.toggleAttribute('data-only-lines', onlyLines);
    if (shown) fetchWaiting(key);
  }
  paneOf(map, 'names').classList.toggle('no-grid-labels', !visible.includes('grids'));
}

// What is chosen on a layer shows what other layers draw of it, also where they are not shown.
// (Only named here: its controls send for it. An address that is given while one is fetched is lost.)
function wantOf(chosen) {
  for (const [key, { controls: all }] of Object.entries(pageConfig()?.layers || {}))
    if (Object.values(all).some((one) => one.kind === 'subject' && one.of === chosen))
      wanted.add(key);
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
    if (selected) wantOf(selected.layer);
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
on('paper', features.restyle);
on('map-zoom', features.placeLabels);
on('map-zoom', () => setTimeout(features.keepStops, 300));
publish({ layers: features });
