// How the server's lists of buildings and streets are unpacked, and which building lies at a place.
// Pure. Places are in the unit square of the web map's projection (x east, y south).

/**
 * @typedef {object} Buildings
 * @property {string} doors the version of the buildings
 * @property {number[]} ids
 * @property {(number | string)[]} households FEW where it is not told
 * @property {Float64Array[]} rings x, y, x, y, …
 * @property {Float64Array} boxes west, north, east, south of each
 * @property {Map<number, number>} place id → position
 */

/** @param {number} lat */
export const mercator = (lat) =>
  0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

// Outlines in the unit square of the web map's projection.
/** @param {any} body @returns {Buildings} */
export const unpack = (body) => {
  const [west, south] = body.origin;
  const count = body.rings.length;
  const rings = new Array(count);
  const boxes = new Float64Array(count * 4);
  for (let d = 0; d < count; d++) {
    const steps = body.rings[d];
    const ring = new Float64Array(steps.length);
    let x = 0,
      y = 0,
      x0 = 2,
      y0 = 2,
      x1 = -1,
      y1 = -1;
    for (let i = 0; i < steps.length; i += 2) {
      x += steps[i];
      y += steps[i + 1];
      const px = (west + x / 1e6 + 180) / 360,
        py = mercator(south + y / 1e6);
      ring[i] = px;
      ring[i + 1] = py;
      if (px < x0) x0 = px;
      if (px > x1) x1 = px;
      if (py < y0) y0 = py;
      if (py > y1) y1 = py;
    }
    rings[d] = ring;
    boxes.set([x0, y0, x1, y1], d * 4);
  }
  const place = new Map(body.ids.map((id, d) => [id, d]));
  return {
    doors: body.doors,
    ids: body.ids,
    households: body.households || [],
    rings,
    boxes,
    place,
  };
};

// Streets within reach: bands of lines, the longest band first.
/** @param {{origin: Point, bands: number[][][]} | null} body */
export const unpackStreets = (body) => {
  if (!body) return null;
  const [west, south] = body.origin;
  return body.bands.map((lines) =>
    lines.map((steps) => {
      const line = new Float64Array(steps.length);
      let x = 0,
        y = 0;
      for (let i = 0; i < steps.length; i += 2) {
        x += steps[i];
        y += steps[i + 1];
        line[i] = (west + x / 1e5 + 180) / 360;
        line[i + 1] = mercator(south + y / 1e5);
      }
      return line;
    }),
  );
};

// The building that holds a place, else the nearest whose middle is within `slack`; null.
/** @param {Buildings} buildings @param {{lng: number, lat: number}} at @param {number} slack */
export function buildingAt({ ids, rings, boxes }, { lng, lat }, slack) {
  const x = (lng + 180) / 360,
    y = mercator(lat);
  let found = null,
    best = slack;
  for (let d = 0; d < rings.length; d++) {
    const b = d * 4;
    if (
      x < boxes[b] - slack ||
      x > boxes[b + 2] + slack ||
      y < boxes[b + 1] - slack ||
      y > boxes[b + 3] + slack
    )
      continue;
    if (holds(rings[d], x, y)) return ids[d];
    const gap = Math.hypot(
      (boxes[b] + boxes[b + 2]) / 2 - x,
      (boxes[b + 1] + boxes[b + 3]) / 2 - y,
    );
    if (gap < best) {
      best = gap;
      found = ids[d];
    }
  }
  return found;
}

// Whether a ring [x, y, x, y, …] holds a place.
/** @param {Float64Array} ring @param {number} x @param {number} y */
function holds(ring, x, y) {
  let inside = false;
  for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
    if (
      ring[i + 1] > y !== ring[j + 1] > y &&
      x < ((ring[j] - ring[i]) * (y - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i]
    )
      inside = !inside;
  }
  return inside;
}
