// Where plots are: decoding of the ground, what a brush, a lasso or a line takes, outlines.
// Pure, as plan.js. Lengths: m = pixels of Leaflet at zoom 20, x to the right, y down,
// from the ground's origin; X, Y = metres east and north of it (docs/planner-api.md).
const ZOOM = 20;
const SIZE = 256 * 2 ** ZOOM;
const FAR_M = 1e6; // how far a dividing line is prolonged

function mercator(lon, lat) {
  const sine = Math.sin((lat * Math.PI) / 180);
  return [
    ((lon + 180) / 360) * SIZE,
    (0.5 - Math.log((1 + sine) / (1 - sine)) / (4 * Math.PI)) * SIZE,
  ];
}

class Shapes {
  // Corners of outlines in m, and as steps of the ground's own lattice.
  /** @type {Float64Array} */ vx;
  /** @type {Float64Array} */ vy;
  /** @type {Int32Array} */ steps;
  // A point inside each plot: in m and in metres.
  /** @type {Float64Array} */ px;
  /** @type {Float64Array} */ py;
  /** @type {Float64Array} */ X;
  /** @type {Float64Array} */ Y;
  // The box of each plot and of all, and the lattice of cells that finds them.
  /** @type {Float64Array} */ box;
  /** @type {number[]} */ bounds;
  /** @type {number} */ cell;
  /** @type {number} */ across;
  /** @type {Map<number, number[]>} */ cells;
  /** @type {Int32Array} */ seen;
  /** @type {number} */ seenNow;
  // Outlines: the plots beside each arc, its corners.
  /** @type {Int32Array} */ arcLeft;
  /** @type {Int32Array} */ arcRight;
  /** @type {Int32Array} */ arcFirst;
  /** @type {Int32Array} */ arcPoint;
  /** @type {number[][]} */ arcsOf;

  constructor(ground) {
    this.n = ground.n;
    this.ground = ground;
    this.zero = mercator(ground.origin[0], ground.origin[1]);
    this.ring = Int32Array.from(ground.ring);
    this.plotRing = Int32Array.from(ground.plot_ring);
    this._decode(ground);
    this._box();
    this._index();
    this._arcs();
  }

  toM(lon, lat) {
    const [x, y] = mercator(lon, lat);
    return [x - this.zero[0], y - this.zero[1]];
  }

  toDegrees(mx, my) {
    const x = (mx + this.zero[0]) / SIZE;
    const y = 0.5 - (my + this.zero[1]) / SIZE;
    return [x * 360 - 180, 90 - (360 * Math.atan(Math.exp(-y * 2 * Math.PI))) / Math.PI];
  }

  toMetres(lon, lat) {
    const { origin, metres } = this.ground;
    return [(lon - origin[0]) * metres[0], (lat - origin[1]) * metres[1]];
  }

  _decode({ xy, origin, step, point, metres }) {
    const vertices = xy.length / 2;
    this.vx = new Float64Array(vertices);
    this.vy = new Float64Array(vertices);
    this.steps = new Int32Array(2 * vertices);
    for (let r = 0; r + 1 < this.ring.length; r++) {
      let x = 0;
      let y = 0;
      for (let v = this.ring[r]; v < this.ring[r + 1]; v++) {
        x += xy[2 * v];
        y += xy[2 * v + 1];
        this.steps[2 * v] = x;
        this.steps[2 * v + 1] = y;
        [this.vx[v], this.vy[v]] = this.toM(origin[0] + x * step, origin[1] + y * step);
      }
    }
    this.px = new Float64Array(this.n);
    this.py = new Float64Array(this.n);
    this.X = new Float64Array(this.n);
    this.Y = new Float64Array(this.n);
    for (let p = 0; p < this.n; p++) {
      const [x, y] = [point[2 * p], point[2 * p + 1]];
      [this.px[p], this.py[p]] = this.toM(origin[0] + x * step, origin[1] + y * step);
      this.X[p] = x * step * metres[0];
      this.Y[p] = y * step * metres[1];
    }
  }

