// Rows that are ruled on together, and the buildings that are offered.
import assert from 'node:assert';
import test from 'node:test';
import {
  beside,
  candidates,
  grouped,
} from '../../../../../../assets/pages/data_desk/households/queue/rows.js';

const row = (key, id, more) => ({
  id,
  key,
  rows: 1,
  households: null,
  building: null,
  candidates: [],
  ...more,
});

test('rows written the same are one group, in the order of the first', () => {
  const groups = grouped([row('3栋', 1), row('5栋', 2), row('3栋', 3, { rows: 4 })]);
  assert.deepEqual(
    groups.map((g) => [g.key, g.rows.map((r) => r.id), g.many]),
    [
      ['3栋', [1, 3], 5],
      ['5栋', [2], 1],
    ],
  );
});
test('households are summed; where no row says any they are unknown, not none', () => {
  const households = (...all) =>
    grouped(all.map((n, i) => row('k', i, { households: n })))[0].households;
  assert.equal(households(3, 4), 7);
  assert.equal(households(3, null), 3);
  assert.equal(households(null, null), null);
  assert.equal(households(0, null), 0);
});
test("a row's own building comes first, then what fits, then what was looked for, each once", () => {
  const group = grouped([row('k', 1, { building: 5, candidates: [{ id: 6 }, { id: 5 }] })])[0];
  const known = { 5: {}, 6: {}, 7: {} };
  assert.deepEqual(
    candidates(group, known, [{ id: 7 }, { id: 6 }]).map((c) => c.id),
    [5, 6, 7],
  );
});
test('buildings that are not known here are not offered, and no more than the keys reach', () => {
  const group = grouped([
    row('k', 1, { candidates: Array.from({ length: 12 }, (_, i) => ({ id: i })) }),
  ])[0];
  const known = Object.fromEntries(Array.from({ length: 12 }, (_, i) => [i + 1, {}]));
  assert.deepEqual(
    candidates(group, known, []).map((c) => c.id),
    [1, 2, 3, 4, 5, 6, 7, 8],
  );
});
test('after a ruling comes the next group; at the end the one before; else none', () => {
  const groups = grouped([row('a', 1), row('b', 2)]);
  assert.deepEqual(
    [beside(groups, 'a'), beside(groups, 'b'), beside(groups, undefined), beside([groups[0]], 'a')],
    ['b', 'a', 'a', null],
  );
});
