// Grids and plots that no stroke moves.
import { desk, tell } from '../desk.js';
import { show } from './draft.js';
import { groundOf } from './ground.js';
import { problem } from '../panels/notices.js';
import { call } from '../sync.js';

/** @param {{grids?: number[], plots?: number[], locked: boolean}} what grids by their positions */
export async function lock(what) {
  if (desk.sync.items.length) {
    tell('planner.one_moment');
    return;
  }
  try {
    const grids = (what.grids || []).map((grid) => desk.plan.grids[grid].id);
    const state = await call(`/drafts/${desk.state.draft}/locks`, {
      method: 'POST',
      body: {
        community: desk.state.community,
        tessellation: desk.state.tessellation,
        grids,
        plots: what.plots || [],
        locked: what.locked,
      },
    });
    show(state, await groundOf(state.tessellation), true);
    tell(what.locked ? 'planner.locked' : 'planner.unlocked');
  } catch (error) {
    problem(error);
  }
}
