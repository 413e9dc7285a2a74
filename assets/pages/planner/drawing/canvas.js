// The plan drawn over the map: a canvas for plots and borders, one for labels, one for what the hand
// draws. A change repaints only the boxes around what changed; outlines of plots are kept per zoom.
import * as plans from '../plan.js';
import * as outlines from './shapes.js';
import { LOAD_CLASSES } from '../../../shared/load.js';
import { cssToken } from '../../../shared/page.js';
import { brush } from '../../../shared/elements.js';

const FILL = Object.fromEntries(LOAD_CLASSES.map((name) => [name, `--${name}`]));
const PAD_PX = 8; // the widest line and a bit: what a repainted box needs around it

const PlanCanvas = L.Renderer.extend({
  options: { pane: 'planner', padding: 0.12 },

  _initContainer() {
    this._container = L.DomUtil.create('div', 'plan-canvas');
    for (const name of ['base', 'names', 'top'])
      this[name] = this._container.appendChild(document.createElement('canvas'));
    this.labels = new Map(); // grid → its label's box in pixels
    this.paths = new Map();
    this.labelAt = new Map();
    this.readTokens();
  },
  _destroyContainer() {
    L.DomUtil.remove(this._container);
    this._container = null;
  },

  // desk: {plan, shapes, selected, flagged: Map plot → true, highlight: [arc], cursor, line, ring}
  show(desk) {
    this.desk = desk;
    this.paths = new Map();
    this.labelAt = new Map();
    if (this._map) this.paintAll();
  },

  readTokens() {
    const token = cssToken;
    const rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.ink = {
      opacity: Number(token('--load-opacity')),
      text: token('--text'),
      halo: token('--ground'),
      loud: token('--loud-text'),
      border: token('--plan-border'),
      plot: token('--plan-plot'),
      community: token('--text'),
      chosen: token('--chosen'),
      near: token('--plan-near'),
      over: token('--load-over'),
      cut: token('--plan-cut'),
      muted: token('--muted'),
      panel: token('--panel'),
      rem,
    };
    this.fill = {};
    for (const [name, key] of Object.entries(FILL)) this.fill[name] = token(key);
    this.hatch = hatch(this.ink.over, 45);
    this.cross = hatch(this.ink.cut, -45);
  },

  _update() {
    L.Renderer.prototype._update.call(this);
    const size = this._bounds.getSize();
    this.ratio = window.devicePixelRatio || 1;
    L.DomUtil.setPosition(this._container, this._bounds.min);
    for (const canvas of [this.base, this.names, this.top]) {
      canvas.width = Math.round(this.ratio * size.x);
      canvas.height = Math.round(this.ratio * size.y);
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
    }
    if (this.zoomDrawn !== this._zoom) {
      this.paths = new Map();
      this.zoomDrawn = this._zoom;
    }
    this.paintAll();
    this.fire('update');
  },

  // m (shapes.js) → pixels of the canvas: times `scale`, plus `shift`.
  place() {
    const { shapes } = this.desk;
    this.scale = 2 ** (this._zoom - outlines.ZOOM);
    const pixel = this._map.getPixelOrigin();
    this.shift = [
      shapes.zero[0] * this.scale - pixel.x - this._bounds.min.x,
      shapes.zero[1] * this.scale - pixel.y - this._bounds.min.y,
    ];
  },

  // A container point of the map → m.
  toM(point) {
    const layer = this._map.containerPointToLayerPoint(point);
    return [
      (layer.x - this._bounds.min.x - this.shift[0]) / this.scale,
      (layer.y - this._bounds.min.y - this.shift[1]) / this.scale,
    ];
  },

  path(p) {
    let path = this.paths.get(p);
    if (path) return path;
    const { shapes } = this.desk;
    const k = this.scale;
    path = new Path2D();
    for (let r = shapes.plotRing[p]; r < shapes.plotRing[p + 1]; r++) {
      const [from, to] = [shapes.ring[r], shapes.ring[r + 1]];
      path.moveTo(shapes.vx[from] * k, shapes.vy[from] * k);
      for (let v = from + 1; v < to; v++) path.lineTo(shapes.vx[v] * k, shapes.vy[v] * k);
      path.closePath();
    }
    this.paths.set(p, path);
    return path;
  },

  arcInto(path, a) {
    const { shapes } = this.desk;
    const k = this.scale;
    const [from, to] = [shapes.arcFirst[a], shapes.arcFirst[a + 1]];
    path.moveTo(shapes.vx[shapes.arcPoint[from]] * k, shapes.vy[shapes.arcPoint[from]] * k);
    for (let i = from + 1; i < to; i++)
      path.lineTo(shapes.vx[shapes.arcPoint[i]] * k, shapes.vy[shapes.arcPoint[i]] * k);
  },

  paintAll() {
    if (!this.desk || !this._map) return;
    this.place();
    this.paint(null);
    this.paintNames(null);
    this.paintTop();
  },

  // Repaint the plots of a box in m (null: all that is in sight).
  paint(box) {
    const { plan, shapes, selected, flagged } = this.desk;
    if (!plan) return;
    const g = brush(this.base);
    const ratio = this.ratio;
    const seen = {
      x1: -this.shift[0],
      y1: -this.shift[1],
      x2: this.base.width / ratio - this.shift[0],
      y2: this.base.height / ratio - this.shift[1],
    };
    const rect = box
      ? {
          x1: Math.max(seen.x1, box[0] * this.scale - PAD_PX),
          y1: Math.max(seen.y1, box[1] * this.scale - PAD_PX),
          x2: Math.min(seen.x2, box[2] * this.scale + PAD_PX),
          y2: Math.min(seen.y2, box[3] * this.scale + PAD_PX),
        }
      : seen;
    if (rect.x1 >= rect.x2 || rect.y1 >= rect.y2) return;
    g.setTransform(1, 0, 0, 1, 0, 0);
    // Whole device pixels, so that no seam of half-covered pixels stays around the box.
    const [ox, oy] = [this.shift[0] * ratio, this.shift[1] * ratio];
    const device = [
      Math.floor(rect.x1 * ratio + ox),
      Math.floor(rect.y1 * ratio + oy),
      Math.ceil(rect.x2 * ratio + ox),
      Math.ceil(rect.y2 * ratio + oy),
    ];
    g.save();
    g.beginPath();
    g.rect(device[0], device[1], device[2] - device[0], device[3] - device[1]);
    g.clip();
    g.clearRect(device[0], device[1], device[2] - device[0], device[3] - device[1]);
    g.setTransform(ratio, 0, 0, ratio, ox, oy);
    const pad = PAD_PX / this.scale;
    const plots = shapes.query([
      rect.x1 / this.scale - pad,
      rect.y1 / this.scale - pad,
      rect.x2 / this.scale + pad,
      rect.y2 / this.scale + pad,
    ]);
    this.paintFills(g, plots, plan, flagged);
    this.paintLines(g, plots, plan, shapes, selected);
    g.restore();
  },

  paintFills(g, plots, plan, flagged) {
    const areas = new Map();
    const cut = new Path2D();
    let any = false;
    for (const p of plots) {
      const grid = plan.gridOf[p];
      if (!areas.has(grid)) areas.set(grid, new Path2D());
      areas.get(grid).addPath(this.path(p));
      if (flagged?.has(p)) {
        cut.addPath(this.path(p));
        any = true;
      }
    }
    for (const [grid, path] of this.desk.quiet ? [] : areas) {
      const s = plan.sums[grid];
      const load = plans.loadClass(s.households, plan.limit, s.plots);
      g.globalAlpha = load === 'load-over' ? 0.2 : load === 'load-alone' ? 0.6 : this.ink.opacity;
      g.fillStyle = this.fill[load];
      g.fill(path);
      if (load === 'load-over') {
        g.globalAlpha = 0.75;
        g.fillStyle = this.hatch;
        g.fill(path);
      }
    }
    g.globalAlpha = 1;
    if (any) {
      g.fillStyle = this.cross;
      g.fill(cut);
      g.strokeStyle = this.ink.cut;
      g.lineWidth = 1;
      g.setLineDash([4, 3]);
      g.stroke(cut);
      g.setLineDash([]);
    }
  },

  paintLines(g, plots, plan, shapes, selected) {
    const thin = new Path2D();
    const border = new Path2D();
    const rim = new Path2D();
    const chosen = new Path2D();
    const near = this._zoom - Math.log2(this.ink.rem / 16) >= 16.5;
    const done = new Set();
    for (const p of plots) {
      for (const a of shapes.arcsOf[p]) {
        const other = shapes.arcRight[a];
        if (shapes.arcLeft[a] !== p && done.has(a)) continue;
        done.add(a);
        const [one, two] = [plan.gridOf[shapes.arcLeft[a]], other < 0 ? -1 : plan.gridOf[other]];
        if (one === two) {
          if (near) this.arcInto(thin, a);
          continue;
        }
        if (selected >= 0 && (one === selected || two === selected)) this.arcInto(chosen, a);
        else if (two < 0) this.arcInto(rim, a);
        else this.arcInto(border, a);
      }
    }
    g.lineJoin = g.lineCap = 'round';
    const draw = (path, colour, width, alpha) => {
      g.globalAlpha = alpha ?? 1;
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.stroke(path);
    };
    draw(thin, this.ink.plot, 0.7, 0.8);
    draw(border, this.ink.halo, 4, 0.7);
    draw(border, this.ink.border, 2);
    draw(rim, this.ink.community, 3);
    draw(chosen, this.ink.halo, 6, 0.7);
    draw(chosen, this.ink.chosen, 3.5);
    g.globalAlpha = 1;
  },

  // ---- labels ----

  label(grid) {
    let at = this.labelAt.get(grid);
    if (!at) {
      const { plan, shapes } = this.desk;
      at = shapes.labelPoint(
        plan.judge(grid).pieces > 1 ? plan.pieces(grid)[0].plots : plan.members(grid),
      );
      this.labelAt.set(grid, at);
    }
    return at;
  },

  // Write the labels of some grids anew (null: all). Others are written again only where a box
  // that was wiped touched them.
  paintNames(grids) {
    const { plan } = this.desk;
    if (!plan) return;
    const g = brush(this.names);
    const ratio = this.ratio;
    g.setTransform(1, 0, 0, 1, 0, 0);
    if (!grids) {
      this.labels.clear();
      this.labelAt.clear();
      g.clearRect(0, 0, this.names.width, this.names.height);
    }
    g.setTransform(ratio, 0, 0, ratio, this.shift[0] * ratio, this.shift[1] * ratio);
    const wiped = [];
    for (const grid of grids || []) {
      this.labelAt.delete(grid);
      const before = this.labels.get(grid);
      if (before) wiped.push(before);
      this.labels.delete(grid);
      const now = plan.sums[grid]?.plots ? this.plannedLabel(g, grid) : null;
      if (!now) continue;
      this.labels.set(grid, now);
      wiped.push(now);
    }
    if (!grids) {
      for (let grid = 0; grid < plan.grids.length; grid++) {
        const now = plan.sums[grid].plots ? this.plannedLabel(g, grid) : null;
        if (now) {
          this.labels.set(grid, now);
          this.writeLabel(g, now);
        }
      }
      return;
    }
    const again = [...this.labels.values()].filter((label) =>
      wiped.some((box) => meets(box, label)),
    );
    g.save();
    g.beginPath();
    for (const [x1, y1, x2, y2] of wiped.map((w) => w.box)) {
      g.rect(x1, y1, x2 - x1, y2 - y1);
      g.clearRect(x1, y1, x2 - x1, y2 - y1);
    }
    g.clip();
    for (const label of again) this.writeLabel(g, label);
    g.restore();
  },

  // What a grid's label says and where; null where there is no room for it.
  plannedLabel(_g, grid) {
    const { plan, say, selected } = this.desk;
    const s = plan.sums[grid];
    const { rem } = this.ink;
    const over = s.households > plan.limit;
    const room = Math.sqrt(s.area) / this.metresPerPixel();
    if (room < 1.6 * rem && !over && grid !== selected) return null;
    const both = room > 3.2 * rem || over || grid === selected;
    const name = `${plan.grids[grid].number ?? ''}${plan.grids[grid].locked ? ` ${say('planner.locked_mark')}` : ''}`;
    const load = both
      ? `${over ? '▲' : ''}${say('planner.map_load', { households: s.households })}`
      : '';
    const [x, y] = this.label(grid).map((v) => Math.round(v * this.scale));
    // Full-width letters are one em, others no more than 0.65: measured widths cost too much here.
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
  },

  writeLabel(g, { x, y, name, load, over, near, box }) {
    const { rem } = this.ink;
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    g.lineJoin = 'round';
    const write = (words, dy, size, weight) => {
      g.font = `${weight} ${size}px "Noto Sans SC", sans-serif`;
      g.strokeStyle = this.ink.halo;
      g.lineWidth = 3.5;
      g.strokeText(words, x, y + dy);
      g.fillStyle = this.ink.text; // over the limit says ▲: orange letters on orange cannot be read
      g.fillText(words, x, y + dy);
    };
    write(name, load ? -0.5 * rem : 0, rem, 700);
    if (!load) return;
    write(load, 0.5 * rem, 0.8 * rem, over ? 700 : 400);
    if (!near) return;
    g.strokeStyle = this.ink.near;
    g.lineWidth = 2;
    g.strokeRect(box[0] + 2, y + 0.02 * rem, box[2] - box[0] - 4, 0.98 * rem);
  },

  // ---- what the hand draws ----

  paintTop() {
    const { plan, highlight, cursor, line, ring } = this.desk;
    if (!plan) return;
    const g = brush(this.top);
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, this.top.width, this.top.height);
    g.setTransform(
      this.ratio,
      0,
      0,
      this.ratio,
      this.shift[0] * this.ratio,
      this.shift[1] * this.ratio,
    );
    const k = this.scale;
    if (highlight?.length) {
      const path = new Path2D();
      for (const a of highlight) this.arcInto(path, a);
      g.strokeStyle = this.ink.chosen;
      g.lineWidth = 5;
      g.stroke(path);
    }
    for (const piece of this.desk.pieces || []) this.paintPiece(g, piece);
    const drawn = line || ring;
    if (drawn && drawn.length > 1) {
      g.beginPath();
      for (const [x, y] of drawn) g.lineTo(x * k, y * k); // the first one only moves there
      if (ring) {
        g.closePath();
        g.globalAlpha = 0.15;
        g.fillStyle = this.ink.chosen;
        g.fill();
        g.globalAlpha = 1;
      }
      g.setLineDash(ring ? [6, 4] : []);
      g.strokeStyle = this.ink.halo;
      g.lineWidth = 5;
      g.stroke();
      g.strokeStyle = this.ink.chosen;
      g.lineWidth = 2.5;
      g.stroke();
      g.setLineDash([]);
    }
    if (cursor) {
      g.beginPath();
      g.arc(cursor.x * k, cursor.y * k, Math.max(3, cursor.radius * k), 0, 2 * Math.PI);
      g.strokeStyle = this.ink.halo;
      g.lineWidth = 4;
      g.stroke();
      g.strokeStyle = this.ink.chosen;
      g.lineWidth = 1.5;
      g.stroke();
    }
  },

  // A piece cut off says so beside its hatch: a mark and what is in it.
  paintPiece(g, piece) {
    const [x, y] = this.desk.shapes.labelPoint(piece.plots);
    const { rem } = this.ink;
    const words = `✂ ${this.desk.say('planner.map_load', { households: piece.households })}`;
    g.font = `700 ${0.8 * rem}px "Noto Sans SC", sans-serif`;
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    const width = g.measureText(words).width + 10;
    g.fillStyle = this.ink.panel;
    g.strokeStyle = this.ink.cut;
    g.lineWidth = 1.5;
    g.beginPath();
    g.rect(x * this.scale - width / 2, y * this.scale - 0.65 * rem, width, 1.3 * rem);
    g.fill();
    g.stroke();
    g.fillStyle = this.ink.text;
    g.fillText(words, x * this.scale, y * this.scale);
  },

  metresPerPixel() {
    const { metres } = this.desk.shapes.ground;
    const degrees = 360 / (256 * 2 ** this._zoom);
    return degrees * metres[0];
  },
});

function meets(one, two) {
  const [a, b] = [one.box, two.box];
  return a[0] < b[2] && a[2] > b[0] && a[1] < b[3] && a[3] > b[1];
}

function hatch(colour, angle) {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 8;
  const g = brush(tile);
  g.strokeStyle = colour;
  g.lineWidth = 2.4;
  for (const d of [-8, 0, 8]) {
    g.beginPath();
    if (angle > 0) {
      g.moveTo(d, 8);
      g.lineTo(d + 8, 0);
    } else {
      g.moveTo(d, 0);
      g.lineTo(d + 8, 8);
    }
    g.stroke();
  }
  return g.createPattern(tile, 'repeat');
}

export { PlanCanvas };
