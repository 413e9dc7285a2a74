// The planner's desk: opens a draft, ties plan, canvas, gestures, saving and panels together.
import '../../shared/shell.js';
import './panels/compare.js';
import './division/main.js';
import { PlanCanvas } from './drawing/canvas.js';
import * as drafts from './panels/drafts.js';
import * as communities from './panels/communities.js';
import { by, desk, say, tell } from './desk.js';
import { Live } from './live.js';
import { mendFirst } from './panels/hint.js';
import * as panels from './panels/main.js';
import { status } from './panels/status.js';
import { toggleOnly, toolChanged } from './panels/toolbar.js';
import { Plan } from './plan/plan.js';
import * as outlines from './drawing/shapes.js';
import * as saving from './sync.js';
import { call } from './sync.js';
import { RADII_PX } from './drawing/hand.js';
import { Tools } from './drawing/tools.js';
import { address, writeAddress } from '../../shared/address.js';
import { $ } from '../../shared/elements.js';
import { drawBase } from '../../shared/map/base_map.js';
import { collection, pane, townMap } from '../../shared/map/maps.js';
import { clientside, cssToken, none, pageConfig, publish } from '../../shared/page.js';
import { may } from '../../shared/rights.js';

Object.assign(desk, {
  say,
  tell,
  select,
  ended,
  newGrid,
  mayEdit,
  undo: () => step('undo'),
  redo: () => step('redo'),
  figures: (grids) => panels.figures(grids),
  toolChanged,
  lock,
  open,
  refresh,
  shortcut,
});
const grounds = new Map();

function remember(values) {
  Object.assign(address, values);
  writeAddress();
}

// ---- opening ----

async function start() {
  const config = pageConfig();
  if (!config?.planner || !document.getElementById('planner')) return;
  const map = await new Promise((done) => {
    const look = () => {
      const m = townMap();
      if (m?._loaded) done(m);
      else setTimeout(look, 40);
    };
    look();
  });
  pane(map, 'planner', 430);
  pane(map, 'around', 425);
  pane(map, 'names', 420); // figures of grids over names of streets
  desk.sync?.close();
  Object.assign(desk, {
    words: config.words,
    plan: null,
    map,
    sync: null,
    draft: null,
    state: null,
    inForce: null,
    selected: -1,
    canvas: new PlanCanvas(),
    tools: new Tools(desk),
  });
  map.addLayer(desk.canvas);
  panels.attach();
  desk.tools.attach(map);
  desk.tools.choose('select');
  new MutationObserver(() => {
    if (desk.canvas._map) {
      desk.canvas.readTokens();
      desk.canvas.paintAll();
    }
  }).observe(document.documentElement, { attributeFilter: ['data-theme'] });
  // The ground is drawn where the draft is, and only there.
  try {
    await openFirst();
  } finally {
    drawBase(map);
  }
}

// The draft of the address, else the newest, else what is in force.
async function openFirst() {
  await refresh();
  if (!desk.county.communities.length) {
    panels.noPlots();
    return;
  }
  const asked = new URLSearchParams(location.search);
  const known = [...desk.county.drafts, ...desk.county.plans].map((d) => d.id);
  const wanted = Number(asked.get('draft'));
  const first = known.includes(wanted)
    ? wanted
    : (desk.county.drafts[0]?.id ??
      desk.county.communities.find((c) => c.in_force)?.in_force ??
      desk.county.plans[0]?.id);
  if (first) await open(first, Number(asked.get('community')) || null);
  else drafts.empty();
}

async function refresh() {
  desk.county = await call(`/${pageConfig().county}`);
  drafts.draftPanel();
}

/** @param {number} id @param {number | null} [community] @param {{keepView?: boolean}} [about] */
async function open(id, community, { keepView } = {}) {
  try {
    desk.sync?.close();
    const draft = await call(`/drafts/${id}`);
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
    desk.draft = draft;
    show(state, ground, keepView);
    remember({ draft: id, community: row.id });
  } catch (error) {
    problem(error);
  }
}

