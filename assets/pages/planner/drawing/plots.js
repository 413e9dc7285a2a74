// The plots of a plan: how full each grid is, what is cut off, and the lines between.
import { loadClass } from '../plan/load.js';

/** @typedef {InstanceType<typeof import('./canvas.js').PlanCanvas>} PlanCanvas */
/** @typedef {CanvasRenderingContext2D} Brush */

/** @param {PlanCanvas} canvas @param {Brush} g @param {Iterable<number>} plots */
function paintFills(canvas, g, plots) {
  const { plan, flagged, quiet } = canvas.desk;
  /** @type {Map<number, Path2D>} grid → its plots */
  const areas = new Map();
  const cut = new Path2D();
  let any = false;
  for (const p of plots) {
    const grid = plan.gridOf[p];
    const area = areas.get(grid) || new Path2D();
    areas.set(grid, area);
    area.addPath(canvas.path(p));
    if (flagged?.has(p)) {
      cut.addPath(canvas.path(p));
      any = true;
    }
  }
  for (const [grid, path] of quiet ? [] : areas) {
    const s = plan.sums[grid];
    const load = loadClass(s.households, plan.limit, s.plots);
    g.globalAlpha = load === 'load-over' ? 0.2 : load === 'load-alone' ? 0.6 : canvas.ink.opacity;
    g.fillStyle = canvas.ink.fill[load];
    g.fill(path);
    if (load === 'load-over') {
      g.globalAlpha = 0.75;
      g.fillStyle = canvas.ink.over;
      g.fill(path);
    }
  }
  g.globalAlpha = 1;
  if (any) {
    g.fillStyle = canvas.ink.apart;
    g.fill(cut);
    g.strokeStyle = canvas.ink.cut;
    g.lineWidth = 1;
    g.setLineDash([4, 3]);
    g.stroke(cut);
    g.setLineDash([]);
  }
}

/** @param {PlanCanvas} canvas @param {Brush} g @param {Iterable<number>} plots */
function paintLines(canvas, g, plots) {
  const { plan, shapes, selected } = canvas.desk;
  const thin = new Path2D();
  const border = new Path2D();
  const rim = new Path2D();
  const chosen = new Path2D();
  const near = canvas._zoom - Math.log2(canvas.ink.rem / 16) >= 16.5;
  const done = new Set();
  for (const p of plots) {
    for (const a of shapes.arcsOf[p]) {
      const other = shapes.arcRight[a];
      if (shapes.arcLeft[a] !== p && done.has(a)) continue;
      done.add(a);
      const [one, two] = [plan.gridOf[shapes.arcLeft[a]], other < 0 ? -1 : plan.gridOf[other]];
      if (one === two) {
        if (near) canvas.arcInto(thin, a);
        continue;
      }
      if (selected >= 0 && (one === selected || two === selected)) canvas.arcInto(chosen, a);
      else if (two < 0) canvas.arcInto(rim, a);
      else canvas.arcInto(border, a);
    }
  }
  g.lineJoin = g.lineCap = 'round';
  /** @param {Path2D} path @param {string} colour @param {number} width @param {number} [alpha] */
  const draw = (path, colour, width, alpha) => {
    g.globalAlpha = alpha ?? 1;
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.stroke(path);
  };
  draw(thin, canvas.ink.plot, 0.7, 0.8);
  draw(border, canvas.ink.halo, 4, 0.7);
  draw(border, canvas.ink.border, 2);
  draw(rim, canvas.ink.community, 3);
  draw(chosen, canvas.ink.halo, 6, 0.7);
  draw(chosen, canvas.ink.chosen, 3.5);
  g.globalAlpha = 1;
}

export { paintFills, paintLines };
