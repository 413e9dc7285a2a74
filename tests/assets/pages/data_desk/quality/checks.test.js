// How a check stands at a place, how points are written, the frame around what it found.
import assert from 'node:assert';
import test from 'node:test';
import {
  CHECKS,
  framed,
  standing,
  tenth,
} from '../../../../../assets/pages/data_desk/quality/checks.js';

const PLACE = {
  figures: { stale: [0, 40], uncounted: [3, 40], levels: [2, 40], crossing: [0, 0] },
  parts: { stale: { weight: 15, costs: 0 }, uncounted: { weight: 25, costs: 1.9 } },
};

test('what is not wrong is right', () => {
  assert.equal(standing('stale', PLACE), 'right');
});
test('what is wrong counts only where it is a part of the score', () => {
  assert.equal(standing('uncounted', PLACE), 'wrong');
  assert.equal(standing('levels', PLACE), 'noted');
});
test('a check of nothing, or without a figure, is empty', () => {
  assert.equal(standing('crossing', PLACE), 'empty');
  assert.equal(standing('untied', PLACE), 'empty');
});
test('a cost that rounds to nothing is still said', () => {
  assert.deepEqual([0, 0.04, 0.05, 12].map(tenth), ['0.0', '<0.1', '0.1', '12.0']);
});
test('a point gets a frame that can be seen, a shape a narrow one', () => {
  const [[west, south], [east, north]] = framed([109, 26, 109, 26.001]);
  assert.ok(Math.abs(east - west - 0.00024) < 1e-9);
  assert.ok(Math.abs(north - south - 0.00106) < 1e-9);
});
test('every check has a title, a reason and a unit', () => {
  for (const [title, why, , unit] of Object.values(CHECKS)) assert.ok(title && why && unit);
});
