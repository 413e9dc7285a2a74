// The line under the map: what the stroke under way does, what is under the pointer, and the mend
// that a piece cut off is offered.
import { desk, say } from '../desk.js';
import * as findings from '../plan/findings.js';
import { $, count, el } from '../../../shared/elements.js';
import { least } from '../../../shared/few.js';

/** @type {Record<string, string>} */
const HOW = {
  select: 'planner.how_select',
  brush: 'planner.how_brush',
  lasso: 'planner.how_lasso',
  split: 'planner.how_split',
  push: 'planner.how_push',
  merge: 'planner.how_merge',
  estate: 'planner.how_estate',
  new_grid: 'planner.how_new_grid',
  dissolve: 'planner.how_dissolve',
  lock_grid: 'planner.how_lock_grid',
  lock_plot: 'planner.how_lock_plot',
};

// The plot that the pointer is over; -1: none.
let over = -1;

// Whoever grows or shrinks under the hand, and how full it is.
/** @param {number[]} grids */
const loads = (grids) =>
  el(
    'span',
    {},
    grids.map((g) => {
      const { plan } = desk;
      const { households } = plan.sums[g];
      const full = households > plan.limit;
      return el(
        'span',
        { class: full ? 'hint-grid loud' : 'hint-grid' },
        `${say('planner.grid_n', { grid: plan.grids[g].number })} ${count(households)} / ${plan.limit} ${say('unit.households')}${full ? ' ▲' : ''}`,
      );
    }),
  );

// Of the plot under the pointer: its grid's figures, and its own.
function pointed() {
  const { plan } = desk;
  const g = plan.gridOf[over];
  const { households, persons, buildings } = plan.sums[g];
  const here = plan.households[over];
  const words = { grid: plan.grids[g].number, households, persons, buildings, here };
  return el('span', { class: 'hint-grid' }, say('planner.under_pointer', words));
}

// What is cut off, the first of it with the grid that could take it.
/** @param {any[]} pieces */
function cut(pieces) {
  const { plan } = desk;
  const [piece] = pieces;
  const to = findings.mend(plan, piece);
  const { buildings } = piece;
  const words = { buildings, households: least(piece), grid: plan.grids[piece.grid].number };
  return el(
    'span',
    { class: 'hint-cut' },
    `✂ ${say(plan.stroke ? 'planner.will_cut' : 'planner.has_cut', words)}`,
    to >= 0 && desk.state.editable
      ? el(
          'button',
          { onclick: () => mend(piece, to) },
          `${say('planner.give_to', { grid: plan.grids[to].number })} (G)`,
        )
      : '',
    pieces.length > 1
      ? el('span', { class: 'muted' }, say('planner.more_cuts', { more: pieces.length - 1 }))
      : '',
  );
}

/** @param {Set<number>} [grids] what the stroke under way touches */
function hint(grids) {
  const { plan, pieces } = desk;
  const lines = [];
  if (grids && plan.stroke) lines.push(loads([...grids].filter((g) => plan.sums[g]).slice(0, 4)));
  if (over >= 0 && !plan.stroke) lines.push(pointed());
  if (pieces?.length) lines.push(cut(pieces));
  // The bar is always there: a map that changes its size under the hand would be worse.
  if (!lines.length) {
    const how = say(desk.choosing ? 'planner.t_how' : HOW[desk.tools.tool]);
    lines.push(el('span', { class: 'muted' }, how));
  }
  $('planner-hint').replaceChildren(...lines);
}

// Another plan: nothing of it is pointed at yet.
function forget() {
  over = -1;
}

/** @param {number} plot */
function under(plot) {
  if (plot === over || !desk.plan) return;
  over = plot;
  hint();
}

// Whoever mends gives whatever plots it takes, of any grid.
/** @param {any} piece @param {number} to */
function mend(piece, to) {
  const { only: before } = desk.tools;
  desk.tools.only = -1;
  desk.tools.give('mend', piece.plots, to);
  desk.tools.only = before;
}
function mendFirst() {
  const piece = desk.pieces?.[0];
  const to = piece ? findings.mend(desk.plan, piece) : -1;
  if (to >= 0) mend(piece, to);
  else desk.tell('planner.nothing_to_mend');
}

export { forget, hint, under, mendFirst };
