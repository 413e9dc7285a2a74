// Strokes that take plots while they move: the brush, a new grid, a border that is pushed.
import { GRAB_PX, RADII_PX, STILL_PX } from './hand.js';

/** @typedef {import('./tools.js').Tools} Tools */
/** @typedef {import('./hand.js').Stroke} Stroke */

// The border beside a place: an arc of the shapes; -1: none is near.
/** @param {Tools} tools @param {Point} m @returns {number} */
const borderAt = ({ desk }, m) =>
  desk.shapes.nearestBorder(desk.plan.gridOf, m[0], m[1], GRAB_PX / desk.canvas.scale);

// What the stroke paints with: a grid, or for a border the two grids beside it.
/** @param {Tools} tools @param {Stroke} stroke @param {Point} m @returns {boolean} it may */
function begin(tools, stroke, m) {
  const { desk } = tools;
  const { plan } = desk;
  if (tools.tool === 'push') {
    const arc = borderAt(tools, m);
    if (arc < 0) {
      desk.tell('planner.push_where');
      return false;
    }
    stroke.pair = [plan.gridOf[desk.shapes.arcLeft[arc]], plan.gridOf[desk.shapes.arcRight[arc]]];
    if (stroke.pair.some((grid) => plan.grids[grid].locked)) {
      desk.tell('planner.grid_is_locked');
      return false;
    }
    plan.begin();
    return true;
  }
  if (tools.tool === 'brush' && desk.selected < 0) {
    if (stroke.plot < 0) {
      desk.tell('planner.choose_grid');
      return false;
    }
    desk.select(plan.gridOf[stroke.plot]); // begin inside the grid that is to grow
  }
  if (tools.tool === 'brush' && plan.grids[desk.selected].locked) {
    desk.tell('planner.grid_is_locked');
    return false;
  }
  plan.begin();
  stroke.to = tools.tool === 'brush' ? desk.selected : desk.newGrid();
  return true;
}

/** @param {Tools} tools @param {Stroke} stroke @param {Point} m where the hand is now */
function drag(tools, stroke, m) {
  const { desk } = tools;
  const radius =
    tools.tool === 'push'
      ? Math.max(tools.radius(), RADII_PX[1] / desk.canvas.scale)
      : tools.radius();
  desk.cursor = { x: m[0], y: m[1], radius };
  if (desk.choosing) {
    const swept = desk.shapes.sweep(stroke.last[0], stroke.last[1], m[0], m[1], radius);
    stroke.last = m;
    desk.choosing.add(swept, stroke.remove);
    return;
  }
  if (tools.tool === 'push') enter(tools, stroke, m);
  if (stroke.to === undefined) {
    desk.canvas.paintTop();
    return;
  }
  const only = tools.tool === 'push' ? stroke.only : tools.only;
  const plots = desk.shapes.sweep(stroke.last[0], stroke.last[1], m[0], m[1], radius);
  stroke.last = m;
  tools.paint(plots, stroke.to, only);
}

// A border that is pushed: the side that the hand moves into gives; the other grows.
/** @param {Tools} tools @param {Stroke} stroke @param {Point} m */
function enter(tools, stroke, m) {
  const { pair, to, moved } = stroke;
  if (!pair || to !== undefined || moved <= STILL_PX) return;
  const plot = tools.desk.shapes.plotAt(...m);
  const entered = plot < 0 ? -1 : tools.desk.plan.gridOf[plot];
  if (!pair.includes(entered)) return;
  stroke.only = entered;
  stroke.to = pair[0] === entered ? pair[1] : pair[0];
}

/** @param {Tools} tools @param {Stroke} stroke */
function end(tools, stroke) {
  const { desk } = tools;
  if (desk.choosing) {
    desk.canvas.paintTop();
    return;
  }
  const { plan } = desk;
  const moves = plan.finish();
  desk.canvas.paintTop();
  if (!moves.length) {
    if (tools.tool === 'new_grid') plan.dropLast();
    desk.figures(null);
    if (stroke.moved <= STILL_PX || tools.tool !== 'push')
      desk.tell(tools.only >= 0 ? 'planner.nothing_moved_only' : 'planner.nothing_moved');
    return;
  }
  const plots = moves.map((move) => move[0]);
  desk.ended(tools.tool, moves, { plots, to: stroke.to });
  if (tools.tool === 'new_grid') {
    desk.select(stroke.to);
    tools.choose('brush');
  }
}

export { begin, borderAt, drag, end };
