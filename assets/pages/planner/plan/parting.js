// How a grid is parted by a line, and given away to its neighbours. Pure (node runs it in
// tests/assets); layers/grids/plan/gestures.py is its twin.
import { Heap } from './heap.js';

/** @typedef {import('./plan.js').Plan} Plan */
/** @typedef {(plot: number) => number} Side on which side of the line a plot lies: 0 or 1 */

// Part a grid by sides (0 or 1 for each of its plots): both halves whole where that can be.
// Returns the plots of the smaller half, none when the line leaves all on one side.
/** @param {Plan} plan @param {number} g @param {Side} side @returns {number[]} */
function split(plan, g, side) {
  const plots = plan.members(g);
  /** @type {Map<number, number>} */
  const of = new Map(plots.map((p) => [p, side(p)]));
  for (let round = 0, changed = true; changed && round < 4; round++) {
    changed = false;
    for (const half of [0, 1]) {
      const pieces = plan.piecesOf(
        plots.filter((p) => of.get(p) === half),
        g,
      );
      for (const piece of pieces.slice(1)) {
        const other = piece.plots.some((p) =>
          plan.neighbours(p).some((q) => of.get(q) === 1 - half),
        );
        if (!other) continue;
        for (const p of piece.plots) of.set(p, 1 - half);
        changed = true;
      }
    }
  }
  return smaller(plan, plots, g, (p) => of.get(p) ?? 0);
}

// The same by the line alone, as the server does it.
/** @param {Plan} plan @param {number} g @param {Side} side */
function splitPlain(plan, g, side) {
  return smaller(plan, plan.members(g), g, side);
}

// The side with fewer households (then fewer plots, then the right one) without locked plots.
/** @param {Plan} plan @param {number[]} plots @param {number} g @param {Side} side */
function smaller(plan, plots, g, side) {
  const [left, right] = [0, 1].map((half) =>
    plan.weigh(
      plots.filter((p) => side(p) === half),
      g,
    ),
  );
  if (!left.plots.length || !right.plots.length) return [];
  const more = left.households - right.households || left.plots.length - right.plots.length;
  return (more < 0 ? left : right).plots.filter((p) => !plan.plotLocked[p]);
}

// Give a grid's plots to its neighbours one by one along the longest common border, first where
// there is room. Returns [plot, grid] in the order of giving; none when a plot must stay.
/** @param {Plan} plan @param {number} g @returns {[number, number][]} */
function dissolve(plan, g) {
  const { start, to, border } = plan.links;
  const plots = plan.members(g);
  const left = new Set(plots);
  if (plan.grids[g].locked || plots.some((p) => plan.plotLocked[p])) return [];
  const room = plan.sums.map((s) => plan.limit - s.households);
  /** @type {Map<number, number>} plot and grid → metres */
  const beside = new Map();
  /** @typedef {[number, number, number]} Offer less metres first, then the plot, the grid */
  /** @param {Offer} one @param {Offer} two */
  const byId = (one, two) =>
    one[0] - two[0] || one[1] - two[1] || plan.grids[one[2]].id - plan.grids[two[2]].id;
  const [waiting, full] = [new Heap(byId), new Heap(byId)];
  /** @type {Map<number, number>} */
  const given = new Map();
  /** @param {number} p @param {number} grid @param {number} metres */
  const offer = (p, grid, metres) => {
    const key = p * plan.grids.length + grid;
    const total = (beside.get(key) || 0) + metres;
    beside.set(key, total);
    waiting.push([-total, p, grid]);
  };
  for (const p of plots) {
    for (let i = start[p]; i < start[p + 1]; i++) {
      const grid = plan.gridOf[to[i]];
      if (grid !== g && !plan.grids[grid].locked) offer(p, grid, border[i]);
    }
  }
  while (waiting.size || full.size) {
    const fits = waiting.size > 0;
    const best = (fits ? waiting : full).pop();
    const [, p, grid] = best;
    if (given.has(p)) continue;
    if (fits && room[grid] < plan.households[p]) {
      full.push(best);
      continue;
    }
    given.set(p, grid);
    room[grid] -= plan.households[p];
    for (let i = start[p]; i < start[p + 1]; i++)
      if (left.has(to[i]) && !given.has(to[i])) offer(to[i], grid, border[i]);
  }
  return given.size < left.size ? [] : [...given];
}

export { dissolve, split, splitPlain };
