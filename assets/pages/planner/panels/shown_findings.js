// What is wrong with the plan that is on the screen: what the server has said of it while everything is
// saved; while strokes are on their way, what can be told here, and of the rest that it waits.
import { desk, say } from '../desk.js';
import * as breaches from '../plan/findings.js';

/**
 * @typedef {{code: string, severity: 'error' | 'warning' | 'info', grid: number | null,
 *   plots: number[], message: string, waived: boolean, waiver?: any, hint: any,
 *   waits?: boolean}} Shown waits: said of the plan before the strokes that are on their way
 */

// What can be told without the server, and in which words.
/** @type {Record<string, string>} */
const FOUND = {
  grid_over_limit: 'planner.found_over',
  building_over_limit: 'planner.found_alone',
  grid_in_pieces: 'planner.found_pieces',
};

// How many strokes the server has not got yet, the one under way too.
export const unsaved = () => (desk.sync?.items.length || 0) + (desk.plan?.stroke ? 1 : 0);

/** @returns {Shown[]} */
export function shownFindings() {
  /** @type {Shown[]} */
  const said = desk.findings || [];
  if (!desk.plan || !unsaved()) return said;
  const waits = said.filter((f) => !(f.code in FOUND)).map((f) => ({ ...f, waits: true }));
  return [...breaches.findings(desk.plan).map(here), ...waits];
}

/** @param {import('../plan/findings.js').Breach} breach @returns {Shown} */
function here(breach) {
  const { plan } = desk;
  const { id } = plan.grids[breach.grid];
  const { piece, to } = breach;
  const before = (desk.findings || []).find((f) => f.grid === id && f.code === breach.code);
  const { code, severity, households, limit, over, pieces, buildings } = breach;
  const words = { households, limit, over, pieces, buildings };
  return {
    code,
    severity,
    grid: id,
    plots: piece?.plots || [],
    message: say(FOUND[code], words),
    waived: Boolean(breach.waived),
    waiver: before?.waiver,
    hint:
      piece && to !== undefined && to >= 0
        ? { to: plan.grids[to].id, plots: piece.plots, households, buildings }
        : null,
  };
}
