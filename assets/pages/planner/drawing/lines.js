// Strokes that are lines until the hand lets go: the lasso around plots, the line that parts a grid.
import * as parting from '../plan/parting.js';

/** @typedef {import('./tools.js').Tools} Tools */
/** @typedef {import('./hand.js').Stroke} Stroke */

// Where the hand has been, no closer than can be seen.
/** @param {Tools} tools @param {Stroke} stroke @param {Point} m where it is now */
function drag({ desk, tool }, stroke, m) {
  const gap = 3 / desk.canvas.scale;
  if (Math.hypot(m[0] - stroke.last[0], m[1] - stroke.last[1]) >= gap) {
    stroke.path.push(m);
    stroke.last = m;
  }
  desk[tool === 'lasso' ? 'ring' : 'line'] = stroke.path;
  desk.canvas.paintTop();
}

/** @param {Tools} tools @param {Stroke} stroke @param {boolean} still it did not move */
function endLasso(tools, stroke, still) {
  const { desk } = tools;
  desk.ring = null;
  desk.canvas.paintTop();
  if (still || stroke.path.length < 3) return;
  const plots = desk.shapes.lasso(stroke.path.map((m) => desk.shapes.toDegrees(...m)));
  if (!plots.length) {
    desk.tell('planner.lasso_empty');
    return;
  }
  if (desk.choosing) {
    desk.choosing.add(plots, stroke.remove);
    return;
  }
  if (desk.selected < 0) {
    desk.tell('planner.choose_grid');
    return;
  }
  tools.give('lasso', plots, desk.selected);
}

/** @param {Tools} tools @param {Stroke} stroke @param {boolean} still */
function endSplit(tools, stroke, still) {
  const { desk } = tools;
  const { plan, shapes } = desk;
  desk.line = null;
  desk.canvas.paintTop();
  if (still || stroke.path.length < 2) return;
  const line = stroke.path.map((m) => shapes.toDegrees(...m));
  const side = shapes.sideOf(line);
  if (desk.choosing) {
    if (side) desk.choosing.side(side);
    return;
  }
  const grid = desk.selected >= 0 ? desk.selected : gridUnder(tools, stroke.path);
  if (grid < 0 || !side) {
    desk.tell('planner.split_where');
    return;
  }
  if (plan.grids[grid].locked) {
    desk.tell('planner.grid_is_locked');
    return;
  }
  const plain = parting.splitPlain(plan, grid, side);
  const plots = parting.split(plan, grid, side);
  if (!plots.length) {
    desk.tell('planner.split_missed', { grid: plan.grids[grid].number });
    return;
  }
  plan.begin();
  const to = desk.newGrid();
  tools.paint(plots, to, -1);
  const moves = plan.finish();
  if (!moves.length) {
    plan.dropLast();
    desk.tell('planner.nothing_moved');
    return;
  }
  // The server parts by the line alone; where a half would be in pieces it is told the plots.
  const same = plain.length === moves.length && moves.every((move, i) => move[0] === plain[i]);
  desk.ended(
    same ? 'split' : 'new_grid',
    moves,
    same ? { grid, line, to } : { plots: moves.map((m) => m[0]), to },
  );
  desk.select(to);
}

// The grid that most of a line lies in; -1: none.
/** @param {Tools} tools @param {Point[]} path @returns {number} */
function gridUnder(tools, path) {
  /** @type {Map<number, number>} */
  const count = new Map();
  for (const m of path) {
    const plot = tools.desk.shapes.plotAt(...m);
    if (plot < 0) continue;
    const grid = tools.desk.plan.gridOf[plot];
    count.set(grid, (count.get(grid) || 0) + 1);
  }
  return [...count].sort((x, y) => y[1] - x[1])[0]?.[0] ?? -1;
}

export { drag, endLasso, endSplit };
