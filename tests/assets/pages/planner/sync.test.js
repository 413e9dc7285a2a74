// Strokes on their way: versions follow one another, made grids get their names, whoever saves
// second goes on in a branch.
import assert from 'node:assert';
import test from 'node:test';
import { leave, rename, strokes } from '../../../../assets/pages/planner/sync.js';
import { Browser, settled } from '../../browser.js';

function planner(store) {
  const b = new Browser(store);
  b.answer = () => ({ status: 200, said: { version: 4 + b.sent.length, created: {} } });
  const told = [];
  const note =
    (what) =>
    (...about) =>
      told.push([what, ...about]);
  const sync = strokes(12, 3, 4, () => '李', {
    saved: note('saved'),
    status() {},
    reload: note('reload'),
    branched: note('branched'),
    failed: note('failed'),
    branchName: () => '分支',
  });
  return Object.assign(b, { sync, told, kinds: () => told.map((t) => t[0]) });
}
const stroke = (plot, to = 9) => ({
  kind: 'brush',
  body: { plots: [plot], to },
  moves: [[plot, 8, to]],
  expected: { 8: 10, [to]: 20 },
});

test('each stroke is sent on the version that the one before it made', async () => {
  const b = planner();
  b.sync.push(stroke(1));
  await b.sync.push(stroke(2));
  await settled();
  assert.deepEqual(
    b.sent.map((s) => [s.version, s.community, s.by, s.plots[0]]),
    [
      [4, 3, '李', 1],
      [5, 3, '李', 2],
    ],
  );
  assert.equal(b.sync.about.version, 6);
});

test('a grid that was made here is called by the name that the server gave it', async () => {
  const b = planner();
  b.answers.push({ status: 200, said: { version: 5, created: { '-1': 77 } } });
  b.sync.push(stroke(1, -1));
  b.sync.push(stroke(2, -1));
  await settled();
  assert.deepEqual(
    b.sent.map((s) => s.to),
    [-1, 77],
  );
  assert.deepEqual(b.sent[1].expected, { 8: 10, 77: 20 });
});

test('naming changes moves, targets and expected figures of what waits', () => {
  const item = { ...stroke(5, -2), body: { grid: -2, grids: [-2, 8] } };
  rename([item], { '-2': 40 });
  assert.deepEqual(item, {
    kind: 'brush',
    body: { grid: 40, grids: [40, 8] },
    moves: [[5, 8, 40]],
    expected: { 8: 10, 40: 20 },
  });
});

test('a refused stroke is told, and the strokes after it go', async () => {
  const b = planner();
  b.answers.push({ status: 400, said: { error: '不行' } });
  b.sync.push(stroke(1));
  b.sync.push(stroke(2));
  await settled();
  assert.deepEqual(b.told[0], ['reload', 'planner.stroke_refused', '不行']);
  await b.timers.at(-1).run();
  assert.deepEqual(b.kinds(), ['reload', 'saved']);
  assert.equal(b.sent.at(-1).plots[0], 2);
});

test('whoever is second goes on in the branch that the server made; what waits goes along', async () => {
  const b = planner();
  b.answers.push(
    { status: 409, said: { error: '别人先存了', branch: { id: 90 } } },
    { status: 200, said: { version: 1, assignment: { 1: 55 } } },
  );
  b.sync.push(stroke(1, -1));
  b.sync.push(stroke(2, -1));
  await settled();
  const [, branch, waiting, why] = b.told[0];
  assert.deepEqual([b.kinds(), branch.id, why], [['branched'], 90, '别人先存了']);
  assert.deepEqual(
    waiting.map((w) => [w.body.plots[0], w.body.to]),
    [[2, 55]],
  ); // 55: the made grid, in the branch
  assert.equal(b.store.size, 0);
  leave(90, 3, 1, waiting);
  const there = planner(b.store);
  assert.deepEqual(strokes(90, 3, 0, () => '', { status() {} }).resume(1).items.length, 1);
  assert.equal(there.store.size, 1); // held by the open branch, until it is sent
});

test('a line that breaks while the branch is asked for loses no stroke', async () => {
  const b = planner();
  const conflict = { status: 409, said: { error: '别人先存了', branch: { id: 90 } } };
  b.answers.push(conflict, new TypeError('failed to fetch'), conflict, {
    status: 200,
    said: { version: 1, assignment: { 1: 55 } },
  });
  await b.sync.push(stroke(1, -1));
  assert.deepEqual([b.kinds(), b.sync.items.length, b.sync.away], [[], 1, true]);
  await b.timers.at(-1).run();
  await settled();
  assert.deepEqual(b.kinds(), ['branched']);
  assert.equal(new Set(b.sent.map((s) => s.token)).size, 1);
});
