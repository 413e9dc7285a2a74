// What a plan is while a hand moves: plots, neighbours, assignment, and the judging of both.
// Pure (node runs it in tests/assets); layers/grids/plan/assignment.py is its twin. Numbers are positions.
import { Heap } from './heap.js';
import { LOAD_CLASSES, LOAD_STEPS } from '../../shared/load.js';

// Neighbours as one run of positions a plot (CSR), both directions.
// In the order of their numbers: sums of borders then agree with Python's to the last bit.
function adjacency(n, a, b, shared) {
  const start = new Int32Array(n + 1);
  for (let e = 0; e < a.length; e++) {
    start[a[e] + 1]++;
    start[b[e] + 1]++;
  }
  for (let p = 0; p < n; p++) start[p + 1] += start[p];
  const place = start.slice(0, n);
  const to = new Int32Array(2 * a.length);
  const border = new Float64Array(2 * a.length);
  for (let e = 0; e < a.length; e++) {
    border[place[a[e]]] = shared[e];
    to[place[a[e]]++] = b[e];
    border[place[b[e]]] = shared[e];
    to[place[b[e]]++] = a[e];
  }
  for (let p = 0; p < n; p++) {
    const order = Array.from({ length: start[p + 1] - start[p] }, (_, i) => start[p] + i).sort(
      (i, j) => to[i] - to[j],
    );
    const [near, metres] = [order.map((i) => to[i]), order.map((i) => border[i])];
    to.set(near, start[p]);
    border.set(metres, start[p]);
  }
  return { start, to, border };
}

class Plan {
  // about: {households, persons, buildings, area, estate: arrays over plots; a, b, shared: arrays
  // over borders; assignment: grid of each plot; grids: [{id, locked, allowed_pieces …}]; limit}.
  constructor(about) {
    const n = about.households.length;
    this.n = n;
    this.limit = about.limit;
    this.households = Int32Array.from(about.households);
    this.persons = Int32Array.from(about.persons);
    this.buildings = Int32Array.from(about.buildings);
    this.area = Float64Array.from(about.area || new Float64Array(n));
    this.estate = Int32Array.from(about.estate || new Int32Array(n).fill(-1));
    this.plotLocked = Uint8Array.from(about.locked || new Uint8Array(n));
    this.links = adjacency(n, about.a, about.b, about.shared);
    this.gridOf = new Int32Array(n).fill(-1);
    /** @type {Record<string, any>[]} */
    this.grids = [];
    /** @type {{households: number, persons: number, buildings: number, plots: number, area: number}[]} */
    this.sums = []; // of each grid: {households, persons, buildings, plots, area}
    /** @type {number[]} */
    this.head = []; // first plot of each grid; next and previous plot below
    this.next = new Int32Array(n).fill(-1);
    this.previous = new Int32Array(n).fill(-1);
    /** @type {number[]} */
    this.pieceCount = []; // -1: not known
    this.stamp = new Int32Array(n);
    this.stampNow = 0;
    this.queue = new Int32Array(n);
    /** @type {Map<number, number> | null} plot → grid before the stroke, while there is one */
    this.stroke = null;
    this.sizeBefore = 0;
    for (const grid of about.grids) this.addGrid(grid);
    for (let p = 0; p < n; p++) this._enter(p, about.assignment[p]);
    this.pieceCount.fill(-1);
  }

  addGrid(grid) {
    this.grids.push({ locked: false, allowed_pieces: 1, ...grid });
    this.sums.push({ households: 0, persons: 0, buildings: 0, plots: 0, area: 0 });
    this.head.push(-1);
    this.pieceCount.push(0);
    return this.grids.length - 1;
  }

  _enter(p, g) {
    this.gridOf[p] = g;
    this.previous[p] = -1;
    this.next[p] = this.head[g];
    if (this.head[g] >= 0) this.previous[this.head[g]] = p;
    this.head[g] = p;
    const s = this.sums[g];
    s.households += this.households[p];
    s.persons += this.persons[p];
    s.buildings += this.buildings[p];
    s.area += this.area[p];
    s.plots++;
  }

  _leave(p) {
    const g = this.gridOf[p];
    if (this.previous[p] >= 0) this.next[this.previous[p]] = this.next[p];
    else this.head[g] = this.next[p];
    if (this.next[p] >= 0) this.previous[this.next[p]] = this.previous[p];
    const s = this.sums[g];
    s.households -= this.households[p];
    s.persons -= this.persons[p];
    s.buildings -= this.buildings[p];
    s.area -= this.area[p];
    s.plots--;
  }