async function groundOf(tessellation) {
  if (!grounds.has(tessellation)) {
    const ground = await call(`/ground/${tessellation}?county=${pageConfig().county}`);
    grounds.set(tessellation, { ground, shapes: new outlines.Shapes(ground) });
  }
  return grounds.get(tessellation);
}
desk.groundOf = groundOf;

function planOf(ground, state) {
  const index = new Map(state.grids.map((grid, i) => [grid.id, i]));
  const locked = new Uint8Array(ground.n);
  for (const p of state.locked_plots || []) locked[p] = 1;
  return new Plan({
    households: ground.households,
    persons: ground.persons,
    buildings: ground.buildings,
    area: ground.area_m2,
    estate: ground.estate,
    locked,
    a: ground.neighbours.a,
    b: ground.neighbours.b,
    shared: ground.neighbours.shared_m,
    limit: state.limit,
    assignment: state.assignment.map((id) => index.get(id)),
    grids: state.grids.map((grid) => ({ ...grid, locked: grid.is_locked })),
  });
}
desk.planOf = planOf;

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
  desk.sync?.close();
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

function fit() {
  const b = desk.shapes.bounds;
  const [w, n] = desk.shapes.toDegrees(b[0], b[1]);
  const [e, s] = desk.shapes.toDegrees(b[2], b[3]);
  desk.map.fitBounds(
    [
      [s, w],
      [n, e],
    ],
    { animate: false, padding: [24, 24] },
  );
}
desk.fit = fit;

// Strokes of an earlier visit that never reached the server: drawn again, then sent.
function resume(items) {
  if (!items.length) return;
  try {
    for (const item of items) desk.plan.apply(positions(item.moves));
  } catch {
    /* what is stored has moved on under them: the server keeps them as a branch */
  }
  desk.sync.flush();
}

const position = (id) => {
  let index = desk.plan.grids.findIndex((grid) => grid.id === id);
  if (index < 0) index = desk.plan.addGrid({ id, number: desk.plan.freshNumber() });
  return index;
};
const positions = (moves) => moves.map(([p, from, to]) => [p, position(from), position(to)]);
const ids = (moves) =>
  moves.map(([p, from, to]) => [p, desk.plan.grids[from].id, desk.plan.grids[to].id]);

// The grids in force of the communities around, quietly.
async function around() {
  const { map, state } = desk;
  const config = pageConfig();
  if (!desk.inForce) {
    const answer = await fetch(`/layers/grids?county=${config.county}&v=${config.revision}`);
    desk.inForce = answer.ok ? await answer.json() : { type: 'FeatureCollection', features: [] };
  }
  if (!map.getPane('around')) return; // the page was left meanwhile
  map.getuAround?.remove();
  const others = desk.inForce.features.filter(
    (f) => !String(f.properties.code).startsWith(state.code),
  );
  const style = {
    pane: 'around',
    color: cssToken('--plan-around'),
    weight: 1,
    opacity: 0.7,
    fill: false,
    dashArray: '2 3',
  };
  map.getuAround = L.geoJSON(collection(others), {
    pane: 'around',
    interactive: false,
    style: () => style,
  }).addTo(map);
}

// ---- editing ----

function mayEdit() {
  if (!desk.state) return false;
  if (!desk.state.editable) {
    tell(may('plan') ? 'planner.not_editable' : 'planner.reading_only', {
      stage: desk.state.stage,
    });
    return false;
  }
  if (desk.busy) {
    tell('planner.one_moment');
    return false;
  }
  return true;
}

// Grids made here have negative ids until the server has named them.
function newGrid() {
  const { plan } = desk;
  const least = plan.grids.reduce((low, grid) => Math.min(low, grid.id), 0);
  return plan.addGrid({
    id: least - 1,
    number: plan.freshNumber(),
    name: '',
    is_new: true,
    type: 'general',
  });
}

