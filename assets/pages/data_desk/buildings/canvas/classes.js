// What a building is coloured by: what is known of its households, or what became of it. Pure (node
// runs it in tests/assets).

/** @typedef {Record<string, any>} Properties of a building */

const HOMES = new Set(['dwelling', 'dormitory', 'mixed']);
const KNOWN = ['counted', 'reported', 'estimated', 'unknown', 'other'];
const LIVES = ['planned', 'building', 'delivered', 'occupied'];

// What is known of a building's households; places where nobody lives are no gap.
/** @param {Properties} p */
function known(p) {
  if (p.households === null || p.households === undefined)
    return HOMES.has(p.use) ? 'unknown' : 'other';
  return p.confidence || 'reported';
}
/** @param {Properties} p @param {string} colour by what */
const classOf = (p, colour) => (colour === 'life' ? p.life : known(p));

export { KNOWN, LIVES, classOf, known };
