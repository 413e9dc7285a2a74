// What columns mean, and the day that a table says of itself.
import assert from 'node:assert';
import test from 'node:test';
import {
  assign,
  dayOf,
  fieldsOf,
  isCounted,
  isPlaced,
  oneRowEach,
} from '../../../../../../assets/pages/data_desk/households/reading/layout.js';

const layout = (columns, per_household = false) => ({ columns, per_household });

test('a month means its last day, leap years and all', () => {
  assert.equal(dayOf(['2026年11月户数表']), '2026-11-30');
  assert.equal(dayOf(['2024年2月']), '2024-02-29');
  assert.equal(dayOf(['2026-02']), '2026-02-28');
  assert.equal(dayOf(['台账202612.xlsx']), '2026-12-31');
});
test('a whole date stands as it is, with its zeros', () => {
  assert.equal(dayOf(['截至2026年3月5日']), '2026-03-05');
  assert.equal(dayOf(['2026/3/5']), '2026-03-05');
});
test('the first text that says a day is heard; none says nothing', () => {
  assert.equal(dayOf(['户数表', '2026年1月', '2025年1月']), '2026-01-31');
  assert.equal(dayOf(['户数表', '']), '');
  assert.equal(dayOf(['2026年13月']), '');
});
test('a field is read from one column, and a column means one field', () => {
  const l = layout({ building: 0, resident: 1 });
  assign(l, 2, 'resident');
  assert.deepEqual(l.columns, { building: 0, resident: 2 });
  assign(l, 0, 'address');
  assert.deepEqual(l.columns, { address: 0, resident: 2 });
  assign(l, 0, '');
  assert.deepEqual(fieldsOf(l), { 2: 'resident' });
});
test('a column that counts households ends "one row, one household", and the other way round', () => {
  const l = layout({ building: 0 }, true);
  assign(l, 1, 'persons');
  assert.equal(l.per_household, true);
  assign(l, 2, 'resident');
  assert.equal(l.per_household, false);
  oneRowEach(l, true);
  assert.deepEqual(l, layout({ building: 0, persons: 1 }, true));
});
test('a table can be read when it says where and how many', () => {
  assert.deepEqual(
    [isPlaced(layout({ community: 0 })), isPlaced(layout({ code: 0 }))],
    [false, true],
  );
  assert.deepEqual(
    [
      isCounted(layout({ persons: 0 })),
      isCounted(layout({ vacant: 0 })),
      isCounted(layout({}, true)),
    ],
    [false, true, true],
  );
});
