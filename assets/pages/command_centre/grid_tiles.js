// Grids of a province: too many for one drawing, so they are painted from vector tiles. Hints and
// choices ask the server which grid lies at a place.
import * as protomaps from 'protomaps-leaflet';
import * as features from './features.js';
import { gridsDrawn } from './standing.js';
import { on } from '../../shared/events.js';
import { LOAD_CLASSES } from '../../shared/load.js';
import { paneOf, townMap } from '../../shared/map/maps.js';
import { cssToken, pageConfig, setStore } from '../../shared/page.js';
import { brush } from '../../shared/elements.js';

const OVER = LOAD_CLASSES.indexOf('load-over');
const ALONE = LOAD_CLASSES.indexOf('load-alone');
const BORDERS_FROM = 11; // below, the borders of grids would cover the grids
/** @type {string | null} */
let day = null;

function hatch() {
  const side = 8;
  const canvas = document.createElement('canvas');
  canvas.width = canvas.height = side;
  const pen = brush(canvas);
  pen.fillStyle = cssToken('--load-over');
  pen.fillRect(0, 0, side, side);
  pen.strokeStyle = cssToken('--load-over-edge');
  pen.lineWidth = 1.6;
  for (const shift of [-side, 0, side]) {
    pen.beginPath();
    pen.moveTo(shift, side);
    pen.lineTo(shift + side, 0);
    pen.stroke();
  }
  return canvas;
}

function paintRules() {
  const only = (load) => (_z, f) => f.props.load === load;
  const opacity = Number(cssToken('--load-opacity'));
  /** @type {protomaps.PaintRule[]} */
  const rules = LOAD_CLASSES.map((name, load) => ({
    dataLayer: 'grid',
    filter: only(load),
    symbolizer:
      load === OVER
        ? new protomaps.PolygonSymbolizer({ pattern: hatch(), opacity: 0.9 })
        : new protomaps.PolygonSymbolizer({
            fill: cssToken(`--${name}`),
            opacity: load === ALONE ? 0.6 : opacity,
          }),
  }));
  rules.push(
    ...LOAD_CLASSES.map((name, load) => ({
      dataLayer: 'grid',
      filter: only(load),
      minzoom: BORDERS_FROM,
      symbolizer: new protomaps.LineSymbolizer({
        color: cssToken(`--${name}-edge`),
        width: load >= OVER ? 2.4 : 1,
      }),
    })),
  );
  rules.push({
    dataLayer: 'over',
    maxzoom: BORDERS_FROM,
    symbolizer: new protomaps.CircleSymbolizer({
      radius: 3,
      fill: cssToken('--load-over'),
      stroke: cssToken('--ground'),
      width: 1,
    }),
  });
  return rules;
}

function labelRules() {
  const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
  return [
    {
      dataLayer: 'number',
      symbolizer: new protomaps.CenteredTextSymbolizer({
        labelProps: ['name'],
        fill: cssToken('--text'),
        stroke: cssToken('--ground'),
        width: 3,
        font: `600 ${Math.round(size * 0.85)}px "Noto Sans SC", sans-serif`,
      }),
    },
  ];
}

function draw(map) {
  map.getuGridTiles?.remove();
  map.getuGridTiles = null;
  const config = pageConfig();
  if (!config?.grid_tiles || !map.getPane('grids')) return;
  const url = config.grid_tiles + (day ? `?as_of=${encodeURIComponent(day)}` : '');
  map.getuGridTiles = protomaps
    .leafletLayer({
      url,
      attribution: '',
      maxDataZoom: 16,
      maxZoom: 20,
      bounds: config.ground,
      pane: 'grids',
      paintRules: paintRules(),
      labelRules: labelRules(),
    })
    .addTo(map);
  map.getuGridTiles.once('load', () => gridsDrawn());
}

const drawn = () => (features.drawn.grids = features.drawn.grids || {});
async function grid(where, signal) {
  const config = pageConfig();
  const params = new URLSearchParams({
    county: config.county,
    ...(day ? { as_of: day } : {}),
    ...where,
  });
  const answer = await fetch(`/grids/one?${params}`, { signal });
  if (!answer.ok) return null;
  const feature = (await answer.json()).features[0] || null;
  if (feature) drawn()[feature.properties.id] = { feature };
  return feature;
}
const at = (latlng) => ({ lon: latlng.wrap().lng.toFixed(6), lat: latlng.lat.toFixed(6) });

async function choose(latlng) {
  const feature = await grid(at(latlng)).catch(() => null);
  if (!feature) return;
  const { id, name } = feature.properties;
  features.choose('grids', id);
  setStore('selected', { layer: 'grids', id: String(id), name, state: null });
}

function hover(map) {
  let timer = null;
  let asking = null;
  const box = L.tooltip({ direction: 'top', className: 'hint', opacity: 1 });
  const gone = () => {
    clearTimeout(timer);
    asking?.abort();
    box.remove();
  };
  map.on('mousemove', (event) => {
    gone();
    if (!map.getuGridTiles || paneOf(map, 'grids').style.display === 'none') return;
    if (event.originalEvent.target.closest?.('.leaflet-marker-icon')) return;
    timer = setTimeout(async () => {
      asking = new AbortController();
      const feature = await grid(at(event.latlng), asking.signal).catch(() => null);
      if (!feature) return;
      const p = feature.properties;
      const named = { ...feature, properties: { ...p, name: `${p.community} ${p.name}` } };
      box.setContent(features.hint(named, 'grids')).setLatLng(event.latlng).addTo(map);
    }, 140);
  });
  map.on('mouseout movestart zoomstart', gone);
}

// The plan of another day (null: today's): its tiles have another address.
export function showDay(key, next) {
  if (key !== 'grids' || !pageConfig()?.grid_tiles || next === day) return;
  day = next;
  const map = townMap();
  if (map) draw(map);
}

/** @this {L.Map} */
function begin() {
  this.whenReady(() =>
    setTimeout(() => {
      if (!pageConfig()?.grid_tiles || this !== townMap()) return;
      day = new URLSearchParams(window.location.search).get('as_of');
      draw(this);
      hover(this);
      this.on('click', (event) => {
        if (paneOf(this, 'grids').style.display !== 'none') choose(event.latlng);
      });
      const asked = new URLSearchParams(window.location.search).get('sel') || '';
      if (/^grids:\d+$/.test(asked)) {
        const id = asked.slice(6);
        grid({ id })
          .then((feature) => feature && features.choose('grids', id))
          .catch(() => null);
      }
    }, 0),
  );
}
L.Map.addInitHook(begin);
on('theme', () => {
  const map = townMap();
  if (map?.getuGridTiles) draw(map);
});
