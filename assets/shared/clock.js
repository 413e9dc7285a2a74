// The county's clock (layers/kit/clock.py): what a page shows is Beijing's time, whatever the
// reader's machine is set to.
const AHEAD_MS = 8 * 3600 * 1000;

/** @param {string | number | Date} moment @returns {string} 2026-11-30T00:05:00.000Z, of that clock */
const shifted = (moment) => new Date(new Date(moment).getTime() + AHEAD_MS).toISOString();

/** @param {string | number | Date} moment 2026-11-30 00:05 */
export const minute = (moment) => shifted(moment).slice(0, 16).replace('T', ' ');
/** @param {string | number | Date} moment 00:05 */
export const timeOfDay = (moment) => shifted(moment).slice(11, 16);
/** @param {string | number | Date} moment 2026-11-30 */
export const day = (moment) => shifted(moment).slice(0, 10);
export const today = () => day(Date.now());
