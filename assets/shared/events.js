// What happens on a page, told to whoever wants to hear it: nobody replaces another's functions.
//   theme              colours changed: draw anew
//   map-ready   (map)  the map stands, its ground is drawn
//   map-click   (map)  a click beside everything
//   map-zoom    (map)  another zoom

const listeners = new Map();

// Hear of an event; the answer ends it.
export function on(event, run) {
  if (!listeners.has(event)) listeners.set(event, new Set());
  listeners.get(event).add(run);
  return () => listeners.get(event).delete(run);
}

// Tell all who listen, in the order in which they began to.
export function tell(event, ...about) {
  for (const run of listeners.get(event) || []) run(...about);
}
