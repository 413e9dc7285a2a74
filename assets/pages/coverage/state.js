// The coverage page: its state and its words.
// Parts: packing.js and question.js (pure), canvas.js (buildings and streets), map.js (stations, areas, the hand), asking.js
// (questions, trials), main.js (what Dash calls).
import { FEW, told } from '../../shared/few.js';
import { pageConfig, setStore } from '../../shared/page.js';

/**
 * @typedef {object} State
 * @property {import('./packing.js').Buildings | null} buildings
 * @property {any} answer what the server said of the question
 * @property {any} question
 * @property {string} mode gaps, what_if or siting
 * @property {any} scenario
 * @property {any} effect what the trial changes
 * @property {string} drawing
 * @property {boolean} adding
 * @property {Point[] | null} sketching the polygon in the hand
 * @property {boolean} picking
 * @property {Set<number>} picked
 * @property {{lon: number, lat: number}[]} sites
 * @property {string | null} station
 * @property {number | null} chosen
 * @property {any} way
 * @property {number} asked
 * @property {InstanceType<typeof import('./canvas.js').Cover>} cover
 * @property {boolean} [dragging]
 */
export const S = /** @type {State} */ (
  /** @type {unknown} */ ({
    buildings: null,
    answer: null,
    question: null,
    mode: 'gaps',
    scenario: null,
    effect: null,
    drawing: 'areas',
    adding: false,
    sketching: null,
    picking: false,
    picked: new Set(),
    sites: [],
    station: null,
    chosen: null,
    way: null,
    asked: 0,
    cover: null,
  })
);
/** @returns {HTMLElement | null} */
export const page = () => document.querySelector('.coverage-page');
// A county without streets has the page's parts, but nothing to ask.
export const usable = () => page()?.hidden === false;
export const words = () => pageConfig().coverage;
/** @param {string} sentence @param {Record<string, any>} values */
export const fill = (sentence, values) =>
  sentence.replace(/\{(\w+)\}/g, (_, k) =>
    typeof values[k] === 'number' || values[k] === FEW ? told(values[k]) : values[k],
  );
/** @param {string} sentence */
export const say = (sentence) => {
  const p = document.getElementById('coverage-silent');
  if (p) p.textContent = sentence;
};
// What takes longer than a moment says so on the map (styles.css waits half a second).
/** @param {boolean} on */
export function busy(on) {
  page()?.classList.toggle('asking', on);
  const holder = /** @type {HTMLElement | null} */ (page()?.querySelector('.map-holder'));
  if (holder) holder.dataset.computing = words().computing;
}
/** @param {Record<string, any> | null} what */
export const choose = (what) => setStore('coverage-selected', what);
/** @param {Record<string, any>} operation */
export const operate = (operation) =>
  setStore('coverage-operation', { ...operation, at: Date.now() });
export const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
