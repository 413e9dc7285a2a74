// What is wrong with the plan, the worst first: where it is, and what can be done about it.
import { day } from '../../../shared/clock.js';
import { shownFindings, unsaved } from '../panels/shown_findings.js';
import { waive, withdraw } from '../panels/waivers.js';
import { desk, ofApproval, say } from '../desk.js';
import { boundsOfPlots } from '../draft/ground.js';
import { $, el } from '../../../shared/elements.js';

/** @typedef {import('../panels/shown_findings.js').Shown} Shown */

const RANK = { error: 0, warning: 1, info: 2 };
const MARK = { error: '■', warning: '▲', info: '·' };
const WAIVABLE = ['grid_over_limit', 'grid_in_pieces'];

function findings() {
  const list = shownFindings();
  const waiting = unsaved();
  const shown = [...list].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  $('planner-findings').replaceChildren(
    el(
      'h3',
      {},
      say('planner.findings', {
        errors: list.filter((f) => f.severity === 'error' && !f.waived).length,
        all: list.length,
      }),
    ),
    waiting
      ? el('p', { class: 'loud' }, say('planner.findings_unsaved', { strokes: waiting }))
      : '',
    shown.length ? el('ul', { class: 'finding-list' }, shown.map(finding)) : nothing(waiting),
  );
}

// Green is only what the server has judged.
/** @param {number} waiting */
const nothing = (waiting) =>
  waiting
    ? el('p', { class: 'muted' }, say('planner.no_findings_here'))
    : el('p', { class: 'good' }, `✓ ${say('planner.no_findings')}`);

/** @param {Shown} found */
function finding(found) {
  const g = found.grid === null ? -1 : desk.plan.grids.findIndex((grid) => grid.id === found.grid);
  const zoom = () => {
    const plots = found.plots?.length ? found.plots : g >= 0 ? desk.plan.members(g) : [];
    if (plots.length)
      desk.map.fitBounds(boundsOfPlots(desk.shapes, plots), {
        animate: false,
        padding: [60, 60],
        maxZoom: 18,
      });
    if (g >= 0) desk.select(g);
  };
  const to = found.hint ? desk.plan.grids.findIndex((grid) => grid.id === found.hint.to) : -1;
  const place = g >= 0 ? `${say('planner.grid_n', { grid: desk.plan.grids[g].number })} ` : '';
  return el(
    'li',
    { class: `finding-${found.severity} ${found.waived ? 'waived' : ''}` },
    el(
      'button',
      { class: 'finding-place', onclick: zoom },
      `${MARK[found.severity]} ${place}${found.message}`,
    ),
    found.waits ? el('div', { class: 'muted' }, say('planner.finding_waits')) : '',
    found.waiver ? waiver(found) : '',
    el(
      'span',
      { class: 'row' },
      to >= 0 && desk.state.editable
        ? el(
            'button',
            { onclick: () => desk.tools.give('mend', found.hint.plots, to) },
            say('planner.give_to', { grid: desk.plan.grids[to].number }),
          )
        : '',
      WAIVABLE.includes(found.code) && !found.waived && !desk.draft.published && !unsaved()
        ? el(
            'button',
            { ...ofApproval('approve'), onclick: () => waive(found) },
            say('planner.waive'),
          )
        : '',
    ),
  );
}

// Who answers for it: why, who, when, for how much; where it is more by now, that it does not hold.
/** @param {Shown} found */
function waiver(found) {
  const { waiver: given } = found;
  const words = {
    reason: given.reason,
    by: given.by,
    on: day(given.at),
    households: given.households,
    pieces: given.pieces,
  };
  const much =
    given.households !== null
      ? say('planner.waived_households', words)
      : given.pieces !== null
        ? say('planner.waived_pieces', words)
        : '';
  const holds = found.waived || found.code === 'grid_pieces_allowed';
  return el(
    'div',
    { class: holds ? 'waiver muted' : 'waiver loud' },
    say(holds ? 'planner.waived_by' : 'planner.waiver_lapsed', { ...words, much }),
    desk.draft.published
      ? ''
      : el(
          'button',
          { class: 'quiet', ...ofApproval('approve'), onclick: () => withdraw(given) },
          say('planner.waiver_withdraw'),
        ),
  );
}

export { findings };
