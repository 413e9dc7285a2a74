// The words of automatic division: they stand in its panel, not in the page's configuration.
import { told } from '../../../shared/few.js';
import { pageConfig } from '../../../shared/page.js';

/** @type {Record<string, string>} */
let words = {};
/** @param {string | undefined} json */
export const setWords = (json) => {
  words = JSON.parse(json || '{}');
};

/** @type {Say} */
export function say(key, values) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values?.[name];
    return told(value);
  });
}
export const english = () => pageConfig()?.lang === 'en';
export const WISH = {
  fewest: 'division.fewest',
  round: 'division.round',
  balanced: 'division.balanced',
};
/** @type {Record<string, string>} */
export const WHAT = {
  divide: 'division.what_divide',
  repair: 'division.what_repair',
  split: 'division.what_split',
  even: 'division.what_even',
};
