// A building, or a line through one, drawn point by point.
import * as F from './geometry.js';

/** @typedef {import('./tools.js').Tools} Tools */
/** @typedef {import('./tools.js').Held} Held */

const CLICKED = new Set(['draw', 'rectangle', 'cut']); // places are clicked; a drag moves the map
const MOST = 500;

// Where a clicked place comes to lie: on a neighbour's corner, or square to the wall before.
/** @param {Tools} tools @param {L.Point} point @param {Held} held @returns {Point} */
function placed(tools, point, { shift, alt } = {}) {
  const { draft } = tools;
  const m = draft.frame.toM(tools.degrees(point));
  draft.snap = null;
  const square = tools.square !== Boolean(shift);
  if (square && draft.points.length > 1 && tools.tool === 'draw')
    return F.squared(draft.points.at(-2), draft.points.at(-1), m);
  return alt ? m : tools.snapped(draft.frame, m);
}

/** @param {Tools} tools @param {L.Point} point @param {Held} [held] */
function add(tools, point, held) {
  const { desk } = tools;
  if (!tools.draft) tools.draft = { frame: tools.frame(), points: [], hover: null };
  const { draft } = tools;
  const m = placed(tools, point, held);
  const reach = tools.reach(held?.touch ? 18 : 9);
  const last = draft.points.at(-1);
  if (tools.tool === 'rectangle') {
    if (draft.points.length < 2) {
      if (!last || F.distance(last, m) > reach / 2) draft.points.push(m);
      tools.show();
      return;
    }
    const ring = F.rectangle(draft.points[0], draft.points[1], m);
    if (ring && F.area([[ring]]) > 0.01) submitRing(tools, ring);
    return;
  }
  const closes =
    tools.tool === 'draw' &&
    draft.points.length >= 3 &&
    F.distance(draft.points[0], draft.frame.toM(tools.degrees(point))) < reach;
  if (closes || (last && F.distance(last, m) < reach / 2)) {
    finish(tools);
    return;
  } // also a double click
  if (draft.points.length >= MOST) {
    desk.tell('data_buildings.too_many_corners');
    return;
  }
  draft.points.push(m);
  tools.show();
}

// What is drawn so far goes out.
/** @param {Tools} tools */
function finish(tools) {
  const { desk, draft, tool, square } = tools;
  if (tool === 'cut') submitCut(tools);
  else if (tool === 'draw' && draft.points.length < 3) desk.tell('data_buildings.draw_three');
  else if (tool === 'draw') submitRing(tools, square ? F.closedSquare(draft.points) : draft.points);
}

/** @param {Tools} tools @param {Point[]} ring */
function submitRing(tools, ring) {
  const { desk, draft } = tools;
  if (F.selfCrossing(ring)) {
    desk.tell('data_buildings.crosses_itself');
    return;
  }
  tools.draft = null;
  desk.submit('draw', [], { geometry: draft.frame.geometry([[ring]]) });
  tools.show();
}

/** @param {Tools} tools */
function submitCut(tools) {
  const { desk, draft } = tools;
  if (draft.points.length < 2) {
    desk.tell('data_buildings.cut_two');
    return;
  }
  let ids = [...desk.selected];
  if (ids.length !== 1) {
    // The building that the middle of the line runs through.
    const [lon, lat] = draft.frame.toDegrees(F.midway(draft.points));
    const found = tools.hit(tools.map.latLngToContainerPoint([lat, lon]));
    ids = found === null ? [] : [found];
  }
  if (ids.length !== 1) {
    desk.tell('data_buildings.cut_which');
    return;
  }
  if (!desk.mayEdit(ids)) return;
  tools.draft = null;
  desk.submit('cut', ids, {
    line: { type: 'LineString', coordinates: draft.points.map((m) => draft.frame.toDegrees(m)) },
  });
  tools.show();
}

export { CLICKED, add, finish, placed };
