// Land chosen for a change of borders, on a town drawn in letters; every plot has 10 households.
import assert from 'node:assert';
import test from 'node:test';
import { lighterSide, sumsOf } from '../../../../../assets/pages/planner/communities/choice.js';
import { lattice } from '../lattice.js';

test('a grid counts once all of its plots are chosen', () => {
  const plan = lattice(['AAB']);
  assert.deepEqual(sumsOf(plan, new Set([0])), { grids: 0, buildings: 1, households: 10 });
  assert.deepEqual(sumsOf(plan, new Set([0, 1])), { grids: 1, buildings: 2, households: 20 });
});

test('a line takes the side with fewer households, and of two alike the second', () => {
  const plan = lattice(['AABB']);
  assert.deepEqual(
    lighterSide(plan, (p) => p > 0),
    [0],
  );
  assert.deepEqual(
    lighterSide(plan, (p) => p > 1),
    [2, 3],
  );
});

test('a line beside the town takes nothing', () => {
  assert.deepEqual(
    lighterSide(lattice(['AABB']), () => 1),
    [],
  );
});

test('where nothing is chosen there is nothing to count', () => {
  const plan = lattice(['AAB']);
  assert.deepEqual(sumsOf(plan, new Set()), { grids: 0, buildings: 0, households: 0 });
});

test('sides are weighed by households, not by plots', () => {
  const plan = lattice(['AABB'], { households: [40, 10, 10, 10] });
  assert.deepEqual(
    lighterSide(plan, (p) => p > 0),
    [1, 2, 3],
  ); // 30 against 40
});
