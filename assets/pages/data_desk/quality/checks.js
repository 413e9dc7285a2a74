// The checks of the data: their words, how one stands, points as they are written.

/** @type {Record<string, [string, string, string, string]>} title, why, what to do ('': nothing), unit */
export const CHECKS = {
  uncounted: [
    'data_quality.uncounted',
    'data_quality.uncounted_why',
    'data_quality.uncounted_do',
    'data_quality.unit_buildings',
  ],
  unplaced: [
    'data_quality.unplaced',
    'data_quality.unplaced_why',
    'data_quality.unplaced_do',
    'data_quality.unit_households',
  ],
  estimated: [
    'data_quality.estimated',
    'data_quality.estimated_why',
    'data_quality.estimated_do',
    'data_quality.unit_buildings',
  ],
  stale: [
    'data_quality.stale',
    'data_quality.stale_why',
    'data_quality.stale_do',
    'data_quality.unit_buildings',
  ],
  untied: [
    'data_quality.untied',
    'data_quality.untied_why',
    'data_quality.untied_do',
    'data_quality.unit_buildings',
  ],
  unnamed: [
    'data_quality.unnamed',
    'data_quality.unnamed_why',
    'data_quality.unnamed_do',
    'data_quality.unit_buildings',
  ],
  overlapping: [
    'data_quality.overlapping',
    'data_quality.overlapping_why',
    'data_quality.overlapping_do',
    'data_quality.unit_buildings',
  ],
  crossing: [
    'data_quality.crossing',
    'data_quality.crossing_why',
    'data_quality.crossing_do',
    'data_quality.unit_streets',
  ],
  off_network: [
    'data_quality.off_network',
    'data_quality.off_network_why',
    'data_quality.off_network_do',
    'data_quality.unit_stations',
  ],
  levels: ['data_quality.levels', 'data_quality.levels_why', '', 'data_quality.unit_buildings'],
};

/**
 * @typedef {object} Place A community or the whole county.
 * @property {string} code
 * @property {string} name
 * @property {[number, number, number, number] | null} bounds west, south, east, north
 * @property {number | null} points
 * @property {Record<string, {weight: number, costs: number}>} parts of the score
 * @property {Record<string, [number, number]>} figures how many are wrong, of how many
 * @property {number[]} known households counted, reported, estimated, without a place
 * @property {string[]} next the checks that raise the score most, first
 */

// Nothing to check, all right, wrong and felt in the score, or noted only.
/** @param {string} key @param {Place} place @returns {'empty' | 'right' | 'wrong' | 'noted'} */
export function standing(key, place) {
  const [wrong, of] = place.figures[key] || [0, 0];
  if (!of) return 'empty';
  if (!wrong) return 'right';
  return key in place.parts ? 'wrong' : 'noted';
}

/** @param {number} points */
export const tenth = (points) => (points > 0 && points < 0.05 ? '<0.1' : points.toFixed(1));

// A place in degrees with room around it: a point needs a frame too (about 12 m).
/** @param {[number, number, number, number]} bounds west, south, east, north @returns {[Point, Point]} */
export function framed([west, south, east, north]) {
  const [far, near] = [0.00012, 0.00003];
  const [x, y] = [east === west ? far : near, north === south ? far : near];
  return [
    [west - x, south - y],
    [east + x, north + y],
  ];
}
