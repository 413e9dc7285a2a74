// What a building is coloured by.
import assert from 'node:assert';
import test from 'node:test';
import {
  KNOWN,
  LIVES,
  classOf,
  known,
} from '../../../../../../assets/pages/data_desk/buildings/canvas/classes.js';

test('homes without a count are unknown', () => {
  for (const use of ['dwelling', 'dormitory', 'mixed'])
    assert.equal(known({ use, households: null }), 'unknown');
});

test('where nobody lives no count is missing', () => {
  assert.equal(known({ use: 'shop', households: null }), 'other');
  assert.equal(known({ use: 'industry' }), 'other');
});

test('none is a count', () => {
  assert.equal(known({ use: 'dwelling', households: 0, confidence: 'counted' }), 'counted');
});

test('a count is as sure as it says, and reported where it says nothing', () => {
  assert.equal(known({ use: 'dwelling', households: 40, confidence: 'estimated' }), 'estimated');
  assert.equal(known({ use: 'dwelling', households: 40 }), 'reported');
  assert.equal(known({ use: 'shop', households: 3 }), 'reported');
});

test('by life a building is coloured by what became of it, else by what is known', () => {
  const p = { use: 'dwelling', households: 40, life: 'delivered' };
  assert.equal(classOf(p, 'life'), 'delivered');
  assert.equal(classOf(p, 'known'), 'reported');
});

test('every class that is made here has its place in the legend', () => {
  for (const name of ['counted', 'reported', 'estimated', 'unknown', 'other'])
    assert.ok(KNOWN.includes(name));
  assert.ok(LIVES.includes('delivered'));
});
