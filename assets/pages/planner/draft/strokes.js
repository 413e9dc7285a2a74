// What the hand has done goes to the server, and what the server says of it comes back.
import { desk, say, tell } from '../desk.js';
import * as panels from '../panels/main.js';
import { notice } from '../panels/notices.js';
import { adopt, alike } from '../plan/agreement.js';
import { positionOf, toIds, toPositions } from '../plan/ids.js';
import { may } from '../../../shared/rights.js';

function mayEdit() {
  if (!desk.state) return false;
  if (!desk.state.editable) {
    tell(may('plan') ? 'planner.not_editable' : 'planner.reading_only', {
      stage: desk.state.stage,
    });
    return false;
  }
  if (desk.busy) {
    tell('planner.one_moment');
    return false;
  }
  return true;
}

// A stroke has ended: its moves and the households that the browser counts now are queued.
/**
 * @param {string} kind @param {import('../plan/plan.js').Move[]} moves in positions
 * @param {Record<string, any>} body what the server is asked, with positions for grids
 */
function ended(kind, moves, body) {
  const { plan } = desk;
  const sent = { ...body };
  for (const field of ['to', 'grid']) if (field in sent) sent[field] = plan.grids[sent[field]].id;
  if (sent.grids) sent.grids = sent.grids.map((/** @type {number} */ grid) => plan.grids[grid].id);
  /** @type {Record<string, number>} */
  const expected = {};
  for (const [, from, to] of moves)
    for (const grid of [from, to]) expected[plan.grids[grid].id] = plan.sums[grid].households;
  desk.redoHere = [];
  desk.sync.push({ kind, body: sent, moves: toIds(plan, moves), expected });
  panels.strokeEnded();
}

/** @param {any} change what the server answered @param {any} item the stroke that was sent */
function saved(change, item) {
  const { plan } = desk;
  for (const [old, id] of Object.entries(change.created || {})) {
    const grid = plan.grids.find((one) => one.id === Number(old));
    if (grid) grid.id = id;
  }
  const settled = !desk.sync.items.length && !plan.stroke;
  // The server chose the neighbours of a dissolved grid otherwise: its choice stands.
  if (item.kind === 'dissolve' && settled && !alike(item.moves, change.moves)) {
    plan.revert(toPositions(plan, item.moves));
    plan.apply(toPositions(plan, change.moves));
    desk.live.all();
  }
  take(change, settled);
}

// The server's figures replace the browser's; where they differ both are shown.
/** @param {any} change @param {boolean} settled nothing is on its way any more */
function take(change, settled) {
  const { plan, state } = desk;
  const { wrong, renamed } = adopt(plan, change, settled);
  if (renamed.length) desk.canvas.paintNames(renamed); // the server gives new grids their numbers
  Object.assign(state, { version: change.version, undo: change.undo, redo: change.redo });
  desk.findings = change.findings;
  if (!wrong.length) {
    panels.changed();
    return;
  }
  const words = wrong.map(({ id, browser, server }) =>
    say('planner.differs', { grid: plan.grids[positionOf(plan, id)].number, browser, server }),
  );
  notice('planner.disagreement', { words: words.join(' ') });
  desk.again(null);
}

export { ended, mayEdit, saved, take };
