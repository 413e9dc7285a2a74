// The one queue: in order, nothing lost, nothing sent twice, whoever's work it carries.
import assert from 'node:assert';
import test from 'node:test';
import { Refused, Unreachable } from '../../../assets/shared/calls.js';
import { Sync, leave } from '../../../assets/shared/sync.js';
import { Browser, settled } from '../browser.js';

// A server that notes what comes in and answers what a test says (a value, or an error to throw).
function server() {
  const came = [];
  const answers = [];
  const gates = [];
  return {
    came,
    answers,
    hold() {
      let open;
      gates.push(
        new Promise((done) => {
          open = done;
        }),
      );
      return open;
    },
    async send(item) {
      came.push(item.token);
      await gates.shift();
      const answer = answers.length ? answers.shift() : { version: came.length };
      if (answer instanceof Error) throw answer;
      return answer;
    },
  };
}
const away = () => new Unreachable('failed to fetch');
const refusal = (status) => new Refused(status, { error: `HTTP ${status}` });

function desk(place = 'getu-test:1', { about = {}, refused, line = server() } = {}) {
  const done = [];
  const sync = new Sync(place, about, {
    send: line.send,
    settle(answer) {
      sync.about.version = answer.version;
    },
    done: (_answer, item) => done.push(item.token),
    status() {},
    refused:
      refused ||
      (() => {
        sync.shift();
        return true;
      }),
  });
  return { sync, done, line };
}

test('items arrive in the order in which they were pushed, one at a time', async () => {
  new Browser();
  const { sync, done, line } = desk();
  const open = line.hold();
  sync.push({ token: 'a' });
  sync.push({ token: 'b' });
  sync.push({ token: 'c' });
  await settled();
  assert.deepEqual(line.came, ['a']); // b waits for the answer to a
  open();
  await settled();
  assert.deepEqual(line.came, ['a', 'b', 'c']);
  assert.deepEqual(done, ['a', 'b', 'c']);
});

test('without a line the tries are spaced, and each sends the same token', async () => {
  const b = new Browser();
  const { sync, done, line } = desk();
  line.answers.push(away(), away(), away(), away(), away(), away());
  await sync.push({ token: 'a' });
  for (let i = 0; i < 5; i++) await b.timers.at(-1).run();
  assert.deepEqual(
    b.timers.map((t) => t.ms),
    [1000, 2000, 4000, 8000, 15000, 15000],
  );
  assert.ok(sync.away);
  await b.timers.at(-1).run();
  assert.deepEqual(new Set(line.came), new Set(['a']));
  assert.deepEqual([done, sync.away, b.store.size], [['a'], false, 0]);
});

test('a server that has no time now (503) is asked again, nothing is refused', async () => {
  const b = new Browser();
  const { sync, done, line } = desk();
  line.answers.push(refusal(503));
  await sync.push({ token: 'a' });
  assert.deepEqual([sync.items.length, sync.away], [1, true]);
  await b.timers.at(-1).run();
  assert.deepEqual(done, ['a']);
});

test('whoever is signed out (401) loses nothing: it goes when they are in again', async () => {
  const b = new Browser();
  const { sync, done, line } = desk();
  line.answers.push(refusal(401), refusal(401));
  await sync.push({ token: 'a' });
  sync.push({ token: 'b' });
  await settled();
  assert.deepEqual([sync.items.length, sync.away, b.store.size], [2, true, 1]);
  await b.timers.at(-1).run();
  assert.deepEqual(done, ['a', 'b']);
});

test('the line that comes back is used at once, and only once', async () => {
  const b = new Browser();
  const { sync, done, line } = desk();
  line.answers.push(away());
  await sync.push({ token: 'a' });
  b.heard.online();
  b.heard.online();
  await settled();
  assert.deepEqual(line.came, ['a', 'a']); // one that failed, one that went
  assert.deepEqual(done, ['a']);
});

test('a conflict is ruled on by the desk; the others go on when it says so', async () => {
  const b = new Browser();
  const ruled = [];
  const one = desk('getu-test:1', {
    refused(error) {
      ruled.push(error.status);
      one.sync.setAside({ status: error.status });
      return true;
    },
  });
  one.line.answers.push(refusal(409));
  const open = one.line.hold();
  one.sync.push({ token: 'a' });
  one.sync.push({ token: 'b' });
  open();
  await settled();
  assert.deepEqual([ruled, one.sync.kept.map((i) => i.token)], [[409], ['a']]);
  await b.timers.at(-1).run();
  await settled();
  assert.deepEqual(one.done, ['b']);
  assert.deepEqual(
    b.held()[0].refused.map((i) => [i.token, i.why.status]),
    [['a', 409]],
  );
  one.sync.drop({ token: 'a' });
  assert.equal(b.store.size, 0);
});

test('a reload loses nothing: what waited comes back in order, with what the desk must know', async () => {
  const b = new Browser();
  const { sync, line } = desk('getu-test:1', { about: { version: 7 } });
  line.answers.push(away());
  await sync.push({ token: 'a' });
  sync.items.push({ token: 'b' });
  b.heard.pagehide();
  const next = desk('getu-test:1', { about: { version: 9 } });
  assert.deepEqual(
    next.sync.resume().items.map((i) => i.token),
    ['a', 'b'],
  );
  assert.equal(next.sync.about.version, 7); // the version that the strokes were drawn on
  await next.sync.flush();
  assert.deepEqual(next.done, ['a', 'b']);
  assert.equal(b.store.size, 0);
});

