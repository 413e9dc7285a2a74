// What rows mean is said, taken back, undone.
import { beside } from './rows.js';
import { current, groups, work } from './state.js';
import { by, call, desk, say, tell, why } from '../desk.js';
import { first } from '../../../../shared/elements.js';
import { may } from '../../../../shared/rights.js';

/** @typedef {import('./rows.js').Group} Group */

/** @param {string} path @param {any} body @param {Group | null} group what is ruled on */
async function change(path, body, group) {
  if (work.busy || !may('work')) return null;
  work.busy = true;
  desk.page.classList.add('busy');
  try {
    const done = await call(`/uploads/${desk.upload.id}/${path}`, {
      body: { ...body, by: by() || undefined, version: desk.upload.version },
    });
    work.next = beside(groups(), group?.key);
    work.at = null;
    desk.upload = done.upload;
    return done;
  } catch (error) {
    tell(why(error), true);
    return null;
  } finally {
    work.busy = false;
    desk.page.classList.remove('busy');
    await work.load();
    desk.refresh();
  }
}
/** @param {'building' | 'unplaced' | 'not_ours'} verdict @param {number | null} [building] */
async function rule(verdict, building) {
  const group = current();
  if (!group || !may('work')) return;
  if (!by()) {
    tell(say('data_households.who_first'), true);
    first('[name="by"]', desk.work)?.focus();
    return;
  }
  const rows = group.rows.map((r) => r.id);
  const done = await change('rule', { rows, verdict, building: building ?? null }, group);
  if (!done) return;
  work.undo.push({ rows: [rows[0]], written: group.first.written, upload: desk.upload.id });
  const name = building ? work.buildings[building]?.name : null;
  tell(
    [
      verdict === 'building'
        ? say(
            group.key.startsWith('#') ? 'data_households.is_now_once' : 'data_households.is_now',
            { written: group.first.written, name },
          )
        : say(
            verdict === 'unplaced' ? 'data_households.left_now' : 'data_households.not_ours_now',
            { written: group.first.written },
          ),
      done.followed ? say('data_households.followed', { n: done.followed }) : '',
    ].join(' '),
  );
}
/** @param {number[]} rows @param {string} written */
async function takeBack(rows, written) {
  const done = await change('unrule', { rows }, null);
  if (done) tell(say('data_households.taken_back', { written }));
}
function undo() {
  const last = work.undo.filter((u) => u.upload === desk.upload?.id).pop();
  if (!last) {
    tell(say('data_households.nothing_to_undo'));
    return;
  }
  work.undo.splice(work.undo.indexOf(last), 1);
  takeBack(last.rows, last.written);
}

export { rule, takeBack, undo };
