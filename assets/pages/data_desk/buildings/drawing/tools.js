// Gestures: what a mouse, a finger or the keys do to buildings. Every one ends in desk.submit(kind, …).
import * as corners from './corners.js';
import * as F from './geometry.js';
import * as keyboard from './keys.js';
import * as panels from '../panel.js';
import * as places from './places.js';
import * as sketches from './sketch.js';

/** @typedef {{shift?: boolean, alt?: boolean, touch?: boolean}} Held keys that are held; touch: by a finger */

const STILL_PX = 4;
const TOUCH_STILL_PX = 12;
const CLICKED = new Set(['draw', 'rectangle', 'cut']); // places are clicked; a drag moves the map

class Tools extends corners.Corners {
  /** @param {Record<string, any> | null} desk */
  constructor(desk) {
    super();
    this.desk = desk || {};
    this.tool = 'select';
    /** @type {any} the pointer that is down: {point, moved, still, shift, alt, held} */
    this.press = null;
    /** @type {Set<number>} */
    this.fingers = new Set();
  }

  attach(map) {
    this.map = map;
    map.boxZoom?.disable(); // Shift adds to the choice here
    map.keyboard?.disable();
    const box = map.getContainer();
    const on = (name, run) => box.addEventListener(name, run, { capture: true });
    on('pointerdown', (e) => this.down(e));
    on('pointermove', (e) => this.move(e));
    on('pointerup', (e) => this.up(e));
    on('pointercancel', (e) => {
      this.fingers.delete(e.pointerId);
      this.drop();
    });
    on('pointerleave', () => {
      if (!this.press) this.hover(null);
    });
    on('contextmenu', (e) => {
      if (this.tool !== 'select') e.preventDefault();
    });
    const keys = (e) => keyboard.keydown(this, e);
    document.addEventListener('keydown', keys, true);
    map.on('unload', () => document.removeEventListener('keydown', keys, true));
  }

  choose(tool) {
    if (this.hand?.kind === 'reshape' && this.hand.changed) this.finish();
    this.cancel();
    this.tool = tool;
    this.map.doubleClickZoom?.[tool === 'select' ? 'enable' : 'disable']();
    this.map.dragging[tool === 'lasso' ? 'disable' : 'enable']();
    this.map.getContainer().dataset.tool = tool;
    if (tool === 'reshape') this.startReshape();
    this.desk.toolChanged();
    this.show();
  }

  // ---- pointer ----

  down(e) {
    if (e.target.closest?.('.leaflet-control')) return;
    this.map.getContainer().focus({ preventScroll: true });
    this.fingers.add(e.pointerId);
    if (this.fingers.size > 1) {
      this.drop();
      return;
    } // two fingers move the map
    if (e.button !== 0) return;
    this.desk.pointer = null;
    const point = this.at(e);
    this.press = {
      point,
      moved: 0,
      still: e.pointerType === 'touch' ? TOUCH_STILL_PX : STILL_PX,
      shift: e.shiftKey,
      alt: e.altKey,
    };
    if (this.grab(point, e)) {
      this.press.held = true;
      this.map.dragging.disable();
      try {
        this.map.getContainer().setPointerCapture(e.pointerId);
      } catch {
        /* a made-up event has no pointer */
      }
    }
  }

  move(e) {
    const point = this.at(e);
    this.shift = e.shiftKey;
    this.free = e.altKey;
    if (this.fingers.size > 1) return;
    if (this.press) {
      this.press.moved = Math.max(this.press.moved, point.distanceTo(this.press.point));
      if (this.press.held) {
        if (this.press.moved > this.press.still) this.drag(point);
        return;
      }
      if (this.press.moved > this.press.still) return; // the map moves
    }
    if (e.pointerType !== 'touch') this.hover(point);
  }

