// What is said of a file before it is judged, and what must be said yet.
import assert from 'node:assert';
import test from 'node:test';
import {
  lacking,
  matched,
  optionsOf,
  oursOf,
} from '../../../../../assets/pages/data_desk/files/options.js';

const ours = [
  { name: 'name', words: '名称', needed: true },
  { name: 'lon', words: '经度', needed: true },
  { name: 'phone', words: '电话', needed: false },
];
const LOOK = {
  layer: '点位',
  crs: null,
  needs_crs: true,
  table: true,
  matched: { name: '点' },
  ours,
};

test('at first what the names tell is matched, and the file keeps its own', () => {
  const options = optionsOf(LOOK);
  assert.deepEqual(options.columns, { name: '点' });
  assert.equal(options.layer, '点位');
  options.columns.lon = '东经';
  assert.deepEqual(LOOK.matched, { name: '点' });
});
test('a file that nobody looked into needs nothing said', () => {
  assert.deepEqual(lacking(null, optionsOf(null)), { columns: [], crs: false });
});
test('needed columns are lacking by their words, others never', () => {
  assert.deepEqual(lacking(LOOK, optionsOf(LOOK)).columns, ['经度']);
});
test('a table needs a system once a column of it holds degrees', () => {
  const options = optionsOf(LOOK);
  assert.equal(lacking(LOOK, options).crs, false);
  options.columns = matched(options.columns, '东经', 'lon');
  assert.deepEqual(lacking(LOOK, options), { columns: [], crs: true });
  assert.equal(lacking(LOOK, { ...options, crs: 'gcj02' }).crs, false);
});
test('a file of shapes needs a system at once', () => {
  assert.equal(lacking({ ...LOOK, table: false }, optionsOf(LOOK)).crs, true);
});
test('a column is one of ours at a time, and can be none again', () => {
  const before = { name: '点', lon: '东经' };
  assert.deepEqual(matched(before, '点', 'phone'), { phone: '点', lon: '东经' });
  assert.deepEqual(matched(before, '点', ''), { lon: '东经' });
  assert.deepEqual(matched(before, '无关', ''), before);
  assert.equal(oursOf(before, '东经'), 'lon');
  assert.equal(oursOf(before, '无关'), '');
});