  // Move one plot: the sums at once, the pieces only as far as the plot's own neighbours tell.
  move(p, g) {
    const from = this.gridOf[p];
    if (from === g) return false;
    const joined = this._touches(p, g);
    const apart = this.pieceCount[from] === 1 && !this._leavesWhole(p, from);
    this._leave(p);
    this._enter(p, g);
    if (this.sums[from].plots === 0) this.pieceCount[from] = 0;
    else if (apart || this.pieceCount[from] !== 1) this.pieceCount[from] = -1;
    if (this.sums[g].plots === 1) this.pieceCount[g] = 1;
    else if (!(this.pieceCount[g] === 1 && joined)) this.pieceCount[g] = -1;
    return true;
  }

  _touches(p, g) {
    const { start, to } = this.links;
    for (let i = start[p]; i < start[p + 1]; i++) if (this.gridOf[to[i]] === g) return true;
    return false;
  }

  // Do p's neighbours in g hang together without p, through themselves alone? If so nothing is cut.
  _leavesWhole(p, g) {
    const { start, to } = this.links;
    const mark = ++this.stampNow;
    let wanted = 0;
    let first = -1;
    for (let i = start[p]; i < start[p + 1]; i++) {
      if (this.gridOf[to[i]] !== g) continue;
      this.stamp[to[i]] = mark;
      first = to[i];
      wanted++;
    }
    if (wanted <= 1) return true;
    let seen = 0;
    this.queue[0] = first;
    this.stamp[first] = 0;
    for (let i = 0; i <= seen; i++) {
      const q = this.queue[i];
      for (let j = start[q]; j < start[q + 1]; j++) {
        if (this.stamp[to[j]] !== mark) continue;
        this.stamp[to[j]] = 0;
        this.queue[++seen] = to[j];
      }
    }
    return seen + 1 === wanted;
  }

  members(g) {
    const plots = [];
    for (let p = this.head[g]; p >= 0; p = this.next[p]) plots.push(p);
    return plots.sort((x, y) => x - y);
  }

  // The pieces of a grid, the one with most households first (then most plots, then first plot).
  pieces(g) {
    return this.piecesOf(this.members(g), g);
  }

  piecesOf(plots, g) {
    const { start, to } = this.links;
    const mark = ++this.stampNow;
    for (const p of plots) this.stamp[p] = mark;
    const found = [];
    for (const first of plots) {
      if (this.stamp[first] !== mark) continue;
      const piece = [first];
      this.stamp[first] = 0;
      for (let i = 0; i < piece.length; i++) {
        const p = piece[i];
        for (let j = start[p]; j < start[p + 1]; j++) {
          if (this.stamp[to[j]] !== mark) continue;
          this.stamp[to[j]] = 0;
          piece.push(to[j]);
        }
      }
      found.push(this._weigh(piece, g));
    }
    return found.sort(
      (x, y) =>
        y.households - x.households || y.plots.length - x.plots.length || x.plots[0] - y.plots[0],
    );
  }

  _weigh(plots, g) {
    const piece = {
      grid: g,
      plots: plots.sort((x, y) => x - y),
      households: 0,
      persons: 0,
      buildings: 0,
    };
    for (const p of plots) {
      piece.households += this.households[p];
      piece.persons += this.persons[p];
      piece.buildings += this.buildings[p];
    }
    return piece;
  }

  // What is wrong with one grid: nothing reads more than this grid's own plots.
  judge(g) {
    const s = this.sums[g];
    const over = s.households > this.limit;
    if (this.pieceCount[g] !== 1 && this.pieceCount[g] !== 0)
      this.pieceCount[g] = this.pieces(g).length;
    return {
      over: over && s.plots > 1,
      oversize: over && s.plots === 1,
      empty: s.plots === 0,
      pieces: this.pieceCount[g],
      apart: this.pieceCount[g] > (this.grids[g].allowed_pieces || 1),
    };
  }

