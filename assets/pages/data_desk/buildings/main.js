// The building desk: loads buildings in view, ties canvas, gestures, saving and panels together.
import '../../../shared/shell.js';
import { whenOpened } from '../../../shared/desk_start.js';
import * as drawing from './drawing/canvas.js';
import { drawn, featureOf } from './drawing/canvas.js';
import { desk, say } from './desk.js';
import * as footprints from './drawing/geometry.js';
import * as panels from './panel.js';
import * as scans from './scans.js';
import * as saving from './sync.js';
import { Unreachable, call, edits } from './sync.js';
import * as gestures from './drawing/tools.js';
import { address, writeAddress } from '../../../shared/address.js';
import { $, first, sayer } from '../../../shared/elements.js';
import { pane, townMap } from '../../../shared/map/maps.js';
import { publish } from '../../../shared/page.js';

const ALL_AT_ONCE = 5000; // what one question answers: smaller counties are loaded whole
const NEAR_ZOOM = 16; // the tiles show buildings up to here (map_bridge.js)
const LOOK_MS = 10_000; // how often the log is asked whether somebody else drew

Object.assign(desk, {
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

// One line at the map, for a while: what a gesture found, in words.
let quiet = null;
function tell(key, values) {
  told(say(key, values));
}
function told(words) {
  const line = $('buildings-told');
  line.textContent = words;
  line.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    line.hidden = true;
  }, 6000);
}

function problem(error) {
  told(error instanceof Unreachable ? say('data_buildings.no_connection') : error.message);
}

// ---- opening ----

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
    canvas: new drawing.BuildingCanvas(),
    tools: new gestures.Tools(null),
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
  await Promise.all([load(true), details(), scans.load()]).catch(problem);
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
    scans.stop();
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

async function details() {
  const [estates] = await Promise.all([call(`/buildings/${desk.county}/estates`), readLog()]);
  desk.estates = estates.estates;
}

async function readLog() {
  const found = await call(
    `/buildings/${desk.county}/edits?limit=12&by=${encodeURIComponent(desk.by() || '')}`,
  );
  Object.assign(desk, { log: found.edits, steps: { undo: found.undo, redo: found.redo } });
  panels.tools();
}

// Somebody else drew: what is in view is read anew.
async function look() {
  if (document.hidden || !$('buildings') || desk.sync.sending || desk.tools.hand) return;
  const mark = () => JSON.stringify(desk.log.map((e) => [e.id, e.is_undone]));
  const before = mark();
  try {
    await readLog();
    if (mark() !== before) {
      await load(true);
      panels.chosen();
    }
  } catch {
    /* said by what the hand does next */
  }
}

// ---- what is in view ----

const whole = () => desk.total <= ALL_AT_ONCE;

async function load(anew = false) {
  const near = whole() || desk.map.getZoom() >= NEAR_ZOOM;
  note(near || !desk.total ? null : 'data_buildings.far');
  if (!near) {
    desk.features.clear();
    desk.loaded = null;
    reapply();
    return;
  }
  const seen = desk.map.getBounds();
  if (!anew && desk.loaded?.contains(seen) && !desk.truncated) return;
  const box = whole() ? L.latLngBounds([-85, -180], [85, 180]) : seen.pad(0.4);
  const asked = (desk.asked || 0) + 1;
  desk.asked = asked;
  const found = await call(
    `/buildings/${desk.county}?bbox=${[box.getWest(), box.getSouth(), box.getEast(), box.getNorth()].map((v) => v.toFixed(6)).join(',')}`,
  );
  if (asked !== desk.asked) return;
  desk.features = new Map(found.features.map((f) => [f.properties.id, drawn(f)]));
  desk.truncated = Boolean(found.truncated);
  if (desk.truncated) note('data_buildings.truncated', { most: desk.features.size });
  desk.loaded = box;
  for (const id of desk.selected) if (!desk.features.has(id)) desk.selected.delete(id);
  reapply();
  if (!desk.selected.size) panels.chosen();
}

function note(key, values) {
  const line = $('buildings-far');
  line.hidden = !key;
  if (key) line.textContent = say(key, values);
}

// What waits to be sent is shown as if it were done, dashed.
function reapply() {
  desk.waiting = new Map();
  for (const item of desk.sync?.items || []) anticipate(item);
  desk.canvas.paintAll();
}

function anticipate(item) {
  const { body, about } = item;
  if (body.kind === 'draw') {
    const feature = {
      type: 'Feature',
      geometry: body.geometry,
      properties: {
        id: `new:${item.token}`,
        life: 'occupied',
        use: 'dwelling',
        households: null,
        aliases: [],
        entrances: [],
        ...body.values,
      },
    };
    desk.features.set(feature.properties.id, drawn(feature));
    desk.waiting.set(feature.properties.id, item.token);
    return;
  }
  for (const id of body.buildings) {
    const f = desk.features.get(id);
    if (body.kind === 'remove') {
      desk.features.delete(id);
      continue;
    }
    desk.waiting.set(id, item.token);
    if (!f) continue;
    const geometry = body.geometries?.[id] || f.geometry;
    desk.features.set(id, drawn({ geometry, properties: { ...f.p, ...(about?.shown || {}) } }));
  }
}

