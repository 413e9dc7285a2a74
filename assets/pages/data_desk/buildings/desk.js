// The building desk: what is loaded, chosen and in the hand; main.js puts its actions on it.
import { $ } from '../../../shared/elements.js';
import { Unreachable } from '../../../shared/calls.js';

export const desk = {};
export const say = (key, values) => desk.words(key, values);

// One line at the map, for a while: what a gesture found, in words.
/** @type {Timer | undefined} */
let quiet;
/** @param {string} key @param {Record<string, any>} [values] */
export function tell(key, values) {
  told(say(key, values));
}
/** @param {string} words */
export function told(words) {
  const line = $('buildings-told');
  line.textContent = words;
  line.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    line.hidden = true;
  }, 6000);
}

/** @param {any} error */
export function problem(error) {
  told(error instanceof Unreachable ? say('data_buildings.no_connection') : error.message);
}
