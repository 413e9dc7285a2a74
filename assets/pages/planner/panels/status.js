// What of the work is saved, and what can be taken back.
import { desk, say } from '../desk.js';
import { $, button } from '../../../shared/elements.js';
import { may } from '../../../shared/rights.js';

export function status() {
  const { sync } = desk;
  if (!sync) return;
  const line = $('planner-status');
  const waiting = sync.items.length;
  line.className = sync.away ? 'loud' : '';
  // A plan of a later day is at the last stage, and not in force yet.
  const stage = desk.draft.coming ? say('planner.plans_later') : desk.state.stage;
  line.textContent = !desk.state.editable
    ? say(may('plan') ? 'planner.reading' : 'planner.reading_only', { stage })
    : sync.unkept && waiting
      ? say('planner.not_kept', { strokes: waiting })
      : sync.away
        ? say(sync.out ? 'planner.signed_out' : 'planner.away', { strokes: waiting })
        : waiting
          ? say('planner.saving', { strokes: waiting })
          : say('planner.saved', { version: sync.about.version });
  button('planner-undo').disabled = !desk.state.editable || !(desk.state.undo || waiting);
  button('planner-redo').disabled =
    !desk.state.editable || !(desk.state.redo || desk.redoHere.length);
}
