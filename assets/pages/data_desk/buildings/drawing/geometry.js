// Shapes of footprints under a hand: metres about a place, right angles, rectangles, turning, areas,
// what is hit and what is snapped to. Pure. A shape is polygons of rings of [x, y] in metres, x east,
// y north, rings open (the first corner is not repeated), the first ring of a polygon its outline.
/**
 * @typedef {Point[]} Ring
 * @typedef {Ring[][]} Shape polygons of rings
 * @typedef {[number, number, number]} At polygon, ring, corner
 * @typedef {{d: number, at: Point, kind: 'corner' | 'wall'}} Hit
 */
const RAD = Math.PI / 180;

// Metres about a place: good to a few centimetres within some kilometres. Series of the WGS84
// ellipsoid (metres in a degree of latitude and longitude).
class Frame {
  /** @param {number} lon @param {number} lat */
  constructor(lon, lat) {
    const f = lat * RAD;
    this.lon = lon;
    this.lat = lat;
    this.ky = 111132.954 - 559.822 * Math.cos(2 * f) + 1.175 * Math.cos(4 * f);
    this.kx = 111412.84 * Math.cos(f) - 93.5 * Math.cos(3 * f) + 0.118 * Math.cos(5 * f);
  }

  /** @param {Point} at @returns {Point} */
  toM([lon, lat]) {
    return [(lon - this.lon) * this.kx, (lat - this.lat) * this.ky];
  }

  /** @param {Point} at @returns {Point} */
  toDegrees([x, y]) {
    return [this.lon + x / this.kx, this.lat + y / this.ky];
  }

  // GeoJSON (degrees) → shape.
  /** @param {any} geometry @returns {Shape} */
  shape(geometry) {
    const polygons =
      geometry.type === 'Polygon'
        ? [geometry.coordinates]
        : geometry.type === 'MultiPolygon'
          ? geometry.coordinates
          : [];
    return polygons.map((rings) => rings.map((ring) => ring.slice(0, -1).map((c) => this.toM(c))));
  }

  /** @param {Shape} shape */
  geometry(shape) {
    const round = (v) => Math.round(v * 1e9) / 1e9; // a tenth of a millimetre
    const polygons = shape.map((rings) =>
      rings.map((ring) => [...ring, ring[0]].map((p) => this.toDegrees(p).map(round))),
    );
    return polygons.length === 1
      ? { type: 'Polygon', coordinates: polygons[0] }
      : { type: 'MultiPolygon', coordinates: polygons };
  }
}

/** @param {Point} a @param {Point} b */
const distance = (a, b) => Math.hypot(a[0] - b[0], a[1] - b[1]);

// Twice the signed area of a ring: positive when it runs against the clock.
/** @param {Ring} ring */
function turn(ring) {
  let sum = 0;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++)
    sum += ring[j][0] * ring[i][1] - ring[i][0] * ring[j][1];
  return sum;
}

/** @param {Ring} ring */
const ringArea = (ring) => Math.abs(turn(ring)) / 2;
/** @param {Shape} shape @returns {number} */
const area = (shape) =>
  shape.reduce(
    (sum, rings) => sum + rings.reduce((s, ring, i) => s + (i ? -1 : 1) * ringArea(ring), 0),
    0,
  );
/** @param {Ring} line */
const length = (line) => line.reduce((sum, p, i) => (i ? sum + distance(line[i - 1], p) : 0), 0);

// The middle of the outlines' area; of the corners where there is none.
/** @param {Shape} shape @returns {Point} */
function centre(shape) {
  let [sum, cx, cy] = [0, 0, 0];
  for (const [ring] of shape) {
    const [ox, oy] = ring[0]; // about a corner: large coordinates would lose digits
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const cross = (ring[j][0] - ox) * (ring[i][1] - oy) - (ring[i][0] - ox) * (ring[j][1] - oy);
      const sign = turn(ring) < 0 ? -1 : 1;
      sum += sign * cross;
      cx += sign * cross * ((ring[j][0] + ring[i][0] - 2 * ox) / 3 + ox);
      cy += sign * cross * ((ring[j][1] + ring[i][1] - 2 * oy) / 3 + oy);
    }
  }
  if (Math.abs(sum) > 1e-9) return [cx / sum, cy / sum];
  const all = shape.flat(2);
  const mean = (k) => all.reduce((s, p) => s + p[k], 0) / all.length;
  return [mean(0), mean(1)];
}

/** @param {Shape} shape @param {(corner: Point) => Point} change @returns {Shape} */
const mapped = (shape, change) => shape.map((rings) => rings.map((ring) => ring.map(change)));
/** @param {Shape} shape @param {number} dx @param {number} dy */
const moved = (shape, dx, dy) => mapped(shape, ([x, y]) => [x + dx, y + dy]);

