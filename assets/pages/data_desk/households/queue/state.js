// The list of rows at hand: what it holds, what is chosen of it.
import { candidates, grouped } from './rows.js';

/**
 * @typedef {import('../desk.js').Building} Building
 * @typedef {import('./rows.js').Row} Row
 * @typedef {import('./rows.js').Group} Group
 * @typedef {import('./rows.js').Candidate} Candidate
 *
 * @typedef {object} Work
 * @property {'queue' | 'ruled' | 'placed'} list
 * @property {Row[]} rows
 * @property {Record<number, Building>} buildings all that were ever offered, by id
 * @property {number} total rows of the list, not all of them loaded
 * @property {string | null} at the key of the group at hand
 * @property {string | null} next the one that comes after a ruling
 * @property {number | null} picked the building that is meant
 * @property {Candidate[]} found what was looked for
 * @property {{rows: number[], written: string, upload: number}[]} undo
 * @property {string} sought
 * @property {boolean} busy a ruling is on its way
 * @property {number} asked only the answer to the last question counts
 * @property {() => void} draw put here by queue.js
 * @property {(more?: boolean) => Promise<void>} load likewise
 */
export const work = /** @type {Work} */ (
  /** @type {unknown} */ ({
    list: 'queue',
    rows: [],
    buildings: {},
    total: 0,
    at: null,
    next: null,
    picked: null,
    found: [],
    undo: [],
    sought: '',
    busy: false,
    asked: 0,
  })
);

export const groups = () => grouped(work.rows);
export const current = () => groups().find((g) => g.key === work.at);
/** @param {Group} group */
export const offered = (group) => candidates(group, work.buildings, work.found);
// The same as buildings, in the order of their numbers.
/** @param {Group} group */
export const offeredBuildings = (group) => offered(group).map((k) => work.buildings[k.id]);
