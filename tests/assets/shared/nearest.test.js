import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ARROWS, nearest } from '../../../assets/shared/nearest.js';

// A town of five grids:   0 1
//                         2 3 4
const TOWN = [
  [0, 0],
  [10, 0],
  [0, 10],
  [10, 10],
  [20, 10],
];

test('an arrow goes to the neighbour that lies there', () => {
  assert.equal(nearest(TOWN, TOWN[0], ARROWS.ArrowRight), 1);
  assert.equal(nearest(TOWN, TOWN[0], ARROWS.ArrowDown), 2);
  assert.equal(nearest(TOWN, TOWN[3], ARROWS.ArrowUp), 1);
  assert.equal(nearest(TOWN, TOWN[4], ARROWS.ArrowLeft), 3);
});

test('where nothing lies the key does nothing', () => {
  assert.equal(nearest(TOWN, TOWN[0], ARROWS.ArrowUp), -1);
  assert.equal(nearest(TOWN, TOWN[4], ARROWS.ArrowRight), -1);
});

test('what lies straight ahead comes before what is nearer and aside', () => {
  assert.equal(
    nearest(
      [
        [0, 0],
        [9, 8],
        [14, 0],
      ],
      [0, 0],
      ARROWS.ArrowRight,
    ),
    2,
  );
});

test('what lies more aside than ahead is not meant', () => {
  assert.equal(
    nearest(
      [
        [0, 0],
        [3, 9],
      ],
      [0, 0],
      ARROWS.ArrowRight,
    ),
    -1,
  );
});

test('a list is gone through row by row, whatever the rows begin with', () => {
  const rows = [
    [50, 0],
    [50, 20],
    [50, 40],
  ];
  assert.equal(nearest(rows, rows[0], ARROWS.ArrowDown), 1);
  assert.equal(nearest(rows, rows[2], ARROWS.ArrowUp), 1);
});
