// The planner's desk: ties draft, plan, canvas, gestures and panels together.
import '../../shared/shell.js';
import './communities/main.js';
import './compare/compare.js';
import './division/main.js';
import { desk, say, tell } from './desk.js';
import { again, open, openFirst, refresh } from './draft/draft.js';
import { lock } from './draft/locks.js';
import { redo, undo } from './draft/steps.js';
import { ended, mayEdit } from './draft/strokes.js';
import { PlanCanvas } from './drawing/canvas.js';
import { Tools } from './drawing/tools.js';
import * as panels from './panels/main.js';
import { problem } from './panels/notices.js';
import { shortcut } from './panels/shortcuts.js';
import { toolChanged } from './panels/toolbar.js';
import { newGrid } from './plan/ids.js';
import { call } from './sync.js';
import { drawBase } from '../../shared/map/base_map.js';
import { pane, townMap } from '../../shared/map/maps.js';
import { clientside, none, pageConfig, publish } from '../../shared/page.js';

const MAP_MS = 40; // Dash lays the map out when it likes

// What canvas, gestures and panels call by the desk, so that none of them imports the other.
Object.assign(desk, {
  say,
  tell,
  select,
  ended,
  newGrid: () => newGrid(desk.plan),
  mayEdit,
  undo,
  redo,
  figures: panels.figures,
  toolChanged,
  lock,
  open,
  again,
  refresh,
  shortcut,
});

/** @returns {Promise<L.Map>} the town's map, once it is there */
const mapThere = () =>
  new Promise((done) => {
    const look = () => {
      const map = townMap();
      if (map?._loaded) done(map);
      else setTimeout(look, MAP_MS);
    };
    look();
  });

async function start() {
  const config = pageConfig();
  if (!config?.planner || !document.getElementById('planner')) return;
  const map = await mapThere();
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

/** @param {number} grid its position; -1: none */
function select(grid) {
  const both = [desk.selected, grid].filter((g) => desk.plan.sums[g]?.plots);
  desk.selected = grid;
  for (const g of both) desk.canvas.paint(desk.shapes.boxOf(desk.plan.members(g)));
  desk.canvas.paintNames(both);
  panels.selected();
}

clientside('planner', {
  start() {
    start().catch(problem);
    return none();
  },
});
publish({ planner: desk, planSync: { call } });
