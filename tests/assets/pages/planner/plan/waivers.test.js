// What a waiver covers while a hand moves: as many households, the same pieces.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { lattice } from '../lattice.js';
import { findings } from '../../../../../assets/pages/planner/plan/findings.js';

const GRIDS = (about) => [
  { id: 100, number: 1, ...about },
  { id: 101, number: 2 },
];
const open = (plan) => findings(plan).filter((f) => f.severity === 'error' && !f.waived);

test('a waiver covers the households that it was given for, and not ten more', () => {
  // A: 7 plots of 10 households, the limit is 60.
  const plan = lattice(['AAAA', 'AAAB'], { grids: GRIDS({ allowed_households: 70 }) });
  assert.deepEqual(open(plan), []);
  assert.equal(findings(plan)[0].waived, true);
  plan.move(7, 0);
  assert.deepEqual(
    open(plan).map((f) => [f.code, f.households]),
    [['grid_over_limit', 80]],
  );
});

test('a waiver covers the piece that it was given for, and no other one', () => {
  const apart = { allowed_pieces: 2, allowed_apart: [3] };
  const plan = lattice(['AABA', 'BBBB'], { grids: GRIDS(apart) });
  assert.deepEqual(open(plan), []);
  plan.move(3, 1);
  plan.move(7, 0); // another plot apart: still two pieces
  assert.deepEqual(
    open(plan).map((f) => [f.code, f.piece.plots]),
    [['grid_in_pieces', [7]]],
  );
});

test('without the land of its pieces a waiver covers as many as there were', () => {
  const plan = lattice(['AABA', 'BBBB'], { grids: GRIDS({ allowed_pieces: 2 }) });
  assert.deepEqual(open(plan), []);
});
