// In what order the list of grids stands. Pure: node runs it in tests/assets.

/** @typedef {import('../plan/plan.js').Plan} Plan */
/** @typedef {'number' | 'load' | 'persons' | 'buildings'} Key a column of the list */
/** @typedef {{key: Key, down: boolean}} Order down: the most first */

/** @type {Record<Key, (plan: Plan, g: number) => number>} */
const VALUE = {
  number: (plan, g) => plan.grids[g].number,
  load: (plan, g) => plan.sums[g].households,
  persons: (plan, g) => plan.sums[g].persons,
  buildings: (plan, g) => plan.sums[g].buildings,
};

// The order after a click on a column's head: the other way round, or that column's own way.
/** @param {Order} order @param {Key} key @returns {Order} */
const turned = (order, key) => ({
  key,
  down: order.key === key ? !order.down : key !== 'number',
});

// Positions of the grids that hold plots. By falling load, what is wrong stands first whatever its
// load is.
/** @param {Plan} plan @param {Order} order @returns {number[]} */
function inOrder(plan, { key, down }) {
  const value = VALUE[key];
  const wrong = (g) => (plan.judge(g).over || plan.judge(g).apart ? 1 : 0);
  return plan.grids
    .map((_, g) => g)
    .filter((g) => plan.sums[g].plots)
    .sort(
      (a, b) =>
        (key === 'load' && down ? wrong(b) - wrong(a) : 0) ||
        (down ? value(plan, b) - value(plan, a) : value(plan, a) - value(plan, b)) ||
        a - b,
    );
}

export { inOrder, turned };
