// What stands on each grid: its number and its households, where there is room for them.
import { brush } from '../../../shared/elements.js';

/** @typedef {InstanceType<typeof import('./canvas.js').PlanCanvas>} PlanCanvas */
/** @typedef {CanvasRenderingContext2D} Brush */
/**
 * box: in pixels of the canvas
 * @typedef {{x: number, y: number, name: string, load: string, over: boolean, near: boolean,
 *   box: [number, number, number, number]}} Label
 */

// Where a grid's label stands, in m (shapes.js).
/** @param {PlanCanvas} canvas @param {number} grid @returns {number[]} */
function placeOf(canvas, grid) {
  let at = canvas.labelAt.get(grid);
  if (!at) {
    const { plan, shapes } = canvas.desk;
    at = shapes.labelPoint(
      plan.judge(grid).pieces > 1 ? plan.pieces(grid)[0].plots : plan.members(grid),
    );
    canvas.labelAt.set(grid, at);
  }
  return at;
}

// Write the labels of some grids anew (null: all). Others are written again only where a box
// that was wiped touched them.
/** @param {PlanCanvas} canvas @param {Iterable<number> | null} grids */
function paintNames(canvas, grids) {
  const { plan } = canvas.desk;
  if (!plan) return;
  const g = brush(canvas.names);
  const ratio = canvas.ratio;
  g.setTransform(1, 0, 0, 1, 0, 0);
  if (!grids) {
    canvas.labels.clear();
    canvas.labelAt.clear();
    g.clearRect(0, 0, canvas.names.width, canvas.names.height);
  }
  g.setTransform(ratio, 0, 0, ratio, canvas.shift[0] * ratio, canvas.shift[1] * ratio);
  /** @type {Label[]} */
  const wiped = [];
  for (const grid of grids || []) {
    canvas.labelAt.delete(grid);
    const before = canvas.labels.get(grid);
    if (before) wiped.push(before);
    canvas.labels.delete(grid);
    const now = plan.sums[grid]?.plots ? labelOf(canvas, grid) : null;
    if (!now) continue;
    canvas.labels.set(grid, now);
    wiped.push(now);
  }
  if (!grids) {
    for (let grid = 0; grid < plan.grids.length; grid++) {
      const now = plan.sums[grid].plots ? labelOf(canvas, grid) : null;
      if (now) {
        canvas.labels.set(grid, now);
        write(canvas, g, now);
      }
    }
    return;
  }
  const again = [...canvas.labels.values()].filter((label) =>
    wiped.some((box) => meets(box, label)),
  );
  g.save();
  g.beginPath();
  for (const [x1, y1, x2, y2] of wiped.map((w) => w.box)) {
    g.rect(x1, y1, x2 - x1, y2 - y1);
    g.clearRect(x1, y1, x2 - x1, y2 - y1);
  }
  g.clip();
  for (const label of again) write(canvas, g, label);
  g.restore();
}

// What a grid's label says and where; null where there is no room for it.
/** @param {PlanCanvas} canvas @param {number} grid @returns {Label | null} */
function labelOf(canvas, grid) {
  const { plan, say, selected } = canvas.desk;
  const s = plan.sums[grid];
  const { rem } = canvas.ink;
  const over = s.households > plan.limit;
  const room = Math.sqrt(s.area) / canvas.metresPerPixel();
  if (room < 1.6 * rem && !over && grid !== selected) return null;
  const both = room > 3.2 * rem || over || grid === selected;
  const name = `${plan.grids[grid].number ?? ''}${plan.grids[grid].locked ? ` ${say('planner.locked_mark')}` : ''}`;
  const load = both
    ? `${over ? '▲' : ''}${say('planner.map_load', { households: s.households })}`
    : '';
  const [x, y] = placeOf(canvas, grid).map((v) => Math.round(v * canvas.scale));
  // Full-width letters are one em, others no more than 0.65: measured widths cost too much here.
  /** @param {string} words */
  const ems = (words) =>
    [...words].reduce((sum, c) => sum + (c > '\u2e7f' || c === '▲' ? 1 : 0.65), 0);
  const half = Math.ceil(Math.max(ems(name) * rem, ems(load) * 0.8 * rem) / 2 + 6);
  return {
    x,
    y,
    name,
    load,
    over,
    near: both && !over && s.households > 0.98 * plan.limit,
    box: [x - half, y - Math.ceil(1.15 * rem), x + half, y + Math.ceil(1.15 * rem)],
  };
}

/** @param {PlanCanvas} canvas @param {Brush} g @param {Label} label */
function write(canvas, g, { x, y, name, load, over, near, box }) {
  const { rem } = canvas.ink;
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  g.lineJoin = 'round';
  /** @param {string} words @param {number} dy @param {number} size @param {number} weight */
  const line = (words, dy, size, weight) => {
    g.font = `${weight} ${size}px "Noto Sans SC", sans-serif`;
    g.strokeStyle = canvas.ink.halo;
    g.lineWidth = 3.5;
    g.strokeText(words, x, y + dy);
    g.fillStyle = canvas.ink.text; // over the limit says ▲: orange letters on orange cannot be read
    g.fillText(words, x, y + dy);
  };
  line(name, load ? -0.5 * rem : 0, rem, 700);
  if (!load) return;
  line(load, 0.5 * rem, 0.8 * rem, over ? 700 : 400);
  if (!near) return;
  g.strokeStyle = canvas.ink.near;
  g.lineWidth = 2;
  g.strokeRect(box[0] + 2, y + 0.02 * rem, box[2] - box[0] - 4, 0.98 * rem);
}

/** @param {Label} one @param {Label} two */
function meets(one, two) {
  const [a, b] = [one.box, two.box];
  return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
}

export { paintNames, placeOf };
