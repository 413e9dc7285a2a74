// What the server says of grids, against what the browser thinks. Pure (node runs it in
// tests/assets).
import { positionOf } from './ids.js';

/** @typedef {import('./plan.js').Plan} Plan */
/**
 * @typedef {{id: number, number: number, households: number, plots: number, is_locked: boolean} &
 *   Record<string, any>} Answered a grid as the server has it
 * @typedef {{id: number, browser: number, server: number}} Difference households of one grid
 */

// The server's figures replace the browser's. `settled`: nothing is on its way any more, so that
// both should have counted the same. Returns what differs, and the grids that got other numbers.
/**
 * @param {Plan} plan
 * @param {{grids: Answered[], disagreement?: Record<string, {browser: number, server: number}>}} change
 * @param {boolean} settled
 */
function adopt(plan, change, settled) {
  /** @type {Difference[]} */
  const wrong = Object.entries(change.disagreement || {}).map(([id, both]) => ({
    id: Number(id),
    ...both,
  }));
  /** @type {number[]} */
  const renamed = [];
  for (const grid of change.grids) {
    const index = positionOf(plan, grid.id);
    if (plan.grids[index].number !== grid.number) renamed.push(index);
    Object.assign(plan.grids[index], grid, { locked: grid.is_locked });
    const { households, plots } = plan.sums[index];
    const same = households === grid.households && plots === grid.plots;
    if (settled && !same && !wrong.some((w) => w.id === grid.id))
      wrong.push({ id: grid.id, browser: households, server: grid.households });
  }
  return { wrong, renamed };
}

// Two lists of moves do the same, in whatever order.
/** @param {import('./plan.js').Move[]} one @param {import('./plan.js').Move[]} other */
function alike(one, other) {
  /** @param {import('./plan.js').Move[]} moves */
  const key = (moves) => JSON.stringify([...moves].sort((a, b) => a[0] - b[0]));
  return key(one) === key(other);
}

export { adopt, alike };
