// Buildings drawn over the map: a canvas for footprints, one for labels and what the hand does.
import { cssToken } from '../../../../shared/page.js';
import { brush } from '../../../../shared/elements.js';

const WORLD = 256; // pixels of the whole world at zoom 0
const LABELS_FROM = 17.5;
const BATCH = 60;

// Longitude and latitude → the world's pixels at zoom 0 (web Mercator).
function world(lon, lat) {
  const s = Math.sin((lat * Math.PI) / 180);
  return [(lon / 360 + 0.5) * WORLD, (0.5 - Math.log((1 + s) / (1 - s)) / (4 * Math.PI)) * WORLD];
}

// A building as the canvas draws it: rings as flat world pixels, and their bounds.
function drawn(feature) {
  const polygons =
    feature.geometry.type === 'Polygon'
      ? [feature.geometry.coordinates]
      : feature.geometry.coordinates;
  const rings = [];
  const box = [Infinity, Infinity, -Infinity, -Infinity];
  for (const ring of polygons.flat()) {
    const flat = new Float64Array(2 * (ring.length - 1));
    for (let i = 0; i < ring.length - 1; i++) {
      const [x, y] = world(ring[i][0], ring[i][1]);
      flat[2 * i] = x;
      flat[2 * i + 1] = y;
      box[0] = Math.min(box[0], x);
      box[1] = Math.min(box[1], y);
      box[2] = Math.max(box[2], x);
      box[3] = Math.max(box[3], y);
    }
    rings.push(flat);
  }
  return {
    id: feature.properties.id,
    p: feature.properties,
    geometry: feature.geometry,
    rings,
    box,
  };
}

const featureOf = (f) => ({ type: 'Feature', geometry: f.geometry, properties: f.p });

const HOMES = new Set(['dwelling', 'dormitory', 'mixed']);
const KNOWN = ['counted', 'reported', 'estimated', 'unknown', 'other'];
const LIVES = ['planned', 'building', 'delivered', 'occupied'];