  up(e) {
    this.fingers.delete(e.pointerId);
    const { press } = this;
    this.press = null;
    if (!press) return;
    if (press.held && this.tool !== 'lasso') this.map.dragging.enable();
    const point = this.at(e);
    if (press.moved > press.still) {
      if (press.held) this.released();
      return;
    }
    if (this.hand?.corner) {
      this.hand.corner = null;
    }
    if (this.lasso) {
      this.lasso = null;
      this.show();
      return;
    }
    this.click(point, {
      shift: press.shift || e.shiftKey,
      alt: press.alt,
      touch: press.still === TOUCH_STILL_PX,
    });
  }

  // Something under the pointer is taken into the hand?
  grab(point, e) {
    const { desk } = this;
    if (this.tool === 'lasso') {
      this.lasso = { frame: this.frame(), path: [] };
      return true;
    }
    if (this.tool === 'reshape' && this.hand?.kind === 'reshape') {
      const m = this.hand.frame.toM(this.degrees(point));
      const px = e.pointerType === 'touch' ? 24 : 10;
      const corner = F.cornerAt(this.hand.shape, m, this.reach(px));
      const wall = corner ? null : F.wallAt(this.hand.shape, m, this.reach(px * 0.8));
      if (!corner && !wall) return false;
      this.hand.corner = corner || null;
      this.hand.wall = wall;
      return true;
    }
    if (this.tool === 'move' || this.tool === 'rotate') {
      const id = this.hit(point);
      if (id !== null && !desk.selected.has(id)) desk.select([id], e.shiftKey);
      if (!desk.selected.size || (this.tool === 'move' && id === null)) return false;
      if (!desk.mayEdit(desk.selected)) return false;
      if (!this.hand || this.hand.kind !== this.tool) this.takeUp(this.tool);
      this.hand.from = this.hand.frame.toM(this.degrees(point));
      this.hand.base = { shift: this.hand.shift, angle: this.hand.angle };
      return true;
    }
    return false;
  }

  // The chosen buildings are in the hand, to be moved or turned together.
  takeUp(kind) {
    const frame = this.frame();
    const shapes = new Map(
      [...this.desk.selected].map((id) => [id, frame.shape(this.desk.features.get(id).geometry)]),
    );
    const middle = F.centre([...shapes.values()].flat());
    this.hand = { kind, frame, shapes, now: shapes, middle, shift: [0, 0], angle: 0 };
    this.desk.hidden = new Set(shapes.keys());
    this.desk.canvas.paint();
  }

  drag(point) {
    const { hand, lasso } = this;
    if (lasso) {
      lasso.path.push(lasso.frame.toM(this.degrees(point)));
      this.show();
      return;
    }
    const m = hand.frame.toM(this.degrees(point));
    if (hand.kind === 'move')
      this.shiftTo(
        [hand.base.shift[0] + m[0] - hand.from[0], hand.base.shift[1] + m[1] - hand.from[1]],
        !this.free,
      );
    else if (hand.kind === 'rotate') {
      const angle = (p) => Math.atan2(p[1] - hand.middle[1], p[0] - hand.middle[0]);
      let by = hand.base.angle + angle(m) - angle(hand.from);
      if (this.shift) by = (Math.round(by / (Math.PI / 12)) * Math.PI) / 12; // 15°
      this.turnTo(by);
    } else if (hand.kind === 'reshape') this.dragCorner(m);
  }

