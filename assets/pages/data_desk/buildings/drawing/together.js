// The chosen buildings in the hand, moved or turned together.
import * as F from './geometry.js';
import { SNAP_PX } from './places.js';

/** @typedef {import('./tools.js').Tools} Tools */

const STEP_RAD = Math.PI / 12; // 15°
const STILL_M = 0.005;
const STILL_RAD = 1e-4;

// The chosen buildings are in the hand, to be moved or turned together.
/** @param {Tools} tools @param {'move' | 'rotate'} kind */
function takeUp(tools, kind) {
  const frame = tools.frame();
  const shapes = new Map(
    [...tools.desk.selected].map((id) => [id, frame.shape(tools.desk.features.get(id).geometry)]),
  );
  const middle = F.centre([...shapes.values()].flat());
  tools.hand = { kind, frame, shapes, now: shapes, middle, shift: [0, 0], angle: 0 };
  tools.desk.hidden = new Set(shapes.keys());
  tools.desk.canvas.paint();
}

// To where the pointer is now.
/** @param {Tools} tools @param {Point} m in the hand's frame */
function drag(tools, m) {
  const { hand } = tools;
  const { base, from, middle } = hand;
  if (hand.kind === 'move') {
    shiftTo(tools, [base.shift[0] + m[0] - from[0], base.shift[1] + m[1] - from[1]], !tools.free);
    return;
  }
  /** @param {Point} p */
  const angle = (p) => Math.atan2(p[1] - middle[1], p[0] - middle[0]);
  const by = base.angle + angle(m) - angle(from);
  turnTo(tools, tools.shift ? Math.round(by / STEP_RAD) * STEP_RAD : by);
}

/** @param {Tools} tools @param {Point} to metres @param {boolean} snapping corners to those around */
function shiftTo(tools, [dx, dy], snapping) {
  const { hand } = tools;
  hand.snap = null;
  if (snapping) {
    /** @type {Point[]} */
    const corners = [...hand.shapes.values()].flat(3).map(([x, y]) => [x + dx, y + dy]);
    const reach = tools.reach(0.7 * SNAP_PX);
    const around =
      corners.length <= 400
        ? corners.flatMap((m) => tools.around(hand.frame, m, reach, tools.desk.hidden))
        : [];
    const hit = around.length ? F.snapShift(corners, [...new Set(around)], reach) : null;
    if (hit) {
      dx += hit.shift[0];
      dy += hit.shift[1];
      hand.snap = hit.at;
    }
  }
  hand.shift = [dx, dy];
  hand.now = new Map([...hand.shapes].map(([id, shape]) => [id, F.moved(shape, dx, dy)]));
  tools.show();
}

/** @param {Tools} tools @param {number} angle radians */
function turnTo(tools, angle) {
  const { hand } = tools;
  hand.angle = angle;
  hand.now = new Map(
    [...hand.shapes].map(([id, shape]) => [id, F.turned(shape, angle, hand.middle)]),
  );
  tools.show();
}

// It goes out where it is now; the shapes are kept by their buildings' ids.
/** @param {Tools} tools */
function put(tools) {
  const { desk, hand } = tools;
  const still =
    hand.kind === 'move' ? Math.hypot(...hand.shift) < STILL_M : Math.abs(hand.angle) < STILL_RAD;
  tools.letGo(still ? undefined : () => submit(desk, 'move', hand.frame, hand.now));
}

// Shapes of buildings, as one edit.
/**
 * @param {Record<string, any>} desk @param {string} kind @param {F.Frame} frame
 * @param {Map<number, any>} shapes by building
 */
function submit(desk, kind, frame, shapes) {
  desk.submit(kind, [...shapes.keys()], {
    geometries: Object.fromEntries([...shapes].map(([id, shape]) => [id, frame.geometry(shape)])),
  });
}

export { drag, put, shiftTo, submit, takeUp, turnTo };