// What is known of a building's households; places where nobody lives are no gap.
function known(p) {
  if (p.households === null || p.households === undefined)
    return HOMES.has(p.use) ? 'unknown' : 'other';
  return p.confidence || 'reported';
}
const classOf = (p, colour) => (colour === 'life' ? p.life : known(p));

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
    const token = cssToken;
    this.rem = parseFloat(getComputedStyle(document.documentElement).fontSize);
    this.ink = {};
    for (const name of ['text', 'ground', 'panel', 'muted', 'chosen'])
      this.ink[name] = token(`--${name}`);
    this.ink.fault = token('--load-over');
    this.ink.sketch = token('--sketch');
    const style = (name, pattern, dash) => {
      const fill = token(`--building-${name}`);
      const edge = token(`--building-${name}-edge`);
      return {
        fill: pattern ? hatch(edge, pattern) : fill,
        under: pattern ? fill : null,
        edge,
        dash: dash || [],
      };
    };
    this.styles = {
      counted: style('counted'),
      reported: style('reported'),
      estimated: style('estimated', 'slant'),
      unknown: style('unknown', null, [4, 3]),
      other: style('other'),
      planned: style('planned', null, [4, 3]),
      building: style('building', 'slant'),
      delivered: style('delivered', 'dots'),
      occupied: style('occupied'),
      demolished: style('other', 'slant', [2, 3]),
    };
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
      const style = this.styles[name] || this.styles.other;
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
    if (this._zoom - Math.log2(this.rem / 16) >= LABELS_FROM) this.paintLabels(g, seen);
  },

  paintLabels(g, seen) {
    const size = 0.78 * this.rem;
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
      this.write(g, words, x, y);
    }
  },

  write(g, words, x, y) {
    g.strokeStyle = this.ink.ground;
    g.lineWidth = 3;
    g.strokeText(words, x, y);
    g.fillStyle = this.ink.text;
    g.fillText(words, x, y);
  },

  // ---- what is chosen, what is wrong, what the hand does ----

  paintTop() {
    if (!this.desk || !this._map) return;
    const g = this.context(this.top);
    const { desk } = this;
    const outline = (ids, colour, width, dash = []) => {
      const path = new Path2D();
      for (const id of ids) {
        const f = desk.features.get(id);
        if (f && !desk.hidden?.has(id)) this.trace(path, f);
      }
      g.setLineDash([]);
      g.strokeStyle = this.ink.ground;
      g.lineWidth = width + 2.5;
      g.stroke(path);
      g.setLineDash(dash);
      g.strokeStyle = colour;
      g.lineWidth = width;
      g.stroke(path);
      g.setLineDash([]);
    };
    if (desk.hover) outline([desk.hover], this.ink.text, 1.5);
    if (desk.waiting?.size) outline(desk.waiting.keys(), this.ink.chosen, 2, [3, 4]);
    if (desk.selected.size) outline(desk.selected, this.ink.chosen, 3);
    for (const place of desk.faults || []) this.paintFault(g, place);
    if (desk.sketch) this.paintSketch(g, desk.sketch);
    if (desk.pointer) this.paintPointer(g, desk.pointer);
  },

  paintFault(g, geometry) {
    const polygons = { Polygon: [geometry.coordinates], MultiPolygon: geometry.coordinates }[
      geometry.type
    ];
    g.strokeStyle = this.ink.fault;
    g.lineWidth = 3;
    for (const rings of polygons || []) {
      const path = new Path2D();
      for (const ring of rings)
        ring.forEach((c, i) => {
          const [x, y] = this.px(c);
          if (i) path.lineTo(x, y);
          else path.moveTo(x, y);
        });
      g.fillStyle = hatch(this.ink.fault, 'slant');
      g.fill(path, 'evenodd');
      g.stroke(path);
    }
    const lines =
      { LineString: [geometry.coordinates], MultiLineString: geometry.coordinates }[
        geometry.type
      ] || [];
    for (const line of lines) {
      g.beginPath();
      line.forEach((c, i) => {
        const [x, y] = this.px(c);
        if (i) g.lineTo(x, y);
        else g.moveTo(x, y);
      });
      g.stroke();
    }
    for (const point of { Point: [geometry.coordinates], MultiPoint: geometry.coordinates }[
      geometry.type
    ] || []) {
      const [x, y] = this.px(point);
      g.beginPath();
      g.arc(x, y, 9, 0, 7);
      g.stroke();
    }
  },

  // sketch: {frame, shapes: [{rings…, faulty}], line, rubber, handles: [[x, y, kind]], labels: [[x, y, words]], snap}
  paintSketch(g, sketch) {
    const at = (m) => this.px(sketch.frame.toDegrees(m));
    const trace = (points, close) => {
      const path = new Path2D();
      points.forEach((m, i) => {
        const [x, y] = at(m);
        if (i) path.lineTo(x, y);
        else path.moveTo(x, y);
      });
      if (close) path.closePath();
      return path;
    };
    const stroke = (path, colour, dash = []) => {
      g.setLineDash([]);
      g.strokeStyle = this.ink.ground;
      g.lineWidth = 4.5;
      g.stroke(path);
      g.setLineDash(dash);
      g.strokeStyle = colour;
      g.lineWidth = 2.2;
      g.stroke(path);
      g.setLineDash([]);
    };
    const colour = sketch.faulty ? this.ink.fault : this.ink.sketch;
    for (const shape of sketch.shapes || []) {
      const path = new Path2D();
      for (const rings of shape) for (const ring of rings) path.addPath(trace(ring, true));
      g.globalAlpha = 0.28;
      g.fillStyle = colour;
      g.fill(path, 'evenodd');
      g.globalAlpha = 1;
      stroke(path, colour, sketch.dashed ? [6, 4] : []);
    }
    if (sketch.line?.length > 1) stroke(trace(sketch.line, sketch.ring), colour);
    if (sketch.rubber?.length > 1) stroke(trace(sketch.rubber, false), colour, [5, 5]);
    for (const [m, kind] of sketch.handles || []) {
      const [x, y] = at(m);
      g.beginPath();
      if (kind === 'middle') g.arc(x, y, 3.5, 0, 7);
      else g.rect(x - 5, y - 5, 10, 10);
      g.fillStyle = kind === 'held' ? this.ink.chosen : this.ink.panel;
      g.strokeStyle = colour;
      g.lineWidth = 2;
      g.fill();
      g.stroke();
    }
    if (sketch.snap) {
      const [x, y] = at(sketch.snap);
      g.beginPath();
      g.arc(x, y, 8, 0, 7);
      g.strokeStyle = this.ink.chosen;
      g.lineWidth = 2;
      g.stroke();
    }
    g.font = `700 ${0.85 * this.rem}px "Noto Sans SC", sans-serif`;
    g.textAlign = 'center';
    g.textBaseline = 'middle';
    for (const [m, words] of sketch.labels || []) {
      const [x, y] = at(m);
      this.write(g, words, x, y);
    }
  },

  // The pointer that the arrow keys move.
  paintPointer(g, { x, y }) {
    const point = this._map.containerPointToLayerPoint(L.point(x, y)).subtract(this._bounds.min);
    g.strokeStyle = this.ink.chosen;
    g.lineWidth = 2;
    g.beginPath();
    g.moveTo(point.x - 12, point.y);
    g.lineTo(point.x + 12, point.y);
    g.moveTo(point.x, point.y - 12);
    g.lineTo(point.x, point.y + 12);
    g.stroke();
  },
});

function hatch(colour, kind) {
  const tile = document.createElement('canvas');
  tile.width = tile.height = 7;
  const g = brush(tile);
  g.strokeStyle = g.fillStyle = colour;
  g.lineWidth = 1.6;
  if (kind === 'dots') {
    g.beginPath();
    g.arc(3.5, 3.5, 1.3, 0, 7);
    g.fill();
  } else
    for (const d of [-7, 0, 7]) {
      g.beginPath();
      g.moveTo(d, 7);
      g.lineTo(d + 7, 0);
      g.stroke();
    }
  return g.createPattern(tile, 'repeat');
}

export { BuildingCanvas, drawn, featureOf, world, known, classOf, KNOWN, LIVES };
