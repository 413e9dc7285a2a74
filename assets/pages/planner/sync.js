// Saving strokes: what the planner sends by the one queue (shared/sync.js). Where somebody else saved
// first, the work goes on in a branch.
import { Refused, Unreachable, caller } from '../../shared/calls.js';
import { Sync, isOfTheLine, leave as leaveAt } from '../../shared/sync.js';

const call = caller('/api/planner', 'planner');

const placeOf = (draft, community) => `getu-planner:${draft}:${community}`;

// Strokes that a branch takes over when it is opened.
const leave = (draft, community, version, items) =>
  leaveAt(placeOf(draft, community), items, { version });

// A stroke made a grid: whatever waits names it by its new id.
function rename(items, created) {
  const to = new Map(Object.entries(created).map(([old, id]) => [Number(old), id]));
  if (!to.size) return;
  const named = (id) => (to.has(id) ? to.get(id) : id);
  for (const item of items) {
    const { body } = item;
    for (const field of ['to', 'grid']) if (field in body) body[field] = named(body[field]);
    if (body.grids) body.grids = body.grids.map(named);
    item.moves = item.moves.map(([p, from, into]) => [p, named(from), named(into)]);
    item.expected = Object.fromEntries(
      Object.entries(item.expected).map(([id, count]) => [named(Number(id)), count]),
    );
  }
}

// Grids that a refused stroke made have their ids in the branch: read them off its assignment.
const madeIn = (item, state) =>
  Object.fromEntries(item.moves.filter((m) => m[2] < 0).map((m) => [m[2], state.assignment[m[0]]]));

// The strokes of one community of a draft. item: {kind, body, moves: [[plot, from, to]], expected:
// {grid: households}}; about: {version}. by(): who does it.
// told: {saved(change, item), status(), reload(why, detail), branched(draft, waiting, why, state),
//        failed(sentence), branchName()}
function strokes(draft, community, version, by, told) {
  // Somebody was first: the refused stroke is in a branch already, or a branch is made of what is
  // there now; the strokes that wait follow it there.
  async function branch(refused) {
    const waiting = queue.items;
    let made = refused.body.branch;
    try {
      const done = made ? waiting[0] : null;
      if (!made)
        made = await call(`/drafts/${draft}/branch`, {
          method: 'POST',
          body: { name: told.branchName(), by: by() },
        });
      const state = await call(`/drafts/${made.id}/communities/${community}`);
      if (done) rename(waiting, madeIn(waiting.shift(), state));
      queue.items = [];
      queue.close();
      told.branched(made, waiting, refused.message, state);
    } catch (error) {
      if (isOfTheLine(error)) queue.retry();
      else told.failed(`${refused.message} ${error.message}`);
    }
  }
  const queue = new Sync(
    placeOf(draft, community),
    { version },
    {
      send: (item) =>
        call(`/drafts/${draft}/operations`, {
          method: 'POST',
          body: {
            ...item.body,
            kind: item.kind,
            community,
            version: queue.about.version,
            token: item.token,
            by: by(),
            expected: item.expected,
          },
        }),
      settle(change) {
        queue.about.version = change.version;
        rename(queue.items, change.created || {});
      },
      done: told.saved,
      status: told.status,
      async refused(error) {
        if (error.status === 409) {
          await branch(error);
          return false;
        }
        queue.shift();
        told.reload('planner.stroke_refused', error.message);
        return true;
      },
    },
  );
  return queue;
}

export { strokes, call, leave, rename, madeIn, Unreachable, Refused };
