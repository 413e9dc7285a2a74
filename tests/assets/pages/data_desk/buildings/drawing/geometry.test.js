// Footprints under a hand, in metres: the arithmetic of drawing, turning and snapping.
import assert from 'node:assert';
import test from 'node:test';
import * as F from '../../../../../../assets/pages/data_desk/buildings/drawing/geometry.js';

const near = (a, b, by = 1e-6) => {
  for (const [i, v] of a.entries()) assert.ok(Math.abs(v - b[i]) <= by, `${a} ≠ ${b}`);
};
const house = [
  [
    [
      [0, 0],
      [20, 0],
      [20, 10],
      [0, 10],
    ],
  ],
]; // 20 m by 10 m
const yard = [
  [
    [
      [0, 0],
      [20, 0],
      [20, 10],
      [0, 10],
    ],
    [
      [5, 2],
      [5, 8],
      [15, 8],
      [15, 2],
    ],
  ],
];

test('a degree at 28° north is as long as on the ellipsoid', () => {
  // PROJ's geodesics over a thousandth of a degree there: 110,819.45 m and 98,361.87 m.
  const frame = new F.Frame(106, 28);
  assert.ok(Math.abs(frame.ky - 110819.45) < 0.5);
  assert.ok(Math.abs(frame.kx - 98361.87) < 0.5);
  near(frame.toDegrees(frame.toM([106.01, 28.02])), [106.01, 28.02], 1e-12);
});

test('a shape goes to degrees and back within a tenth of a millimetre', () => {
  const frame = new F.Frame(106.7, 26.5);
  const geometry = frame.geometry(yard);
  assert.equal(geometry.type, 'Polygon');
  assert.deepEqual(geometry.coordinates[0][0], geometry.coordinates[0][4]);
  for (const [i, p] of frame.shape(geometry).flat(2).entries()) near(p, yard.flat(2)[i], 1e-3);
  assert.equal(frame.geometry([...house, ...house]).type, 'MultiPolygon');
});

test('an area leaves its yards out, whichever way rings run', () => {
  assert.equal(F.area(house), 200);
  assert.equal(F.area(yard), 140); // 20 · 10 − 10 · 6
  assert.equal(F.area([[[...house[0][0]].reverse()]]), 200);
});

test('the middle of a house is its middle, far from the origin too', () => {
  near(F.centre(house), [10, 5]);
  near(F.centre(F.moved(house, 3e6, 4e6)), [3e6 + 10, 4e6 + 5], 1e-6);
  near(
    F.centre([
      [
        [
          [0, 0],
          [4, 0],
          [8, 0],
        ],
      ],
    ]),
    [4, 0],
  ); // no area: its corners'
});

test('a quarter turn about the middle swaps the sides and keeps the area', () => {
  const round = F.turned(house, Math.PI / 2, [10, 5]);
  near(F.bounds(round), [5, -5, 15, 15]);
  assert.ok(Math.abs(F.area(round) - 200) < 1e-9);
  near(F.turned(round, -Math.PI / 2, [10, 5])[0][0][2], house[0][0][2], 1e-9);
});

test('a point is brought square to the edge before it, or along it', () => {
  near(F.squared([0, 0], [10, 0], [11, 7]), [10, 7]); // square
  near(F.squared([0, 0], [10, 0], [17, 1]), [17, 0]); // along
  near(F.squared([0, 0], [3, 4], [3 - 8, 4 + 6]), [-5, 10]); // exactly square already
  near(F.squared([2, 2], [2, 2], [5, 6]), [5, 6]); // no edge: as it was
});

test('closing squares the last corner', () => {
  const ring = F.closedSquare([
    [0, 0],
    [10, 0],
    [10, 6],
    [0.4, 6],
  ]);
  near(ring[3], [0, 6]);
  const ell = [
    [0, 0],
    [10, 0],
    [10, 6],
    [6, 6],
    [6, 9],
    [0.3, 9],
  ]; // an L
  near(F.closedSquare(ell)[5], [0, 9]);
  assert.deepEqual(
    F.closedSquare([
      [0, 0],
      [10, 0],
      [5, 8],
    ]),
    [
      [0, 0],
      [10, 0],
      [5, 8],
    ],
  );
});

test('three clicks make a rectangle on either side', () => {
  assert.deepEqual(F.rectangle([0, 0], [10, 0], [7, 4]), [
    [0, 0],
    [10, 0],
    [10, 4],
    [0, 4],
  ]);
  assert.deepEqual(F.rectangle([0, 0], [10, 0], [7, -4]), [
    [0, 0],
    [10, 0],
    [10, -4],
    [0, -4],
  ]);
  assert.equal(F.rectangle([0, 0], [10, 0], [5, 0]), null);
  assert.equal(F.rectangle([1, 1], [1, 1], [5, 0]), null);
});

test('a click in the yard does not hit the house', () => {
  assert.ok(F.contains(yard, [2, 5]));
  assert.ok(!F.contains(yard, [10, 5]));
  assert.ok(!F.contains(yard, [21, 5]));
});

test('corners are snapped to before walls, nothing beyond reach', () => {
  near(F.snap([20.5, 0.5], [house], 1).at, [20, 0]);
  const wall = F.snap([10, 0.5], [house], 1);
  assert.equal(wall.kind, 'wall');
  near(wall.at, [10, 0]);
  assert.equal(F.snap([10, 5], [house], 1), null);
});

test('a moved house is shifted onto the corner next to it', () => {
  const other = F.moved(house, 20.6, 0.2);
  const hit = F.snapShift(other.flat(2), [house], 1);
  near(hit.shift, [-0.6, -0.2]);
});

test('a bow tie crosses itself where its edges meet', () => {
  near(
    F.selfCrossing([
      [0, 0],
      [10, 10],
      [10, 0],
      [0, 10],
    ]),
    [5, 5],
  );
  assert.equal(F.selfCrossing(house[0][0]), null);
});

test('corners are found, added on a wall and taken away, but never below three', () => {
  assert.deepEqual(F.cornerAt(yard, [5.2, 2.1], 1), [0, 1, 0]);
  const wall = F.wallAt(house, [10, 0.3], 1);
  assert.deepEqual(wall.at, [0, 0, 1]);
  near(wall.foot, [10, 0]);
  assert.deepEqual(F.wallAt(house, [0.2, 5], 1).at, [0, 0, 4]); // the wall that closes the ring
  const three = F.withoutCorner(house, [0, 0, 1]);
  assert.equal(three[0][0].length, 3);
  assert.equal(F.withoutCorner(three, [0, 0, 0]), null);
  assert.equal(house[0][0].length, 4); // what it was given is unchanged
});

test('a picture is laid on three corners by a CSS matrix', () => {
  // 100 × 50 pixels on a page at (10, 20), twice as large, upright.
  assert.deepEqual(F.sheetMatrix([10, 20], [210, 20], [10, 120], 100, 50), [2, 0, 0, 2, 10, 20]);
  const [a, b, c, d, e, f] = F.sheetMatrix([0, 0], [30, 40], [-40, 30], 50, 50);
  near([a * 50 + e, b * 50 + f], [30, 40]);
  near([c * 50 + e, d * 50 + f], [-40, 30]);
});

test('the middle of a line is half of its length along it, not the middle of its ends', () => {
  const corner = [
    [0, 0],
    [10, 0],
    [10, 30],
  ]; // 40 m: the middle is 20 m along, 10 m up the second wall
  near(F.midway(corner), [10, 10]);
  near(F.midway([[3, 4]]), [3, 4]);
});
