// The base map under all layers: how the ground, the names and the borders of its tiles are drawn.
import * as protomaps from 'protomaps-leaflet';
import { cssToken, pageConfig, rootPx } from '../page.js';

const wide = (base) => (z) => base * 1.5 ** Math.max(-4, z - 16);
const onlyKind =
  (...kinds) =>
  (_z, f) =>
    kinds.includes(f.props.kind);

export function groundRules() {
  const ownBuildings = pageConfig()?.own_buildings;
  const fill = (name, opacity) =>
    new protomaps.PolygonSymbolizer({ fill: cssToken(name), opacity: opacity ?? 1 });
  const street = (cls, name, base, extra) => ({
    dataLayer: 'street',
    filter: (_z, f) => f.props.class === cls,
    symbolizer: new protomaps.LineSymbolizer({
      color: cssToken(name),
      width: wide(base),
      lineCap: 'round',
      lineJoin: 'round',
      ...extra,
    }),
  });
  return [
    // Forest and fields cover the land to its edge: the terrain is seen through them.
    { dataLayer: 'land', symbolizer: fill('--land-forest', 0.5), filter: onlyKind('forest') },
    {
      dataLayer: 'land',
      symbolizer: fill('--land-farmland', 0.75),
      filter: onlyKind('farmland', 'grass', 'cemetery'),
    },
    {
      dataLayer: 'land',
      symbolizer: fill('--land-built'),
      filter: onlyKind('school', 'hospital', 'market', 'industry', 'parking', 'rail'),
    },
    { dataLayer: 'land', symbolizer: fill('--land-park'), filter: onlyKind('park', 'square') },
    { dataLayer: 'water', filter: (_z, f) => f.geomType === 3, symbolizer: fill('--water') },
    {
      dataLayer: 'water',
      filter: (_z, f) => f.geomType === 2,
      symbolizer: new protomaps.LineSymbolizer({ color: cssToken('--water'), width: wide(3) }),
    },
    {
      dataLayer: 'barrier',
      filter: onlyKind('rail'),
      symbolizer: new protomaps.LineSymbolizer({
        color: cssToken('--rail'),
        width: 1.5,
        dash: [6, 4],
      }),
    },
    street('track', '--street', 1.2, { dash: [5, 4] }),
    street('path', '--street', 1.4, { dash: [3, 3] }),
    street('steps', '--street', 2, { dash: [1.5, 2.5] }),
    street('service', '--street', 2.4),
    street('lane', '--street', 3),
    street('street', '--street', 6),
    {
      dataLayer: 'street',
      filter: (_z, f) => f.props.class === 'main_street',
      symbolizer: new protomaps.LineSymbolizer({
        color: cssToken('--street-edge'),
        width: (z) => wide(10)(z) + 2,
        lineCap: 'round',
        lineJoin: 'round',
      }),
    },
    street('main_street', '--main-street', 10),
    // Where a page draws the buildings itself, those of the tiles are only seen from afar.
    {
      dataLayer: 'building',
      filter: (z) => !ownBuildings || z < 16,
      symbolizer: new protomaps.PolygonSymbolizer({
        fill: cssToken('--building'),
        stroke: cssToken('--building-edge'),
        width: (z) => (z >= 16 ? 0.6 : 0),
      }),
    },
  ];
}

function nameRules() {
  const halo = cssToken('--ground');
  const font = (size) => `500 ${Math.round((size * rootPx()) / 16)}px "Noto Sans SC", sans-serif`;
  const label = (layer, size, options, extra) => ({
    dataLayer: layer,
    ...extra,
    symbolizer: new protomaps.CenteredTextSymbolizer({
      labelProps: ['name'],
      fill: cssToken('--muted'),
      stroke: halo,
      width: 2,
      font: font(size),
      maxLineChars: 12,
      ...options,
    }),
  });
  const along = (layer, options, extra) => ({
    dataLayer: layer,
    ...extra,
    symbolizer: new protomaps.LineLabelSymbolizer({
      labelProps: ['name'],
      fill: cssToken('--muted'),
      stroke: halo,
      width: 2,
      font: font(11),
      repeatDistance: 600,
      position: 2,
      ...options,
    }),
  });
  return [
    label(
      'place',
      14,
      { fill: cssToken('--text') },
      { maxzoom: 15 + Math.ceil(Math.log2(rootPx() / 16)), filter: onlyKind('community') },
    ),
    label('place', 13, { fill: cssToken('--text') }, { filter: onlyKind('county') }),
    along(
      'water',
      { fill: cssToken('--water-name') },
      { minzoom: 14, filter: (_z, f) => f.geomType === 2 },
    ),
    along('street_name', {}, { minzoom: 16 }),
    label('land_name', 11, {}, { minzoom: 16 }),
  ];
}

