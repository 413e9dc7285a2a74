// Buildings and streets as the server packs them, and which one lies under the hand.
import assert from 'node:assert';
import test from 'node:test';
import {
  buildingAt,
  mercator,
  unpack,
  unpackStreets,
} from '../../../../assets/pages/coverage/packing.js';

// Two squares of 0.001° (rings as steps from the origin, in millionths of a degree) 0.002° apart.
const SQUARE = [1000, 0, 0, 1000, -1000, 0];
const body = {
  doors: 'd1',
  origin: [108, 26],
  ids: [7, 9],
  households: [3, 4],
  rings: [
    [0, 0, ...SQUARE],
    [2000, 0, ...SQUARE],
  ],
};
const NEAR = 1e-9;

test('mercator: the equator is the middle, and the projection is a square', () => {
  assert.ok(Math.abs(mercator(0) - 0.5) < NEAR);
  assert.ok(Math.abs(mercator(85.0511287798) - 0) < NEAR);
  assert.ok(Math.abs(mercator(-85.0511287798) - 1) < NEAR);
});

test('rings are sums of their steps, in the unit square, with their boxes', () => {
  const { rings, boxes, place, ids } = unpack(body);
  const x = (lon) => (lon + 180) / 360;
  assert.deepEqual(
    [...rings[0]].filter((_, i) => i % 2 === 0),
    [108, 108.001, 108.001, 108].map(x),
  );
  assert.deepEqual(
    [...boxes.slice(4, 8)],
    [x(108.002), mercator(26.001), x(108.003), mercator(26)],
  );
  assert.deepEqual([place.get(9), ids], [1, [7, 9]]);
});

test('a building of which nobody knows households has an empty list', () => {
  assert.deepEqual(unpack({ ...body, households: undefined }).households, []);
});

test('the building that holds a place is found, the nearest within reach else, or none', () => {
  const buildings = unpack(body);
  const slack = 0.0009 / 360; // less than from a building's middle to the gap's middle (0.0015°)
  assert.equal(buildingAt(buildings, { lng: 108.0005, lat: 26.0005 }, slack), 7);
  assert.equal(buildingAt(buildings, { lng: 108.0025, lat: 26.0001 }, slack), 9);
  assert.equal(buildingAt(buildings, { lng: 108.0015, lat: 26.0005 }, slack), null);
  assert.equal(buildingAt(buildings, { lng: 108.0018, lat: 26.0005 }, slack), 9); // 0.0007° from its middle
});

test('a place in the hollow of an L is not in the building', () => {
  const shape = [0, 0, 2000, 0, 0, 1000, -1000, 0, 0, 1000, -1000, 0];
  const buildings = unpack({ ...body, ids: [1], rings: [shape] });
  assert.equal(buildingAt(buildings, { lng: 108.0005, lat: 26.0015 }, 0), 1);
  assert.equal(buildingAt(buildings, { lng: 108.0015, lat: 26.0015 }, 0), null);
});

test('streets are bands of lines in hundred-thousandths of a degree; none where there are none', () => {
  const bands = unpackStreets({ origin: [108, 26], bands: [[[0, 0, 100, 0]], []] });
  assert.deepEqual([...bands[0][0]], [288 / 360, mercator(26), 288.001 / 360, mercator(26)]);
  assert.deepEqual([bands.length, bands[1]], [2, []]);
  assert.equal(unpackStreets(null), null);
});