  // All breaches, the worst first; a piece cut off carries the grid that it fits best.
  findings() {
    const found = [];
    for (let g = 0; g < this.grids.length; g++) {
      if (this.grids[g].gone) continue;
      const verdict = this.judge(g);
      const { households } = this.sums[g];
      if (verdict.empty) continue;
      if (verdict.over)
        found.push({
          code: 'grid_over_limit',
          severity: 'error',
          grid: g,
          households,
          limit: this.limit,
          over: households - this.limit,
        });
      if (verdict.oversize)
        found.push({
          code: 'building_over_limit',
          severity: 'warning',
          grid: g,
          households,
          limit: this.limit,
          over: households - this.limit,
        });
      if (!verdict.apart) continue;
      for (const piece of this.pieces(g).slice(this.grids[g].allowed_pieces || 1)) {
        found.push({
          code: 'grid_in_pieces',
          severity: 'error',
          grid: g,
          piece,
          households: piece.households,
          buildings: piece.buildings,
          pieces: verdict.pieces,
          to: this.mend(piece),
        });
      }
    }
    const weight = (f) => (f.severity === 'error' ? 0 : 1e9) - (f.over || 0);
    return found.sort((x, y) => weight(x) - weight(y) || x.grid - y.grid);
  }

  // The grid to give a piece to: one that stays within the limit, of the longest common border.
  mend(piece) {
    const { start, to, border } = this.links;
    const inside = new Set(piece.plots);
    const shared = new Map();
    for (const p of piece.plots) {
      for (let i = start[p]; i < start[p + 1]; i++) {
        const g = this.gridOf[to[i]];
        if (inside.has(to[i]) || g === piece.grid || this.grids[g].locked) continue;
        shared.set(g, (shared.get(g) || 0) + border[i]);
      }
    }
    const fits = (g) => (this.sums[g].households + piece.households <= this.limit ? 1 : 0);
    const wish = (g, h) =>
      fits(g) - fits(h) || shared.get(g) - shared.get(h) || this.grids[h].id - this.grids[g].id;
    let best = -1;
    for (const g of shared.keys()) if (best < 0 || wish(g, best) > 0) best = g;
    return best;
  }

  canMove(p, g, only) {
    const from = this.gridOf[p];
    return (
      from !== g &&
      !this.plotLocked[p] &&
      !this.grids[from].locked &&
      !this.grids[g]?.locked &&
      (only === undefined || only === null || only < 0 || from === only)
    );
  }

  // ---- strokes: one hand movement, one undo step ----

  begin() {
    this.stroke = new Map(); // plot → grid before the stroke
    this.sizeBefore = this.grids.length;
  }

  paint(plots, g, only) {
    const moved = [];
    const { stroke } = this;
    if (!stroke) throw new Error('a stroke begins before it paints');
    for (const p of plots) {
      if (this.gridOf[p] === g || !this.canMove(p, g)) continue;
      const before = stroke.get(p) ?? this.gridOf[p];
      if (only !== undefined && only !== null && only >= 0 && before !== only) continue;
      if (!stroke.has(p)) stroke.set(p, this.gridOf[p]);
      this.move(p, g);
      moved.push(p);
    }
    return moved;
  }

  // Take the stroke back; returns the plots that went home.
  cancel() {
    const plots = [];
    for (const [p, g] of this.stroke || []) {
      if (this.move(p, g)) plots.push(p);
    }
    this.stroke = null;
    for (let g = this.grids.length - 1; g >= this.sizeBefore; g--) this._dropLast();
    return plots;
  }

  _dropLast() {
    if (this.sums[this.sums.length - 1].plots !== 0) throw new Error('only an empty grid goes');
    for (const list of [this.grids, this.sums, this.head, this.pieceCount]) list.pop();
  }

  // End the stroke: its moves as [plot, from, to], by plot.
  finish() {
    const moves = [];
    for (const [p, from] of this.stroke || [])
      if (this.gridOf[p] !== from) moves.push([p, from, this.gridOf[p]]);
    this.stroke = null;
    return moves.sort((x, y) => x[0] - y[0]);
  }

  apply(moves) {
    for (const [p, from, to] of moves) {
      if (this.gridOf[p] !== from) throw new Error(`plot ${p} is not in grid ${from}`);
      this.move(p, to);
    }
  }

  revert(moves) {
    this.apply(moves.map(([p, from, to]) => [p, to, from]));
  }

  // ---- what gestures reduce to ----

  estatePlots(estate) {
    return estate < 0
      ? []
      : Array.from(this.estate.keys()).filter((p) => this.estate[p] === estate);
  }

