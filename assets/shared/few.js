// Counts of 1 and 2 households that are not told to this reader: the server sends FEW in their place
// (docs/decisions/small-counts.md). They are said in words, and never added up as if they were 0.
import { pageConfig } from './page.js';

export const FEW = '<3';
/** @type {string | null} */
let words = null;

// A count as it is read: FEW in words, a number with separators, unknown as a dash.
/** @param {number | string | null | undefined} value @returns {string} */
export function told(value) {
  if (value === FEW || Number.isNaN(value)) {
    words = words || pageConfig()?.words?.['few.number'] || FEW;
    return words;
  }
  return typeof value === 'number' ? value.toLocaleString('en-US') : String(value ?? '—');
}

// The households of a piece of a grid: at least those that are told and one for each that is not.
/** @param {{households: number, few: number}} piece */
export const least = (piece) =>
  piece.few ? `≥ ${(piece.households + piece.few).toLocaleString('en-US')}` : piece.households;

// What counts make together: what is not told counts as one each, and the sum is then a least.
/** @param {(number | string | null | undefined)[]} counts */
export function sum(counts) {
  const least = counts.reduce(
    (/** @type {number} */ n, c) => n + (c === FEW ? 1 : Number(c) || 0),
    0,
  );
  return counts.includes(FEW) ? `≥ ${least.toLocaleString('en-US')}` : least;
}
