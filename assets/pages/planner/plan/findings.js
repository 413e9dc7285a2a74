// What is wrong with a plan, and what would mend it. Pure (node runs it in tests/assets);
// layers/grids/plan/stroke.py (plan_findings) is its twin.
import { least } from '../../../shared/few.js';

/** @typedef {import('./plan.js').Plan} Plan */
/** @typedef {import('./plan.js').Piece} Piece */
/**
 * grid and to are positions in the plan.
 * @typedef {{code: string, severity: 'error' | 'warning', grid: number, households: number | string,
 *   limit?: number, over?: number, piece?: Piece, pieces?: number, buildings?: number, to?: number,
 *   waived?: boolean}} Breach waived: somebody answers for as many households
 */

// All breaches, the worst first; a piece cut off carries the grid that it fits best.
/** @param {Plan} plan */
function findings(plan) {
  /** @type {Breach[]} */
  const found = [];
  for (let g = 0; g < plan.grids.length; g++) {
    if (plan.grids[g].gone) continue;
    const verdict = plan.judge(g);
    const { households } = plan.sums[g];
    if (verdict.empty) continue;
    if (verdict.over)
      found.push({
        code: 'grid_over_limit',
        severity: 'error',
        grid: g,
        households,
        limit: plan.limit,
        over: households - plan.limit,
        waived: households <= (plan.grids[g].allowed_households ?? -1),
      });
    if (verdict.oversize)
      found.push({
        code: 'building_over_limit',
        severity: 'warning',
        grid: g,
        households,
        limit: plan.limit,
        over: households - plan.limit,
      });
    if (!verdict.apart) continue;
    for (const piece of plan.beyond(g)) {
      found.push({
        code: 'grid_in_pieces',
        severity: 'error',
        grid: g,
        piece,
        households: least(piece),
        buildings: piece.buildings,
        pieces: verdict.pieces,
        to: mend(plan, piece),
      });
    }
  }
  /** @param {Breach} f */
  const weight = (f) => (f.severity === 'error' ? 0 : 1e9) - (f.over || 0);
  return found.sort((x, y) => weight(x) - weight(y) || x.grid - y.grid);
}

// The grid to give a piece to: one that stays within the limit, of the longest common border.
/** @param {Plan} plan @param {Piece} piece @returns {number} -1: it has no neighbour */
function mend(plan, piece) {
  const { start, to, border } = plan.links;
  const inside = new Set(piece.plots);
  /** @type {Map<number, number>} grid → metres */
  const shared = new Map();
  for (const p of piece.plots) {
    for (let i = start[p]; i < start[p + 1]; i++) {
      const g = plan.gridOf[to[i]];
      if (inside.has(to[i]) || g === piece.grid || plan.grids[g].locked) continue;
      shared.set(g, (shared.get(g) || 0) + border[i]);
    }
  }
  /** @param {number} g */
  const fits = (g) => (plan.sums[g].households + piece.households <= plan.limit ? 1 : 0);
  /** @param {number} g @param {number} h */
  const wish = (g, h) =>
    fits(g) - fits(h) ||
    (shared.get(g) || 0) - (shared.get(h) || 0) ||
    plan.grids[h].id - plan.grids[g].id;
  let best = -1;
  for (const g of shared.keys()) if (best < 0 || wish(g, best) > 0) best = g;
  return best;
}

export { findings, mend };