  shiftTo([dx, dy], snapping) {
    const { hand } = this;
    hand.snap = null;
    if (snapping) {
      /** @type {Point[]} */
      const corners = [...hand.shapes.values()].flat(3).map(([x, y]) => [x + dx, y + dy]);
      const reach = this.reach(0.7 * places.SNAP_PX);
      const around =
        corners.length <= 400
          ? corners.flatMap((m) => this.around(hand.frame, m, reach, this.desk.hidden))
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
    this.show();
  }

  turnTo(angle) {
    const { hand } = this;
    hand.angle = angle;
    hand.now = new Map(
      [...hand.shapes].map(([id, shape]) => [id, F.turned(shape, angle, hand.middle)]),
    );
    this.show();
  }

  released() {
    const { hand, lasso } = this;
    if (lasso) {
      this.endLasso();
      return;
    }
    if (hand.kind === 'reshape') {
      hand.corner = null;
      hand.dragging = false;
      this.show();
      return;
    }
    this.finish();
  }

  endLasso() {
    const { frame, path } = this.lasso;
    this.lasso = null;
    const inside = [];
    if (path.length > 2)
      for (const f of this.desk.features.values())
        if (F.inRing(F.centre(frame.shape(f.geometry)), path)) inside.push(f.id);
    if (inside.length) this.desk.select(inside, this.shift);
    else this.desk.tell('data_buildings.lasso_empty');
    this.show();
  }

  // ---- clicks ----

  /** @param {L.Point} point @param {Held} held */
  click(point, { shift, alt, touch } = {}) {
    const { desk } = this;
    if (CLICKED.has(this.tool)) {
      this.addPoint(point, { shift, alt, touch });
      return;
    }
    if (this.tool === 'reshape') {
      this.clickReshape(point);
      return;
    }
    const id = this.hit(point);
    if (id === null && !shift) desk.select([]);
    else if (id !== null) desk.select([id], shift);
  }

  // Where a clicked place comes to lie: on a neighbour's corner, or square to the wall before.
  /** @param {L.Point} point @param {Held} held */
  placed(point, { shift, alt } = {}) {
    const { draft } = this;
    const m = draft.frame.toM(this.degrees(point));
    draft.snap = null;
    const square = this.square !== Boolean(shift);
    if (square && draft.points.length > 1 && this.tool === 'draw')
      return F.squared(draft.points.at(-2), draft.points.at(-1), m);
    return alt ? m : this.snapped(draft.frame, m);
  }

  addPoint(point, held) {
    const { desk } = this;
    if (!this.draft) this.draft = { frame: this.frame(), points: [], hover: null };
    const { draft } = this;
    const m = this.placed(point, held);
    const reach = this.reach(held?.touch ? 18 : 9);
    const last = draft.points.at(-1);
    if (this.tool === 'rectangle') {
      if (draft.points.length < 2) {
        if (!last || F.distance(last, m) > reach / 2) draft.points.push(m);
        this.show();
        return;
      }
      const ring = F.rectangle(draft.points[0], draft.points[1], m);
      if (ring && F.area([[ring]]) > 0.01) this.submitRing(ring);
      return;
    }
    const closes =
      this.tool === 'draw' &&
      draft.points.length >= 3 &&
      F.distance(draft.points[0], draft.frame.toM(this.degrees(point))) < reach;
    if (closes || (last && F.distance(last, m) < reach / 2)) {
      this.finish();
      return;
    } // also a double click
    if (draft.points.length >= 500) {
      desk.tell('data_buildings.too_many_corners');
      return;
    }
    draft.points.push(m);
    this.show();
  }

  // Enter, a double click, or the button: what is in the hand goes out.
  finish() {
    const { desk, draft, hand, tool } = this;
    if (hand) {
      if (hand.kind === 'reshape' && (!hand.changed || F.selfCrossing(hand.shape.flat()[0]))) {
        if (hand.changed) desk.tell('data_buildings.crosses_itself');
        else this.choose('select');
        return;
      }
      const still =
        hand.kind === 'move'
          ? Math.hypot(...hand.shift) < 0.005
          : hand.kind === 'rotate' && Math.abs(hand.angle) < 1e-4;
      const shapes = hand.kind === 'reshape' ? new Map([[hand.id, hand.shape]]) : hand.now;
      this.hand = null;
      desk.hidden = null;
      if (!still)
        desk.submit(hand.kind === 'reshape' ? 'reshape' : 'move', [...shapes.keys()], {
          geometries: Object.fromEntries(
            [...shapes].map(([id, shape]) => [id, hand.frame.geometry(shape)]),
          ),
        });
      if (hand.kind === 'reshape') this.choose('select');
      desk.canvas.paint();
      this.show();
      return;
    }
    if (!draft) return;
    if (tool === 'cut') {
      this.submitCut();
      return;
    }
    if (tool === 'draw') {
      if (draft.points.length < 3) {
        desk.tell('data_buildings.draw_three');
        return;
      }
      this.submitRing(this.square ? F.closedSquare(draft.points) : draft.points);
    }
  }

  submitRing(ring) {
    const { desk, draft } = this;
    if (F.selfCrossing(ring)) {
      desk.tell('data_buildings.crosses_itself');
      return;
    }
    this.draft = null;
    desk.submit('draw', [], { geometry: draft.frame.geometry([[ring]]) });
    this.show();
  }

  submitCut() {
    const { desk, draft } = this;
    if (draft.points.length < 2) {
      desk.tell('data_buildings.cut_two');
      return;
    }
    let ids = [...desk.selected];
    if (ids.length !== 1) {
      // The building that the middle of the line runs through.
      const [lon, lat] = draft.frame.toDegrees(midway(draft.points));
      const found = this.hit(this.map.latLngToContainerPoint([lat, lon]));
      ids = found === null ? [] : [found];
    }
    if (ids.length !== 1) {
      desk.tell('data_buildings.cut_which');
      return;
    }
    if (!desk.mayEdit(ids)) return;
    this.draft = null;
    desk.submit('cut', ids, {
      line: { type: 'LineString', coordinates: draft.points.map((m) => draft.frame.toDegrees(m)) },
    });
    this.show();
  }

  // One step back within what the hand is doing; false when it does nothing.
  back() {
    const { draft, hand } = this;
    if (draft) {
      draft.points.pop();
      if (!draft.points.length) this.draft = null;
      this.show();
      return true;
    }
    if (hand?.kind === 'reshape' && hand.past.length) {
      hand.shape = hand.past.pop();
      hand.chosen = null;
      hand.changed = hand.past.length > 0;
      this.show();
      return true;
    }
    return Boolean(hand) && this.cancel();
  }

  // A press that turned out to be none (a second finger).
  drop() {
    if (this.press?.held && this.tool !== 'lasso') this.map.dragging.enable();
    this.press = null;
    this.lasso = null;
    if (this.hand && this.hand.kind !== 'reshape') this.cancel();
  }

  // Nothing has happened.
  cancel() {
    const had = Boolean(this.draft || this.hand || this.lasso);
    Object.assign(this, { draft: null, hand: null, lasso: null });
    this.desk.hidden = null;
    this.desk.pointer = null;
    if (had) this.desk.canvas.paint();
    this.show();
    return had;
  }

  // ---- what is shown ----

  hover(point) {
    const { desk, draft } = this;
    if (draft && point) {
      draft.hover = this.placed(point, { shift: this.shift, alt: this.free });
      desk.hover = null;
      this.show();
      return;
    }
    const id = point && !CLICKED.has(this.tool) ? this.hit(point) : null;
    if (id === desk.hover) return;
    desk.hover = id;
    desk.canvas.paintTop();
    panels.under(id);
  }

  show() {
    const { desk } = this;
    desk.sketch = this.sketch();
    desk.canvas.paintTop();
    panels.hint(this);
  }

  sketch() {
    return sketches.sketch(this);
  }

  measures() {
    return sketches.measures(this);
  }
}

function midway(points) {
  let left = F.length(points) / 2;
  for (let i = 1; i < points.length; i++) {
    const d = F.distance(points[i - 1], points[i]);
    if (d >= left && d > 0)
      return [0, 1].map((k) => points[i - 1][k] + (left / d) * (points[i][k] - points[i - 1][k]));
    left -= d;
  }
  return points[0];
}

export { Tools, CLICKED };