function select(grid) {
  const both = [desk.selected, grid].filter((g) => desk.plan.sums[g]?.plots);
  desk.selected = grid;
  for (const g of both) desk.canvas.paint(desk.shapes.boxOf(desk.plan.members(g)));
  desk.canvas.paintNames(both);
  panels.selected();
}

function ended(kind, moves, body) {
  const { plan } = desk;
  const sent = { ...body };
  for (const field of ['to', 'grid']) if (field in sent) sent[field] = plan.grids[sent[field]].id;
  if (sent.grids) sent.grids = sent.grids.map((grid) => plan.grids[grid].id);
  const expected = {};
  for (const [, from, to] of moves)
    for (const grid of [from, to]) expected[plan.grids[grid].id] = plan.sums[grid].households;
  desk.redoHere = [];
  desk.sync.push({ kind, body: sent, moves: ids(moves), expected });
  panels.strokeEnded();
}

function saved(change, item) {
  const { plan } = desk;
  for (const [old, id] of Object.entries(change.created || {})) {
    const grid = plan.grids.find((one) => one.id === Number(old));
    if (grid) grid.id = id;
  }
  const settled = !desk.sync.items.length && !plan.stroke;
  if (item.kind === 'dissolve' && settled) adopt(item, change);
  take(change, settled);
}

// The server chose the neighbours of a dissolved grid otherwise: its choice stands.
function adopt(item, change) {
  const key = (moves) => JSON.stringify([...moves].sort((a, b) => a[0] - b[0]));
  if (key(item.moves) === key(change.moves)) return;
  desk.plan.revert(positions(item.moves));
  desk.plan.apply(positions(change.moves));
  desk.live.all();
}

// The server's figures replace the browser's; where they differ both are shown.
function take(change, settled) {
  const { plan, state } = desk;
  const wrong = Object.entries(change.disagreement || {}).map(([id, both]) => ({
    id: Number(id),
    ...both,
  }));
  const renamed = [];
  for (const grid of change.grids) {
    const index = position(grid.id);
    if (plan.grids[index].number !== grid.number) renamed.push(index);
    Object.assign(plan.grids[index], grid, { locked: grid.is_locked });
    const sums = plan.sums[index];
    if (
      settled &&
      (sums.households !== grid.households || sums.plots !== grid.plots) &&
      !wrong.some((w) => w.id === grid.id)
    ) {
      wrong.push({ id: grid.id, browser: sums.households, server: grid.households });
    }
  }
  if (renamed.length) desk.canvas.paintNames(renamed); // the server gives new grids their numbers
  Object.assign(state, { version: change.version, undo: change.undo, redo: change.redo });
  desk.findings = change.findings;
  if (wrong.length) {
    const words = wrong
      .map((w) =>
        say('planner.differs', {
          grid: plan.grids[position(w.id)].number,
          browser: w.browser,
          server: w.server,
        }),
      )
      .join(' ');
    notice('planner.disagreement', { words });
    again(null);
    return;
  }
  panels.changed();
}

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

async function branched(branch, waiting, why, state) {
  notice(
    'planner.branched',
    { why, name: branch.name },
    { key: 'planner.see_theirs', draft: desk.state.draft },
  );
  const community = desk.state.community;
  if (waiting.length) saving.leave(branch.id, community, state.version, waiting);
  await refresh();
  await open(branch.id, community, { keepView: true });
}