// Over the areas: the river, which one knows the town by, and the borders of divisions.
function overRules() {
  const border = (width, dash) =>
    new protomaps.LineSymbolizer({ color: cssToken('--border'), width, dash });
  return [
    {
      dataLayer: 'water',
      filter: (_z, f) => f.geomType === 3,
      symbolizer: new protomaps.PolygonSymbolizer({ fill: cssToken('--water'), opacity: 0.8 }),
    },
    {
      dataLayer: 'border',
      filter: onlyKind('community'),
      symbolizer: border((z) => (z < 15 ? 1.4 : 2.2), [8, 4]),
    },
    { dataLayer: 'border', filter: onlyKind('subdistrict', 'county'), symbolizer: border(2.6) },
  ];
}

// Names may wait until the layers stand: who makes them wait says so here, before a map is made.
let holdNames = (write) => write();
export const namesWait = (hold) => {
  holdNames = hold;
};

// Data beyond the map's own zoom is drawn larger; one data tile covers 512 pixels.
export const GROUND = { maxDataZoom: 16 };
/** Pixels of a ground tile's canvas for each of the page's. */
export const groundScale = () => Math.max(1.5, window.devicePixelRatio);

/**
 * The ground that the first view (first_map.js) has painted already: the next map that is drawn
 * with the same tiles and theme takes what was fetched, and what was painted.
 * @type {{url: string, theme: string | undefined, views: Map<string, any>, tiles: Map<string, HTMLCanvasElement>} | null}
 */
let painted = null;
export const groundIsPainted = (first) => {
  painted = first;
};

function takePainted(ground, url) {
  const first = painted;
  painted = null;
  if (!first || first.url !== url || first.theme !== document.documentElement.dataset.theme) return;
  ground.views = first.views;
  const create = ground.createTile;
  ground.createTile = function (coords, done) {
    const key = `${coords.z}/${coords.x}/${coords.y}`;
    const ready = first.tiles.get(key);
    if (!ready) return create.call(this, coords, done);
    first.tiles.delete(key);
    // protomaps-leaflet knows its tiles by their key.
    const tile = Object.assign(L.DomUtil.create('canvas', 'leaflet-tile'), {
      key: this._tileCoordsToKey(coords),
    });
    tile.width = ready.width;
    tile.height = ready.height;
    tile.getContext('2d')?.drawImage(ready, 0, 0);
    queueMicrotask(() => done(undefined, tile));
    return tile;
  };
}

export function drawBase(map) {
  const config = pageConfig();
  for (const layer of map.getuBase || []) layer.remove();
  map.getuBase = [];
  if (!config?.tiles) return;
  const common = {
    url: config.tiles,
    attribution: '',
    ...GROUND,
    maxZoom: 20,
    bounds: config.ground,
  };
  const ground = protomaps.leafletLayer({
    ...common,
    paintRules: groundRules(),
    labelRules: [],
    pane: 'ground',
    devicePixelRatio: groundScale(),
  });
  takePainted(ground, config.tiles);
  const names = protomaps.leafletLayer({
    ...common,
    paintRules: overRules(),
    labelRules: nameRules(),
    pane: 'names',
  });
  // Between two zooms the ground takes the tiles of the farther one, finer drawn: a quarter of
  // them. (Text must not be stretched, so the names keep the nearer one.)
  ground._clampZoom = () => Math.floor(map.getZoom());
  // One set of tiles for both, fetched and decoded once: between two zooms the names, too, read
  // the data of the farther one (they are written at their own size all the same).
  const farther = (view) =>
    Math.min(view.maxDataLevel, Math.max(0, Math.floor(map.getZoom()) - view.levelDiff));
  names.views = new Map(
    [...ground.views].map(([key, view]) => [
      key,
      Object.create(view, { maxDataLevel: { get: () => farther(view) } }),
    ]),
  );
  // The two may want tiles of two zooms at once: neither takes back what the other asked for
  // (the ground stayed empty from 15 to 16.5).
  for (const view of ground.views.values()) view.tileCache.source.shouldCancelZooms = false;
  map.getuBase = [ground.addTo(map), names];
  const write = () => {
    if (map.getuBase.includes(names)) names.addTo(map);
  };
  if (config.layers) holdNames(write);
  else write();
}
