// How features look and answer: style, marks, hover, choice. Every text goes in as text.
import { gridsDrawn } from './standing.js';
import { told } from '../../shared/few.js';
import { gridStyle } from '../../shared/map/grid_style.js';
import { fromAfar, townMap } from '../../shared/map/maps.js';
import { joins, keepsStop, oneStop } from '../../shared/one_stop.js';
import { cssToken, pageConfig, setStore } from '../../shared/page.js';

const RING = ['--circle-near', '--circle-middle', '--circle-far'];
const SIZE = { county: 28, subdistrict: 23, community: 17, grid: 10, other: 8 };
/** @type {{layer: string, id: number, outline: L.GeoJSON | null}} id: null while nothing is chosen */
const chosen = /** @type {any} */ ({ layer: null, id: null, outline: null });
/** @type {Record<string, Record<string, any>>} layer → id → what Leaflet drew */
const drawn = {}; // layer key -> id -> Leaflet layer

function circleStyle(feature) {
  const minutes = feature.properties.minutes;
  const order = (pageConfig()?.minutes || [5, 10, 15]).indexOf(minutes);
  const colour = cssToken(RING[Math.min(Math.max(order, 0), 2)]);
  return {
    pane: 'service_circles',
    interactive: false,
    color: colour,
    weight: [1.4, 1.8, 2.6][order] || 2,
    dashArray: ['2 5', '7 5', undefined][order],
    opacity: 0.95,
    fillColor: colour,
    fillOpacity: feature.properties.single ? 0.22 : 0.05,
  };
}

function spotStyle(feature) {
  const { spot } = feature.properties;
  return {
    pane: 'hot_spots',
    interactive: false,
    color: cssToken(`--spot-${spot}`),
    weight: 1.6,
    dashArray: spot === 'unknown' ? '3 4' : undefined,
    fillColor: cssToken(`--spot-${spot}`),
    fillOpacity: Number(cssToken(spot === 'unknown' ? '--unknown-opacity' : '--spot-opacity')),
  };
}

function stationMark(feature, latlng) {
  const p = feature.properties;
  const size = SIZE[p.shape] || 14;
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const px = Math.round(size * scale);
  const mark = document.createElement('span');
  mark.className = `station station-${p.shape} ${p.state === 'open' ? '' : 'station-shut'}`;
  mark.dataset.categories = (p.categories || []).join(' ');
  const icon = L.divIcon({ html: mark, className: 'station-holder', iconSize: [px, px] });
  return L.marker(latlng, {
    icon,
    pane: 'stations',
    keyboard: p.shape !== 'grid',
    title: '',
    alt: p.name,
    riseOnHover: true,
    zIndexOffset: size * 100,
  });
}

function hint(feature, key) {
  const config = pageConfig();
  const box = document.createElement('div');
  const head = box.appendChild(document.createElement('b'));
  head.textContent = feature.properties.name || '';
  for (const field of config.tooltips[key] || []) {
    const value = feature.properties[field.name];
    const line = box.appendChild(document.createElement('div'));
    const shown =
      value === null || value === undefined
        ? '—'
        : field.name.endsWith('_key')
          ? config.words[value] || value
          : told(value);
    line.textContent = `${field.label} ${shown} ${field.unit || ''}`;
  }
  return box;
}

function eachFeature(feature, layer, context) {
  const key = context.hideout.layer;
  if (feature.properties.outline) return;
  drawn[key] ??= {};
  drawn[key][feature.properties.id] = layer;
  layer.bindTooltip(() => hint(feature, key), {
    sticky: key === 'grids',
    direction: 'top',
    className: 'hint',
    opacity: 1,
  });
  const pick = () => {
    choose(key, feature.properties.id);
    setStore('selected', {
      layer: key,
      id: String(feature.properties.id),
      name: feature.properties.name,
      state: feature.properties.state || null,
    });
  };
  layer.on('click', (event) => {
    L.DomEvent.stopPropagation(event);
    pick();
  });
  layer.on('add', () => {
    const element = layer._icon || layer.getElement?.();
    if (!element) return;
    if (key === 'stations') markWanted(layer);
    element.setAttribute('aria-label', feature.properties.name || '');
    element.setAttribute('role', 'button');
    byKeys(key, layer, element);
    element.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== ' ') return;
      event.preventDefault();
      pick();
    });
  });
  if (key === 'grids') queueLabels(layer);
  if (chosen.layer === key && chosen.id === feature.properties.id)
    setTimeout(() => choose(key, chosen.id), 0);
}

