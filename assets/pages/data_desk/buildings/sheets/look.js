// How this browser shows a picture: on or off, how faint. What it does not keep is for this visit.
import { el } from '../../../../shared/elements.js';
import { desk, say } from '../desk.js';

const KEPT = 'getu-sheets:';

/**
 * @typedef {object} Sheet A picture of a plan, as the server tells it.
 * @property {number} id
 * @property {string} name
 * @property {number} width pixels
 * @property {number} height
 * @property {Point[] | null} corners degrees; null while it lies nowhere
 * @property {'own' | 'similarity' | 'affine' | null} placement
 * @property {import('./pairs.js').Pair[]} pins
 * @property {number | null} residual_m
 * @property {number} pixel_m
 * @property {boolean} elsewhere it lies outside the county
 * @property {number} version
 * @property {string} by
 * @property {string} at
 *
 * @typedef {{on: boolean, opacity: number}} Look
 */

/** @param {Sheet} sheet */
export const urlOf = (sheet) => `/api/sheets/${desk.county}/${sheet.id}/picture`;

/** @param {number} id @returns {Look} */
export function lookOf(id) {
  const usual = { on: true, opacity: 0.6 };
  try {
    return { ...usual, ...JSON.parse(localStorage.getItem(`${KEPT}${desk.county}:${id}`) || '{}') };
  } catch {
    return usual;
  }
}

/** @param {number} id @param {Partial<Look>} values */
export function keepLook(id, values) {
  try {
    localStorage.setItem(
      `${KEPT}${desk.county}:${id}`,
      JSON.stringify({ ...lookOf(id), ...values }),
    );
  } catch {
    /* only for this visit then */
  }
}

/** @param {number} id @param {(share: number) => void} fade */
export const slider = (id, fade) =>
  el(
    'label',
    { class: 'row' },
    el('span', { class: 'muted' }, say('data_buildings.sheet_opacity')),
    el('input', {
      type: 'range',
      min: 0.1,
      max: 1,
      step: 0.05,
      value: lookOf(id).opacity,
      oninput: (e) => {
        const opacity = Number(e.target.value);
        keepLook(id, { opacity });
        fade(opacity);
      },
    }),
  );