  _box() {
    this.box = new Float64Array(4 * this.n);
    this.bounds = [Infinity, Infinity, -Infinity, -Infinity];
    for (let p = 0; p < this.n; p++) {
      const b = [Infinity, Infinity, -Infinity, -Infinity];
      const [from, to] = [this.ring[this.plotRing[p]], this.ring[this.plotRing[p] + 1]];
      for (let v = from; v < to; v++) grow(b, this.vx[v], this.vy[v]);
      this.box.set(b, 4 * p);
      grow(this.bounds, b[0], b[1]);
      grow(this.bounds, b[2], b[3]);
    }
  }

  // A lattice of cells, each with the plots whose box meets it.
  _index() {
    const [x1, y1, x2, y2] = this.bounds;
    this.cell = Math.max(1, Math.sqrt(((x2 - x1) * (y2 - y1)) / Math.max(1, this.n)) * 1.5);
    this.across = Math.max(1, Math.ceil((x2 - x1) / this.cell) + 1);
    this.cells = new Map();
    for (let p = 0; p < this.n; p++) {
      this._eachCell(this.box.subarray(4 * p, 4 * p + 4), (key) => {
        const list = this.cells.get(key);
        if (list) list.push(p);
        else this.cells.set(key, [p]);
      });
    }
    this.seen = new Int32Array(this.n);
    this.seenNow = 0;
  }

  /** @param {ArrayLike<number> & Iterable<number>} box @param {(cell: number) => void} visit */
  _eachCell([x1, y1, x2, y2], visit) {
    const [bx, by, ex, ey] = this.bounds;
    const at = (v, low) => Math.floor((v - low) / this.cell);
    for (let j = at(Math.max(y1, by), by); j <= at(Math.min(y2, ey), by); j++) {
      for (let i = at(Math.max(x1, bx), bx); i <= at(Math.min(x2, ex), bx); i++)
        visit(j * this.across + i);
    }
  }

  // Plots whose box meets a box in m.
  query(box) {
    const now = ++this.seenNow;
    const found = [];
    this._eachCell(box, (key) => {
      for (const p of this.cells.get(key) || []) {
        if (this.seen[p] === now) continue;
        this.seen[p] = now;
        const b = 4 * p;
        if (
          this.box[b] <= box[2] &&
          this.box[b + 2] >= box[0] &&
          this.box[b + 1] <= box[3] &&
          this.box[b + 3] >= box[1]
        )
          found.push(p);
      }
    });
    return found;
  }

  contains(p, x, y) {
    let inside = false;
    for (let r = this.plotRing[p]; r < this.plotRing[p + 1]; r++) {
      const [from, to] = [this.ring[r], this.ring[r + 1]];
      for (let v = from, w = to - 1; v < to; w = v++) {
        if (
          this.vy[v] > y !== this.vy[w] > y &&
          x <
            ((this.vx[w] - this.vx[v]) * (y - this.vy[v])) / (this.vy[w] - this.vy[v]) + this.vx[v]
        )
          inside = !inside;
      }
    }
    return inside;
  }

  plotAt(x, y) {
    for (const p of this.query([x, y, x, y])) if (this.contains(p, x, y)) return p;
    return -1;
  }

  // Plots that a round brush takes on its way: those whose point it covers, and whatever the
  // middle of the brush passes over (with a broad brush only buildings: a road is long).
  sweep(x1, y1, x2, y2, radius) {
    const box = [
      Math.min(x1, x2) - radius,
      Math.min(y1, y2) - radius,
      Math.max(x1, x2) + radius,
      Math.max(y1, y2) + radius,
    ];
    return this.query(box).filter((p) => {
      if (radius > 0 && distance(this.px[p], this.py[p], x1, y1, x2, y2) <= radius) return true;
      if (radius > 0 && this.ground.kind[p] !== 'b') return false;
      return this.contains(p, x2, y2) || this._crossed(p, x1, y1, x2, y2);
    });
  }

