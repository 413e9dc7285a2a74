// In what order the list of grids stands: by which column, and what is wrong before the rest.
import assert from 'node:assert';
import test from 'node:test';
import { inOrder, turned } from '../../../../../assets/pages/planner/grids/order.js';
import { Plan } from '../../../../../assets/pages/planner/plan/plan.js';

// Plots in a line, each of 10 households; the limit is 30. Numbers of grids run against positions.
function line(letters) {
  const n = letters.length;
  const names = [...new Set(letters)].sort();
  const pairs = Array.from({ length: n - 1 }, (_, p) => p);
  return new Plan({
    households: new Array(n).fill(10),
    persons: Array.from({ length: n }, (_, p) => 20 + p),
    buildings: new Array(n).fill(1),
    limit: 30,
    a: pairs,
    b: pairs.map((p) => p + 1),
    shared: pairs.map(() => 10),
    assignment: [...letters].map((l) => names.indexOf(l)),
    grids: names.map((l, i) => ({ id: 100 + i, number: 9 - i, name: l })),
  });
}

test('by falling load the fullest grid is first', () => {
  assert.deepEqual(inOrder(line('ABBCCC'), { key: 'load', down: true }), [2, 1, 0]);
});

test('by falling load a grid in pieces stands before fuller ones', () => {
  const plan = line('ABACCC'); // A is cut in two by B
  assert.deepEqual(inOrder(plan, { key: 'load', down: true }), [0, 2, 1]);
});

test('by any other order what is wrong stands where its figure puts it', () => {
  const plan = line('ABACCC');
  assert.deepEqual(inOrder(plan, { key: 'load', down: false }), [1, 0, 2]);
  assert.deepEqual(inOrder(plan, { key: 'buildings', down: true }), [2, 0, 1]);
});

test('by number it is the number that counts, not the place in the plan', () => {
  assert.deepEqual(inOrder(line('ABC'), { key: 'number', down: false }), [2, 1, 0]);
});

test('grids of the same figure keep their places, both ways', () => {
  assert.deepEqual(inOrder(line('ABC'), { key: 'load', down: true }), [0, 1, 2]);
  assert.deepEqual(inOrder(line('ABC'), { key: 'load', down: false }), [0, 1, 2]);
});

test('a grid that holds no plot is not in the list', () => {
  const plan = line('AAB');
  plan.move(2, 0);
  assert.deepEqual(inOrder(plan, { key: 'load', down: true }), [0]);
});

test('a second click on a column turns it; numbers begin with the least, figures with the most', () => {
  const byLoad = turned({ key: 'number', down: false }, 'load');
  assert.deepEqual(byLoad, { key: 'load', down: true });
  assert.deepEqual(turned(byLoad, 'load'), { key: 'load', down: false });
  assert.deepEqual(turned(byLoad, 'number'), { key: 'number', down: false });
});
