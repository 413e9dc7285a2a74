// The planner's desk: what is open, chosen and drawn; main.js puts its actions on it.
import { Unreachable } from '../../shared/calls.js';
import { $ } from '../../shared/elements.js';
import { told } from '../../shared/few.js';
import { pageConfig } from '../../shared/page.js';
import { may } from '../../shared/rights.js';

/**
 * What stands while a draft is open; the rest is what main.js puts here.
 * @typedef {object} Open
 * @property {import('./plan/plan.js').Plan} plan
 * @property {import('./drawing/shapes.js').Shapes} shapes
 * @property {InstanceType<typeof import('./drawing/canvas.js').PlanCanvas>} canvas
 * @property {import('./drawing/tools.js').Tools} tools
 * @property {import('./live.js').Live} live
 * @property {import('../../shared/sync.js').Sync} sync the strokes on their way
 * @property {L.Map} map
 * @property {Map<number, boolean>} flagged plots that hang apart
 * @property {number} selected a grid's position in the plan; -1: none
 * @property {boolean} busy the server is taking a step back or forth
 * @property {import('../../shared/sync.js').Item[]} redoHere strokes that were taken back before they went
 * @property {string} [by] who does it, as said on this page
 *
 * @typedef {Open & Record<string, any>} Desk
 */

export const desk = /** @type {Desk} */ (
  /** @type {unknown} */ ({
    plan: null,
    selected: -1,
    busy: false,
    redoHere: [],
  })
);

/** @type {Say} */
export function say(key, values) {
  // Kept: reading the page's configuration anew for every word would cost more than all the rest.
  desk.words = desk.words || pageConfig().words;
  return (desk.words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values?.[name];
    return told(value);
  });
}

// Whoever works on plans reads why a step is for others; who only looks is not shown it.
/** @param {string} right */
export const ofApproval = (right) => ({ [may('plan') || may('move') ? 'says' : 'needs']: right });

// Who does it, where nobody signed in.
export const by = () => desk.by || localStorage.getItem('getu-by') || undefined;

// What went wrong, in words: the line is lost, or what the server said.
/** @param {Error} error */
export const reason = (error) =>
  error instanceof Unreachable ? say('planner.no_connection') : error.message;

// One line at the map, for a while: what a gesture found, in words.
/** @type {Timer | undefined} */
let quiet;
/** @param {string} sentence @param {number} [ms] */
export function show(sentence, ms = 5000) {
  const line = $('planner-told');
  line.textContent = sentence;
  line.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    line.hidden = true;
  }, ms);
}
/** @param {string} key @param {Record<string, any>} [values] */
export const tell = (key, values) => show(say(key, values));
