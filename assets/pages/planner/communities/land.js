// Land for a change of borders is chosen on the plan in force, by grid, brush, lasso or line.
import { lighterSide, sumsOf } from './choice.js';
import { desk, say } from '../desk.js';
import { notice } from '../panels/notices.js';
import { $, button } from '../../../shared/elements.js';

const TOOLS = new Set(['select', 'brush', 'lasso', 'split']);
let opening = false;

// The plan in force is opened, and land can be chosen on it; false where that cannot be.
/** @returns {Promise<boolean>} */
async function begin() {
  const d = desk;
  if (d.choosing) {
    close();
    return false;
  }
  const row = d.county?.communities.find((/** @type {any} */ c) => c.id === d.state?.community);
  if (!row) {
    d.tell('planner.t_not_now');
    return false;
  }
  if (!row.in_force) {
    d.tell('planner.t_no_plan');
    return false;
  }
  if (d.state.draft !== row.in_force) {
    opening = true;
    await d.open(row.in_force, row.id, { keepView: true });
    opening = false;
  }
  if (d.state.tessellation !== row.tessellation) {
    notice('planner.t_new_plots');
    return false;
  }
  d.choosing = { chosen: new Set(), tools: TOOLS, add, toggle, side, close };
  d.select(-1);
  d.tools.choose('select');
  $('planner-territory-open').setAttribute('aria-pressed', 'true');
  return true;
}

function close() {
  const d = desk;
  if (!d.choosing) return;
  d.choosing = null;
  $('planner-territory')?.remove();
  $('planner-territory-open')?.setAttribute('aria-pressed', 'false');
  d.tools.choose('select');
  if (d.plan) d.live.all();
}

// Another plan or community was opened meanwhile.
function opened() {
  if (desk.choosing && !opening) close();
}

/** @param {Iterable<number>} plots @param {boolean} [remove] give them back */
function add(plots, remove) {
  const { chosen } = desk.choosing;
  for (const p of plots) {
    if (remove) chosen.delete(p);
    else chosen.add(p);
  }
  shown();
}

// A click takes the whole grid, or gives it back.
/** @param {number} plot -1: none */
function toggle(plot) {
  if (plot < 0) return;
  const { plan, choosing } = desk;
  const members = plan.members(plan.gridOf[plot]);
  add(
    members,
    members.every((/** @type {number} */ p) => choosing.chosen.has(p)),
  );
}

// A line: the side with fewer households.
/** @param {(plot: number) => number} of */
function side(of) {
  const plots = lighterSide(desk.plan, of);
  if (!plots.length) {
    desk.tell('planner.t_line_missed');
    return;
  }
  desk.choosing.chosen.clear();
  add(plots);
}

function clear() {
  desk.choosing.chosen.clear();
  shown();
}

// How much is chosen, on the map and in words.
function shown() {
  const d = desk;
  const { chosen } = d.choosing;
  d.flagged = new Map([...chosen].map((p) => [p, true]));
  d.canvas.paintAll();
  const line = $('territory-chosen');
  if (!line) return;
  line.textContent = chosen.size
    ? say('planner.t_chosen', sumsOf(d.plan, chosen))
    : say('planner.t_choose');
  button('territory-preview').disabled = !chosen.size;
}

export { begin, clear, close, opened, shown };
