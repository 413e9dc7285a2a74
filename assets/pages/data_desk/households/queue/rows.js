// Rows of a table that are ruled on: those written the same go together. Pure.

/**
 * @typedef {{id: number, reason: string}} Candidate a building that a row may mean
 * @typedef {{id: number, key: string, row: number, rows: number, written: string, how: string,
 *   households: number | null, building: number | null, state: string, by: string | null,
 *   at: string | null, candidates: Candidate[]}} Row
 * @typedef {{key: string, rows: Row[], first: Row, many: number, households: number | null}} Group
 */

const MOST = 8; // what the keys 1–8 reach

// Rows by their key, in the order of the first ones: {key, rows, first, many, households}.
// households: null where no row says any.
/** @param {Row[]} rows @returns {Group[]} */
export function grouped(rows) {
  /** @type {Map<string, Row[]>} */
  const of = new Map();
  for (const row of rows) {
    const same = of.get(row.key);
    if (same) same.push(row);
    else of.set(row.key, [row]);
  }
  return [...of.entries()].map(([key, same]) => ({
    key,
    rows: same,
    first: same[0],
    many: same.reduce((n, r) => n + r.rows, 0),
    households: same.every((r) => r.households === null)
      ? null
      : same.reduce((n, r) => n + (r.households || 0), 0),
  }));
}

// Buildings offered to a group: its own first, then those that fit, then those that were looked for;
// each once, only known ones.
/**
 * @param {Group} group @param {Record<number, unknown>} buildings by id @param {Candidate[]} found
 * @returns {Candidate[]}
 */
export function candidates(group, buildings, found) {
  const own = group.first.building ? [{ id: group.first.building, reason: '' }] : [];
  const seen = new Set();
  return [...own, ...group.first.candidates, ...found]
    .filter((k) => buildings[k.id] && !seen.has(k.id) && seen.add(k.id))
    .slice(0, MOST);
}

// The key of the group after this one; of the one before it at the end; null where there is neither.
/** @param {Group[]} groups @param {string | undefined} key */
export function beside(groups, key) {
  const at = groups.findIndex((g) => g.key === key);
  return groups[at + 1]?.key || groups[at - 1]?.key || null;
}
