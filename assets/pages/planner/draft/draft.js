// The draft that is open, and the community of it that is redrawn.
import { by, desk, say } from '../desk.js';
import { around } from './around.js';
import { fit, groundOf, planOf } from './ground.js';
import { saved } from './strokes.js';
import * as communities from '../communities/land.js';
import { Live } from '../live.js';
import * as drafts from '../panels/drafts.js';
import * as panels from '../panels/main.js';
import { notice, problem } from '../panels/notices.js';
import { status } from '../panels/status.js';
import { toPositions } from '../plan/ids.js';
import * as saving from '../sync.js';
import { call } from '../sync.js';
import { address, writeAddress } from '../../../shared/address.js';
import { pageConfig } from '../../../shared/page.js';
import { may } from '../../../shared/rights.js';

/** @typedef {import('./ground.js').Ground} Ground */
/** @typedef {import('../../../shared/sync.js').Item} Item */

// What the county has: its drafts, its plans, its communities.
async function refresh() {
  desk.county = await call(`/${pageConfig().county}`);
  drafts.draftPanel();
}

// The draft of the address, else the newest, else what is in force.
async function openFirst() {
  await refresh();
  const { communities: all, drafts: unpublished, plans } = desk.county;
  if (!all.length) {
    panels.noPlots();
    return;
  }
  const asked = new URLSearchParams(location.search);
  const wanted = Number(asked.get('draft'));
  /** @type {{id: number}[]} */
  const known = [...unpublished, ...plans];
  const first = known.some((d) => d.id === wanted)
    ? wanted
    : (unpublished[0]?.id ??
      all.find((/** @type {any} */ c) => c.in_force)?.in_force ??
      plans[0]?.id);
  // A link that names a place keeps it.
  const keepView = Boolean(pageConfig().placed);
  if (first) await open(first, Number(asked.get('community')) || null, { keepView });
  else drafts.empty();
}

let opening = 0;
/** @param {number} id @param {number | null} [community] @param {{keepView?: boolean}} [about] */
async function open(id, community, { keepView } = {}) {
  const mine = ++opening;
  try {
    const draft = await call(`/drafts/${id}`);
    /** @type {any[]} */
    const rows = draft.community_rows;
    const row =
      rows.find((r) => r.id === community) ||
      [...rows].sort((a, b) => b.over_limit - a.over_limit)[0];
    if (!row) {
      drafts.empty();
      return;
    }
    const [state, ground] = await Promise.all([
      call(`/drafts/${id}/communities/${row.id}`),
      groundOf(row.tessellation),
    ]);
    if (mine !== opening) return; // another was asked for meanwhile
    desk.draft = draft;
    show(state, ground, keepView);
    Object.assign(address, { draft: id, community: row.id });
    writeAddress();
  } catch (error) {
    if (mine !== opening) return;
    drafts.draftPanel(); // what was open is still open: its strokes go on waiting and going
    problem(error);
  }
}

/** @param {any} state what the server says of the community @param {Ground} on @param {boolean} [keepView] */
function show(state, { ground, shapes }, keepView) {
  if (!may('plan')) state.editable = false;
  const same = desk.state?.community === state.community;
  const chosen = same && desk.selected >= 0 ? desk.plan.grids[desk.selected]?.id : null;
  Object.assign(desk, {
    state,
    shapes,
    plan: planOf(ground, state),
    selected: -1,
    redoHere: [],
    findings: state.findings,
    line: null,
    ring: null,
    cursor: null,
    highlight: null,
  });
  desk.tools.stroke = null;
  desk.tools.only = -1;
  desk.selected = chosen === null ? -1 : desk.plan.grids.findIndex((grid) => grid.id === chosen);
  desk.live = new Live(desk);
  desk.canvas.show(desk);
  if (!same && !keepView) fit();
  // Keys belong to the map again after a draft or a community was chosen from a list.
  if (document.activeElement?.tagName === 'SELECT')
    desk.map.getContainer().focus({ preventScroll: true });
  desk.sync?.finish();
  desk.sync = saving.strokes(state.draft, state.community, state.version, by, {
    saved,
    status,
    reload: again,
    branched,
    failed: (words) => notice('planner.work_kept_here', { why: words }),
    branchName: () => say('planner.branch_name', { name: desk.draft.name }),
  });
  if (state.editable) resume(desk.sync.resume(1).items);
  communities.opened();
  if (!state.editable && desk.tools.tool !== 'select') desk.tools.choose('select');
  desk.live.all();
  panels.all();
  if (!same) around().catch(problem);
}

// Strokes of an earlier visit that never reached the server: drawn again, then sent.
/** @param {Item[]} items */
function resume(items) {
  if (!items.length) return;
  const { plan } = desk;
  try {
    for (const item of items) plan.apply(toPositions(plan, item.moves));
  } catch {
    /* what is stored has moved on under them: the server keeps them as a branch */
  }
  desk.sync.flush();
}

// What the server has replaces what is shown; strokes on their way are waited for.
/** @param {string | null} key why, in words @param {string} [why] */
async function again(key, why) {
  if (key) notice(key, { why });
  if (desk.sync.items.length) return;
  try {
    const state = await call(`/drafts/${desk.state.draft}/communities/${desk.state.community}`);
    show(state, await groundOf(state.tessellation), true);
  } catch (error) {
    problem(error);
  }
}

// Somebody was first: the work goes on in a branch.
/** @param {any} branch @param {Item[]} waiting @param {string} why @param {any} state of the branch */
async function branched(branch, waiting, why, state) {
  notice(
    'planner.branched',
    { why, name: branch.name },
    { key: 'planner.see_theirs', draft: desk.state.draft },
  );
  const { community } = desk.state;
  if (waiting.length) saving.leave(branch.id, community, state.version, waiting);
  await refresh();
  await open(branch.id, community, { keepView: true });
}

export { again, open, openFirst, refresh, show };
