// Where the live map will look, known before there is one: what Leaflet will answer for a window.
/**
 * What the page says of its map (dashboard/components/town_map.py): corners are [[south, west],
 * [north, east]], `at` is [latitude, longitude, zoom] where the address has a place.
 * @typedef {{bounds: number[][], at: number[] | null, ground: number[][], tiles: string,
 *   layers: {url: string, style: string}[]}} Town
 * @typedef {{zoom: number, x: number, y: number, width: number, height: number}} Place
 *   the window on the map: its zoom, its upper left corner in pixels of that zoom, its size
 */

export const TILE_PX = 256;
const [FARTHEST, NEAREST, SNAP, PADDING_PX] = [7, 20, 0.5, 12]; // as of the live map

/** Web Mercator as Leaflet has it: [x, y] in pixels of a zoom. */
export function project(lat, lng, zoom) {
  const world = TILE_PX * 2 ** zoom;
  const sin = Math.sin((lat * Math.PI) / 180);
  return [
    world * (lng / 360 + 0.5),
    world * (0.5 - Math.log((1 + sin) / (1 - sin)) / (4 * Math.PI)),
  ];
}

const within = (zoom) => Math.max(FARTHEST, Math.min(NEAREST, zoom));

/**
 * Where Leaflet will look: at the place of the address, else at the whole town (L.Map.fitBounds).
 * @param {Pick<Town, 'bounds' | 'at'>} town
 * @returns {Place}
 */
export function placeOf(town, width, height) {
  if (town.at) {
    const zoom = within(Math.round(town.at[2] / SNAP) * SNAP);
    const [x, y] = project(town.at[0], town.at[1], zoom);
    return { zoom, x: Math.round(x - width / 2), y: Math.round(y - height / 2), width, height };
  }
  const [[south, west], [north, east]] = town.bounds;
  const box = (zoom) => [...project(south, west, zoom), ...project(north, east, zoom)];
  const [left, bottom, right, top] = box(0);
  const room = Math.min(
    (width - 2 * PADDING_PX) / (right - left),
    (height - 2 * PADDING_PX) / (bottom - top),
  );
  // Within a hundredth of a step the nearer zoom is taken.
  const step = Math.round(Math.log2(room) / (SNAP / 100)) * (SNAP / 100);
  const zoom = within(Math.floor(step / SNAP) * SNAP);
  const [w, s, e, n] = box(zoom);
  return {
    zoom,
    x: Math.round((w + e) / 2 - width / 2),
    y: Math.round((n + s) / 2 - height / 2),
    width,
    height,
  };
}

/** [latitude, longitude] of the middle of a place. */
export function centreOf(place) {
  const world = TILE_PX * 2 ** place.zoom;
  const x = (place.x + place.width / 2) / world;
  const y = (place.y + place.height / 2) / world;
  return [(Math.atan(Math.sinh(Math.PI * (1 - 2 * y))) * 180) / Math.PI, (x - 0.5) * 360];
}

/** The tiles that show a place, those in its middle first, and how they lie in the window. */
export function tilesOf(place, ground) {
  const z = Math.floor(place.zoom);
  const scale = 2 ** (place.zoom - z);
  const corner = [Math.round(place.x / scale), Math.round(place.y / scale)];
  const [[south, west], [north, east]] = ground;
  const [left, top] = project(north, west, z);
  const [right, bottom] = project(south, east, z);
  const range = (from, size, low, high) => {
    const first = Math.max(Math.floor(from / scale / TILE_PX), Math.floor(low / TILE_PX));
    const last = Math.min(Math.floor((from + size) / scale / TILE_PX), Math.floor(high / TILE_PX));
    return Array.from({ length: Math.max(0, last - first + 1) }, (_, i) => first + i);
  };
  const middle = [
    (place.x + place.width / 2) / scale / TILE_PX - 0.5,
    (place.y + place.height / 2) / scale / TILE_PX - 0.5,
  ];
  const tiles = range(place.x, place.width, left, right)
    .flatMap((x) => range(place.y, place.height, top, bottom).map((y) => ({ z, x, y })))
    .sort(
      (a, b) =>
        Math.hypot(a.x - middle[0], a.y - middle[1]) - Math.hypot(b.x - middle[0], b.y - middle[1]),
    );
  const shift = [Math.round(corner[0] * scale - place.x), Math.round(corner[1] * scale - place.y)];
  return { tiles, corner, scale, shift };
}
