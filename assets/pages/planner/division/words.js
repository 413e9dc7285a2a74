// The words of automatic division: they stand in its panel, not in the page's configuration.
import { pageConfig } from '../../../shared/page.js';

let words = {};
export const setWords = (json) => {
  words = JSON.parse(json);
};

export function say(key, values) {
  return (words[key] ?? key).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values?.[name];
    return typeof value === 'number' ? value.toLocaleString('en-US') : String(value ?? '—');
  });
}
export const english = () => pageConfig()?.lang === 'en';
export const WISH = {
  fewest: 'division.fewest',
  round: 'division.round',
  balanced: 'division.balanced',
};
