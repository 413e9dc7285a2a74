// What a table's columns mean, and what it says of its day. Pure.
/**
 * columns: by what each one means; per_household: each row is one household
 * @typedef {{columns: Record<string, number>, per_household: boolean, labels: string[],
 *   header_rows: number[], first_row: number}} Layout
 */

const HOUSEHOLDS = ['resident', 'registered', 'rented', 'vacant', 'dwellings'];
const PLACES = ['building', 'address', 'estate', 'code'];

// What a table says of itself: 2026年11月 is the last day of that month.
/** @param {string[]} texts @returns {string} YYYY-MM-DD; '' where none says it */
export function dayOf(texts) {
  for (const text of texts) {
    const full = /(20\d\d)\s*[年.\-/]\s*(\d{1,2})\s*[月.\-/]\s*(\d{1,2})/.exec(text);
    const month =
      /(20\d\d)\s*[年.\-/]\s*(\d{1,2})(?!\d)/.exec(text) ||
      /(20\d\d)(0[1-9]|1[0-2])(?!\d)/.exec(text);
    const two = (/** @type {number | string} */ n) => String(n).padStart(2, '0');
    if (full && Number(full[2]) <= 12 && Number(full[3]) <= 31)
      return `${full[1]}-${two(full[2])}-${two(full[3])}`;
    if (month && Number(month[2]) >= 1 && Number(month[2]) <= 12)
      return `${month[1]}-${two(month[2])}-${two(new Date(Number(month[1]), Number(month[2]), 0).getDate())}`;
  }
  return '';
}

// column → field
/** @param {Layout} layout @returns {Record<number, string>} */
export const fieldsOf = (layout) =>
  Object.fromEntries(Object.entries(layout.columns).map(([field, column]) => [column, field]));

// A column means this field ('': none); a field is read from one column only.
/** @param {Layout} layout @param {number} column @param {string} field */
export function assign(layout, column, field) {
  for (const key of Object.keys(layout.columns))
    if (layout.columns[key] === column) delete layout.columns[key];
  if (field) layout.columns[field] = column;
  if (HOUSEHOLDS.includes(field)) layout.per_household = false;
}

// Each row is one household: then no column counts them.
/** @param {Layout} layout @param {boolean} is */
export function oneRowEach(layout, is) {
  layout.per_household = is;
  if (is) for (const field of HOUSEHOLDS) delete layout.columns[field];
}

/** @param {Layout} layout */
export const isCounted = (layout) =>
  layout.per_household || HOUSEHOLDS.some((field) => field in layout.columns);
/** @param {Layout} layout */
export const isPlaced = (layout) => PLACES.some((field) => field in layout.columns);
