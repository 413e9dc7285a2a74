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
  line.textContent = !desk.state.editable
    ? say(may('plan') ? 'planner.reading' : 'planner.reading_only', { stage: desk.state.stage })
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