  // Part a grid by sides (0 or 1 for each of its plots): both halves whole where that can be.
  // Returns the plots of the smaller half, none when the line leaves all on one side.
  split(g, side) {
    const plots = this.members(g);
    const of = new Map(plots.map((p) => [p, side(p)]));
    for (let round = 0, changed = true; changed && round < 4; round++) {
      changed = false;
      for (const half of [0, 1]) {
        const pieces = this.piecesOf(
          plots.filter((p) => of.get(p) === half),
          g,
        );
        for (const piece of pieces.slice(1)) {
          const other = piece.plots.some((p) =>
            this._neighbours(p).some((q) => of.get(q) === 1 - half),
          );
          if (!other) continue;
          for (const p of piece.plots) of.set(p, 1 - half);
          changed = true;
        }
      }
    }
    return this._smaller(plots, g, (p) => of.get(p));
  }

  // The same by the line alone, as the server does it.
  splitPlain(g, side) {
    return this._smaller(this.members(g), g, side);
  }

  // The side with fewer households (then fewer plots, then the right one) without locked plots.
  _smaller(plots, g, side) {
    const [left, right] = [0, 1].map((half) =>
      this._weigh(
        plots.filter((p) => side(p) === half),
        g,
      ),
    );
    if (!left.plots.length || !right.plots.length) return [];
    const more = left.households - right.households || left.plots.length - right.plots.length;
    return (more < 0 ? left : right).plots.filter((p) => !this.plotLocked[p]);
  }

  _neighbours(p) {
    return this.links.to.subarray(this.links.start[p], this.links.start[p + 1]);
  }

  // Give a grid's plots to its neighbours one by one along the longest common border, first where
  // there is room. Returns [plot, grid] in the order of giving; none when a plot must stay.
  dissolve(g) {
    const { start, to, border } = this.links;
    const plots = this.members(g);
    const left = new Set(plots);
    if (this.grids[g].locked || plots.some((p) => this.plotLocked[p])) return [];
    const room = this.sums.map((s) => this.limit - s.households);
    const beside = new Map(); // plot and grid → metres
    const byId = (one, two) =>
      one[0] - two[0] || one[1] - two[1] || this.grids[one[2]].id - this.grids[two[2]].id;
    const [waiting, full] = [new Heap(byId), new Heap(byId)];
    const given = new Map();
    const offer = (p, grid, metres) => {
      const key = p * this.grids.length + grid;
      const total = (beside.get(key) || 0) + metres;
      beside.set(key, total);
      waiting.push([-total, p, grid]);
    };
    for (const p of plots) {
      for (let i = start[p]; i < start[p + 1]; i++) {
        const grid = this.gridOf[to[i]];
        if (grid !== g && !this.grids[grid].locked) offer(p, grid, border[i]);
      }
    }
    while (waiting.size || full.size) {
      const fits = waiting.size > 0;
      const best = (fits ? waiting : full).pop();
      const [, p, grid] = best;
      if (given.has(p)) continue;
      if (fits && room[grid] < this.households[p]) {
        full.push(best);
        continue;
      }
      given.set(p, grid);
      room[grid] -= this.households[p];
      for (let i = start[p]; i < start[p + 1]; i++)
        if (left.has(to[i]) && !given.has(to[i])) offer(to[i], grid, border[i]);
    }
    return given.size < left.size ? [] : [...given];
  }

  adjacentGrids(g) {
    const found = new Set();
    for (let p = this.head[g]; p >= 0; p = this.next[p])
      for (const q of this._neighbours(p)) found.add(this.gridOf[q]);
    found.delete(g);
    return found;
  }

  // The grids beside one, first the one whose households differ most from its own.
  /** @param {number} g @returns {number[]} */
  neighboursByDifference(g) {
    const apart = (other) => Math.abs(this.sums[other].households - this.sums[g].households);
    return [...this.adjacentGrids(g)].sort((x, y) => apart(y) - apart(x) || x - y);
  }

  // The lowest number not yet used: the number of a grid that is being made.
  freshNumber() {
    return this.grids.reduce((most, g) => Math.max(most, g.number || 0), 0) + 1;
  }
}

// As layers/kit/load.py: one plot that is over the limit is a class of its own. plots 0: not known.
function loadClass(households, limit, plots = 0) {
  const step = LOAD_STEPS.findIndex((share) => households / limit <= share);
  return LOAD_CLASSES[step >= 0 ? step : LOAD_STEPS.length + (plots === 1 ? 1 : 0)];
}

export { Plan, adjacency, loadClass };