// It did not come to pass: what was there before stands again.
function restore(item) {
  for (const id of desk.features.keys())
    if (id === `new:${item.token}`) {
      desk.features.delete(id);
      desk.selected.delete(id);
    }
  for (const f of item.about?.before || []) desk.features.set(f.properties.id, drawn(f));
  reapply();
}

// ---- choosing ----

function select(ids, add) {
  if (!add) desk.selected = new Set(ids);
  else
    for (const id of ids)
      if (ids.length === 1 && desk.selected.has(id)) desk.selected.delete(id);
      else desk.selected.add(id);
  const [one] = desk.selected;
  address.building = desk.selected.size === 1 && typeof one === 'number' ? one : null;
  writeAddress();
  desk.canvas.paintTop();
  panels.chosen();
}

// Go to a building, wherever it is, and choose it.
async function visit(id, lon, lat) {
  desk.tools.choose('select');
  desk.map.setView([lat, lon], Math.max(desk.map.getZoom(), 18.5), { animate: false });
  await load(!desk.features.has(id)).catch(problem);
  if (desk.features.has(id)) select([id]);
  else tell('data_buildings.gone');
}

async function visitWanted(id) {
  try {
    const { geometry } = await call(`/buildings/${desk.county}/${id}`);
    const at = L.geoJSON(geometry).getBounds().getCenter();
    await visit(id, at.lng, at.lat);
  } catch (error) {
    if (error.status === 404) tell('data_buildings.gone');
    else problem(error);
  }
}

function toolChanged() {
  panels.tools();
  // What an empty county is told makes room for the hand.
  $('buildings-empty')?.toggleAttribute(
    'hidden',
    desk.tools.tool !== 'select' || desk.features.size > 0,
  );
}

function shortcut(key) {
  const tool = {
    v: 'select',
    l: 'lasso',
    d: 'draw',
    b: 'rectangle',
    m: 'move',
    r: 'rotate',
    e: 'reshape',
    x: 'cut',
  }[key.toLowerCase()];
  if (tool) desk.tools.choose(tool);
  else if (key.toLowerCase() === 'j') join();
  else return false;
  return true;
}

function goTo(where) {
  if (!where) return;
  if (Array.isArray(where))
    desk.map.setView([where[1], where[0]], Math.max(desk.map.getZoom(), 19), { animate: false });
  else
    desk.map.fitBounds(L.geoJSON(where).getBounds(), {
      animate: false,
      padding: [80, 80],
      maxZoom: 20,
    });
}

// ---- editing ----

function mayEdit(ids) {
  for (const id of ids)
    if (desk.waiting.has(id) || typeof id !== 'number') {
      tell('data_buildings.one_moment');
      return false;
    }
  return true;
}

const hasBefore = (id) => desk.features.has(id);

function submit(kind, ids, more = {}) {
  if (!mayEdit(ids)) return;
  const versions = Object.fromEntries(ids.map((id) => [id, desk.features.get(id)?.p.version]));
  const { values } = more;
  const shown =
    kind === 'attributes'
      ? Object.fromEntries(
          Object.entries(values).filter(([k]) =>
            [
              'name',
              'number',
              'levels',
              'use',
              'life',
              'estate_id',
              'external_id',
              'addresses',
              'aliases',
            ].includes(k),
          ),
        )
      : {};
  send({
    body: { kind, buildings: ids, versions, confirm: [], ...more },
    about: { before: ids.filter(hasBefore).map((id) => featureOf(desk.features.get(id))), shown },
  });
}

function send(item) {
  desk.last = null;
  const sent = desk.sync.push(item);
  if (item.body.kind === 'remove') desk.selected.clear();
  reapply();
  panels.chosen();
  return sent;
}

function done(answer, item) {
  for (const id of [...desk.features.keys()])
    if (id === `new:${item.token}`) desk.features.delete(id);
  take(answer);
  const { kind } = item.body;
  const made = (answer.features || []).map((f) => f.properties.id);
  if (
    ['draw', 'cut', 'join', 'split_by_entrance'].includes(kind) &&
    !desk.tools.draft &&
    !desk.tools.hand
  ) {
    if (desk.tools.tool !== 'draw' && desk.tools.tool !== 'rectangle') desk.tools.choose('select');
    select(made);
    if (kind === 'draw') first('[name=name]', $('buildings-panel'))?.focus({ preventScroll: true });
  } else panels.chosen();
  if (kind === 'remove') tell('data_buildings.removed', { buildings: item.body.buildings.length });
}

