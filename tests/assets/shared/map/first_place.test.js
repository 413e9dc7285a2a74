import assert from 'node:assert/strict';
import test from 'node:test';
import { centreOf, placeOf, project, tilesOf } from '../../../../assets/shared/map/first_place.js';

const WORLD = [
  [-85.0511287798, -180],
  [85.0511287798, 180],
];

test('the world is a square of 256 pixels at zoom 0', () => {
  assert.deepEqual(project(0, 0, 0).map(Math.round), [128, 128]);
  assert.deepEqual(project(85.0511287798, -180, 0).map(Math.round), [0, 0]);
  assert.deepEqual(project(-85.0511287798, 180, 2).map(Math.round), [1024, 1024]);
});

test('a town is shown whole, at the nearest half zoom that leaves 12 pixels at each side', () => {
  // A degree at the equator is 2^z * 256 / 360 pixels: 728.2 at zoom 10, 1029.8 at zoom 10.5.
  const town = {
    bounds: [
      [-0.5, 100],
      [0.5, 101],
    ],
    at: null,
  };
  assert.equal(placeOf(town, 728 + 26, 2000).zoom, 10);
  assert.equal(placeOf(town, 1030 + 26, 2000).zoom, 10.5);
  // Less than half a hundredth of the step short (0.17 %) the nearer zoom is taken, as Leaflet does.
  assert.equal(placeOf(town, 1029 + 24, 2000).zoom, 10.5);
  assert.equal(placeOf(town, 1020 + 24, 2000).zoom, 10);
});

test('the middle of the town is the middle of the window', () => {
  const town = {
    bounds: [
      [-0.5, 100],
      [0.5, 101],
    ],
    at: null,
  };
  const place = placeOf(town, 800, 600);
  const [x, y] = project(0, 100.5, place.zoom);
  assert.equal(place.x, Math.round(x - 400));
  assert.equal(place.y, Math.round(y - 300));
});

test('the place of the address goes before, its zoom in half steps, never beyond the map', () => {
  const at = (zoom) => placeOf({ bounds: WORLD, at: [28, 105, zoom] }, 800, 600);
  assert.equal(at(14.2).zoom, 14);
  assert.equal(at(14.5).zoom, 14.5);
  assert.equal(at(3).zoom, 7);
  const [x, y] = project(28, 105, 14.5);
  assert.deepEqual([at(14.5).x, at(14.5).y], [Math.round(x - 400), Math.round(y - 300)]);
});

test('tiles cover the window and no more, those in its middle first', () => {
  // At zoom 8 a window of 600 × 500 whose corner lies 10 px within tile 5/7: columns 5-7, rows 7-8.
  const place = { zoom: 8, x: 5 * 256 + 10, y: 7 * 256 + 10, width: 600, height: 500 };
  const { tiles, scale, shift } = tilesOf(place, WORLD);
  assert.equal(scale, 1);
  assert.deepEqual(shift, [0, 0]);
  assert.deepEqual(tiles.map((t) => `${t.x}/${t.y}`).sort(), [
    '5/7',
    '5/8',
    '6/7',
    '6/8',
    '7/7',
    '7/8',
  ]);
  assert.equal(tiles[0].x, 6);
});

test('between two zooms the farther one is drawn larger, from where its corner falls', () => {
  const place = { zoom: 8.5, x: 1000, y: 2000, width: 600, height: 500 };
  const { tiles, scale, corner, shift } = tilesOf(place, WORLD);
  assert.equal(tiles[0].z, 8);
  assert.ok(Math.abs(scale - Math.SQRT2) < 1e-12);
  assert.deepEqual(corner, [707, 1414]); // 1000 / 1.4142 and 2000 / 1.4142
  // 707 × 1.4142 = 999.85 and 1414 × 1.4142 = 1999.7: less than half a pixel from the window's corner.
  assert.deepEqual(shift.map(Math.abs), [0, 0]);
});

test('beyond the ground there are no tiles', () => {
  const place = { zoom: 8, x: 0, y: 0, width: 600, height: 500 };
  assert.deepEqual(
    tilesOf(place, [
      [20, 100],
      [30, 110],
    ]).tiles,
    [],
  );
});

test('a map that is set to the middle of a place looks at that place, to the pixel', () => {
  const place = { zoom: 14.5, x: 2_352_107, y: 1_236_410, width: 1271, height: 1023 };
  const [lat, lng] = centreOf(place);
  const [x, y] = project(lat, lng, place.zoom);
  assert.ok(Math.abs(x - place.width / 2 - place.x) < 1e-6);
  assert.ok(Math.abs(y - place.height / 2 - place.y) < 1e-6);
});
