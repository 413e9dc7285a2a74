// Which of many things lies where an arrow key points to.
/** @type {Record<string, [number, number]>} */
export const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

// The nearest in a quarter of the compass, what lies off the straight line counting twice; -1 where
// nothing lies there.
/** @param {[number, number][]} places @param {[number, number]} from @param {[number, number]} to */
export function nearest(places, from, [right, down]) {
  let best = -1;
  let least = Infinity;
  places.forEach(([x, y], n) => {
    const along = (x - from[0]) * right + (y - from[1]) * down;
    const aside = Math.abs((x - from[0]) * down) + Math.abs((y - from[1]) * right);
    if (along < 1 || aside > along) return;
    if (along + 2 * aside < least) [best, least] = [n, along + 2 * aside];
  });
  return best;
}