// Turned against the clock by `angle` (radians) about a point.
/** @param {Shape} shape @param {number} angle @param {Point} about */
function turned(shape, angle, [ox, oy]) {
  const [c, s] = [Math.cos(angle), Math.sin(angle)];
  return mapped(shape, ([x, y]) => [
    ox + c * (x - ox) - s * (y - oy),
    oy + s * (x - ox) + c * (y - oy),
  ]);
}

// A point brought onto the direction of the edge before it, or square to it: whichever is nearer.
/** @param {Point} before @param {Point} last @param {Point} point @returns {Point} */
function squared(before, last, point) {
  const [ux, uy] = [last[0] - before[0], last[1] - before[1]];
  const size = Math.hypot(ux, uy);
  if (!size) return point;
  const [ex, ey] = [ux / size, uy / size];
  const [px, py] = [point[0] - last[0], point[1] - last[1]];
  const along = px * ex + py * ey;
  const across = -px * ey + py * ex;
  return Math.abs(along) >= Math.abs(across)
    ? [last[0] + along * ex, last[1] + along * ey]
    : [last[0] - across * ey, last[1] + across * ex];
}

// The last corner slid along its edge until the edge that closes the ring is square to the first
// one. Nothing changes where the last edge already runs square to that.
/** @param {Ring} ring @returns {Ring} */
function closedSquare(ring) {
  if (ring.length < 4) return ring;
  const n = ring.length;
  const d = [ring[1][0] - ring[0][0], ring[1][1] - ring[0][1]];
  const from = ring[n - 2];
  const u = [ring[n - 1][0] - from[0], ring[n - 1][1] - from[1]];
  const dot = u[0] * d[0] + u[1] * d[1];
  if (Math.abs(dot) < 0.2 * Math.hypot(...u) * Math.hypot(...d)) return ring;
  const t = ((ring[0][0] - from[0]) * d[0] + (ring[0][1] - from[1]) * d[1]) / dot;
  if (t < 0.2 || t > 5) return ring; // it would fold over, or run away
  return [...ring.slice(0, -1), [from[0] + t * u[0], from[1] + t * u[1]]];
}

// Two corners of a side, and any point on the side across.
/** @param {Point} a @param {Point} b @param {Point} c @returns {Ring | null} */
function rectangle(a, b, c) {
  const size = distance(a, b);
  if (!size) return null;
  const [ex, ey] = [(b[0] - a[0]) / size, (b[1] - a[1]) / size];
  const deep = -(c[0] - b[0]) * ey + (c[1] - b[1]) * ex;
  if (Math.abs(deep) < 1e-6) return null;
  return [a, b, [b[0] - deep * ey, b[1] + deep * ex], [a[0] - deep * ey, a[1] + deep * ex]];
}

/** @param {Point} at @param {Ring} ring */
function inRing([x, y], ring) {
  let inside = false;
  for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
    const [[xi, yi], [xj, yj]] = [ring[i], ring[j]];
    if (yi > y !== yj > y && x < ((xj - xi) * (y - yi)) / (yj - yi) + xi) inside = !inside;
  }
  return inside;
}

/** @param {Shape} shape @param {Point} point */
const contains = (shape, point) =>
  shape.some(
    (rings) => inRing(point, rings[0]) && !rings.slice(1).some((hole) => inRing(point, hole)),
  );

// The nearest point of a segment.
/** @param {Point} at @param {Point} a @param {Point} b @returns {Point} */
function onSegment([px, py], a, b) {
  const [ux, uy] = [b[0] - a[0], b[1] - a[1]];
  const long = ux * ux + uy * uy;
  const t = long ? Math.max(0, Math.min(1, ((px - a[0]) * ux + (py - a[1]) * uy) / long)) : 0;
  return [a[0] + t * ux, a[1] + t * uy];
}

// What is near a point: a corner if one is within reach, else the foot on a wall. Null otherwise.
/** @param {Point} point @param {Shape[]} shapes @param {number} reach @returns {Hit | null} */
function snap(point, shapes, reach) {
  /** @type {Hit | null} */
  let corner = null;
  /** @type {Hit | null} */
  let wall = null;
  for (const shape of shapes) {
    for (const ring of shape.flat()) {
      for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
        const d = distance(point, ring[i]);
        if (d <= reach && (!corner || d < corner.d)) corner = { d, at: ring[i], kind: 'corner' };
        const foot = onSegment(point, ring[j], ring[i]);
        const e = distance(point, foot);
        if (e <= reach && (!wall || e < wall.d)) wall = { d: e, at: foot, kind: 'wall' };
      }
    }
  }
  return corner || wall;
}

// The shift of at most `reach` that brings one of `corners` onto a corner of the shapes around.
/** @param {Point[]} corners @param {Shape[]} shapes @param {number} reach */
function snapShift(corners, shapes, reach) {
  let best = null;
  for (const p of corners) {
    const hit = snap(p, shapes, reach);
    if (
      hit &&
      (!best ||
        (hit.kind === 'corner' && best.kind === 'wall') ||
        (hit.kind === best.kind && hit.d < best.d))
    )
      best = { ...hit, shift: [hit.at[0] - p[0], hit.at[1] - p[1]] };
  }
  return best;
}

