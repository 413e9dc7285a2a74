// What one click does: choose, lock, merge, give an estate, dissolve.
import * as parting from '../plan/parting.js';

/** @typedef {import('./tools.js').Tools} Tools */

/** @param {Tools} tools @param {number} plot */
function click(tools, plot) {
  const { desk } = tools;
  const { plan } = desk;
  if (desk.choosing) {
    desk.choosing.toggle(plot);
    return;
  }
  if (tools.tool === 'select') {
    desk.select(plot < 0 ? -1 : plan.gridOf[plot]);
    return;
  }
  if (plot < 0 || !desk.mayEdit()) return;
  const grid = plan.gridOf[plot];
  if (tools.tool === 'lock_plot') desk.lock({ plots: [plot], locked: !plan.plotLocked[plot] });
  else if (tools.tool === 'lock_grid')
    desk.lock({ grids: [grid], locked: !plan.grids[grid].locked });
  else if (tools.tool === 'dissolve') dissolve(tools, grid);
  else if (tools.tool === 'merge') merge(tools, grid);
  else if (tools.tool === 'estate') estate(tools, plot);
}

/** @param {Tools} tools @param {number} grid */
function merge(tools, grid) {
  const { desk } = tools;
  const { plan } = desk;
  if (desk.selected < 0) {
    desk.select(grid);
    desk.tell('planner.merge_second');
    return;
  }
  if (grid === desk.selected) return;
  if (plan.grids[grid].locked || plan.grids[desk.selected].locked) {
    desk.tell('planner.grid_is_locked');
    return;
  }
  if (!plan.adjacentGrids(desk.selected).has(grid)) {
    desk.tell('planner.merge_apart');
    return;
  }
  const only = tools.only;
  tools.only = -1;
  tools.give('merge', plan.members(grid), desk.selected, {
    grids: [desk.selected, grid],
    to: desk.selected,
  });
  tools.only = only;
}

/** @param {Tools} tools @param {number} plot */
function estate(tools, plot) {
  const { desk } = tools;
  const { plan } = desk;
  if (plan.estate[plot] < 0) {
    desk.tell('planner.estate_none');
    return;
  }
  if (desk.selected < 0) {
    desk.tell('planner.choose_grid');
    return;
  }
  const whole = tools.only < 0;
  tools.give(
    whole ? 'estate' : 'brush',
    plan.estatePlots(plan.estate[plot]),
    desk.selected,
    whole ? { estate: plan.estate[plot], to: desk.selected } : undefined,
  );
}

/** @param {Tools} tools @param {number} grid */
function dissolve(tools, grid) {
  const { desk } = tools;
  const { plan } = desk;
  if (plan.grids[grid].locked) {
    desk.tell('planner.grid_is_locked');
    return;
  }
  const given = parting.dissolve(plan, grid);
  if (!given.length) {
    desk.tell('planner.dissolve_island');
    return;
  }
  plan.begin();
  const touched = new Set([grid]);
  /** @type {number[]} */
  const moved = [];
  for (const [p, to] of given) {
    touched.add(to);
    moved.push(...plan.paint([p], to));
  }
  const moves = plan.finish();
  desk.live.changed(moved, touched);
  desk.ended('dissolve', moves, { grid });
  if (desk.selected === grid) desk.select(-1);
}

export { click, dissolve };
