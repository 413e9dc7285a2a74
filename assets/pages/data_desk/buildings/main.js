// The building desk: opens a county, ties canvas, gestures, saving and panels together.
import '../../../shared/shell.js';
import { whenOpened } from '../../../shared/desk_start.js';
import { BuildingCanvas } from './canvas/canvas.js';
import { desk, problem, say, tell } from './desk.js';
import * as footprints from './drawing/geometry.js';
import {
  count,
  dismiss,
  done,
  editable,
  join,
  mayEdit,
  remove,
  resume,
  rule,
  ruled,
  step,
  submit,
} from './editing.js';
import { details, look, readLog } from './log.js';
import * as panels from './panel.js';
import * as sheets from './sheets/list.js';
import * as pins from './sheets/pins.js';
import { upload } from './sheets/upload.js';
import { edits } from './sync.js';
import { Tools } from './drawing/tools.js';
import { goTo, load, select, shortcut, toolChanged, visit, visitWanted } from './view.js';
import { address, writeAddress } from '../../../shared/address.js';
import { $, sayer } from '../../../shared/elements.js';
import { pane, townMap } from '../../../shared/map/maps.js';
import { publish } from '../../../shared/page.js';

const LOOK_MS = 10_000; // how often the log is asked whether somebody else drew

Object.assign(desk, {
  showChosen: panels.chosen,
  leaveChosen: panels.leave,
  upload,
  say,
  tell,
  problem,
  select,
  submit,
  step,
  join,
  remove,
  rule,
  mayEdit,
  editable,
  shortcut,
  toolChanged,
  dismiss,
  goTo,
  placeDoor,
  doorSent,
  setColour,
  setBy,
  visit,
  count,
  by: () => localStorage.getItem('getu-by') || undefined,
});

async function openDesk(config) {
  if (!$('buildings')) return;
  const map = await new Promise((done) => {
    const look = () => {
      const m = townMap();
      if (m?._loaded) done(m);
      else setTimeout(look, 40);
    };
    look();
  });
  pane(map, 'sheets', 425);
  pane(map, 'buildings', 430);
  pane(map, 'names', 420); // the river, which is drawn once more with the names, lies under buildings
  desk.sync?.close();
  Object.assign(desk, {
    words: sayer(config),
    county: config.county,
    today: config.today,
    measure: config.measure,
    total: config.buildings,
    map,
    features: new Map(),
    selected: new Set(),
    hover: null,
    hidden: null,
    pointer: null,
    waiting: new Map(),
    faults: [],
    sketch: null,
    estates: [],
    sheets: [],
    sheetLayers: new Map(),
    last: null,
    log: [],
    steps: null,
    truncated: false,
    loaded: null,
    pinning: null,
    colour: new URLSearchParams(location.search).get('colour') === 'life' ? 'life' : 'known',
    canvas: new BuildingCanvas(),
    tools: new Tools(null),
  });
  desk.tools.desk = desk;
  desk.sync = edits(desk.county, desk.by, {
    done,
    refused: ruled,
    conflict: ruled,
    status: () => panels.tools(),
  });
  map.addLayer(desk.canvas);
  desk.canvas.show(desk);
  desk.tools.attach(map);
  if (!config.placed && config.middle)
    map.setView([config.middle[1], config.middle[0]], 17, { animate: false });
  listen(map);
  panels.controls();
  panels.legend();
  desk.tools.choose('select');
  await Promise.all([load(true), details(), sheets.load()]).catch(problem);
  resume();
  if (config.building) await visitWanted(config.building);
  else panels.chosen();
  clearInterval(desk.looking);
  desk.looking = setInterval(look, LOOK_MS);
}

function listen(map) {
  map.on('moveend', () => {
    load().catch(problem);
  });
  map.on('unload', () => {
    desk.sync?.close();
    clearInterval(desk.looking);
    pins.stop();
    Object.assign(address, { building: null, colour: null });
  });
  new MutationObserver(() => {
    if (desk.canvas._map) {
      desk.canvas.readTokens();
      desk.canvas.paintAll();
    }
  }).observe(document.documentElement, { attributeFilter: ['data-theme'] });
}

function setColour(colour) {
  desk.colour = colour;
  address.colour = colour === 'life' ? 'life' : null;
  writeAddress();
  panels.legend();
  desk.canvas.paint();
}

function setBy(name) {
  try {
    localStorage.setItem('getu-by', name.slice(0, 60));
  } catch {
    /* the browser keeps nothing */
  }
  readLog().catch(problem); // everybody has steps of their own to take back
}

// ---- entrances ----

function placeDoor(put) {
  tell('data_buildings.entrance_click');
  desk.map.getContainer().dataset.tool = 'door';
  desk.map.once('click', (e) => {
    desk.map.getContainer().dataset.tool = desk.tools.tool;
    put([e.latlng.lng, e.latlng.lat]);
  });
}

function doorSent(door) {
  return { name: door.name.trim(), point: door.point ?? null };
}

whenOpened(openDesk);
publish({ buildings: desk, footprints });
