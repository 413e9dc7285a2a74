// The judging core of the planner's desk, on a town drawn in the comments.
import assert from 'node:assert';
import test from 'node:test';
import { findings, mend } from '../../../../../assets/pages/planner/plan/findings.js';
import { loadClass } from '../../../../../assets/pages/planner/plan/load.js';
import { dissolve, split, splitPlain } from '../../../../../assets/pages/planner/plan/parting.js';
import { lattice } from '../lattice.js';

const codes = (plan) => findings(plan).map((f) => f.code);

test('the sums of a grid are those of its plots, and follow every move', () => {
  const plan = lattice(['AAB', 'AAB']);
  assert.deepEqual(plan.sums[0], {
    households: 40,
    persons: 100,
    buildings: 4,
    plots: 4,
    area: 400,
  });
  plan.move(1, 1);
  assert.equal(plan.sums[0].households, 30);
  assert.equal(plan.sums[1].households, 30);
});

test('exactly the limit is not over it; one household more is, in two or more plots', () => {
  const plan = lattice(['AAAAAAB']); // 6 × 10 = 60 = the limit
  assert.deepEqual(codes(plan), []);
  plan.move(6, 0);
  assert.deepEqual(codes(plan), ['grid_over_limit']); // 70 > 60
  const alone = lattice(['AB'], { households: [400, 10] });
  assert.deepEqual(codes(alone), ['building_over_limit']);
});

test('a plot in the middle of a row cuts the row, its end does not', () => {
  const plan = lattice(['AAAAA', 'BBBBB'], { limit: 100 });
  plan.move(4, 1);
  assert.equal(plan.judge(0).pieces, 1);
  plan.move(1, 1);
  // A . A A .  →  one plot left alone, two hang together
  assert.equal(plan.judge(0).pieces, 2);
  const [cut] = findings(plan);
  assert.equal(cut.code, 'grid_in_pieces');
  assert.deepEqual(cut.piece.plots, [0]);
  assert.equal(cut.households, 10);
  assert.equal(plan.grids[cut.to].id, 101);
});

test('a piece is offered where there is room before where the border is longest', () => {
  // The two right plots of A hang on B (two borders) and on C (one).
  const plan = lattice(['AABAA', 'ABBBB', 'CCCCA'], { limit: 100 });
  const piece = plan.pieces(0).find((p) => p.plots[0] === 3);
  assert.equal(plan.grids[mend(plan, piece)].name, 'B');
  plan.limit = 60; // B holds 50, and 20 more are too many: nobody else touches the piece
  assert.equal(plan.grids[mend(plan, piece)].name, 'B');
});

test('a stroke is one step: cancelled it leaves no trace, reverted neither', () => {
  const plan = lattice(['AAB', 'ABB']);
  const before = [...plan.gridOf];
  plan.begin();
  plan.paint([0, 1, 3], plan.addGrid({ id: -1 }));
  plan.cancel();
  assert.deepEqual([...plan.gridOf], before);
  assert.equal(plan.grids.length, 2);
  plan.begin();
  plan.paint([1], 1);
  plan.paint([1, 3], 1);
  const moves = plan.finish();
  assert.deepEqual(moves, [
    [1, 0, 1],
    [3, 0, 1],
  ]);
  plan.revert(moves);
  assert.deepEqual([...plan.gridOf], before);
  plan.apply(moves);
  assert.equal(plan.gridOf[3], 1);
  assert.throws(() => plan.apply(moves), /is not in grid/);
});

test('locked plots and grids stay, and a source filter takes from one grid only', () => {
  const plan = lattice(['ABC', 'ABC'], { locked: [1, 0, 0, 0, 0, 0] });
  plan.begin();
  plan.paint([0, 3, 1], 2, 0);
  assert.deepEqual(plan.finish(), [[3, 0, 2]]); // 0 is locked, 1 is of B
  plan.grids[1].locked = true;
  plan.begin();
  plan.paint([1, 4], 2);
  plan.paint([0], 1);
  assert.deepEqual(plan.finish(), []);
});

test('a split leaves two whole grids where the line alone would leave an island', () => {
  //  A A A A      the line lies so that plot 3 falls on the left side, cut off by 2
  const plan = lattice(['AAAA']);
  const side = (p) => (p === 2 ? 1 : 0);
  assert.deepEqual(splitPlain(plan, 0, side), [2]);
  const plots = split(plan, 0, side);
  assert.deepEqual(plots, [2, 3]);
  assert.deepEqual(
    split(plan, 0, () => 0),
    [],
  );
});

test('a dissolved grid goes to its neighbours, first where there is room', () => {
  const plan = lattice(['AAAAABC'], { limit: 50 });
  assert.deepEqual(dissolve(plan, 1), [[5, 2]]); // A is full with 50
  plan.grids[2].locked = true;
  assert.deepEqual(dissolve(plan, 1), [[5, 0]]); // nobody else: over the limit, and said so
  plan.grids[0].locked = true;
  assert.deepEqual(dissolve(plan, 1), []);
});

test('pieces counted along the way equal pieces counted anew, over 4,000 random moves', () => {
  const plan = lattice(['AAABBB', 'AAABBB', 'CCCDDD', 'CCCDDD', 'EEEEEE']);
  let seed = 7;
  const random = (n) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return seed % n;
  };
  for (let i = 0; i < 4000; i++) {
    plan.move(random(plan.n), random(5));
    const g = random(5);
    const households = plan.members(g).reduce((sum, p) => sum + plan.households[p], 0);
    assert.equal(plan.sums[g].households, households);
    const counted = plan.judge(g).pieces;
    assert.equal(counted, plan.pieces(g).length, `move ${i}, grid ${g}`);
  }
  assert.equal(
    plan.sums.reduce((sum, s) => sum + s.households, 0),
    300,
  );
});

test('load classes are those of the command centre', () => {
  assert.deepEqual(
    [150, 151, 240, 241, 300, 301].map((h) => loadClass(h, 300)),
    ['load-50', 'load-80', 'load-80', 'load-100', 'load-100', 'load-over'],
  );
});

test('the neighbours of a grid stand by how far their households are from its own', () => {
  const plan = lattice(['AAAABBC', 'AAAABBC', 'DDDDDDE']);
  assert.deepEqual(plan.neighboursByDifference(0), [1, 3]); // A 80: B 40, D 60; C and E are not beside
  assert.deepEqual(plan.neighboursByDifference(2), [1, 4]); // C 20: B 40, E 10
});
