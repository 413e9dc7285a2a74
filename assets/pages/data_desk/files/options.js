// What is said of a file before it is judged: its layer, system, day and which column is which of ours.

/**
 * @typedef {object} Look What the server saw in a file.
 * @property {string} [layer] the one that was read
 * @property {string[]} [layers]
 * @property {string | null} crs as the file says; 'own': a column of it does
 * @property {boolean} needs_crs nobody can tell without being told
 * @property {boolean} table its places are columns
 * @property {number} [rows]
 * @property {string[]} columns theirs
 * @property {any[][]} first rows
 * @property {Record<string, string>} matched theirs by ours, as far as the names tell
 * @property {{name: string, words: string, needed: boolean}[]} ours
 *
 * @typedef {{crs: string, layer: string, encoding: string, as_of: string, source: string,
 *   columns: Record<string, string>}} Options Theirs by ours in `columns`; '' where nothing was said.
 */

/** @param {Look | null | undefined} look @returns {Options} what is said before anybody said anything */
export const optionsOf = (look) => ({
  crs: '',
  layer: look?.layer || '',
  encoding: '',
  as_of: '',
  source: '',
  columns: { ...look?.matched },
});

/** @param {Record<string, string>} columns @param {string} theirs @returns {string} ours; '': unused */
export const oursOf = (columns, theirs) =>
  Object.keys(columns).find((ours) => columns[ours] === theirs) || '';

// A column of theirs is one of ours, or none (''); what it was before, nothing is.
/** @param {Record<string, string>} columns @param {string} theirs @param {string} ours */
export function matched(columns, theirs, ours) {
  const { [oursOf(columns, theirs)]: _, ...others } = columns;
  return ours ? { ...others, [ours]: theirs } : others;
}

// What must be said yet: the words of needed columns, and whether a system of coordinates is.
/**
 * @param {Look | null} look @param {Options} options
 * @returns {{columns: string[], crs: boolean}}
 */
export const lacking = (look, options) => ({
  columns: (look?.ours || [])
    .filter((one) => one.needed && !(one.name in options.columns))
    .map((one) => one.words),
  crs: Boolean(look?.needs_crs && !options.crs && (!look.table || 'lon' in options.columns)),
});
