// The plan drawn over the map: a canvas for plots and borders, one for labels, one for what the hand
// draws. A change repaints only the boxes around what changed; outlines of plots are kept per zoom.
import { inkOf } from './ink.js';
import * as names from './names.js';
import { paintFills, paintLines } from './plots.js';
import * as outlines from './shapes.js';
import { paintHand } from './top.js';
import { brush } from '../../../shared/elements.js';

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
    this.ink = inkOf();
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
    const { plan, shapes } = this.desk;
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
    paintFills(this, g, plots);
    paintLines(this, g, plots);
    g.restore();
  },

  // Where a grid's label stands, in m.
  label(grid) {
    return names.placeOf(this, grid);
  },
  // Write the labels of some grids anew (null: all).
  paintNames(grids) {
    names.paintNames(this, grids);
  },
  paintTop() {
    paintHand(this);
  },

  metresPerPixel() {
    const { metres } = this.desk.shapes.ground;
    const degrees = 360 / (256 * 2 ** this._zoom);
    return degrees * metres[0];
  },
});

export { PlanCanvas };
