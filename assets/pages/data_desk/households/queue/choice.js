// Which group of rows is at hand, and which building is meant by it.
import { current, offeredBuildings, work } from './state.js';
import { cardOf } from '../counts/building.js';
import { call, desk, say, tell, why } from '../desk.js';

/** @typedef {import('../desk.js').Building} Building */

/** @param {string | null} key of a group */
function select(key) {
  Object.assign(work, { at: key, picked: null, found: [] });
  const group = current();
  work.draw();
  desk.map.outline(null);
  if (!group) {
    desk.map.candidates([], null);
    return;
  }
  desk.map.candidates(offeredBuildings(group), null, true);
  desk.work.querySelector('.group.here')?.scrollIntoView({ block: 'nearest' });
}
/** @param {Building} building */
function pick(building) {
  const group = current();
  if (!group) {
    cardOf(building.id);
    return;
  }
  work.buildings[building.id] = building;
  work.picked = building.id;
  desk.map.candidates(offeredBuildings(group), building.id, false);
  desk.map.outline(building);
  work.draw();
}
/** @param {string} words */
async function find(words) {
  if (!words.trim()) return;
  try {
    const answer = await call(
      `/${desk.config.county}/find?sought=${encodeURIComponent(words.trim())}`,
    );
    for (const b of answer.buildings) work.buildings[b.id] = b;
    work.found = answer.buildings.map((/** @type {Building} */ b) => ({
      id: b.id,
      reason: say('data_households.found_by_name'),
    }));
    if (!answer.buildings.length) tell(say('data_households.none_called', { words }));
    const group = current();
    if (!group) {
      work.draw();
      return;
    }
    // What was looked for comes first: the eight numbers are for it.
    group.first.candidates = [...work.found, ...group.first.candidates];
    work.draw();
    desk.map.candidates(offeredBuildings(group), work.picked, true);
  } catch (error) {
    tell(why(error), true);
  }
}

export { find, pick, select };
