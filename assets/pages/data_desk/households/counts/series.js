// Counts of a building over time, and the scale that they are drawn on. Pure.

/** @typedef {{on: string, measure: string, value: number, confidence: string}} Count */

// Of several snapshots of one day the last one stands.
/** @param {Count[]} history @param {string} measure @returns {Count[]} in order of days */
export function series(history, measure) {
  /** @type {Map<string, Count>} */
  const of = new Map();
  for (const row of history) if (row.measure === measure) of.set(row.on, row);
  return [...of.values()];
}

const STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000];

// Round steps of an axis from 0, at most three of them up to `most`, and where it ends.
/** @param {number} most */
export function scale(most) {
  const step = STEPS.find((s) => most / s <= 3) || 20000;
  return { step, high: Math.ceil(most / step) * step };
}
