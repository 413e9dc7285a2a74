// Edits on their way to the server: in order, kept without a connection, refused ones kept apart.
import assert from 'node:assert';
import test from 'node:test';
import { edits } from '../../../../../assets/pages/data_desk/buildings/sync.js';
import { Browser } from '../../../browser.js';

// A browser of its own for each test, with what its page was told.
async function browser(store) {
  const b = new Browser(store);
  const told = [];
  const note =
    (what) =>
    (...about) =>
      told.push([what, ...about]);
  const sync = edits('522631', () => '李', {
    done: note('done'),
    refused: note('refused'),
    conflict: note('conflict'),
    status() {},
  });
  return Object.assign(b, { sync, told, kinds: () => told.map((t) => t[0]) });
}
const edit = (id) => ({
  body: { kind: 'move', buildings: [id], versions: { [id]: 1 } },
  about: { before: [] },
});

test('edits go in order, each with a token of its own and who did it', async () => {
  const b = await browser();
  b.sync.push(edit(1));
  await b.sync.push(edit(2));
  await new Promise(setImmediate);
  assert.deepEqual(
    b.sent.map((s) => s.buildings[0]),
    [1, 2],
  );
  assert.equal(new Set(b.sent.map((s) => s.token)).size, 2);
  assert.ok(b.sent.every((s) => s.by === '李'));
  assert.equal(b.store.size, 0); // nothing waits, nothing is kept
});

test('without a connection an edit stays in the store and is sent again with the same token', async () => {
  const b = await browser();
  b.answers.push(new TypeError('failed to fetch'), { status: 502 });
  await b.sync.push(edit(1));
  assert.ok(b.sync.away);
  assert.equal(JSON.parse([...b.store.values()][0]).items.length, 1);
  await b.timers.at(-1).run();
  assert.ok(b.sync.away); // a gateway that answers for a dead server is no answer
  await b.timers.at(-1).run();
  await new Promise(setImmediate);
  assert.deepEqual(b.kinds(), ['done']);
  assert.equal(new Set(b.sent.map((s) => s.token)).size, 1);
  assert.equal(b.store.size, 0);
});

test('a refused edit is kept apart and the next one goes', async () => {
  const b = await browser();
  b.answers.push({
    status: 400,
    said: { error: '重叠', findings: [{ code: 'building_overlaps', confirmable: true }] },
  });
  b.sync.push(edit(1));
  b.sync.items.push({ token: 'second', ...edit(2) });
  await new Promise(setImmediate);
  await new Promise(setImmediate);
  assert.deepEqual(b.kinds(), ['refused']);
  assert.equal(b.sync.kept[0].why.body.findings[0].code, 'building_overlaps');
  await b.timers.at(-1).run();
  await new Promise(setImmediate);
  assert.deepEqual(b.kinds(), ['refused', 'done']);
  assert.equal(JSON.parse([...b.store.values()][0]).refused.length, 1); // over a reload too
  b.sync.drop(b.sync.kept[0]);
  assert.equal(b.store.size, 0);
});

test('a conflict is told as one', async () => {
  const b = await browser();
  b.answers.push({ status: 409, said: { error: '楼: 甲 · move · 2026-11-20 10:00 UTC' } });
  await b.sync.push(edit(1));
  assert.deepEqual(b.kinds(), ['conflict']);
});

test('what a closed window left is taken over once, what an open one holds is not', async () => {
  const store = new Map();
  const first = await browser(store);
  first.answers.push(new TypeError('failed to fetch'));
  await first.sync.push(edit(7));
  const early = await browser(store);
  assert.equal(early.sync.resume().items.length, 0); // the other window still lives
  first.heard.pagehide();
  const second = await browser(store);
  assert.equal(second.sync.resume().items.length, 1);
  assert.equal((await browser(store)).sync.resume().items.length, 0);
  second.front();
  await second.sync.flush();
  assert.equal(second.sent[0].buildings[0], 7);
});

test('an edit that waits can be taken back, one on its way cannot', async () => {
  const b = await browser();
  b.answers.push(new TypeError('failed to fetch'));
  await b.sync.push(edit(1));
  assert.equal(b.sync.withdraw().body.buildings[0], 1);
  assert.equal(b.sync.withdraw(), null);
  const going = b.sync.push(edit(2));
  assert.equal(b.sync.withdraw(), null);
  await going;
});
