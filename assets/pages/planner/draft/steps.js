// Undo and redo: what still waits here at once, the rest by the server's log.
import { by, desk, tell } from '../desk.js';
import { take } from './strokes.js';
import * as panels from '../panels/main.js';
import { problem } from '../panels/notices.js';
import { positionOf, toPositions } from '../plan/ids.js';
import { call } from '../sync.js';

const MOMENT_MS = 60;
const NOTHING = { undo: 'planner.nothing_to_undo', redo: 'planner.nothing_to_redo' };

/** @param {'undo' | 'redo'} which */
async function step(which) {
  const { plan, sync, tools } = desk;
  if (!plan || !desk.state.editable || desk.busy) return;
  if (tools.cancel() || stepHere(which)) return;
  if (sync.items.length) {
    if (sync.away) {
      tell('planner.undo_away');
      return;
    }
    await new Promise((done) => {
      setTimeout(done, MOMENT_MS);
    });
    await step(which);
    return;
  }
  if (!desk.state[which]) tell(NOTHING[which]);
  else await stepThere(which);
}

// Of the strokes that never left this browser; false where there is none.
/** @param {'undo' | 'redo'} which @returns {boolean} */
function stepHere(which) {
  const { plan, sync } = desk;
  const item = which === 'undo' ? sync.withdraw() : null;
  if (item) {
    plan.revert(toPositions(plan, item.moves));
    desk.redoHere.push(item);
    desk.live.all();
    panels.changed();
    return true;
  }
  const back = which === 'redo' ? desk.redoHere.pop() : null;
  if (!back) return false;
  plan.apply(toPositions(plan, back.moves));
  sync.push(back);
  desk.live.all();
  return true;
}

/** @param {'undo' | 'redo'} which */
async function stepThere(which) {
  const { plan, sync } = desk;
  desk.busy = true;
  try {
    const change = await call(`/drafts/${desk.state.draft}/${which}`, {
      method: 'POST',
      body: { community: desk.state.community, version: sync.about.version, by: by() },
    });
    sync.about.version = change.version;
    // A grid that comes back from the log keeps its number.
    for (const grid of change.grids)
      Object.assign(plan.grids[positionOf(plan, grid.id)], grid, { locked: grid.is_locked });
    plan.apply(toPositions(plan, change.moves));
    if (desk.selected >= 0 && !plan.sums[desk.selected].plots) desk.selected = -1;
    desk.live.all();
    take(change, true);
  } catch (error) {
    if (error.status === 400) tell(NOTHING[which]);
    else if (error.status === 409) await desk.again('planner.stale_reloaded', error.message);
    else if (error.status === undefined) tell('planner.undo_away');
    else problem(error);
  } finally {
    desk.busy = false;
  }
}

export const undo = () => step('undo');
export const redo = () => step('redo');
