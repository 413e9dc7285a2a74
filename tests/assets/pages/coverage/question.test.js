// What the controls ask: only what differs from the usual is in the question.
import assert from 'node:assert';
import test from 'node:test';
import { isSame, profileOf, questionOf } from '../../../../assets/pages/coverage/question.js';

const usual = {
  minutes: 15,
  services: ['party'],
  travel: 'to_station',
  profile: null,
  tier: null,
  weekday: null,
  clock: null,
};

test('the usual question names minutes, services and who walks', () => {
  assert.deepEqual(questionOf(usual), { minutes: '15', services: 'party', profile: 'adult' });
});
test('several services are one parameter, in their order', () => {
  assert.equal(questionOf({ ...usual, services: ['party', 'clinic'] }).services, 'party,clinic');
});
test('nothing is asked without a service or without minutes from 0 to 120', () => {
  for (const minutes of [null, '', 'x', 0, -5, 120.1])
    assert.equal(questionOf({ ...usual, minutes }), null);
  for (const services of [null, []]) assert.equal(questionOf({ ...usual, services }), null);
  assert.equal(questionOf({ ...usual, minutes: 120 }).minutes, '120');
});
test('a weekday brings an hour: the one given, else ten in the morning', () => {
  const { weekday, clock } = questionOf({ ...usual, weekday: '3' });
  assert.deepEqual([weekday, clock], ['3', '10:00']);
  assert.equal(questionOf({ ...usual, weekday: '3', clock: '19:30' }).clock, '19:30');
  assert.equal(questionOf({ ...usual, clock: '19:30' }).clock, undefined);
});
test('another way and another tier are said', () => {
  const { way, tier } = questionOf({ ...usual, travel: 'response', tier: 'grid' });
  assert.deepEqual([way, tier], ['response', 'grid']);
});
test('a response is driven, everything else walked by whom the page says', () => {
  assert.deepEqual(
    [
      profileOf('response', 'elderly'),
      profileOf('to_station', 'elderly'),
      profileOf('to_station', null),
    ],
    ['vehicle', 'elderly', 'adult'],
  );
});
test('a question is the same whenever it was asked; one parameter more or less makes another', () => {
  const question = questionOf(usual);
  assert.ok(isSame(question, { minutes: '15', services: 'party', profile: 'adult' }));
  assert.ok(isSame(question, { ...question, at: 1_764_403_200_000 }));
  assert.ok(!isSame(question, { ...question, minutes: '10' }));
  assert.ok(!isSame(question, { ...question, tier: 'grid' }));
  assert.ok(!isSame({ ...question, tier: 'grid' }, question));
  assert.ok(!isSame(question, null));
});
