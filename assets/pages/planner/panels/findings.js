// What is wrong with the plan, the worst first: where it is, and what can be done about it.
import { desk, ofApproval, say } from '../desk.js';
import { waive } from './approval.js';
import { $, el } from '../../../shared/elements.js';

function findings() {
  const list = desk.findings || [];
  const box = $('planner-findings');
  const shown = [...list].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  box.replaceChildren(
    el(
      'h3',
      {},
      say('planner.findings', {
        errors: list.filter((f) => f.severity === 'error' && !f.waived).length,
        all: list.length,
      }),
    ),
    shown.length
      ? el('ul', { class: 'finding-list' }, shown.map(finding))
      : el('p', { class: 'good' }, `✓ ${say('planner.no_findings')}`),
  );
}
const RANK = { error: 0, warning: 1, info: 2 };
const MARK = { error: '■', warning: '▲', info: '·' };

function finding(found) {
  const g = found.grid === null ? -1 : desk.plan.grids.findIndex((grid) => grid.id === found.grid);
  const zoom = () => {
    const plots = found.plots?.length ? found.plots : g >= 0 ? desk.plan.members(g) : [];
    if (plots.length) zoomTo(plots);
    if (g >= 0) desk.select(g);
  };
  const to = found.hint ? desk.plan.grids.findIndex((grid) => grid.id === found.hint.to) : -1;
  return el(
    'li',
    { class: `finding-${found.severity} ${found.waived ? 'waived' : ''}` },
    el(
      'button',
      { class: 'finding-place', onclick: zoom },
      `${MARK[found.severity]} ${g >= 0 ? `${say('planner.grid_n', { grid: desk.plan.grids[g].number })} ` : ''}${found.message}`,
    ),
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
      ['grid_over_limit', 'grid_in_pieces'].includes(found.code) &&
        !found.waived &&
        !desk.draft.published
        ? el(
            'button',
            { ...ofApproval('approve'), onclick: () => waive(found) },
            say('planner.waive'),
          )
        : '',
      found.waived ? el('span', { class: 'muted' }, say('planner.waived')) : '',
    ),
  );
}

function zoomTo(plots) {
  const b = desk.shapes.boxOf(plots);
  const [w, n] = desk.shapes.toDegrees(b[0], b[1]);
  const [e, s] = desk.shapes.toDegrees(b[2], b[3]);
  desk.map.fitBounds(
    [
      [s, w],
      [n, e],
    ],
    { animate: false, padding: [60, 60], maxZoom: 18 },
  );
}

export { findings };