  _crossed(p, x1, y1, x2, y2) {
    for (let r = this.plotRing[p]; r < this.plotRing[p + 1]; r++) {
      const [from, to] = [this.ring[r], this.ring[r + 1]];
      for (let v = from, w = to - 1; v < to; w = v++)
        if (cross(x1, y1, x2, y2, this.vx[w], this.vy[w], this.vx[v], this.vy[v])) return true;
    }
    return false;
  }

  // Plots whose point lies in a ring of [lon, lat], by the even-odd rule in metres.
  lasso(ring) {
    const path = ring.map(([lon, lat]) => this.toMetres(lon, lat));
    path.push(path[0]);
    const found = [];
    for (let p = 0; p < this.n; p++)
      if (crossingsAbove(this.X[p], this.Y[p], path) % 2) found.push(p);
    return found;
  }

  // On which side of a line of [lon, lat] a plot's point is: 0 left, 1 right of it. The frame is
  // turned so that the line runs along +x, and the line goes on at both ends in that direction.
  sideOf(line) {
    const xy = line.map(([lon, lat]) => this.toMetres(lon, lat));
    const [dx, dy] = [xy[xy.length - 1][0] - xy[0][0], xy[xy.length - 1][1] - xy[0][1]];
    const length = Math.sqrt(dx * dx + dy * dy);
    if (length === 0) return (p) => crossingsAbove(this.X[p], this.Y[p], xy) % 2;
    const [ux, uy] = [dx / length, dy / length];
    const turn = (x, y) => [x * ux + y * uy, y * ux - x * uy];
    const path = xy.map(([x, y]) => turn(x, y));
    const [first, last] = [path[0], path[path.length - 1]];
    path.unshift([first[0] - FAR_M, first[1]]);
    path.push([last[0] + FAR_M, last[1]]);
    return (p) => crossingsAbove(...turn(this.X[p], this.Y[p]), path) % 2;
  }

  // Outlines: runs of edges with the same plots on both sides (-1: outside the community).
  _arcs() {
    const vertices = this.steps.length / 2;
    const number = new Map();
    const id = new Int32Array(vertices);
    for (let v = 0; v < vertices; v++) {
      const key = (this.steps[2 * v] + 2 ** 25) * 2 ** 26 + this.steps[2 * v + 1] + 2 ** 25;
      const known = number.get(key);
      if (known === undefined) {
        number.set(key, v);
        id[v] = v;
      } else id[v] = known;
    }
    const owners = new Map(); // edge → sum of its plots plus one for each: two owners at most
    const edge = (v, w) => (id[v] < id[w] ? id[v] * vertices + id[w] : id[w] * vertices + id[v]);
    const eachEdge = (visit) => {
      for (let p = 0; p < this.n; p++) {
        for (let r = this.plotRing[p]; r < this.plotRing[p + 1]; r++) {
          const [from, to] = [this.ring[r], this.ring[r + 1]];
          for (let v = from; v < to; v++) visit(p, v, v + 1 < to ? v + 1 : from, v === from);
        }
      }
    };
    eachEdge((p, v, w) => {
      const key = edge(v, w);
      owners.set(key, (owners.get(key) || 0) + p + 1);
    });
    /** @type {number[][]} */
    const [left, right, first, points] = [[], [], [0], []];
    let last = -1;
    let open = -2;
    eachEdge((p, v, w, isFirst) => {
      const other = owners.get(edge(v, w)) - (p + 1) - 1; // -1: nobody else, the border of the community
      if (isFirst) open = -2;
      if (other >= 0 && other < p) {
        open = -2;
        return;
      }
      if (open !== other || last !== v) {
        if (points.length) first.push(points.length);
        left.push(p);
        right.push(other);
        points.push(v);
      }
      points.push(w);
      open = other;
      last = w;
    });
    first.push(points.length);
    this.arcLeft = Int32Array.from(left);
    this.arcRight = Int32Array.from(right);
    this.arcFirst = Int32Array.from(left.length ? first : [0]);
    this.arcPoint = Int32Array.from(points);
    this.arcsOf = Array.from({ length: this.n }, () => []);
    left.forEach((p, a) => {
      this.arcsOf[p].push(a);
      if (right[a] >= 0) this.arcsOf[right[a]].push(a);
    });
  }

