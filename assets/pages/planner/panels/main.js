// The panels beside the map, and which of them changes with what happens on the desk.
import * as approval from './approval.js';
import { desk, say } from '../desk.js';
import * as drafts from './drafts.js';
import { findings } from '../grids/findings.js';
import * as folds from './folds.js';
import * as grids from '../grids/grids.js';
import * as hints from './hint.js';
import * as inspector from '../grids/inspector.js';
import { status } from './status.js';
import * as toolbar from './toolbar.js';
import { $, el } from '../../../shared/elements.js';

function attach() {
  grids.forget();
  toolbar.attach();
  desk.map.getContainer().tabIndex = 0;
  folds.attach();
}

function all() {
  grids.forget();
  hints.forget();
  drafts.draftPanel();
  approval.stagePanel();
  grids.rebuild();
  selected();
  findings();
  status();
  toolbar.toolChanged();
}

// A province, or a town of which only borders are known: nothing to redraw, and why.
function noPlots() {
  $('planner').classList.add('no-plots');
  desk.map.invalidateSize();
  document
    .querySelector('.planner-map')
    ?.append(
      el(
        'div',
        { class: 'planner-empty' },
        el('h2', {}, say('planner.no_plots')),
        el('p', {}, say('planner.no_plots_why')),
        el(
          'p',
          {},
          el('a', { href: `/data?county=${desk.county.county}` }, say('planner.no_plots_do')),
        ),
      ),
    );
}

// Figures have moved: of the grids that a hand touches, or (null) of all.
/** @param {Set<number> | null} touched */
function figures(touched) {
  if (!touched) {
    if (desk.state) grids.rebuild();
    hints.hint();
    return;
  }
  grids.refill(touched);
  hints.hint(touched);
  if (touched.has(desk.selected)) inspector.facts();
}

function strokeEnded() {
  findings();
  approval.counts();
  grids.rebuild();
  hints.hint();
  inspector.facts();
}

// The server has answered.
function changed() {
  strokeEnded();
  findings();
  status();
  approval.counts();
}

function selected() {
  grids.mark();
  inspector.facts();
}

export { attach, all, noPlots, figures, strokeEnded, changed, selected };
