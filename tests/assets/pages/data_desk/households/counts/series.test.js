// Counts over time, and the axis they stand on.
import assert from 'node:assert';
import test from 'node:test';
import {
  scale,
  series,
} from '../../../../../../assets/pages/data_desk/households/counts/series.js';

const row = (on, value, measure = 'resident') => ({ on, value, measure });

test('of several snapshots of one day the last stands, in its place', () => {
  assert.deepEqual(
    series([row('2026-01-31', 5), row('2026-02-28', 6), row('2026-01-31', 7)], 'resident').map(
      (r) => r.value,
    ),
    [7, 6],
  );
});
test('another measure is another series', () => {
  assert.deepEqual(
    series([row('2026-01-31', 5), row('2026-01-31', 2, 'rented')], 'rented').map((r) => r.value),
    [2],
  );
});
test('nothing counted is no point', () => {
  assert.deepEqual(series([], 'resident'), []);
});
test('the axis has at most three round steps and holds the largest value', () => {
  for (const most of [1, 2, 3, 7, 42, 305, 9999, 30000, 45000]) {
    const { step, high } = scale(most);
    assert.ok(high >= most && high / step <= 3, `${most}: ${step}, ${high}`);
  }
});
test('305 is drawn on steps of 200 up to 400', () => {
  assert.deepEqual(scale(305), { step: 200, high: 400 });
});
