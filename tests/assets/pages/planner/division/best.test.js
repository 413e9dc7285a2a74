// Which of the candidates side by side is marked as the best in a row.
import assert from 'node:assert';
import test from 'node:test';
import { best } from '../../../../../assets/pages/planner/division/best.js';

test('where less is better the least figure is the best', () => {
  assert.deepEqual(best([12, 9, 11], -1), [false, true, false]);
});

test('where more is better the greatest figure is the best', () => {
  assert.deepEqual(best([0.31, 0.42, 0.4], 1), [false, true, false]);
});

test('two that are as good are both the best', () => {
  assert.deepEqual(best([9, 12, 9], -1), [true, false, true]);
});

test('where all are the same, or there is only one, none is the best', () => {
  assert.deepEqual(best([9, 9, 9], -1), [false, false, false]);
  assert.deepEqual(best([9], -1), [false]);
});

test('where no way is better none is the best', () => {
  assert.deepEqual(best([300, 280], 0), [false, false]);
});

test('a figure that is not known is never the best, not even as nothing', () => {
  assert.deepEqual(best([null, 40, 30], -1), [false, false, true]);
  assert.deepEqual(best([null, null], -1), [false, false]);
});
