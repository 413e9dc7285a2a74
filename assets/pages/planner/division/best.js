// The best of what stands side by side in a row. Pure: node runs it in tests/assets.

// For each figure: is it the best one? Where all are the same, or no way is better, none is. A figure
// that is not known (null) is never the best.
/**
 * @param {(number | null)[]} figures
 * @param {number} better above 0: more is better; below: less is; 0: neither
 * @returns {boolean[]}
 */
export function best(figures, better) {
  const known = figures.filter((figure) => figure !== null);
  if (!better || new Set(figures).size < 2) return figures.map(() => false);
  const wanted = better > 0 ? Math.max(...known) : Math.min(...known);
  return figures.map((figure) => figure === wanted);
}
