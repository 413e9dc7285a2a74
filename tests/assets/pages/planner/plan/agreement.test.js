// What the server answers, against what the browser counted: A is grid 100 with two plots of 10.
import assert from 'node:assert';
import test from 'node:test';
import { adopt, alike } from '../../../../../assets/pages/planner/plan/agreement.js';
import { lattice } from '../lattice.js';

const answered = (about) => ({
  id: 100,
  number: 1,
  households: 20,
  plots: 2,
  is_locked: false,
  ...about,
});

test('the same figures on both sides are no difference', () => {
  const plan = lattice(['AAB']);
  assert.deepEqual(adopt(plan, { grids: [answered()] }, true), { wrong: [], renamed: [] });
});

test('other households, or as many on another number of plots, differ once all is saved', () => {
  const plan = lattice(['AAB']);
  const { wrong } = adopt(plan, { grids: [answered({ households: 21 })] }, true);
  assert.deepEqual(wrong, [{ id: 100, browser: 20, server: 21 }]);
  assert.equal(adopt(plan, { grids: [answered({ plots: 3 })] }, true).wrong.length, 1);
});

test('while strokes are on their way the server may be behind', () => {
  const plan = lattice(['AAB']);
  assert.deepEqual(adopt(plan, { grids: [answered({ households: 21 })] }, false).wrong, []);
});

test('what the server itself found to differ is told once', () => {
  const plan = lattice(['AAB']);
  const change = {
    grids: [answered({ households: 21 })],
    disagreement: { 100: { browser: 20, server: 21 } },
  };
  assert.equal(adopt(plan, change, true).wrong.length, 1);
});

test('a grid takes the number and the lock that the server says', () => {
  const plan = lattice(['AAB']);
  const { renamed } = adopt(plan, { grids: [answered({ number: 9, is_locked: true })] }, true);
  assert.deepEqual(renamed, [0]);
  assert.equal(plan.grids[0].number, 9);
  assert.equal(plan.grids[0].locked, true);
});

test('moves are alike in whatever order they stand', () => {
  const [one, two] = [
    [1, 0, 1],
    [2, 0, 1],
  ];
  assert.ok(alike([one, two], [two, one]));
  assert.ok(!alike([one], [one, two]));
});