  // The border between two grids nearest to a place, within a distance: the arc, -1 for none.
  nearestBorder(gridOf, x, y, within) {
    let best = -1;
    let least = within;
    for (const p of this.query([x - within, y - within, x + within, y + within])) {
      for (const a of this.arcsOf[p]) {
        const other = this.arcRight[a];
        if (other < 0 || gridOf[this.arcLeft[a]] === gridOf[other]) continue;
        for (let i = this.arcFirst[a] + 1; i < this.arcFirst[a + 1]; i++) {
          const [v, w] = [this.arcPoint[i - 1], this.arcPoint[i]];
          const d = distance(x, y, this.vx[v], this.vy[v], this.vx[w], this.vy[w]);
          if (d < least) {
            least = d;
            best = a;
          }
        }
      }
    }
    return best;
  }

  boxOf(plots) {
    const b = [Infinity, Infinity, -Infinity, -Infinity];
    for (const p of plots) {
      grow(b, this.box[4 * p], this.box[4 * p + 1]);
      grow(b, this.box[4 * p + 2], this.box[4 * p + 3]);
    }
    return b;
  }

  // A point inside a set of plots where a label may stand: the plot's point nearest the middle.
  labelPoint(plots) {
    let [sx, sy, weight] = [0, 0, 0];
    for (const p of plots) {
      const area = this.ground.area_m2[p] || 1;
      sx += this.px[p] * area;
      sy += this.py[p] * area;
      weight += area;
    }
    let best = plots[0];
    const far = (p) => (this.px[p] - sx / weight) ** 2 + (this.py[p] - sy / weight) ** 2;
    for (const p of plots) if (far(p) < far(best)) best = p;
    return [this.px[best], this.py[best]];
  }
}

// How often a path lies above a point; a segment holds its lower x, not its upper one.
function crossingsAbove(x, y, path) {
  let count = 0;
  for (let i = 1; i < path.length; i++) {
    const [[x1, y1], [x2, y2]] = [path[i - 1], path[i]];
    if (x1 === x2 || x < Math.min(x1, x2) || x >= Math.max(x1, x2)) continue;
    if (y1 + ((x - x1) * (y2 - y1)) / (x2 - x1) > y) count++;
  }
  return count;
}

function grow(box, x, y) {
  if (x < box[0]) box[0] = x;
  if (y < box[1]) box[1] = y;
  if (x > box[2]) box[2] = x;
  if (y > box[3]) box[3] = y;
}

function distance(x, y, x1, y1, x2, y2) {
  const [dx, dy] = [x2 - x1, y2 - y1];
  const square = dx * dx + dy * dy;
  const t = square > 0 ? Math.max(0, Math.min(1, ((x - x1) * dx + (y - y1) * dy) / square)) : 0;
  return Math.hypot(x - x1 - t * dx, y - y1 - t * dy);
}

function cross(ax, ay, bx, by, cx, cy, dx, dy) {
  const turn = (px, py, qx, qy, rx, ry) => Math.sign((qx - px) * (ry - py) - (qy - py) * (rx - px));
  return (
    turn(ax, ay, bx, by, cx, cy) !== turn(ax, ay, bx, by, dx, dy) &&
    turn(cx, cy, dx, dy, ax, ay) !== turn(cx, cy, dx, dy, bx, by)
  );
}

export { Shapes, mercator, distance, ZOOM };
