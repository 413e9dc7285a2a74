// The first page: switches, circles, time, keys. Its state lives in the address bar (desk.js).
import '../../shared/shell.js';
import * as features from './features.js';
import { showDay } from './grid_tiles.js';
import { afterGrids, whenGridsStand } from './standing.js';
import { address, writeAddress } from '../../shared/address.js';
import { namesWait } from '../../shared/base_map.js';
import { on } from '../../shared/events.js';
import { townMap } from '../../shared/maps.js';
import { clientside, none, pageConfig, publish, setStore } from '../../shared/page.js';


function showLayers(visible) {
  const map = townMap();
  const config = pageConfig();
  if (!map || !config) return;
  for (const key of config.layers) {
    const shown = visible.includes(key);
    for (const name of key === 'base_map' ? ['base_map', 'ground'] : [key]) {
      const pane = map.getPane(name);
      if (pane) pane.style.display = shown ? '' : 'none';
    }
    document.querySelector(`[data-layer-panel="${key}"]`)?.classList.toggle('off', !shown);
  }
  map.getPane('names').classList.toggle('no-grid-labels', !visible.includes('grids'));
}

let visible = null;
on('map-ready', () => {
  if (visible) showLayers(visible);
});

const day = (first, offset) => {
  const d = new Date(`${first}T00:00:00Z`);
  d.setUTCDate(d.getUTCDate() + offset);
  return d.toISOString().slice(0, 10);
};
const layerUrl = (key, values) => {
  const config = pageConfig();
  const params = new URLSearchParams({ county: config.county, v: config.revision });
  for (const [name, value] of Object.entries(values)) if (value) params.set(name, value);
  return `/layers/${key}?${params}`;
};

clientside('command_centre', {
  switches(lists) {
    if (!pageConfig()?.layers) return none(); // a county that is not there
    visible = (lists || []).flat().filter(Boolean);
    showLayers(visible);
    address.layers = visible.join(',') || 'none';
    writeAddress();
    return none();
  },
  plan(value) {
    if (!value) return none();
    const config = pageConfig();
    address.as_of = value === config.as_of ? null : value;
    writeAddress();
    features.drawn.grids = {};
    showDay(value === config.as_of ? null : value);
    return layerUrl('grids', { as_of: value });
  },
  circles(of, category, selected) {
    address.circles = of === 'one' ? 'one' : null;
    address.category = category;
    features.want(category);
    writeAddress();
    const station = of === 'one' && selected && selected.layer === 'stations' ? selected.id : '';
    if (of === 'one' && (!station || (selected.state && selected.state !== 'open'))) return none();
    return afterGrids('features', 'service_circles', layerUrl('service_circles', { station, category }));
  },
  circleMode(selected, mode) {
    // A chosen open station shows its own circle; letting it go shows all again.
    if (selected && selected.layer === 'stations' && selected.state === 'open') return 'one';
    return mode === 'one' && !selected ? 'all' : none();
  },
  heat(range) {
    const config = pageConfig();
    if (!range || !config || !config.span) return [none(), none()];
    const [first, last] = [day(config.span[0], range[0]), day(config.span[0], range[1])];
    const whole = first === config.span[0] && last === config.span[1];
    address.first = whole ? null : first;
    address.last = whole ? null : last;
    writeAddress();
    const url = layerUrl('incidents', whole ? {} : { first, last });
    return [afterGrids('picture', 'incidents', url), `${first} – ${last}`];
  },
  spanWords(range) {
    const config = pageConfig();
    if (!range || !config || !config.span) return none();
    return `${day(config.span[0], range[0])} – ${day(config.span[0], range[1])}`;
  },
  close() { return null; },
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
on('map-click', () => { if (pageConfig()?.layers && features.chosen.id !== null) setStore('selected', null); });

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented) return;
  if (document.querySelector('[data-radix-popper-content-wrapper]')) return; // an open list closes first
  if (features.chosen.id !== null) setStore('selected', null);
});

namesWait(whenGridsStand);
on('theme', features.restyle);
on('map-zoom', features.placeLabels);
publish({ layers: features });
