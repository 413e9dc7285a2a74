// The land that is chosen for a change of borders. Pure (node runs it in tests/assets).

/** @typedef {import('../plan/plan.js').Plan} Plan */

// What lies on the chosen plots; `grids`: those that are chosen whole.
/** @param {Plan} plan @param {Set<number>} chosen */
function sumsOf(plan, chosen) {
  let [households, buildings] = [0, 0];
  for (const p of chosen) {
    households += plan.households[p];
    buildings += plan.buildings[p];
  }
  const grids = plan.grids.filter(
    (_, g) => plan.sums[g].plots && plan.members(g).every((p) => chosen.has(p)),
  ).length;
  return { grids, buildings, households };
}

// The plots on the side of a line with fewer households; none where all lie on one side.
/** @param {Plan} plan @param {(plot: number) => number | boolean} of which side @returns {number[]} */
function lighterSide(plan, of) {
  /** @type {number[][]} */
  const sides = [[], []];
  for (let p = 0; p < plan.n; p++) sides[of(p) ? 1 : 0].push(p);
  /** @param {number[]} plots */
  const load = (plots) => plots.reduce((sum, p) => sum + plan.households[p], 0);
  if (!sides[0].length || !sides[1].length) return [];
  return load(sides[0]) < load(sides[1]) ? sides[0] : sides[1];
}

export { lighterSide, sumsOf };
