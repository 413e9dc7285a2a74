// A plan's positions and the server's ids of the same grids. Pure (node runs it in tests/assets).

/** @typedef {import('./plan.js').Plan} Plan */
/** @typedef {import('./plan.js').Move} Move */

// Where a grid stands in the plan; one that the plan does not know yet comes to its end.
/** @param {Plan} plan @param {number} id @returns {number} */
function positionOf(plan, id) {
  const index = plan.grids.findIndex((grid) => grid.id === id);
  return index < 0 ? plan.addGrid({ id, number: plan.freshNumber() }) : index;
}

// Moves by ids as moves by positions, and back.
/** @param {Plan} plan @param {Move[]} moves @returns {Move[]} */
const toPositions = (plan, moves) =>
  moves.map(([p, from, to]) => [p, positionOf(plan, from), positionOf(plan, to)]);
/** @param {Plan} plan @param {Move[]} moves @returns {Move[]} */
const toIds = (plan, moves) =>
  moves.map(([p, from, to]) => [p, plan.grids[from].id, plan.grids[to].id]);

// A grid that is made here has a negative id until the server has named it.
/** @param {Plan} plan @returns {number} its position */
function newGrid(plan) {
  const least = plan.grids.reduce((low, grid) => Math.min(low, grid.id), 0);
  return plan.addGrid({
    id: least - 1,
    number: plan.freshNumber(),
    name: '',
    is_new: true,
    type: 'general',
  });
}

export { newGrid, positionOf, toIds, toPositions };
