// Pairs of pins: what so many of them can carry, what is clicked next.
import assert from 'node:assert';
import test from 'node:test';
import {
  carried,
  isOutside,
  isWhole,
  next,
} from '../../../../../../assets/pages/data_desk/buildings/sheets/pairs.js';

const PICTURE = { width: 800, height: 600 };

test('two pairs carry a similarity, three an affine', () => {
  assert.equal(carried('similarity', 2), 'similarity');
  assert.equal(carried('affine', 3), 'affine');
});
test('an affine of two pairs becomes a similarity', () => {
  assert.equal(carried('affine', 2), 'similarity');
});
test('one pair carries nothing', () => {
  assert.equal(carried('similarity', 1), null);
  assert.equal(carried('affine', 1), null);
});
test('a click beside the picture is outside, a place on the map never is', () => {
  assert.ok(isOutside({ x: -1, y: 5 }, PICTURE));
  assert.ok(isOutside({ x: 5, y: 601 }, PICTURE));
  assert.ok(!isOutside({ x: 0, y: 600 }, PICTURE));
  assert.ok(!isOutside({ lon: 109, lat: 26 }, PICTURE));
});
test('a pair is whole with a pixel and a place, even at 0', () => {
  assert.ok(isWhole({ x: 0, y: 0, lon: 0, lat: 0 }));
  assert.ok(!isWhole({ x: 0, y: 0 }));
  assert.ok(!isWhole({ lon: 109, lat: 26 }));
});
test('what is clicked next is the other side of a half', () => {
  assert.equal(next(0, {}), 'first');
  assert.equal(next(1, {}), 'first');
  assert.equal(next(2, {}), 'more');
  assert.equal(next(2, { x: 0, y: 0 }), 'map');
  assert.equal(next(0, { lon: 109, lat: 26 }), 'scan');
});
