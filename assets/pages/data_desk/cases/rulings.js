// Rulings: a case is given to a claim, put off, taken back; what colleagues ruled meanwhile.
import { call, desk, isOpen, named, say, shown, tell } from './desk.js';
import { following, isAnother, taken } from './standing.js';

// What a refusal means here; the server's own sentence stands below it.
const CONFLICTS = {
  rulings: 'data_cases.conflict_ruling',
  undo: 'data_cases.conflict_undo',
  bulk: 'data_cases.conflict_closed',
};

const rule = (to) => one({ to, defer: false });
const defer = () =>
  one(desk.chosen?.deferred ? { to: null, defer: false } : { to: null, defer: true });

async function one(what) {
  const item = desk.chosen;
  if (!item || !isOpen()) return;
  const list = shown();
  const next = list[list.findIndex((i) => i.id === item.id) + 1];
  // What the list says when the answer is there decides what comes next, not what stands now.
  const done = await change('rulings', { items: [item.id], seen: desk.data.set.sequence, ...what });
  if (done && (what.to !== null || what.defer))
    desk.choose(following(shown(), item, next, isOpen()), true);
}

async function undo() {
  await change('undo', {});
  await poll(); // a grid that is taken back leaves other cases
  desk.right();
}

// The file lacks a grid here: the empty ground around the building becomes one.
async function missingGrid(item) {
  const name = named();
  if (!name) return;
  const before = desk.data.items.length;
  tell(say('data_cases.making_grid'));
  try {
    await call(`/sets/${desk.data.set.id}/grid`, {
      body: { item: item.id, seen: desk.data.set.sequence, by: name },
    });
    await desk.open(desk.data.set.id, true);
    tell(say('data_cases.made_grid', { count: before - desk.data.items.length }));
  } catch (error) {
    if (error.status === 409) await poll();
    tell(
      say(error.status === 409 ? 'data_cases.conflict_ruling' : 'data_cases.failed'),
      true,
      error.message,
    );
  }
}

async function change(what, body, said) {
  const name = named();
  if (!name) return false;
  const before = desk.data.set.ruled;
  try {
    stand(await call(`/sets/${desk.data.set.id}/${what}`, { body: { ...body, by: name } }));
    const ruled = desk.data.set.ruled - before;
    tell(said ? say('data_cases.ruled_at_once', { count: ruled }) : '');
    return true;
  } catch (error) {
    if (error.status === 409) {
      await poll();
      tell(say(CONFLICTS[what]), true, error.message);
    } else if (what === 'undo' && error.status === 400) tell(say('data_cases.nothing_to_undo'));
    else tell(say('data_cases.failed'), true, error.message);
    return false;
  }
}

// How every case stands now; only what changed is painted.
function stand(answer) {
  desk.data.set = answer.set;
  for (const item of taken(desk.data.items, answer)) desk.map?.update(item);
  desk.progress();
  desk.rows();
  if (desk.chosen) desk.right();
}

// A colleague may have ruled, or closed the set.
async function poll() {
  if (!desk.data) return;
  const id = desk.data.set.id;
  const answer = await call(`/sets/${id}/standing`).catch(() => null);
  if (!answer || desk.data.set.id !== id) return;
  if (isAnother(desk.data, answer)) await desk.open(id, true);
  else if (answer.set.sequence !== desk.data.set.sequence) stand(answer);
}

export { change, defer, missingGrid, poll, rule, undo };