// What the server says of some buildings replaces what is here.
function take(answer) {
  for (const id of answer.removed || []) {
    desk.features.delete(id);
    desk.selected.delete(id);
  }
  for (const f of answer.features || []) desk.features.set(f.properties.id, drawn(f));
  desk.last = answer;
  desk.faults = [];
  if (!desk.total) desk.total = desk.features.size;
  toolChanged();
  reapply();
  readLog().then(
    () => {
      if (!desk.selected.size) panels.chosen();
    },
    () => {},
  );
}

function ruled(item) {
  restore(item);
  desk.faults = (item.why.body.findings || []).map((f) => f.geometry).filter(Boolean);
  if (item.body.kind === 'draw') desk.faults.push(item.body.geometry);
  desk.canvas.paintTop();
  panels.chosen();
  $('buildings-panel').querySelector('.building-refused')?.scrollIntoView({ block: 'nearest' });
  told(item.why.status === 409 ? panels.first(item.why.message) : item.why.message);
}

// Somebody rules on what was refused: confirm it, try it again, or let it go.
async function rule(item, ruling, codes) {
  desk.sync.drop(item);
  desk.faults = [];
  const { why, token, ...rest } = item;
  if (ruling === 'confirm') {
    send({
      ...rest,
      body: { ...rest.body, confirm: [...new Set([...(rest.body.confirm || []), ...codes])] },
    });
    return;
  }
  if (ruling === 'again') {
    again(rest);
    return;
  }
  try {
    await load(true);
    if (ruling === 'mine') {
      const gone = rest.body.buildings.filter((id) => !desk.features.has(id));
      if (gone.length) {
        tell('data_buildings.gone');
        return;
      }
      const versions = Object.fromEntries(
        rest.body.buildings.map((id) => [id, desk.features.get(id).p.version]),
      );
      send({
        body: { ...rest.body, versions },
        about: {
          ...rest.about,
          before: rest.body.buildings.map((id) => featureOf(desk.features.get(id))),
        },
      });
      return;
    }
  } catch (error) {
    desk.sync.kept.push(item); // not lost with the connection
    desk.sync.keep();
    problem(error);
  }
  panels.chosen();
  desk.canvas.paintTop();
}

function editable(item) {
  return item.body.kind === 'draw' || item.body.buildings.length === 1;
}

// The refused shape is in the hand once more.
function again({ body }) {
  const { tools } = desk;
  if (body.kind === 'draw') {
    tools.choose('draw');
    const frame = tools.frame();
    tools.draft = { frame, points: frame.shape(body.geometry)[0][0], hover: null };
    tools.show();
    panels.chosen();
    return;
  }
  const [id] = body.buildings;
  select([id]);
  tools.choose('reshape');
  if (tools.hand) {
    tools.remember();
    Object.assign(tools.hand, {
      shape: tools.hand.frame.shape(body.geometries[id]),
      changed: true,
    });
    tools.show();
  }
  panels.chosen();
}

function join() {
  const ids = [...desk.selected];
  if (ids.length < 2) {
    tell('data_buildings.join_which');
    return;
  }
  submit('join', ids);
}

function remove() {
  const ids = [...desk.selected];
  if (!ids.length) {
    tell('data_buildings.remove_which');
    return;
  }
  submit('remove', ids);
}

async function step(which) {
  if (desk.stepping) return;
  if (which === 'undo') {
    const item = desk.sync.withdraw();
    if (item) {
      restore(item);
      panels.chosen();
      return;
    }
  }
  if (desk.sync.items.length) {
    tell('data_buildings.one_moment');
    return;
  }
  desk.stepping = true;
  try {
    const answer = await call(`/buildings/${desk.county}/${which}`, {
      method: 'POST',
      body: { by: desk.by(), token: saving.token() },
    });
    take(answer);
    panels.chosen();
    tell(which === 'undo' ? 'data_buildings.stepped_back' : 'data_buildings.stepped_again');
  } catch (error) {
    if (error.status === 400)
      tell(which === 'undo' ? 'data_buildings.nothing_to_undo' : 'data_buildings.nothing_to_redo');
    else if (error.status === 409)
      told(say('data_buildings.step_conflict', { who: panels.first(error.message) }));
    else problem(error);
  } finally {
    desk.stepping = false;
  }
}

// Households of one building, said by hand.
async function count(id, values) {
  try {
    await call(`/counts/${desk.county}/${id}`, {
      method: 'POST',
      body: { ...values, by: desk.by() },
    });
    const found = await call(`/buildings/${desk.county}/${id}`);
    desk.features.set(id, drawn(found));
    desk.canvas.paintAll();
    panels.chosen();
    tell('data_buildings.counted');
  } catch (error) {
    problem(error);
  }
}

// Esc lets the last word about faults go; true when there was one.
function dismiss() {
  if (!desk.faults.length) return false;
  desk.faults = [];
  desk.canvas.paintTop();
  return true;
}

// Edits of an earlier visit that never reached the server, and those that wait for a ruling.
function resume() {
  const found = desk.sync.resume();
  if (found.items.length) {
    tell('data_buildings.resumed', { edits: found.items.length });
    reapply();
    desk.sync.flush();
  }
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
