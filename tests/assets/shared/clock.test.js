import assert from 'node:assert/strict';
import { test } from 'node:test';
import { day, minute, timeOfDay, today } from '../../../assets/shared/clock.js';

test('a moment is said in the time of the county, not of the machine', () => {
  assert.equal(minute('2026-11-29T16:05:31Z'), '2026-11-30 00:05');
});
test('the zone in which it was written makes no difference', () => {
  assert.equal(minute('2026-11-30T00:05:31+08:00'), minute('2026-11-29T16:05:31.000+00:00'));
});
test('a day is a day of the county', () => {
  assert.equal(day('2026-11-29T16:00:00Z'), '2026-11-30');
  assert.equal(day('2026-11-29T15:59:59Z'), '2026-11-29');
});
test('an hour is one of twenty-four', () => {
  assert.equal(timeOfDay(Date.UTC(2026, 10, 29, 5, 7)), '13:07');
});
test('today is a day', () => {
  assert.match(today(), /^\d{4}-\d\d-\d\d$/);
});
