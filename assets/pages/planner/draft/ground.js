// The ground that a draft divides: its plots' outlines, and the plan on them.
import { desk } from '../desk.js';
import { Shapes } from '../drawing/shapes.js';
import { Plan } from '../plan/plan.js';
import { call } from '../sync.js';
import { pageConfig } from '../../../shared/page.js';

/** @typedef {{ground: any, shapes: Shapes}} Ground */

/** @type {Map<number, Ground>} */
const grounds = new Map();

// The plots of a tessellation, asked for once.
/** @param {number} tessellation @returns {Promise<Ground>} */
async function groundOf(tessellation) {
  const known = grounds.get(tessellation);
  if (known) return known;
  const ground = await call(`/ground/${tessellation}?county=${pageConfig().county}`);
  const made = { ground, shapes: new Shapes(ground) };
  grounds.set(tessellation, made);
  return made;
}

// The plan that a community's state says, on its ground.
/** @param {any} ground @param {any} state @returns {Plan} */
function planOf(ground, state) {
  /** @type {any[]} */
  const grids = state.grids;
  const index = new Map(grids.map((grid, i) => [grid.id, i]));
  const locked = new Uint8Array(ground.n);
  for (const p of state.locked_plots || []) locked[p] = 1;
  const plan = new Plan({
    households: ground.households,
    persons: ground.persons,
    buildings: ground.buildings,
    area: ground.area_m2,
    estate: ground.estate,
    locked,
    a: ground.neighbours.a,
    b: ground.neighbours.b,
    shared: ground.neighbours.shared_m,
    limit: state.limit,
    assignment: state.assignment.map((/** @type {number} */ id) => index.get(id)),
    grids: grids.map((grid) => ({ ...grid, locked: grid.is_locked })),
  });
  if (plan.few.includes(1)) for (const [g, grid] of grids.entries()) plan.trust(g, grid);
  return plan;
}

// The box around all plots, or around some, in degrees.
/** @param {Shapes} shapes @returns {[Point, Point]} */
const boundsOf = (shapes) => degreesOf(shapes, shapes.bounds);
/** @param {Shapes} shapes @param {number[]} plots @returns {[Point, Point]} */
const boundsOfPlots = (shapes, plots) => degreesOf(shapes, shapes.boxOf(plots));

/** @param {Shapes} shapes @param {ArrayLike<number>} box @returns {[Point, Point]} */
function degreesOf(shapes, box) {
  const [x1, y1, x2, y2] = [box[0], box[1], box[2], box[3]];
  const [w, n] = shapes.toDegrees(x1, y1);
  const [e, s] = shapes.toDegrees(x2, y2);
  return [
    [s, w],
    [n, e],
  ];
}

// The map shows the whole community.
function fit() {
  desk.map.fitBounds(boundsOf(desk.shapes), { animate: false, padding: [24, 24] });
}

export { boundsOf, boundsOfPlots, fit, groundOf, planOf };
