// What happens on a page, told to whoever wants to hear it: nobody replaces another's functions.
//   theme              colours changed: draw anew
//   paper              the same, but for the ground: the page is printed, or was
//   map-ready   (map)  the map stands, its ground is drawn
//   map-click   (map)  a click beside everything
//   map-zoom    (map)  another zoom
//   station-drag ({key, at})  a hand moves a station of the coverage page

/** @typedef {'theme' | 'paper' | 'map-ready' | 'map-click' | 'map-zoom' | 'station-drag'} PageEvent */
/** @type {Map<PageEvent, Set<(about: any) => unknown>>} */
const listeners = new Map();

// Hear of an event; the answer ends it.
/** @param {PageEvent} event @param {(about: any) => unknown} run */
export function on(event, run) {
  const all = listeners.get(event) || new Set();
  listeners.set(event, all.add(run));
  return () => all.delete(run);
}

// Tell all who listen, in the order in which they began to.
/** @param {PageEvent} event @param {any} [about] */
export function tell(event, about) {
  for (const run of listeners.get(event) || []) run(about);
}
