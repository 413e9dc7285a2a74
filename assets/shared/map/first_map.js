// The town's map before Dash and Leaflet are there: ground and grids painted into the first view
// (dashboard/shell.py) by the rules that the live map paints by, where the live map will have them.
// The live map takes the painted ground over; the picture goes when its grids stand.
import './hatch.js';
import * as protomaps from 'protomaps-leaflet';
import { GROUND, groundIsPainted, groundRules, groundScale } from './base_map.js';
import { TILE_PX, centreOf, placeOf, project, tilesOf } from './first_place.js';
import { gridStyle } from './grid_style.js';
import { fromAfar } from './maps.js';
import { publish } from '../page.js';

const STYLES = { 'getu.layers.gridStyle': gridStyle };

function addGround(picture, town, place) {
  const { tiles, corner, scale, shift } = tilesOf(place, town.ground);
  const holder = document.createElement('div');
  holder.style.transform = `translate3d(${shift[0]}px,${shift[1]}px,0) scale(${scale})`;
  picture.prepend(holder);
  const views = protomaps.sourcesToViews({ url: town.tiles, ...GROUND });
  for (const view of views.values()) {
    /** @type {any} its types say nothing of the source */
    const cache = view.tileCache;
    cache.source.shouldCancelZooms = false;
  }
  const rules = groundRules();
  const painted = new Map();
  const paint = async ({ z, x, y }) => {
    const prepared = new Map();
    for (const [key, view] of views) prepared.set(key, [await view.getDisplayTile({ z, x, y })]);
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = TILE_PX * groundScale();
    canvas.style.left = `${x * TILE_PX - corner[0]}px`;
    canvas.style.top = `${y * TILE_PX - corner[1]}px`;
    const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));
    pen.scale(groundScale(), groundScale());
    const [minX, minY] = [x * TILE_PX - 16, y * TILE_PX - 16];
    const origin = /** @type {any} */ ({ x: x * TILE_PX, y: y * TILE_PX });
    const box = { minX, minY, maxX: minX + TILE_PX + 32, maxY: minY + TILE_PX + 32 };
    protomaps.paint(pen, z, prepared, null, rules, box, origin, false);
    painted.set(`${z}/${x}/${y}`, canvas);
    holder.append(canvas);
  };
  groundIsPainted({
    url: town.tiles,
    theme: document.documentElement.dataset.theme,
    views,
    tiles: painted,
  });
  return Promise.all(tiles.map(paint));
}

/** The path of a polygon in whole pixels of the window, as Leaflet's SVG has it. */
function pathOf(geometry, place) {
  const polygons = geometry.type === 'MultiPolygon' ? geometry.coordinates : [geometry.coordinates];
  return polygons
    .flat()
    .map((ring) => {
      const points = [];
      let before = '';
      for (const [lng, lat] of ring) {
        const [x, y] = project(lat, lng, place.zoom);
        const here = `${Math.round(x) - place.x} ${Math.round(y) - place.y}`;
        if (here !== before) points.push(here);
        before = here;
      }
      return `M${points.join('L')}z`;
    })
    .join('');
}

async function addLayer(picture, layer, place) {
  const answer = await fetch(layer.url);
  if (!answer.ok) throw new Error(String(answer.status));
  const { features } = await answer.json();
  const make = (tag) => document.createElementNS('http://www.w3.org/2000/svg', tag);
  const svg = make('svg');
  for (const feature of features) {
    if (!/Polygon$/.test(feature.geometry.type)) continue;
    const style = STYLES[layer.style](feature);
    const path = make('path');
    const written = {
      d: pathOf(feature.geometry, place),
      class: style.className,
      stroke: style.color,
      'stroke-width': style.weight,
      'stroke-opacity': style.opacity,
      'stroke-linecap': 'round',
      'stroke-linejoin': 'round',
      'stroke-dasharray': style.dashArray,
      fill: style.fill === false ? 'none' : style.fillColor,
      'fill-opacity': style.fillOpacity,
      'fill-rule': 'evenodd',
    };
    for (const [name, value] of Object.entries(written))
      if (value !== null && value !== undefined) path.setAttribute(name, value);
    svg.append(path);
  }
  picture.append(svg);
}

// A tab that nobody looks at draws no frames.
const nextFrame = () =>
  new Promise((done) => {
    if (document.hidden) done(null);
    else requestAnimationFrame(() => setTimeout(done));
  });
/** @type {HTMLElement | null} the picture, until the live map has taken over */
let shown = null;

/** Paint the first view's map; done when it is on the screen, at once where there is none. */
export async function paintFirst() {
  const holder = /** @type {HTMLElement | null} */ (
    document.querySelector('#first-view [data-first-map]')
  );
  if (!holder?.clientWidth || !holder.clientHeight) return;
  const town = JSON.parse(holder.dataset.firstMap || '');
  const place = placeOf(town, holder.clientWidth, holder.clientHeight);
  const picture = document.createElement('div');
  picture.className = 'first-map';
  picture.setAttribute('aria-hidden', 'true');
  picture.classList.toggle('from-afar', fromAfar({ getZoom: () => place.zoom }));
  holder.append(picture);
  shown = picture;
  // Told to the live map (dashboard/web/first_answers.js), which otherwise draws everything twice:
  // somewhere first, then where it fits.
  publish({ firstPlace: { center: centreOf(place), zoom: place.zoom } });
  await Promise.all([
    addGround(picture, town, place),
    ...town.layers.map((layer) => addLayer(picture, layer, place)),
  ]);
  picture.dataset.shown = '';
  await nextFrame();
}

// The live map stands under the picture: it goes when the same is drawn there, or when a hand
// moves the map, another theme or size is wanted.
export function handOver(map, whenDrawn) {
  if (!shown) return;
  const picture = shown;
  shown = null;
  const events = 'zoomstart movestart resize';
  const themes = new MutationObserver(() => go());
  const go = () => {
    picture.remove();
    map.off(events, go);
    themes.disconnect();
  };
  map.on(events, go);
  themes.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  const [ground] = map.getuBase || [];
  const painted = new Promise((done) => {
    if (ground?.isLoading()) ground.once('load', done);
    else done(null);
  });
  // Leaflet lets tiles appear within 200 ms.
  whenDrawn(() => painted.then(() => setTimeout(go, 250)));
}
