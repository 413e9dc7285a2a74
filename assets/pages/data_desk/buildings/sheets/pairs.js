// Pairs of places that lay a picture on the map: a pixel of it and where that is.

/**
 * @typedef {{x: number, y: number, lon: number, lat: number}} Pair pixels from the upper left; degrees
 * @typedef {Partial<Pair>} Half of a pair that is being set: a pixel, or a place
 * @typedef {'similarity' | 'affine'} Model
 */

// Fewer pairs than a model has freedoms tell nothing.
/** @type {Record<Model, number>} */
export const LEAST = { similarity: 2, affine: 3 };

// The model that so many pairs can carry: theirs, or the plainer one; null: none yet.
/** @param {Model} model @param {number} pairs @returns {Model | null} */
export function carried(model, pairs) {
  if (pairs >= LEAST[model]) return model;
  return pairs >= LEAST.similarity ? 'similarity' : null;
}

/** @param {Half} half @param {{width: number, height: number}} picture */
export const isOutside = ({ x, y }, { width, height }) =>
  x !== undefined && y !== undefined && (x < 0 || y < 0 || x > width || y > height);

/** @param {Half} half @returns {half is Pair} */
export const isWhole = (half) => half.x !== undefined && half.lon !== undefined;

// What is clicked next: the other side of a half, or either side of a new pair.
/** @param {number} pairs @param {Half} half @returns {'map' | 'scan' | 'first' | 'more'} */
export function next(pairs, half) {
  if (half.x !== undefined) return 'map';
  if (half.lon !== undefined) return 'scan';
  return pairs < LEAST.similarity ? 'first' : 'more';
}
