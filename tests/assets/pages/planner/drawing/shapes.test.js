// What a brush, a lasso and a line take, on squares of 100 steps (about 1 m) side by side.
import assert from 'node:assert';
import test from 'node:test';
import { Shapes } from '../../../../../assets/pages/planner/drawing/shapes.js';

// A row of `n` squares; the last ring turns the other way round, as rings may.
function row(n) {
  const [xy, ring, plotRing, point] = [[], [0], [0], []];
  for (let p = 0; p < n; p++) {
    const corners = [
      [100 * p, 0],
      [100 * p + 100, 0],
      [100 * p + 100, 100],
      [100 * p, 100],
    ];
    if (p === n - 1) corners.reverse();
    let [x, y] = [0, 0];
    for (const [cx, cy] of corners) {
      xy.push(cx - x, cy - y);
      [x, y] = [cx, cy];
    }
    ring.push(ring[ring.length - 1] + 4);
    plotRing.push(p + 1);
    point.push(100 * p + 50, 50);
  }
  return new Shapes({
    n,
    xy,
    ring,
    plot_ring: plotRing,
    point,
    origin: [106, 26],
    step: 1e-7,
    metres: [100_000, 111_000],
    kind: 'b'.repeat(n),
    area_m2: new Array(n).fill(1),
    households: new Array(n).fill(1),
  });
}
const at = (shapes, p) => [shapes.px[p], shapes.py[p]];
const degrees = (x, y) => [106 + x * 1e-7, 26 + y * 1e-7];

test('a place is in the plot that holds it', () => {
  const shapes = row(5);
  for (let p = 0; p < 5; p++) assert.equal(shapes.plotAt(...at(shapes, p)), p);
  assert.equal(shapes.plotAt(-50, 0), -1);
  const [lon, lat] = shapes.toDegrees(...shapes.toM(106.001, 26.002));
  assert.ok(Math.abs(lon - 106.001) < 1e-9 && Math.abs(lat - 26.002) < 1e-9);
});

test('the smallest brush takes what its middle passes over, nothing skipped between two events', () => {
  const shapes = row(6);
  assert.deepEqual(shapes.sweep(...at(shapes, 1), ...at(shapes, 4), 0).sort(), [1, 2, 3, 4]);
  assert.deepEqual(shapes.sweep(...at(shapes, 2), ...at(shapes, 2), 0), [2]);
});

test('a broad brush takes the plots whose points it covers', () => {
  const shapes = row(6);
  const step = shapes.px[1] - shapes.px[0];
  assert.deepEqual(shapes.sweep(...at(shapes, 3), ...at(shapes, 3), 1.1 * step).sort(), [2, 3, 4]);
});

test('a lasso takes points inside it, even where it crosses itself', () => {
  const shapes = row(4);
  assert.deepEqual(
    shapes.lasso([degrees(90, -10), degrees(310, -10), degrees(310, 110), degrees(90, 110)]),
    [1, 2],
  );
  // A bow tie that crosses itself between plots 1 and 2: both wings are inside.
  assert.deepEqual(
    shapes.lasso([degrees(-10, -10), degrees(-10, 110), degrees(410, -10), degrees(410, 110)]),
    [0, 1, 2, 3],
  );
});

test('a line parts left from right and goes on at its ends', () => {
  const shapes = row(4);
  const up = shapes.sideOf([degrees(200, 40), degrees(200, 60)]); // upwards: left is west
  assert.deepEqual([0, 1, 2, 3].map(up), [0, 0, 1, 1]);
  const east = shapes.sideOf([degrees(10, 60), degrees(20, 60)]); // above all points: they lie right
  assert.deepEqual([0, 1, 2, 3].map(east), [1, 1, 1, 1]);
});

test('outlines are runs between two plots, whichever way their rings turn', () => {
  const shapes = row(3);
  const pairs = Array.from(shapes.arcLeft, (left, a) => [left, shapes.arcRight[a]]);
  assert.equal(pairs.filter(([, right]) => right >= 0).length, 2);
  assert.deepEqual(
    pairs.filter(([, right]) => right >= 0),
    [
      [0, 1],
      [1, 2],
    ],
  );
  const outside = pairs.reduce(
    (sum, [, right], a) => sum + (right < 0 ? shapes.arcFirst[a + 1] - shapes.arcFirst[a] - 1 : 0),
    0,
  );
  assert.equal(outside, 8); // two sides each, and the two ends
});

test('the border nearest to the hand is one between grids', () => {
  const shapes = row(4);
  const gridOf = [0, 0, 1, 1];
  const border = (shapes.px[1] + shapes.px[2]) / 2;
  const arc = shapes.nearestBorder(gridOf, border + 1, shapes.py[1], 1e6);
  assert.deepEqual([shapes.arcLeft[arc], shapes.arcRight[arc]], [1, 2]);
  assert.equal(shapes.nearestBorder(gridOf, shapes.px[0], shapes.py[0], 1), -1);
});
