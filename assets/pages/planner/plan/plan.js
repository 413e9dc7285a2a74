// What a plan is while a hand moves: plots, neighbours, assignment, and the judging of both.
// Pure (node runs it in tests/assets); layers/grids/plan/assignment.py is its twin. Numbers are positions.
import { FEW } from '../../../shared/few.js';
import { adjacency } from './links.js';

/**
 * @typedef {[plot: number, from: number, to: number]} Move
 * @typedef {{grid: number, plots: number[], households: number, persons: number,
 *   buildings: number, few: number}} Piece plots of a grid that hang together; few: of how many of
 *   them the households are not told
 * @typedef {{id: number, number: number, locked: boolean, allowed_pieces: number} &
 *   Record<string, any>} Grid
 * @typedef {object} About what a plan is made of
 * @property {(number | string)[]} households of each plot, as are the next five; FEW where they are
 *   not told to this reader
 * @property {(number | string)[]} persons
 * @property {number[]} buildings
 * @property {ArrayLike<number>} [area] m²
 * @property {ArrayLike<number>} [estate] -1: none
 * @property {ArrayLike<number>} [locked]
 * @property {number[]} assignment the grid of each plot
 * @property {number[]} a of each common border: one of its plots
 * @property {number[]} b the other
 * @property {number[]} shared its metres
 * @property {number} limit households
 * @property {(Partial<Grid> & {id: number})[]} grids
 */

