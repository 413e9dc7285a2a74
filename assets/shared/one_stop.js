// Many things of a kind (the grids of a map, the rows of a list) are one stop of the Tab key: inside,
// the arrow keys go on, Home and End to the first and the last.
import { ARROWS, nearest } from './nearest.js';

/** @type {WeakMap<Element, Element>} what is the stop of its holder */
const stops = new WeakMap();

/** @param {Element} one */
const isSeen = (one) => one.checkVisibility() && one.getBoundingClientRect().width > 0;
/** @param {Element} one @returns {[number, number]} */
const middle = (one) => {
  const box = one.getBoundingClientRect();
  return [box.x + box.width / 2, box.y + box.height / 2];
};

/** @param {Element} holder @param {Element} one */
function stop(holder, one) {
  const before = stops.get(holder);
  if (before === one) return;
  before?.setAttribute('tabindex', '-1');
  one.setAttribute('tabindex', '0');
  stops.set(holder, one);
}

// A thing has come: it is no stop of its own, but for the first.
/** @param {Element} holder @param {Element} one */
export function joins(holder, one) {
  const now = stops.get(holder);
  one.setAttribute('tabindex', '-1');
  if (!now?.isConnected || now === one) {
    stops.delete(holder);
    stop(holder, one);
  }
}

// The stop can be reached: where it is not to be seen any more, another one takes its place.
/** @param {Element} holder @param {string} things */
export function keepsStop(holder, things) {
  const now = stops.get(holder);
  if (now?.isConnected && isSeen(now)) return;
  const next = [...holder.querySelectorAll(things)].find(isSeen);
  if (next) stop(holder, next);
}

/**
 * @param {HTMLElement} holder what holds the things and hears their keys
 * @param {string} things selector of one of them
 * @param {(next: Element) => void} [shows] brings the next one into sight
 */
export function oneStop(holder, things, shows) {
  /** @param {Event} event */
  const of = (event) => (event.target instanceof Element ? event.target.closest(things) : null);
  holder.addEventListener('focusin', (event) => {
    const one = of(event);
    if (one) stop(holder, one);
  });
  holder.addEventListener('keydown', (event) => {
    const one = of(event);
    // A field or button inside has the arrows for itself.
    if (!one || one !== event.target || event.altKey || event.ctrlKey || event.metaKey) return;
    const all = [...holder.querySelectorAll(things)].filter((each) => each === one || isSeen(each));
    const arrow = ARROWS[event.key];
    const places = { Home: 0, End: all.length - 1 };
    const at = arrow ? nearest(all.map(middle), middle(one), arrow) : (places[event.key] ?? -1);
    if (!arrow && !(event.key in places)) return;
    event.preventDefault(); // nor does the map move
    event.stopPropagation();
    const next = /** @type {HTMLElement | undefined} */ (all[at]);
    if (!next) return;
    next.focus({ preventScroll: Boolean(shows) });
    shows?.(next);
  });
}
