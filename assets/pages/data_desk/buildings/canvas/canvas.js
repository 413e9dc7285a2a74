// Buildings drawn over the map: a canvas for footprints, one for labels and what the hand does.
import { classOf } from './classes.js';
import { world } from './footprints.js';
import { inkOf, write } from './ink.js';
import { paintTop } from './top.js';
import { brush } from '../../../../shared/elements.js';

const LABELS_FROM = 17.5;
const BATCH = 60;

const BuildingCanvas = L.Renderer.extend({
  options: { pane: 'buildings', padding: 0.15 },

  _initContainer() {
    this._container = L.DomUtil.create('div', 'plan-canvas');
    for (const name of ['base', 'top'])
      this[name] = this._container.appendChild(document.createElement('canvas'));
    this.readTokens();
  },
  _destroyContainer() {
    L.DomUtil.remove(this._container);
    this._container = null;
  },

  show(desk) {
    this.desk = desk;
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
    for (const canvas of [this.base, this.top]) {
      canvas.width = Math.round(this.ratio * size.x);
      canvas.height = Math.round(this.ratio * size.y);
      canvas.style.width = `${size.x}px`;
      canvas.style.height = `${size.y}px`;
    }
    this.paintAll();
    this.fire('update');
  },

  place() {
    this.scale = 2 ** this._zoom;
    const pixel = this._map.getPixelOrigin();
    this.shift = [-pixel.x - this._bounds.min.x, -pixel.y - this._bounds.min.y];
  },

  // Degrees → pixels of the canvas.
  px([lon, lat]) {
    const [x, y] = world(lon, lat);
    return [x * this.scale + this.shift[0], y * this.scale + this.shift[1]];
  },

  paintAll() {
    if (!this.desk || !this._map) return;
    this.place();
    this.paint();
    this.paintTop();
  },

  context(canvas) {
    const g = brush(canvas);
    g.setTransform(1, 0, 0, 1, 0, 0);
    g.clearRect(0, 0, canvas.width, canvas.height);
    g.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    g.lineJoin = g.lineCap = 'round';
    return g;
  },

  inSight() {
    const [w, h] = [this.base.width / this.ratio, this.base.height / this.ratio];
    const low = [-this.shift[0] / this.scale, -this.shift[1] / this.scale];
    const high = [(w - this.shift[0]) / this.scale, (h - this.shift[1]) / this.scale];
    const found = [];
    for (const f of this.desk.features.values())
      if (f.box[0] <= high[0] && f.box[2] >= low[0] && f.box[1] <= high[1] && f.box[3] >= low[1])
        found.push(f);
    return found;
  },

  trace(path, f) {
    const [k, [sx, sy]] = [this.scale, this.shift];
    for (const ring of f.rings) {
      path.moveTo(ring[0] * k + sx, ring[1] * k + sy);
      for (let i = 2; i < ring.length; i += 2) path.lineTo(ring[i] * k + sx, ring[i + 1] * k + sy);
      path.closePath();
    }
  },

  paint() {
    const g = this.context(this.base);
    const { colour, hidden } = this.desk;
    const seen = this.inSight();
    const near = this._zoom >= 16;
    const alpha = this.desk.sheetLayers.size ? 0.35 : 1; // a picture below is seen through
    const classes = new Map();
    for (const f of seen) {
      if (hidden?.has(f.id)) continue; // in the hand: drawn above
      const name = classOf(f.p, colour);
      if (!classes.has(name)) classes.set(name, []);
      classes.get(name).push(f);
    }
    for (const [name, list] of classes) {
      const style = this.ink.styles[name] || this.ink.styles.other;
      g.strokeStyle = style.edge;
      g.lineWidth = near ? 1.3 : 0.7;
      g.setLineDash(near ? style.dash : []);
      // One path of thousands of outlines takes ten times as long as many short ones.
      for (let i = 0; i < list.length; i += BATCH) {
        const path = new Path2D();
        for (const f of list.slice(i, i + BATCH)) this.trace(path, f);
        g.globalAlpha = alpha;
        if (style.under) {
          g.fillStyle = style.under;
          g.fill(path, 'evenodd');
        }
        g.fillStyle = style.fill;
        g.fill(path, 'evenodd');
        g.globalAlpha = 1;
        g.stroke(path);
      }
    }
    g.setLineDash([]);
    if (this._zoom - Math.log2(this.ink.rem / 16) >= LABELS_FROM) this.paintLabels(g, seen);
  },

  paintLabels(g, seen) {
    const size = 0.78 * this.ink.rem;
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    for (const f of seen) {
      const words = f.p.number || f.p.name;
      const [w, h] = [(f.box[2] - f.box[0]) * this.scale, (f.box[3] - f.box[1]) * this.scale];
      if (!words || h < size || w < 0.55 * size * words.length || this.desk.hidden?.has(f.id))
        continue;
      g.font = `500 ${size}px "Noto Sans SC", sans-serif`;
      if (g.measureText(words).width > w) continue;
      const x = ((f.box[0] + f.box[2]) / 2) * this.scale + this.shift[0];
      const y = ((f.box[1] + f.box[3]) / 2) * this.scale + this.shift[1];
      write(this.ink, g, words, x, y);
    }
  },

  paintTop() {
    if (this.desk && this._map) paintTop(this);
  },
});

export { BuildingCanvas };
