// Rows of a table that are ruled on: those written the same go together. Pure.

const MOST = 8; // what the keys 1–8 reach

// Rows by their key, in the order of the first ones: {key, rows, first, many, households}.
// households: null where no row says any.
export function grouped(rows) {
  const of = new Map();
  for (const row of rows) (of.get(row.key) || of.set(row.key, []).get(row.key)).push(row);
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
export function candidates(group, buildings, found) {
  const own = group.first.building ? [{ id: group.first.building, reason: '' }] : [];
  const seen = new Set();
  return [...own, ...group.first.candidates, ...found]
    .filter((k) => buildings[k.id] && !seen.has(k.id) && seen.add(k.id))
    .slice(0, MOST);
}

// The key of the group after this one; of the one before it at the end; null where there is neither.
export function beside(groups, key) {
  const at = groups.findIndex((g) => g.key === key);
  return groups[at + 1]?.key || groups[at - 1]?.key || null;
}
