// Buildings as the canvas draws them: pixels of the whole world, which is 256 of them wide.
import assert from 'node:assert';
import test from 'node:test';
import {
  drawn,
  featureOf,
  world,
} from '../../../../../../assets/pages/data_desk/buildings/canvas/footprints.js';

const near = (a, b) => {
  for (const [i, v] of a.entries()) assert.ok(Math.abs(v - b[i]) < 1e-9, `${a} ≠ ${b}`);
};
const square = (x, y) => [
  [x, y],
  [x + 1, y],
  [x + 1, y + 1],
  [x, y + 1],
  [x, y],
];
const feature = (geometry) => ({ type: 'Feature', geometry, properties: { id: 7, name: '3栋' } });

test('the middle of the world is where the equator crosses Greenwich', () => {
  near(world(0, 0), [128, 128]);
  near(world(180, 0), [256, 128]);
  assert.ok(world(0, 30)[1] < 128); // north is up
});

test('a ring is flat and open: its first corner is not repeated', () => {
  const { rings } = drawn(feature({ type: 'Polygon', coordinates: [square(0, 0)] }));
  assert.equal(rings.length, 1);
  assert.equal(rings[0].length, 8);
  near([...rings[0].slice(0, 2)], world(0, 0));
  near([...rings[0].slice(6)], world(0, 1));
});

test('the box holds every part of a building in two parts', () => {
  const coordinates = [[square(10, 10)], [square(20, 5)]];
  const { box, rings } = drawn(feature({ type: 'MultiPolygon', coordinates }));
  assert.equal(rings.length, 2);
  near(box, [world(10, 0)[0], world(0, 11)[1], world(21, 0)[0], world(0, 5)[1]]);
});

test('a yard is a ring of its own', () => {
  const yard = drawn(feature({ type: 'Polygon', coordinates: [square(0, 0), square(0.2, 0.2)] }));
  assert.equal(yard.rings.length, 2);
});

test('a footprint is the feature that it was made of', () => {
  const made = feature({ type: 'Polygon', coordinates: [square(0, 0)] });
  assert.deepEqual(featureOf(drawn(made)), made);
  assert.equal(drawn(made).id, 7);
});
