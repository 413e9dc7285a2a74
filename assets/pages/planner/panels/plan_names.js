// What plans and drafts are called in a list: what is in force today, what is coming, what was.
import { desk, say } from '../desk.js';
import { option } from '../dialog.js';
import { el } from '../../../shared/elements.js';

/** @typedef {{id: number, name: string, stage: string, grids: number, is_branch: boolean}} Draft */
/** @typedef {{id: number, name: string, grids: number, state: 'now' | 'later' | 'past',
 *   in_force_from: string | null, in_force_to: string | null}} Plan */

/** @type {Record<Plan['state'], string>} */
const LINE = {
  now: 'planner.plan_now',
  later: 'planner.plan_later',
  past: 'planner.plan_past',
};

/** @param {Draft} d */
const draftLine = (d) =>
  say(d.is_branch ? 'planner.branch_line' : 'planner.draft_line', {
    name: d.name,
    stage: d.stage,
    grids: d.grids,
  });

/** @param {Plan} p */
const planLine = (p) =>
  say(LINE[p.state], {
    name: p.name,
    grids: p.grids,
    from: p.in_force_from ?? '',
    to: p.in_force_to ?? '',
  });

// All plans and drafts of the county as choices, by what they are to today.
/** @param {number | undefined} chosen */
function planChoices(chosen) {
  const { plans, drafts } = desk.county;
  /** @param {string} key @param {any[]} rows @param {(row: any) => string} line */
  const group = (key, rows, line) =>
    rows.length
      ? el(
          'optgroup',
          { label: say(key) },
          rows.map((row) => option(row.id, line(row), row.id === chosen)),
        )
      : '';
  /** @param {Plan['state']} state */
  const those = (state) => plans.filter((/** @type {Plan} */ p) => p.state === state);
  return [
    group('planner.drafts', drafts, draftLine),
    group('planner.plans_now', those('now'), planLine),
    group('planner.plans_later', those('later'), planLine),
    group('planner.plans_past', those('past'), planLine),
  ];
}

export { planChoices };