test('the same window that comes back to a place takes over what it left there', async () => {
  const b = new Browser();
  const { sync, line } = desk('getu-test:1');
  line.answers.push(away());
  await sync.push({ token: 'a' });
  sync.close();
  desk('getu-test:2'); // another community meanwhile
  const back = desk('getu-test:1');
  assert.deepEqual(
    back.sync.resume().items.map((i) => i.token),
    ['a'],
  );
  await back.sync.push({ token: 'b' });
  await settled();
  assert.deepEqual(back.done, ['a', 'b']);
  assert.equal(b.store.size, 0);
});

test('an answer that comes after closing takes its item out of the store and tells nobody', async () => {
  const b = new Browser();
  const { sync, done, line } = desk();
  const open = line.hold();
  sync.push({ token: 'a' });
  sync.push({ token: 'b' });
  sync.close();
  open();
  await settled();
  assert.deepEqual([line.came, done], [['a'], []]);
  assert.deepEqual(
    b.held().map((h) => [h.left, h.items.map((i) => i.token)]),
    [[true, ['b']]],
  );
});

test('what was taken over meanwhile is not put back by the desk that left it', async () => {
  const b = new Browser();
  const { sync, line } = desk();
  const open = line.hold();
  sync.push({ token: 'a' });
  sync.push({ token: 'b' });
  sync.close();
  const next = desk();
  next.sync.resume();
  await next.sync.flush();
  open();
  await settled();
  assert.deepEqual(next.done, ['a', 'b']);
  assert.equal(b.store.size, 0); // nobody will send them a third time
});

test('what is drawn on a closed desk waits for whoever opens the place', async () => {
  new Browser();
  const { sync, line } = desk();
  sync.close();
  await sync.push({ token: 'late' });
  assert.deepEqual(line.came, []);
  assert.deepEqual(
    desk()
      .sync.resume()
      .items.map((i) => i.token),
    ['late'],
  );
});

test('a desk takes over one lot at a time when each has its own version', async () => {
  new Browser();
  leave('getu-test:1', [{ token: 'a' }], { version: 3 });
  leave('getu-test:1', [{ token: 'b' }], { version: 5 });
  leave('getu-test:10', [{ token: 'elsewhere' }], { version: 1 });
  const first = desk().sync;
  assert.deepEqual([first.resume(1).items.map((i) => i.token), first.about.version], [['a'], 3]);
  const second = desk().sync;
  assert.deepEqual([second.resume(1).items.map((i) => i.token), second.about.version], [['b'], 5]);
  assert.deepEqual(desk().sync.resume().items, []);
});

test('a window that fell silent is taken over after 40 seconds, not before', async () => {
  const b = new Browser();
  const { sync, line } = desk();
  line.answers.push(away());
  await sync.push({ token: 'a' });
  assert.deepEqual(desk().sync.resume().items, []);
  const [key, held] = [...b.store.entries()][0];
  b.store.set(key, JSON.stringify({ ...JSON.parse(held), at: Date.now() - 41_000 }));
  assert.deepEqual(
    desk()
      .sync.resume()
      .items.map((i) => i.token),
    ['a'],
  );
});

test('a browser that keeps nothing still sends, and says so', async () => {
  const b = new Browser();
  b.full = true;
  const { sync, done, line } = desk();
  line.answers.push(away());
  await sync.push({ token: 'a' });
  assert.ok(sync.unkept);
  await b.timers.at(-1).run();
  assert.deepEqual([done, sync.unkept], [['a'], false]);
});

test('what is no fault of the line and no refusal is an error of ours and is thrown', async () => {
  new Browser();
  const { sync, line } = desk();
  line.answers.push(new TypeError('of ours'));
  await assert.rejects(sync.push({ token: 'a' }), /of ours/);
  assert.equal(sync.items.length, 1); // and nothing is lost
});

test('what waits goes on when the desk goes to another place, and nobody is told there', async () => {
  new Browser();
  const { sync, done, line } = desk();
  line.answers.push(away(), { version: 2 }, { version: 3 });
  await sync.push({ token: 'a' });
  sync.push({ token: 'b' });
  sync.finish();
  const other = desk('getu-test:2');
  await settled();
  await sync.flush();
  await settled();
  assert.deepEqual(line.came.slice(-2), ['a', 'b']);
  assert.deepEqual([done, other.done], [[], []]);
  assert.equal(sync.closed, true);
});

test('whoever opens the place again takes over what has not gone', async () => {
  new Browser();
  const { sync, line } = desk();
  line.answers.push(away(), away(), away());
  await sync.push({ token: 'a' });
  sync.finish();
  await settled();
  const again = desk();
  assert.equal(sync.closed, true);
  assert.deepEqual(
    again.sync.resume(1).items.map((i) => i.token),
    ['a'],
  );
  await again.sync.flush();
  assert.deepEqual(again.done, ['a']);
});
