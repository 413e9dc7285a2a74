// A building as the canvas draws it, in pixels of the whole world. Pure (node runs it in tests/assets).

const WORLD = 256; // pixels of the whole world at zoom 0

/**
 * @typedef {{id: number, p: Record<string, any>, geometry: any, rings: Float64Array[],
 *   box: [number, number, number, number]}} Footprint p: what is known of it; box: x1, y1, x2, y2
 */

// Longitude and latitude → the world's pixels at zoom 0 (web Mercator).
/** @param {number} lon @param {number} lat @returns {Point} */
function world(lon, lat) {
  const s = Math.sin((lat * Math.PI) / 180);
  return [(lon / 360 + 0.5) * WORLD, (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * WORLD];
}

// A building as the canvas draws it: rings as flat world pixels, and their bounds.
/** @param {any} feature GeoJSON @returns {Footprint} */
function drawn(feature) {
  const polygons =
    feature.geometry.type === 'Polygon'
      ? [feature.geometry.coordinates]
      : feature.geometry.coordinates;
  /** @type {Float64Array[]} */
  const rings = [];
  /** @type {[number, number, number, number]} */
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of polygons.flat()) {
    const flat = new Float64Array(2 * (ring.length - 1));
    for (let i = 0; i < ring.length - 1; i++) {
      const [x, y] = world(ring[i][0], ring[i][1]);
      flat[2 * i] = x;
      flat[2 * i + 1] = y;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
    rings.push(flat);
  }
  return {
    id: feature.properties.id,
    p: feature.properties,
    geometry: feature.geometry,
    rings,
    box,
  };
}

/** @param {Footprint} f */
const featureOf = (f) => ({ type: 'Feature', geometry: f.geometry, properties: f.p });

export { drawn, featureOf, world };