/** @param {Point} a @param {Point} b @param {Point} c @param {Point} d */
function crosses(a, b, c, d) {
  const side = (p, q, r) => (q[0] - p[0]) * (r[1] - p[1]) - (q[1] - p[1]) * (r[0] - p[0]);
  const [s1, s2, s3, s4] = [side(a, b, c), side(a, b, d), side(c, d, a), side(c, d, b)];
  return s1 * s2 < 0 && s3 * s4 < 0;
}

// Where a ring crosses itself first; null when it does not.
/** @param {Ring} ring @returns {Point | null} */
function selfCrossing(ring) {
  const n = ring.length;
  for (let i = 0; i < n; i++) {
    for (let k = i + 2; k < n; k++) {
      if (i === 0 && k === n - 1) continue;
      const [a, b, c, d] = [ring[i], ring[(i + 1) % n], ring[k], ring[(k + 1) % n]];
      if (!crosses(a, b, c, d)) continue;
      const [ux, uy, vx, vy] = [b[0] - a[0], b[1] - a[1], d[0] - c[0], d[1] - c[1]];
      const t = ((c[0] - a[0]) * vy - (c[1] - a[1]) * vx) / (ux * vy - uy * vx);
      return [a[0] + t * ux, a[1] + t * uy];
    }
  }
  return null;
}

// Every corner of a shape with its place: [polygon, ring, corner].
/** @param {Shape} shape @returns {[At, Point][]} */
const corners = (shape) =>
  shape.flatMap((rings, p) =>
    rings.flatMap((ring, r) =>
      ring.map((corner, i) => /** @type {[At, Point]} */ ([[p, r, i], corner])),
    ),
  );

// The corner of a shape within reach of a point: [polygon, ring, corner]; null.
/** @param {Shape} shape @param {Point} point @param {number} reach @returns {At | null} */
function cornerAt(shape, point, reach) {
  /** @type {{d: number, at: At} | null} */
  let best = null;
  for (const [at, corner] of corners(shape)) {
    const d = distance(corner, point);
    if (d <= reach && (!best || d < best.d)) best = { d, at };
  }
  return best ? best.at : null;
}

// The wall within reach: [polygon, ring, where the new corner goes], and the foot on it.
/** @param {Shape} shape @param {Point} point @param {number} reach @returns {{d: number, at: At, foot: Point} | null} */
function wallAt(shape, point, reach) {
  /** @type {{d: number, at: At, foot: Point} | null} */
  let best = null;
  for (const [[p, r, i], corner] of corners(shape)) {
    const ring = shape[p][r];
    const foot = onSegment(point, ring[(i + ring.length - 1) % ring.length], corner);
    const d = distance(foot, point);
    if (d <= reach && (!best || d < best.d)) best = { d, at: [p, r, i || ring.length], foot };
  }
  return best;
}

/** @param {Shape} shape */
const copied = (shape) => mapped(shape, (p) => [...p]);

// A shape without one corner; null when its ring would be no ring any more.
/** @param {Shape} shape @param {At} at */
function withoutCorner(shape, [p, r, i]) {
  if (shape[p][r].length <= 3) return null;
  const next = copied(shape);
  next[p][r].splice(i, 1);
  return next;
}

/** @param {Shape} shape */
function bounds(shape) {
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of shape.flat(2)) {
    box[0] = Math.min(box[0], x);
    box[1] = Math.min(box[1], y);
    box[2] = Math.max(box[2], x);
    box[3] = Math.max(box[3], y);
  }
  return box;
}

// A CSS matrix that lays a picture of width × height pixels on three of its corners (pixels of the
// page: top left, top right, bottom left).
/** @param {Point} a @param {Point} b @param {Point} d @param {number} width @param {number} height */
function sheetMatrix([ax, ay], [bx, by], [dx, dy], width, height) {
  return [(bx - ax) / width, (by - ay) / width, (dx - ax) / height, (dy - ay) / height, ax, ay];
}

// The middle of a line by its length.
/** @param {Point[]} points @returns {Point} */
function midway(points) {
  let left = length(points) / 2;
  for (let i = 1; i < points.length; i++) {
    const d = distance(points[i - 1], points[i]);
    if (d >= left && d > 0) {
      const [[x1, y1], [x2, y2]] = [points[i - 1], points[i]];
      return [x1 + (left / d) * (x2 - x1), y1 + (left / d) * (y2 - y1)];
    }
    left -= d;
  }
  return points[0];
}

export {
  midway,
  Frame,
  distance,
  turn,
  area,
  length,
  centre,
  moved,
  turned,
  squared,
  closedSquare,
  rectangle,
  inRing,
  contains,
  onSegment,
  snap,
  snapShift,
  selfCrossing,
  cornerAt,
  wallAt,
  withoutCorner,
  copied,
  bounds,
  sheetMatrix,
};