// All that lies in a pane is one stop of the Tab key; the map goes along with what has the focus.
const THINGS = '.leaflet-interactive';
/** @type {Set<HTMLElement>} panes whose things hear the arrow keys */
const heard = new Set();
/** @type {WeakMap<Element, any>} what Leaflet drew, by its element */
const drawnAs = new WeakMap();
function byKeys(key, layer, element) {
  const pane = layer._map.getPane(key);
  drawnAs.set(element, layer);
  if (pane && !heard.has(pane)) {
    heard.add(pane);
    oneStop(pane, THINGS, (next) => {
      const one = drawnAs.get(next);
      one?._map?.panInside(one.getLatLng?.() ?? one.getBounds().getCenter(), {
        padding: [60, 60],
      });
    });
  }
  if (pane) joins(pane, element);
}
// From afar many marks are not shown: a stop that is seen no more is handed on.
function keepStops() {
  for (const pane of heard) {
    if (pane.isConnected) keepsStop(pane, THINGS);
    else heard.delete(pane);
  }
}

// The outline of what is chosen lies over all areas, so that no heat hides it.
function choose(key, id) {
  const before = { ...chosen };
  chosen.layer = key;
  chosen.id = /** @type {number} */ (id === null || id === undefined ? null : Number(id));
  chosen.outline?.remove();
  chosen.outline = null;
  for (const one of [before, chosen]) {
    const icon = drawn[one.layer]?.[one.id]?._icon;
    icon?.classList.toggle('station-chosen', one.layer === chosen.layer && one.id === chosen.id);
  }
  outline();
}

function outline() {
  const map = townMap();
  const layer = drawn[chosen.layer]?.[chosen.id];
  if (!map || !layer || layer._icon || chosen.outline) return;
  const style = {
    color: cssToken('--chosen'),
    weight: 4,
    fill: false,
    interactive: false,
    pane: 'chosen',
  };
  chosen.outline = L.geoJSON(layer.feature, {
    style: () => style,
    interactive: false,
    pane: 'chosen',
  }).addTo(map);
}

// Numbers of grids where they fit: nothing is written over a border.
/** @type {Timer | undefined} */
let waiting;
function queueLabels(layer) {
  const map = () => layer._map;
  clearTimeout(waiting);
  waiting = setTimeout(() => {
    if (map()) placeLabels(map());
    gridsDrawn();
  }, 60);
}

function placeLabels(map) {
  map.getuLabels?.remove();
  const group = L.layerGroup();
  map.getuLabels = group;
  const root = parseFloat(getComputedStyle(document.documentElement).fontSize);
  for (const layer of Object.values(drawn.grids || {})) {
    if (!layer._map || !layer.feature) continue;
    const box = layer.getBounds();
    const size = map
      .latLngToLayerPoint(box.getSouthEast())
      .subtract(map.latLngToLayerPoint(box.getNorthWest()));
    const p = layer.feature.properties;
    const over = p.load === 'load-over';
    const alone = p.load === 'load-alone';
    const room = Math.min(size.x, size.y * 1.8) / root;
    if (room < (over || alone ? 2.2 : 3.4) || (fromAfar(map) && !over && !alone)) continue;
    const label = document.createElement('span');
    label.className = `grid-label ${over ? 'grid-label-over' : ''}`;
    label.textContent = `${alone ? '◆' : ''}${p.number}`;
    if (room > 6) {
      const small = label.appendChild(document.createElement('small'));
      small.textContent = `${told(p.households)} ${pageConfig().words['unit.households']}`;
    }
    const at = p.label ? L.latLng(p.label[1], p.label[0]) : box.getCenter();
    L.marker(at, {
      interactive: false,
      keyboard: false,
      pane: 'names',
      icon: L.divIcon({ html: label, className: 'grid-label-holder', iconSize: [0, 0] }),
    }).addTo(group);
  }
  group.addTo(map);
}

// The stations whose circles are drawn are shown from afar too.
let wanted = '';
function want(category) {
  wanted = category || '';
  for (const layer of Object.values(drawn.stations || {})) markWanted(layer);
}
function markWanted(layer) {
  const categories = layer._icon?.firstElementChild?.dataset.categories?.split(' ') || [];
  layer._icon?.classList.toggle('wanted', wanted !== '' && categories.includes(wanted));
}

function restyle() {
  townMap()?.eachLayer((layer) => {
    if (!layer.feature || !layer.setStyle) return;
    if (layer.options.pane === 'grids') layer.setStyle(gridStyle(layer.feature));
    if (layer.options.pane === 'hot_spots') layer.setStyle(spotStyle(layer.feature));
    if (layer.options.pane === 'service_circles') layer.setStyle(circleStyle(layer.feature));
  });
  choose(chosen.layer, chosen.id);
}

export {
  want,
  hint,
  gridStyle,
  circleStyle,
  spotStyle,
  stationMark,
  eachFeature,
  choose,
  keepStops,
  placeLabels,
  restyle,
  drawn,
  chosen,
};
