// Gestures: what a mouse, a finger or the keys do to the plan. Every one ends in desk.ended(kind,
// moves, body): moves are [plot, from, to] in positions, body is what the server is asked.
import * as keyboard from './keys.js';
import { under } from '../panels/hint.js';

const DRAWN = new Set(['brush', 'new_grid', 'lasso', 'split', 'push']); // these keep the map still
const RADII_PX = [0, 14, 30, 60];
const GRAB_PX = 14;
const STILL_PX = 4;

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
    /** @type {any} what the hand draws: {point, m, last, path, plot, moved, …} */
    this.stroke = null;
    /** @type {Set<number>} */
    this.fingers = new Set();
    this.space = false;
    /** @type {L.Point | null} */
    this.key = null; // the pointer that the arrow keys move, in container pixels
  }

  attach(map) {
    this.map = map;
    const box = map.getContainer();
    const on = (name, run) => box.addEventListener(name, run, { capture: true });
    on('pointerdown', (e) => this.down(e));
    on('pointermove', (e) => this.move(e));
    on('pointerup', (e) => this.up(e));
    on('pointercancel', (e) => {
      this.fingers.delete(e.pointerId);
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

  at(e) {
    const box = this.map.getContainer().getBoundingClientRect();
    return L.point(e.clientX - box.left, e.clientY - box.top);
  }

  // ---- pointer ----

  down(e) {
    if (e.target.closest?.('.leaflet-control')) return;
    this.fingers.add(e.pointerId);
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

  move(e) {
    const point = this.at(e);
    if (this.pan) {
      this.map.panBy(this.pan.subtract(point), { animate: false });
      this.pan = point;
      return;
    }
    if (this.fingers.size > 1) return;
    if (this.stroke) this.drag(point);
    else if (e.pointerType !== 'touch') this.hover(point);
  }

  up(e) {
    this.fingers.delete(e.pointerId);
    if (this.pan) {
      this.pan = null;
      return;
    }
    if (this.stroke) this.end(this.at(e));
  }

  // ---- one stroke, from the mouse or from the keys ----

  start(point, pick) {
    const { desk } = this;
    if (!desk.plan) return;
    const m = desk.canvas.toM(point);
    const plot = desk.shapes.plotAt(...m);
    this.stroke = { point, m, last: m, path: [m], plot, moved: 0 };
    if (!DRAWN.has(this.tool)) return;
    if (desk.choosing) {
      this.stroke.remove = pick;
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
    if (['brush', 'new_grid', 'push'].includes(this.tool) && !this.begin(plot, m)) {
      this.stroke = null;
      return;
    }
    this.drag(point);
  }

  // What the stroke paints with: a grid, or for a border the two grids beside it.
  begin(plot, m) {
    const { desk, stroke } = this;
    const { plan } = desk;
    if (this.tool === 'push') {
      const arc = desk.shapes.nearestBorder(plan.gridOf, m[0], m[1], GRAB_PX / desk.canvas.scale);
      if (arc < 0) {
        desk.tell('planner.push_where');
        return false;
      }
      stroke.pair = [plan.gridOf[desk.shapes.arcLeft[arc]], plan.gridOf[desk.shapes.arcRight[arc]]];
      if (stroke.pair.some((grid) => plan.grids[grid].locked)) {
        desk.tell('planner.grid_is_locked');
        return false;
      }
      plan.begin();
      return true;
    }
    if (this.tool === 'brush' && desk.selected < 0) {
      if (plot < 0) {
        desk.tell('planner.choose_grid');
        return false;
      }
      desk.select(plan.gridOf[plot]); // begin inside the grid that is to grow
    }
    if (this.tool === 'brush' && plan.grids[desk.selected].locked) {
      desk.tell('planner.grid_is_locked');
      return false;
    }
    plan.begin();
    stroke.to = this.tool === 'brush' ? desk.selected : desk.newGrid();
    return true;
  }

  drag(point) {
    const { desk, stroke } = this;
    const m = desk.canvas.toM(point);
    stroke.moved = Math.max(stroke.moved, point.distanceTo(stroke.point));
    if (this.tool === 'lasso' || this.tool === 'split') {
      const gap = 3 / desk.canvas.scale;
      if (Math.hypot(m[0] - stroke.last[0], m[1] - stroke.last[1]) >= gap) {
        stroke.path.push(m);
        stroke.last = m;
      }
      desk[this.tool === 'lasso' ? 'ring' : 'line'] = stroke.path;
      desk.canvas.paintTop();
      return;
    }
    if (!['brush', 'new_grid', 'push'].includes(this.tool)) return;
    const radius =
      this.tool === 'push'
        ? Math.max(this.radius(), RADII_PX[1] / desk.canvas.scale)
        : this.radius();
    desk.cursor = { x: m[0], y: m[1], radius };
    if (desk.choosing) {
      const swept = desk.shapes.sweep(stroke.last[0], stroke.last[1], m[0], m[1], radius);
      stroke.last = m;
      desk.choosing.add(swept, stroke.remove);
      return;
    }
    let only = this.tool === 'push' ? -1 : this.only;
    if (this.tool === 'push') {
      // The side that the hand moves into gives; the other grows.
      if (stroke.to === undefined && stroke.moved > STILL_PX) {
        const plot = desk.shapes.plotAt(...m);
        const entered = plot < 0 ? -1 : desk.plan.gridOf[plot];
        if (stroke.pair.includes(entered)) {
          stroke.only = entered;
          stroke.to = stroke.pair[0] === entered ? stroke.pair[1] : stroke.pair[0];
        }
      }
      if (stroke.to === undefined) {
        desk.canvas.paintTop();
        return;
      }
      only = stroke.only;
    }
    const plots = desk.shapes.sweep(stroke.last[0], stroke.last[1], m[0], m[1], radius);
    stroke.last = m;
    this.paint(plots, stroke.to, only);
  }

  paint(plots, to, only) {
    const { desk } = this;
    const touched = new Set([to]);
    for (const p of plots) touched.add(desk.plan.gridOf[p]);
    const moved = desk.plan.paint(plots, to, only);
    if (moved.length) desk.live.changed(moved, touched);
    else desk.canvas.paintTop();
    return moved;
  }

  end(point) {
    const { desk, stroke } = this;
    this.stroke = null;
    const still = stroke.moved <= STILL_PX && point.distanceTo(stroke.point) <= STILL_PX;
    desk.cursor = null;
    if (this.tool === 'lasso') return this.endLasso(stroke, still);
    if (this.tool === 'split') return this.endSplit(stroke, still);
    if (DRAWN.has(this.tool)) return this.endStroke(stroke);
    if (still) this.click(stroke.plot);
    return undefined;
  }

  endStroke(stroke) {
    const { desk } = this;
    if (desk.choosing) {
      desk.canvas.paintTop();
      return;
    }
    const { plan } = desk;
    const moves = plan.finish();
    desk.canvas.paintTop();
    if (!moves.length) {
      if (this.tool === 'new_grid') plan._dropLast();
      desk.figures(null);
      if (stroke.moved <= STILL_PX || this.tool !== 'push')
        desk.tell(this.only >= 0 ? 'planner.nothing_moved_only' : 'planner.nothing_moved');
      return;
    }
    const plots = moves.map((move) => move[0]);
    desk.ended(this.tool, moves, { plots, to: stroke.to });
    if (this.tool === 'new_grid') {
      desk.select(stroke.to);
      this.choose('brush');
    }
  }

  endLasso(stroke, still) {
    const { desk } = this;
    desk.ring = null;
    desk.canvas.paintTop();
    if (still || stroke.path.length < 3) return;
    const plots = desk.shapes.lasso(stroke.path.map((m) => desk.shapes.toDegrees(...m)));
    if (!plots.length) {
      desk.tell('planner.lasso_empty');
      return;
    }
    if (desk.choosing) {
      desk.choosing.add(plots, stroke.remove);
      return;
    }
    if (desk.selected < 0) {
      desk.tell('planner.choose_grid');
      return;
    }
    this.give('lasso', plots, desk.selected);
  }

  // Plots to a grid in one step, as its own stroke.
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

  endSplit(stroke, still) {
    const { desk } = this;
    const { plan, shapes } = desk;
    desk.line = null;
    desk.canvas.paintTop();
    if (still || stroke.path.length < 2) return;
    const line = stroke.path.map((m) => shapes.toDegrees(...m));
    const side = shapes.sideOf(line);
    if (desk.choosing) {
      if (side) desk.choosing.side(side);
      return;
    }
    const grid = desk.selected >= 0 ? desk.selected : this.gridUnder(stroke.path);
    if (grid < 0 || !side) {
      desk.tell('planner.split_where');
      return;
    }
    if (plan.grids[grid].locked) {
      desk.tell('planner.grid_is_locked');
      return;
    }
    const plain = plan.splitPlain(grid, side);
    const plots = plan.split(grid, side);
    if (!plots.length) {
      desk.tell('planner.split_missed', { grid: plan.grids[grid].number });
      return;
    }
    plan.begin();
    const to = desk.newGrid();
    this.paint(plots, to, -1);
    const moves = plan.finish();
    if (!moves.length) {
      plan._dropLast();
      desk.tell('planner.nothing_moved');
      return;
    }
    // The server parts by the line alone; where a half would be in pieces it is told the plots.
    const same = plain.length === moves.length && moves.every((move, i) => move[0] === plain[i]);
    desk.ended(
      same ? 'split' : 'new_grid',
      moves,
      same ? { grid, line, to } : { plots: moves.map((m) => m[0]), to },
    );
    desk.select(to);
  }

  gridUnder(path) {
    const count = new Map();
    for (const m of path) {
      const plot = this.desk.shapes.plotAt(...m);
      if (plot < 0) continue;
      const grid = this.desk.plan.gridOf[plot];
      count.set(grid, (count.get(grid) || 0) + 1);
    }
    return [...count].sort((x, y) => y[1] - x[1])[0]?.[0] ?? -1;
  }

  click(plot) {
    const { desk } = this;
    const { plan } = desk;
    if (desk.choosing) {
      desk.choosing.toggle(plot);
      return;
    }
    if (this.tool === 'select') {
      desk.select(plot < 0 ? -1 : plan.gridOf[plot]);
      return;
    }
    if (plot < 0 || !desk.mayEdit()) return;
    const grid = plan.gridOf[plot];
    if (this.tool === 'lock_plot') desk.lock({ plots: [plot], locked: !plan.plotLocked[plot] });
    else if (this.tool === 'lock_grid')
      desk.lock({ grids: [grid], locked: !plan.grids[grid].locked });
    else if (this.tool === 'dissolve') this.dissolve(grid);
    else if (this.tool === 'merge') this.merge(grid);
    else if (this.tool === 'estate') this.estate(plot);
  }

  merge(grid) {
    const { desk } = this;
    const { plan } = desk;
    if (desk.selected < 0) {
      desk.select(grid);
      desk.tell('planner.merge_second');
      return;
    }
    if (grid === desk.selected) return;
    if (plan.grids[grid].locked || plan.grids[desk.selected].locked) {
      desk.tell('planner.grid_is_locked');
      return;
    }
    if (!plan.adjacentGrids(desk.selected).has(grid)) {
      desk.tell('planner.merge_apart');
      return;
    }
    const only = this.only;
    this.only = -1;
    this.give('merge', plan.members(grid), desk.selected, {
      grids: [desk.selected, grid],
      to: desk.selected,
    });
    this.only = only;
  }

  estate(plot) {
    const { desk } = this;
    const { plan } = desk;
    if (plan.estate[plot] < 0) {
      desk.tell('planner.estate_none');
      return;
    }
    if (desk.selected < 0) {
      desk.tell('planner.choose_grid');
      return;
    }
    const whole = this.only < 0;
    this.give(
      whole ? 'estate' : 'brush',
      plan.estatePlots(plan.estate[plot]),
      desk.selected,
      whole ? { estate: plan.estate[plot], to: desk.selected } : undefined,
    );
  }

  dissolve(grid) {
    const { desk } = this;
    const { plan } = desk;
    if (plan.grids[grid].locked) {
      desk.tell('planner.grid_is_locked');
      return;
    }
    const given = plan.dissolve(grid);
    if (!given.length) {
      desk.tell('planner.dissolve_island');
      return;
    }
    plan.begin();
    const touched = new Set([grid]);
    const moved = [];
    for (const [p, to] of given) {
      touched.add(to);
      moved.push(...plan.paint([p], to));
    }
    const moves = plan.finish();
    desk.live.changed(moved, touched);
    desk.ended('dissolve', moves, { grid });
    if (desk.selected === grid) desk.select(-1);
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
        const arc = desk.shapes.nearestBorder(
          desk.plan.gridOf,
          m[0],
          m[1],
          GRAB_PX / desk.canvas.scale,
        );
        if (arc >= 0) desk.highlight = [arc];
      }
      under(desk.shapes.plotAt(...m));
    }
    desk.canvas.paintTop();
  }
}

export { Tools, DRAWN, RADII_PX };
