// What a hand on the map reaches, in pixels, and the tools that it draws with.

export const DRAWN = new Set(['brush', 'new_grid', 'lasso', 'split', 'push']); // these keep the map still
export const SWEPT = new Set(['brush', 'new_grid', 'push']); // these take plots while they move
export const RADII_PX = [0, 14, 30, 60];
export const GRAB_PX = 14;
export const STILL_PX = 4;

/**
 * A movement of the hand, from where it touches the map until it lets go.
 * @typedef {object} Stroke
 * @property {L.Point} point where it began, in container pixels
 * @property {Point} last where it was a moment ago, in m (shapes.js)
 * @property {Point[]} path where it has been, in m
 * @property {number} plot where it began; -1: none
 * @property {number} moved the farthest that it was from its beginning, in pixels
 * @property {boolean} [remove] land is given back (communities/land.js)
 * @property {number} [to] the grid that grows
 * @property {number} [only] the grid that gives
 * @property {number[]} [pair] the grids beside the border that is pushed
 */