class Plan {
  /** @param {About} about */
  constructor(about) {
    const n = about.households.length;
    this.n = n;
    this.limit = about.limit;
    // What is not told counts as none here: the sums of the grids are the server's (trust).
    this.few = Uint8Array.from(about.households, (h) => (h === FEW ? 1 : 0));
    this.households = Int32Array.from(about.households, (h) => Number(h) || 0);
    this.persons = Int32Array.from(about.persons, (n) => Number(n) || 0);
    this.buildings = Int32Array.from(about.buildings);
    this.area = Float64Array.from(about.area || new Float64Array(n));
    this.estate = Int32Array.from(about.estate || new Int32Array(n).fill(-1));
    this.plotLocked = Uint8Array.from(about.locked || new Uint8Array(n));
    this.links = adjacency(n, about.a, about.b, about.shared);
    this.gridOf = new Int32Array(n).fill(-1);
    /** @type {Grid[]} */
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

  /** @param {Partial<Grid> & {id: number}} grid @returns {number} its position */
  addGrid(grid) {
    this.grids.push(/** @type {Grid} */ ({ locked: false, allowed_pieces: 1, ...grid }));
    this.sums.push({ households: 0, persons: 0, buildings: 0, plots: 0, area: 0 });
    this.head.push(-1);
    this.pieceCount.push(0);
    return this.grids.length - 1;
  }

  /** @param {number} p @param {number} g */
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

  /** @param {number} p */
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
  /** @param {number} p @param {number} g @returns {boolean} it lay elsewhere */
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

  /** @param {number} p @param {number} g */
  _touches(p, g) {
    const { start, to } = this.links;
    for (let i = start[p]; i < start[p + 1]; i++) if (this.gridOf[to[i]] === g) return true;
    return false;
  }

  // Do p's neighbours in g hang together without p, through themselves alone? If so nothing is cut.
  /** @param {number} p @param {number} g */
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

  /** @param {number} g */
  members(g) {
    const plots = [];
    for (let p = this.head[g]; p >= 0; p = this.next[p]) plots.push(p);
    return plots.sort((x, y) => x - y);
  }

  // The server's own sums of a grid, where not all its plots are told; FEW is no number.
  /** @param {number} g @param {{households: number | string, persons: number | string | null}} of */
  trust(g, { households, persons }) {
    this.sums[g].households = Number(households);
    if (persons !== null) this.sums[g].persons = Number(persons);
  }

  // The pieces of a grid, the one with most households first (then most plots, then first plot).
  /** @param {number} g */
  pieces(g) {
    return this.piecesOf(this.members(g), g);
  }

  /** @param {number[]} plots @param {number} g */
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
      found.push(this.weigh(piece, g));
    }
    return found.sort(
      (x, y) =>
        y.households - x.households || y.plots.length - x.plots.length || x.plots[0] - y.plots[0],
    );
  }

  /** @param {number[]} plots @param {number} g @returns {Piece} */
  weigh(plots, g) {
    const piece = {
      grid: g,
      plots: plots.sort((x, y) => x - y),
      households: 0,
      persons: 0,
      buildings: 0,
      few: 0,
    };
    for (const p of plots) {
      piece.few += this.few[p];
      piece.households += this.households[p];
      piece.persons += this.persons[p];
      piece.buildings += this.buildings[p];
    }
    return piece;
  }

  // What is wrong with one grid: nothing reads more than this grid's own plots.
  /** @param {number} g */
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
      apart: this.pieceCount[g] > 1 && this.beyond(g).length > 0,
    };
  }

  // The pieces of a grid that lie apart and that no waiver names: as many as it was given for, all
  // on the land that it was given for (allowed_apart; none: anywhere).
  /** @param {number} g @returns {Piece[]} */
  beyond(g) {
    const { allowed_pieces: allowed, allowed_apart: apart } = this.grids[g];
    const land = apart ? new Set(apart) : null;
    let left = (allowed || 1) - 1;
    return this.pieces(g)
      .slice(1)
      .filter((piece) => {
        const named = left > 0 && (!land || piece.plots.every((p) => land.has(p)));
        if (named) left--;
        return !named;
      });
  }

  /** @param {number} p @param {number} g @param {number | null} [only] of which grid alone */
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

  /** @param {Iterable<number>} plots @param {number} g @param {number | null} [only] of which grid alone */
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
    for (let g = this.grids.length - 1; g >= this.sizeBefore; g--) this.dropLast();
    return plots;
  }

  dropLast() {
    if (this.sums[this.sums.length - 1].plots !== 0) throw new Error('only an empty grid goes');
    for (const list of [this.grids, this.sums, this.head, this.pieceCount]) list.pop();
  }

  // End the stroke: its moves as [plot, from, to], by plot.
  finish() {
    /** @type {Move[]} */
    const moves = [];
    for (const [p, from] of this.stroke || [])
      if (this.gridOf[p] !== from) moves.push([p, from, this.gridOf[p]]);
    this.stroke = null;
    return moves.sort((x, y) => x[0] - y[0]);
  }

  /** @param {Move[]} moves */
  apply(moves) {
    for (const [p, from, to] of moves) {
      if (this.gridOf[p] !== from) throw new Error(`plot ${p} is not in grid ${from}`);
      this.move(p, to);
    }
  }

  /** @param {Move[]} moves */
  revert(moves) {
    this.apply(moves.map(([p, from, to]) => [p, to, from]));
  }

  // ---- what gestures reduce to ----

  /** @param {number} estate */
  estatePlots(estate) {
    return estate < 0
      ? []
      : Array.from(this.estate.keys()).filter((p) => this.estate[p] === estate);
  }

  /** @param {number} p */
  neighbours(p) {
    return this.links.to.subarray(this.links.start[p], this.links.start[p + 1]);
  }

  /** @param {number} g @returns {Set<number>} */
  adjacentGrids(g) {
    /** @type {Set<number>} */
    const found = new Set();
    for (let p = this.head[g]; p >= 0; p = this.next[p])
      for (const q of this.neighbours(p)) found.add(this.gridOf[q]);
    found.delete(g);
    return found;
  }

  // The grids beside one, first the one whose households differ most from its own.
  /** @param {number} g @returns {number[]} */
  neighboursByDifference(g) {
    /** @param {number} other */
    const apart = (other) => Math.abs(this.sums[other].households - this.sums[g].households);
    return [...this.adjacentGrids(g)].sort((x, y) => apart(y) - apart(x) || x - y);
  }

  // The lowest number not yet used: the number of a grid that is being made.
  freshNumber() {
    return this.grids.reduce((most, g) => Math.max(most, g.number || 0), 0) + 1;
  }
}

export { Plan };
