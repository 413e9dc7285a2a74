// What lies over the buildings: what is chosen, what is wrong, what the hand does.
import { write } from './ink.js';

/** @typedef {InstanceType<typeof import('./canvas.js').BuildingCanvas>} BuildingCanvas */
/** @typedef {CanvasRenderingContext2D} Brush */

/** @param {BuildingCanvas} canvas */
function paintTop(canvas) {
  const g = canvas.context(canvas.top);
  const { desk } = canvas;
  /** @param {Iterable<number>} ids @param {string} colour @param {number} width @param {number[]} [dash] */
  const outline = (ids, colour, width, dash = []) => {
    const path = new Path2D();
    for (const id of ids) {
      const f = desk.features.get(id);
      if (f && !desk.hidden?.has(id)) canvas.trace(path, f);
    }
    g.setLineDash([]);
    g.strokeStyle = canvas.ink.ground;
    g.lineWidth = width + 2.5;
    g.stroke(path);
    g.setLineDash(dash);
    g.strokeStyle = colour;
    g.lineWidth = width;
    g.stroke(path);
    g.setLineDash([]);
  };
  if (desk.hover) outline([desk.hover], canvas.ink.text, 1.5);
  if (desk.waiting?.size) outline(desk.waiting.keys(), canvas.ink.chosen, 2, [3, 4]);
  if (desk.selected.size) outline(desk.selected, canvas.ink.chosen, 3);
  for (const place of desk.faults || []) paintFault(canvas, g, place);
  if (desk.sketch) paintSketch(canvas, g, desk.sketch);
  if (desk.pointer) paintPointer(canvas, g, desk.pointer);
}

// Corners as a path on the canvas, in degrees.
/** @param {BuildingCanvas} canvas @param {Point[]} places @param {Path2D} path */
function line(canvas, places, path) {
  places.forEach((c, i) => {
    const [x, y] = canvas.px(c);
    if (i) path.lineTo(x, y);
    else path.moveTo(x, y);
  });
}

// A place where something is wrong: an area, a line or a point.
/** @param {BuildingCanvas} canvas @param {Brush} g @param {any} geometry GeoJSON, in degrees */
function paintFault(canvas, g, { type, coordinates }) {
  /** @type {Record<string, Point[][][]>} */
  const polygons = { Polygon: [coordinates], MultiPolygon: coordinates };
  /** @type {Record<string, Point[][]>} */
  const lines = { LineString: [coordinates], MultiLineString: coordinates };
  /** @type {Record<string, Point[]>} */
  const points = { Point: [coordinates], MultiPoint: coordinates };
  g.strokeStyle = canvas.ink.fault;
  g.lineWidth = 3;
  for (const rings of polygons[type] || []) {
    const path = new Path2D();
    for (const ring of rings) line(canvas, ring, path);
    g.fillStyle = canvas.ink.faultHatch;
    g.fill(path, 'evenodd');
    g.stroke(path);
  }
  for (const places of lines[type] || []) {
    const path = new Path2D();
    line(canvas, places, path);
    g.stroke(path);
  }
  for (const point of points[type] || []) {
    const [x, y] = canvas.px(point);
    g.beginPath();
    g.arc(x, y, 9, 0, 7);
    g.stroke();
  }
}

// What the hand does (sketch.js).
/** @param {BuildingCanvas} canvas @param {Brush} g @param {import('../drawing/sketch.js').Sketch} sketch */
function paintSketch(canvas, g, sketch) {
  /** @param {Point} m */
  const at = (m) => canvas.px(sketch.frame.toDegrees(m));
  /** @param {Point[]} points @param {boolean} [close] */
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
  /** @param {Path2D} path @param {string} colour @param {number[]} [dash] */
  const stroke = (path, colour, dash = []) => {
    g.setLineDash([]);
    g.strokeStyle = canvas.ink.ground;
    g.lineWidth = 4.5;
    g.stroke(path);
    g.setLineDash(dash);
    g.strokeStyle = colour;
    g.lineWidth = 2.2;
    g.stroke(path);
    g.setLineDash([]);
  };
  const colour = sketch.faulty ? canvas.ink.fault : canvas.ink.sketch;
  for (const shape of sketch.shapes || []) {
    const path = new Path2D();
    for (const rings of shape) for (const ring of rings) path.addPath(trace(ring, true));
    g.globalAlpha = 0.28;
    g.fillStyle = colour;
    g.fill(path, 'evenodd');
    g.globalAlpha = 1;
    stroke(path, colour, sketch.dashed ? [6, 4] : []);
  }
  if (sketch.line && sketch.line.length > 1) stroke(trace(sketch.line, sketch.ring), colour);
  if (sketch.rubber && sketch.rubber.length > 1)
    stroke(trace(sketch.rubber, false), colour, [5, 5]);
  for (const [m, kind] of sketch.handles || []) {
    const [x, y] = at(m);
    g.beginPath();
    if (kind === 'middle') g.arc(x, y, 3.5, 0, 7);
    else g.rect(x - 5, y - 5, 10, 10);
    g.fillStyle = kind === 'held' ? canvas.ink.chosen : canvas.ink.panel;
    g.strokeStyle = colour;
    g.lineWidth = 2;
    g.fill();
    g.stroke();
  }
  if (sketch.snap) {
    const [x, y] = at(sketch.snap);
    g.beginPath();
    g.arc(x, y, 8, 0, 7);
    g.strokeStyle = canvas.ink.chosen;
    g.lineWidth = 2;
    g.stroke();
  }
  g.font = `700 ${0.85 * canvas.ink.rem}px "Noto Sans SC", sans-serif`;
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  for (const [m, words] of sketch.labels || []) {
    const [x, y] = at(m);
    write(canvas.ink, g, words, x, y);
  }
}

// The pointer that the arrow keys move.
/** @param {BuildingCanvas} canvas @param {Brush} g @param {{x: number, y: number}} pointer */
function paintPointer(canvas, g, { x, y }) {
  const point = canvas._map.containerPointToLayerPoint(L.point(x, y)).subtract(canvas._bounds.min);
  g.strokeStyle = canvas.ink.chosen;
  g.lineWidth = 2;
  g.beginPath();
  g.moveTo(point.x - 12, point.y);
  g.lineTo(point.x + 12, point.y);
  g.moveTo(point.x, point.y - 12);
  g.lineTo(point.x, point.y + 12);
  g.stroke();
}

export { paintTop };
