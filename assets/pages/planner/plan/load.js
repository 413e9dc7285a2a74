// How full a grid is, as a class.
import { LOAD_CLASSES, LOAD_STEPS } from '../../../shared/load.js';

// As layers/kit/load.py: one plot that is over the limit is a class of its own. plots 0: not known.
/** @param {number} households @param {number} limit @param {number} [plots] */
function loadClass(households, limit, plots = 0) {
  // Not a number: too few to be told.
  const step = LOAD_STEPS.findIndex((share) => !(households / limit > share));
  return LOAD_CLASSES[step >= 0 ? step : LOAD_STEPS.length + (plots === 1 ? 1 : 0)];
}

export { loadClass };
