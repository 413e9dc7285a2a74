// What follows from every change of the plan while a hand moves.
import { loadClass } from './plan/load.js';

// What follows from every change: pieces, colours, labels, figures; only what was touched.
class Live {
  /** @param {import('./desk.js').Desk} desk */
  constructor(desk) {
    this.desk = desk;
    this.known = new Map();
    desk.flagged = new Map();
    desk.pieces = [];
  }

  all() {
    this.known.clear();
    this.desk.flagged.clear();
    for (const grid of this.desk.plan.grids.keys()) this._grid(grid, []);
    this.desk.pieces = [...this.known.values()].flatMap((k) => k.pieces);
    this.desk.canvas.paintAll();
    this.desk.figures(null);
  }

  _grid(grid, dirty) {
    const { plan, flagged } = this.desk;
    const load = loadClass(plan.sums[grid].households, plan.limit, plan.sums[grid].plots);
    const before = this.known.get(grid);
    const pieces = plan.judge(grid).apart ? plan.beyond(grid) : [];
    if (before && before.load !== load) dirty.push(...plan.members(grid));
    for (const piece of before?.pieces || [])
      for (const p of piece.plots) {
        flagged.delete(p);
        dirty.push(p);
      }
    for (const piece of pieces)
      for (const p of piece.plots) {
        flagged.set(p, true);
        dirty.push(p);
      }
    this.known.set(grid, { load, pieces });
  }

  changed(moved, grids) {
    const { shapes, canvas } = this.desk;
    const dirty = [...moved];
    for (const grid of grids) this._grid(grid, dirty);
    this.desk.pieces = [...this.known.values()].flatMap((k) => k.pieces);
    if (dirty.length) canvas.paint(shapes.boxOf(dirty));
    canvas.paintNames(grids);
    canvas.paintTop();
    this.desk.figures(grids);
  }
}

export { Live };
