// How cases stand, what the list shows and what comes next.
import assert from 'node:assert';
import test from 'node:test';
import {
  following,
  holds,
  isAnother,
  shownOf,
  stateOf,
  stepped,
  summed,
  taken,
} from '../../../../../assets/pages/data_desk/cases/standing.js';

const item = (id, more) => ({ id, to: null, deferred: false, by: null, kind: 'overlap', ...more });
const LIST = [item(1, { to: 4 }), item(2), item(3, { deferred: true }), item(4, { kind: 'none' })];
const ids = (list) => list.map((i) => i.id);

test('a case is ruled, put off or open; in a closed set all are ruled', () => {
  assert.deepEqual(
    LIST.map((i) => stateOf(i, true)),
    ['ruled', 'open', 'deferred', 'open'],
  );
  assert.deepEqual(
    LIST.map((i) => stateOf(i, false)),
    ['ruled', 'ruled', 'ruled', 'ruled'],
  );
});
test('grid 0 is a ruling too', () => {
  assert.equal(stateOf(item(9, { to: 0 }), true), 'ruled');
});
test('the list shows by state and by kind', () => {
  assert.deepEqual(ids(shownOf(LIST, { filter: 'all', kind: 'all' }, true)), [1, 2, 3, 4]);
  assert.deepEqual(ids(shownOf(LIST, { filter: 'open', kind: 'all' }, true)), [2, 4]);
  assert.deepEqual(ids(shownOf(LIST, { filter: 'open', kind: 'none' }, true)), [4]);
});
test('the arrows stop at both ends and begin at the first', () => {
  assert.equal(stepped(LIST, 2, 1).id, 3);
  assert.equal(stepped(LIST, 4, 1).id, 4);
  assert.equal(stepped(LIST, 1, -1).id, 1);
  assert.equal(stepped(LIST, undefined, 1).id, 1);
  assert.equal(stepped([], 1, 1), null);
});
test('after a ruling comes the row that was next, and at the end the first that is open', () => {
  const [, two, , four] = LIST;
  assert.equal(following(LIST, LIST[0], two, true).id, 2);
  assert.equal(following(LIST, four, undefined, true).id, 2); // the last one: back to what is open
  assert.equal(following([LIST[0]], LIST[0], undefined, true).id, 1); // nothing is open any more
  assert.equal(following(LIST, two, LIST[2], true).id, 3); // the next one was put off: it is next all the same
});
test('what the server says replaces what is here, and only what differs is painted', () => {
  const here = [item(1), item(2), item(3)];
  const answer = { items: [item(1), item(2, { to: 5, by: '李' }), item(77)] };
  assert.deepEqual(ids(taken(here, answer)), [2]);
  assert.deepEqual([here[1].to, here[1].by, here[2].to], [5, '李', null]);
});
test('other cases, other claimants or a closed set are read anew; another ruling is not', () => {
  const data = { items: [item(1), item(2)], claimants: [{}, {}], set: { state: 'open' } };
  const same = { items: [item(1, { to: 0 }), item(2)], claimants: 2, set: { state: 'open' } };
  assert.equal(isAnother(data, same), false);
  assert.equal(isAnother(data, { ...same, items: [item(1)] }), true);
  assert.equal(isAnother(data, { ...same, items: [item(1), item(3)] }), true);
  assert.equal(isAnother(data, { ...same, claimants: 3 }), true);
  assert.equal(isAnother(data, { ...same, set: { state: 'closed' } }), true);
});
test('figures of a report are summed over its communities', () => {
  assert.equal(summed({ communities: [{ households: 3 }, { households: 4 }] }, 'households'), 7);
  assert.equal(summed({}, 'households'), 0);
});
test('a place in a hole is not in the polygon, one in any part is', () => {
  const box = (x, y, s) => [
    [x, y],
    [x + s, y],
    [x + s, y + s],
    [x, y + s],
    [x, y],
  ];
  const holed = { type: 'Polygon', coordinates: [box(0, 0, 10), box(4, 4, 2)] };
  assert.deepEqual(
    [holds(holed, 1, 1), holds(holed, 5, 5), holds(holed, 11, 1)],
    [true, false, false],
  );
  const parts = { type: 'MultiPolygon', coordinates: [[box(0, 0, 1)], [box(20, 0, 1)]] };
  assert.deepEqual([holds(parts, 20.5, 0.5), holds(parts, 10, 0.5)], [true, false]);
});
