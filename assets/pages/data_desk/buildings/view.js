// What is in view: buildings as the server has them, what waits to be sent as if it were done, and
// which of them are chosen.
import { drawn } from './canvas/footprints.js';
import { desk, problem, say, tell } from './desk.js';
import * as panels from './panel.js';
import { call } from './sync.js';
import { address, writeAddress } from '../../../shared/address.js';
import { $ } from '../../../shared/elements.js';
import { may } from '../../../shared/rights.js';

const ALL_AT_ONCE = 5000; // what one question answers: smaller counties are loaded whole
const NEAR_ZOOM = 16; // the tiles show buildings up to here (shared/map/base_map.js)

const whole = () => desk.total <= ALL_AT_ONCE;

export async function load(anew = false) {
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
export function reapply() {
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
export function restore(item) {
  for (const id of desk.features.keys())
    if (id === `new:${item.token}`) {
      desk.features.delete(id);
      desk.selected.delete(id);
    }
  for (const f of item.about?.before || []) desk.features.set(f.properties.id, drawn(f));
  reapply();
}

// ---- choosing ----

export function select(ids, add) {
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
export async function visit(id, lon, lat) {
  desk.tools.choose('select');
  desk.map.setView([lat, lon], Math.max(desk.map.getZoom(), 18.5), { animate: false });
  await load(!desk.features.has(id)).catch(problem);
  if (desk.features.has(id)) select([id]);
  else tell('data_buildings.gone');
}

export async function visitWanted(id) {
  try {
    const { geometry } = await call(`/buildings/${desk.county}/${id}`);
    const at = L.geoJSON(geometry).getBounds().getCenter();
    await visit(id, at.lng, at.lat);
  } catch (error) {
    if (error.status === 404) tell('data_buildings.gone');
    else problem(error);
  }
}

export function toolChanged() {
  panels.tools();
  // What an empty county is told makes room for the hand.
  $('buildings-empty')?.toggleAttribute(
    'hidden',
    desk.tools.tool !== 'select' || desk.features.size > 0,
  );
}

export function shortcut(key) {
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
  if (!may('work')) return false;
  if (tool) desk.tools.choose(tool);
  else if (key.toLowerCase() === 'j') desk.join();
  else return false;
  return true;
}

export function goTo(where) {
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
