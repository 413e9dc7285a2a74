// Gestures: what a mouse, a finger or the keys do to the plan. Every one ends in desk.ended(kind,
// moves, body): moves are [plot, from, to] in positions, body is what the server is asked.
import * as clicks from './clicks.js';
import { DRAWN, RADII_PX, STILL_PX, SWEPT } from './hand.js';
import * as keyboard from './keys.js';
import * as lines from './lines.js';
import * as sweep from './sweep.js';
import { under } from '../panels/hint.js';
import { within } from '../../../shared/elements.js';

class Tools {
  /** @type {L.Map} */ map;
  /** @type {L.Point | null} the map is moved from here */ pan = null;
  /** @type {(e: KeyboardEvent) => void} */ keys;
  /** @type {(e: KeyboardEvent) => void} */ release;

  /** @param {import('../desk.js').Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.tool = 'select';
    this.size = 1;
    this.only = -1;
    /** @type {import('./hand.js').Stroke | null} what the hand draws */
    this.stroke = null;
    /** @type {Set<number>} */
    this.fingers = new Set();
    this.pen = -1; // the pen that draws; a hand that rests beside it is none
    this.pointer = -1; // whose stroke it is
    this.space = false;
    /** @type {L.Point | null} */
    this.key = null; // the pointer that the arrow keys move, in container pixels
  }

  /** @param {L.Map} map */
  attach(map) {
    this.map = map;
    const box = map.getContainer();
    const on = (name, run) => box.addEventListener(name, run, { capture: true });
    on('pointerdown', (e) => this.down(e));
    on('pointermove', (e) => this.move(e));
    on('pointerup', (e) => this.up(e));
    on('pointercancel', (e) => {
      this.fingers.delete(e.pointerId);
      if (this.pen >= 0 && e.pointerId !== this.pen) return;
      this.pen = -1;
      this.cancel();
    });
    on('pointerleave', () => {
      if (!this.stroke) this.hover(null);
    });
    on('contextmenu', (e) => {
      if (this.tool !== 'select') e.preventDefault();
    });
    this.keys = (e) => keyboard.keydown(this, e);
    this.release = (e) => {
      if (e.code === 'Space') this.space = false;
    };
    document.addEventListener('keydown', this.keys, true);
    document.addEventListener('keyup', this.release, true);
    map.on('unload', () => this.detach());
  }

  detach() {
    document.removeEventListener('keydown', this.keys, true);
    document.removeEventListener('keyup', this.release, true);
  }

  /** @param {string} tool */
  choose(tool) {
    if (this.desk.choosing && !this.desk.choosing.tools.has(tool)) return;
    this.cancel();
    this.tool = tool;
    this.key = null;
    const still = DRAWN.has(tool);
    for (const handler of ['dragging', 'doubleClickZoom', 'boxZoom'])
      this.map[handler]?.[still ? 'disable' : 'enable']();
    this.map.getContainer().dataset.tool = tool;
    this.hover(null);
    this.desk.toolChanged();
  }

  radius() {
    return (RADII_PX[this.size] || 0) / this.desk.canvas.scale;
  }

  /** @param {PointerEvent} e @returns {L.Point} in container pixels */
  at(e) {
    const box = this.map.getContainer().getBoundingClientRect();
    return L.point(e.clientX - box.left, e.clientY - box.top);
  }

  // ---- pointer ----

  /** @param {PointerEvent} e */
  down(e) {
    if (within(e, '.leaflet-control')) return;
    if (this.rests(e)) {
      e.stopPropagation(); // nor does the map move under the pen
      return;
    }
    this.fingers.add(e.pointerId);
    if (e.pointerType === 'pen' && DRAWN.has(this.tool)) this.takePen(e);
    if (this.fingers.size > 1) {
      this.cancel();
      return;
    } // two fingers move the map
    this.key = null;
    const point = this.at(e);
    if (DRAWN.has(this.tool) && (this.space || e.button === 1 || e.button === 2)) {
      this.pan = point;
      e.preventDefault();
      return;
    }
    if (e.button !== 0) return;
    this.pointer = e.pointerId;
    this.start(point, e.altKey);
    if (DRAWN.has(this.tool)) {
      e.preventDefault();
      try {
        this.map.getContainer().setPointerCapture(e.pointerId);
      } catch {
        /* a made-up event has no pointer */
      }
    }
  }

  // A finger, or the palm, on the map while the pen draws.
  /** @param {PointerEvent} e */
  rests(e) {
    return this.pen >= 0 && e.pointerType === 'touch' && e.pointerId !== this.pen;
  }

  // The pen comes down: whatever rested on the map before is no finger, and moves nothing.
  /** @param {PointerEvent} e */
  takePen(e) {
    this.cancel();
    this.pen = e.pointerId;
    this.fingers = new Set([e.pointerId]);
    e.stopPropagation(); // the map would take pen and palm for two fingers that zoom
  }

  /** @param {PointerEvent} e */
  move(e) {
    if (this.rests(e)) {
      e.stopPropagation();
      return;
    }
    const point = this.at(e);
    if (this.pan) {
      this.map.panBy(this.pan.subtract(point), { animate: false });
      this.pan = point;
      return;
    }
    if (this.fingers.size > 1) return;
    if (this.stroke && e.pointerId !== this.pointer && this.fingers.size) return;
    if (this.stroke) this.drag(point);
    else if (e.pointerType !== 'touch') this.hover(point);
  }

  /** @param {PointerEvent} e */
  up(e) {
    this.fingers.delete(e.pointerId);
    if (this.rests(e)) {
      e.stopPropagation();
      return;
    }
    this.pen = -1;
    if (this.pan) {
      this.pan = null;
      return;
    }
    if (this.stroke) this.end(this.at(e));
  }

  // ---- one stroke, from the mouse or from the keys ----

  /** @param {L.Point} point @param {boolean} pick take what is there in hand, do not draw */
  start(point, pick) {
    const { desk } = this;
    if (!desk.plan) return;
    const m = desk.canvas.toM(point);
    const plot = desk.shapes.plotAt(...m);
    const stroke = { point, last: m, path: [m], plot, moved: 0, remove: pick };
    this.stroke = stroke;
    if (!DRAWN.has(this.tool)) return;
    if (desk.choosing) {
      this.drag(point);
      return;
    }
    if (pick) {
      this.stroke = null;
      if (plot >= 0) desk.select(desk.plan.gridOf[plot]);
      return;
    }
    if (!desk.mayEdit()) {
      this.stroke = null;
      return;
    }
    if (SWEPT.has(this.tool) && !sweep.begin(this, stroke, m)) {
      this.stroke = null;
      return;
    }
    this.drag(point);
  }

  /** @param {L.Point} point in container pixels */
  drag(point) {
    const { stroke } = this;
    if (!stroke) return;
    const m = this.desk.canvas.toM(point);
    stroke.moved = Math.max(stroke.moved, point.distanceTo(stroke.point));
    if (SWEPT.has(this.tool)) sweep.drag(this, stroke, m);
    else if (DRAWN.has(this.tool)) lines.drag(this, stroke, m);
  }

  // Plots to a grid while the hand moves: those that went.
  /** @param {Iterable<number>} plots @param {number} to @param {number} [only] */
  paint(plots, to, only) {
    const { desk } = this;
    const touched = new Set([to]);
    for (const p of plots) touched.add(desk.plan.gridOf[p]);
    const moved = desk.plan.paint(plots, to, only);
    if (moved.length) desk.live.changed(moved, touched);
    else desk.canvas.paintTop();
    return moved;
  }

  /** @param {L.Point} point */
  end(point) {
    const { desk, stroke } = this;
    if (!stroke) return;
    this.stroke = null;
    const still = stroke.moved <= STILL_PX && point.distanceTo(stroke.point) <= STILL_PX;
    desk.cursor = null;
    if (this.tool === 'lasso') lines.endLasso(this, stroke, still);
    else if (this.tool === 'split') lines.endSplit(this, stroke, still);
    else if (DRAWN.has(this.tool)) sweep.end(this, stroke);
    else if (still) clicks.click(this, stroke.plot);
  }

  // Plots to a grid in one step, as its own stroke.
  /** @param {string} kind @param {number[]} plots @param {number} to @param {Record<string, any>} [body] */
  give(kind, plots, to, body) {
    const { desk } = this;
    const { plan } = desk;
    if (!desk.mayEdit()) return;
    if (plan.grids[to].locked) {
      desk.tell('planner.grid_is_locked');
      return;
    }
    plan.begin();
    this.paint(plots, to, this.only);
    const moves = plan.finish();
    if (!moves.length) {
      desk.tell(this.only >= 0 ? 'planner.nothing_moved_only' : 'planner.nothing_moved');
      return;
    }
    desk.ended(kind, moves, body || { plots: moves.map((move) => move[0]), to });
  }

  // Take back the stroke under way: nothing has happened.
  cancel() {
    const { desk, stroke } = this;
    this.stroke = null;
    this.pan = null;
    desk.cursor = desk.line = desk.ring = null;
    if (!stroke || !desk.plan) return Boolean(stroke);
    if (desk.plan.stroke) {
      const touched = new Set();
      for (const [p, home] of desk.plan.stroke) {
        touched.add(home);
        touched.add(desk.plan.gridOf[p]);
      }
      const plots = desk.plan.cancel();
      for (const grid of touched)
        if (grid >= desk.plan.grids.length) {
          touched.delete(grid);
          desk.live.known.delete(grid);
        }
      if (desk.selected >= desk.plan.grids.length) desk.select(-1);
      desk.live.changed(plots, touched);
    }
    desk.canvas.paintTop();
    return true;
  }

  /** @param {L.Point | null} point */
  hover(point) {
    const { desk } = this;
    if (!desk.plan || !desk.canvas._map) return;
    desk.cursor = null;
    desk.highlight = null;
    if (!point) under(-1);
    if (point) {
      const m = desk.canvas.toM(point);
      if (['brush', 'new_grid'].includes(this.tool))
        desk.cursor = { x: m[0], y: m[1], radius: this.radius() };
      if (this.tool === 'push') {
        const arc = sweep.borderAt(this, m);
        if (arc >= 0) desk.highlight = [arc];
      }
      under(desk.shapes.plotAt(...m));
    }
    desk.canvas.paintTop();
  }
}

export { Tools };
