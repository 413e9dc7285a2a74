// Positions and ids of grids, on a town drawn in letters: A is grid 100, B is 101.
import assert from 'node:assert';
import test from 'node:test';
import {
  newGrid,
  positionOf,
  toIds,
  toPositions,
} from '../../../../../assets/pages/planner/plan/ids.js';
import { lattice } from '../lattice.js';

test('a grid is found by its id, and one that is not known comes to the end with the next number', () => {
  const plan = lattice(['AB']);
  assert.equal(positionOf(plan, 101), 1);
  assert.equal(positionOf(plan, 7), 2);
  assert.equal(plan.grids[2].number, 3);
  assert.equal(positionOf(plan, 7), 2);
});

test('moves by ids and by positions are the same moves', () => {
  const plan = lattice(['AB']);
  assert.deepEqual(toPositions(plan, [[0, 100, 101]]), [[0, 0, 1]]);
  assert.deepEqual(toIds(plan, [[0, 0, 1]]), [[0, 100, 101]]);
});

test('grids made here count downwards from nought until the server has named them', () => {
  const plan = lattice(['AB']);
  const ids = [newGrid(plan), newGrid(plan)].map((g) => plan.grids[g].id);
  assert.deepEqual(ids, [-1, -2]);
});

test('a grid of a negative id keeps its place when the server names it', () => {
  const plan = lattice(['AB']);
  const made = newGrid(plan);
  plan.move(0, made);
  plan.grids[made].id = 300;
  assert.equal(positionOf(plan, 300), made);
  assert.equal(plan.gridOf[0], made);
});

test('moves to a grid that only the server knew make it here', () => {
  const plan = lattice(['AAB']);
  const moves = toPositions(plan, [[0, 100, 555]]);
  plan.apply(moves);
  assert.deepEqual(moves, [[0, 0, 2]]);
  assert.equal(plan.sums[2].households, 10);
});
