// How cases stand: ruled, put off or open; what the list shows; what comes next. Pure.

/** @typedef {import('./desk.js').Case} Case */

// Once a set is closed, what nobody ruled on went as proposed.
/** @param {Case} item @param {boolean} isOpen @returns {'ruled' | 'deferred' | 'open'} */
export const stateOf = (item, isOpen) =>
  item.to !== null || !isOpen ? 'ruled' : item.deferred ? 'deferred' : 'open';

// What the list shows, by state and kind ('all': any).
/** @param {Case[]} items @param {{filter: string, kind: string}} by @param {boolean} isOpen */
export const shownOf = (items, { filter, kind }, isOpen) =>
  items.filter(
    (item) =>
      (filter === 'all' || stateOf(item, isOpen) === filter) &&
      (kind === 'all' || item.kind === kind),
  );

// The case `by` rows further in the list than the one with this id; the ends hold. Null in an empty list.
/** @param {Case[]} list @param {number | undefined} id @param {number} by */
export function stepped(list, id, by) {
  const at = list.findIndex((item) => item.id === id);
  return list.length ? list[Math.max(0, Math.min(list.length - 1, at + by))] : null;
}

// What comes after a ruling: the row that was next if it is still open, else the first open one;
// where none is open, the row that was next, or the case itself.
/** @param {Case[]} list @param {Case} item @param {Case | undefined} next @param {boolean} isOpen */
export function following(list, item, next, isOpen) {
  const open = list.find(
    (i) => stateOf(i, isOpen) === 'open' && i.id !== item.id && (!next || i.id === next.id),
  );
  return open || next || item;
}

// Take over how every case stands; returns those that changed.
/** @param {Case[]} items @param {{items: Case[]}} answer */
export function taken(items, answer) {
  const known = new Map(items.map((item) => [item.id, item]));
  const changed = [];
  for (const now of answer.items) {
    const item = known.get(now.id);
    if (!item) continue;
    if (item.to !== now.to || item.deferred !== now.deferred || item.by !== now.by)
      changed.push(item);
    Object.assign(item, now);
  }
  return changed;
}

// Whether the set has other cases or claimants than the ones here, or was closed: read it anew.
/** @param {{items: Case[], claimants: any[], set: any}} data @param {{items: Case[], claimants: number, set: any}} answer */
export function isAnother(data, answer) {
  const ours = new Set(data.items.map((item) => item.id));
  return (
    answer.items.length !== ours.size ||
    answer.items.some((item) => !ours.has(item.id)) ||
    answer.set.state !== data.set.state ||
    answer.claimants !== data.claimants.length
  );
}

// One figure of a report, over its communities.
/** @param {{communities?: any[]}} report @param {string} name @returns {number} */
export const summed = (report, name) =>
  (report.communities || []).reduce((all, one) => all + one[name], 0);

// Whether a (multi)polygon holds a place: crossings of a ray, holes and all.
/** @param {GeoJSON.Polygon | GeoJSON.MultiPolygon} geometry @param {number} x @param {number} y */
export function holds(geometry, x, y) {
  const polygons = geometry.type === 'Polygon' ? [geometry.coordinates] : geometry.coordinates;
  let inside = false;
  for (const ring of polygons.flat()) {
    for (let i = 0, j = ring.length - 1; i < ring.length; j = i++) {
      const [ax, ay] = ring[i],
        [bx, by] = ring[j];
      if (ay > y !== by > y && x < ((bx - ax) * (y - ay)) / (by - ay) + ax) inside = !inside;
    }
  }
  return inside;
}
