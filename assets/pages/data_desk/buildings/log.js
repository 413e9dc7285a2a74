// Who edited what: the log, read anew when somebody else drew, and the estates of the county.
import { desk } from './desk.js';
import * as panels from './panel.js';
import { call } from './sync.js';
import { load } from './view.js';
import { $ } from '../../../shared/elements.js';

export async function details() {
  const [estates] = await Promise.all([call(`/buildings/${desk.county}/estates`), readLog()]);
  desk.estates = estates.estates;
}

export async function readLog() {
  const found = await call(
    `/buildings/${desk.county}/edits?limit=12&by=${encodeURIComponent(desk.by() || '')}`,
  );
  Object.assign(desk, { log: found.edits, steps: { undo: found.undo, redo: found.redo } });
  panels.tools();
}

// Somebody else drew: what is in view is read anew.
export async function look() {
  if (document.hidden || !$('buildings') || desk.sync.sending || desk.tools.hand) return;
  const mark = () => JSON.stringify(desk.log.map((e) => [e.id, e.is_undone]));
  const before = mark();
  try {
    await readLog();
    if (mark() !== before) {
      await load(true);
      panels.chosen();
    }
  } catch {
    /* said by what the hand does next */
  }
}
