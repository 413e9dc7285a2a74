// Division from the grid that is chosen on the map: in two, or evened with a neighbour.
import * as dialog from './dialog.js';
import * as job from './job.js';
import { gridName } from './candidates.js';
import { say } from './words.js';
import { desk } from '../desk.js';
import { el } from '../../../shared/elements.js';

const SEEDS = [0, 1, 2];

// The position of the grid that is chosen; -1 where the server does not know it yet, which is said.
function chosen() {
  const { plan, selected } = desk;
  if (selected >= 0 && plan.grids[selected].id >= 0) return selected;
  dialog.tell(say('division.choose_grid'));
  return -1;
}

/** @param {'split' | 'even'} what @param {number[]} grids their ids */
const request = (what, grids) => ({
  what,
  draft: desk.state.draft,
  communities: [desk.state.community],
  grids,
  seeds: SEEDS,
});

function split() {
  const g = chosen();
  if (g >= 0) job.ask(request('split', [desk.plan.grids[g].id]));
}

function even() {
  const g = chosen();
  if (g < 0) return;
  const { plan } = desk;
  const near = plan.neighboursByDifference(g);
  if (!near.length) {
    dialog.tell(say('division.no_neighbour'), {}, say('division.even'));
    return;
  }
  const households = (of) => say('division.households', { n: plan.sums[of].households });
  const called = (of) => gridName(plan.grids[of].number, plan.grids[of].id);
  const said = el('p', { class: 'loud', role: 'alert' });
  const ids = (other) => [plan.grids[g].id, plan.grids[other].id];
  dialog.show(
    say('division.even'),
    el('p', {}, say('division.even_with', { grid: called(g), households: households(g) })),
    el(
      'div',
      { class: 'row' },
      near.map((other) =>
        el(
          'button',
          {
            'data-even': plan.grids[other].id,
            onclick: () => job.ask(request('even', ids(other)), said),
          },
          `${called(other)} · ${households(other)}`,
        ),
      ),
    ),
    said,
    dialog.foot(),
  );
}

export { split, even };