// Undo and redo: what still waits here at once, the rest by the server's log.
async function step(which) {
  const { plan, sync, tools } = desk;
  if (!plan || !desk.state.editable || desk.busy) return;
  if (tools.cancel()) return;
  const item = which === 'undo' ? sync.withdraw() : null;
  if (item) {
    plan.revert(positions(item.moves));
    desk.redoHere.push(item);
    desk.live.all();
    panels.changed();
    return;
  }
  const back = which === 'redo' ? desk.redoHere.pop() : null;
  if (back) {
    plan.apply(positions(back.moves));
    sync.push(back);
    desk.live.all();
    return;
  }
  if (sync.items.length) {
    if (sync.away) {
      tell('planner.undo_away');
      return;
    }
    await new Promise((done) => {
      setTimeout(done, 60);
    });
    await step(which);
    return;
  }
  if (!desk.state[which]) {
    tell(which === 'undo' ? 'planner.nothing_to_undo' : 'planner.nothing_to_redo');
    return;
  }
  desk.busy = true;
  try {
    const change = await call(`/drafts/${desk.state.draft}/${which}`, {
      method: 'POST',
      body: { community: desk.state.community, version: sync.about.version, by: by() },
    });
    sync.about.version = change.version;
    // A grid that comes back from the log keeps its number.
    for (const grid of change.grids)
      Object.assign(plan.grids[position(grid.id)], grid, { locked: grid.is_locked });
    plan.apply(positions(change.moves));
    if (desk.selected >= 0 && !plan.sums[desk.selected].plots) desk.selected = -1;
    desk.live.all();
    take(change, true);
  } catch (error) {
    if (error.status === 400)
      tell(which === 'undo' ? 'planner.nothing_to_undo' : 'planner.nothing_to_redo');
    else if (error.status === 409) await again('planner.stale_reloaded', error.message);
    else if (error.status === undefined) tell('planner.undo_away');
    else problem(error);
  } finally {
    desk.busy = false;
  }
}

async function lock(what) {
  if (desk.sync.items.length) {
    tell('planner.one_moment');
    return;
  }
  try {
    const grids = (what.grids || []).map((grid) => desk.plan.grids[grid].id);
    const state = await call(`/drafts/${desk.state.draft}/locks`, {
      method: 'POST',
      body: {
        community: desk.state.community,
        tessellation: desk.state.tessellation,
        grids,
        plots: what.plots || [],
        locked: what.locked,
      },
    });
    show(state, await groundOf(state.tessellation), true);
    tell(what.locked ? 'planner.locked' : 'planner.unlocked');
  } catch (error) {
    problem(error);
  }
}

// ---- words that stay until they are closed ----

function notice(key, values, action) {
  const box = $('planner-notices');
  const line = document.createElement('div');
  line.className = 'planner-notice';
  line.setAttribute('role', 'alert');
  line.append(say(key, values));
  const close = document.createElement('button');
  close.textContent = '×';
  close.title = say('planner.close');
  close.onclick = () => line.remove();
  if (action) {
    const go = document.createElement('button');
    go.textContent = say(action.key);
    go.onclick = () => {
      line.remove();
      open(action.draft, desk.state.community, { keepView: true });
    };
    line.append(go);
  }
  line.append(close);
  box.append(line);
  while (box.children.length > 3) box.firstChild?.remove();
}
desk.notice = notice;

function problem(error) {
  if (error instanceof saving.Unreachable) notice('planner.no_connection', {});
  else if (error instanceof saving.Refused) notice('planner.refused', { why: error.message });
  else throw error;
}
desk.problem = problem;

const KEYS = {
  v: 'select',
  b: 'brush',
  l: 'lasso',
  x: 'split',
  p: 'push',
  m: 'merge',
  e: 'estate',
  n: 'new_grid',
  d: 'dissolve',
  k: 'lock_grid',
  o: 'lock_plot',
};
function shortcut(key) {
  const tool = KEYS[key.toLowerCase()];
  if (!may('plan')) return false;
  if (tool) {
    desk.tools.choose(tool);
    return true;
  }
  if (key === '[' || key === ']') {
    desk.tools.size = Math.max(
      0,
      Math.min(RADII_PX.length - 1, desk.tools.size + (key === ']' ? 1 : -1)),
    );
    desk.toolChanged();
    return true;
  }
  if (key.toLowerCase() === 'f') {
    toggleOnly();
    return true;
  }
  if (key.toLowerCase() === 'g') {
    mendFirst();
    return true;
  }
  return false;
}

clientside('planner', {
  start() {
    start().catch(problem);
    return none();
  },
});
publish({ planner: desk, planSync: { call } });
