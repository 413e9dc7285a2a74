// What the hand draws over the plan: a line, a ring, the brush's reach, what is cut off.
import { brush } from '../../../shared/elements.js';
import { least } from '../../../shared/few.js';

/** @typedef {InstanceType<typeof import('./canvas.js').PlanCanvas>} PlanCanvas */
/** @typedef {CanvasRenderingContext2D} Brush */

/** @param {PlanCanvas} canvas */
function paintHand(canvas) {
  const { plan, highlight, cursor, line, ring } = canvas.desk;
  if (!plan) return;
  const g = brush(canvas.top);
  g.setTransform(1, 0, 0, 1, 0, 0);
  g.clearRect(0, 0, canvas.top.width, canvas.top.height);
  g.setTransform(
    canvas.ratio,
    0,
    0,
    canvas.ratio,
    canvas.shift[0] * canvas.ratio,
    canvas.shift[1] * canvas.ratio,
  );
  if (highlight?.length) {
    const path = new Path2D();
    for (const a of highlight) canvas.arcInto(path, a);
    g.strokeStyle = canvas.ink.chosen;
    g.lineWidth = 5;
    g.stroke(path);
  }
  for (const piece of canvas.desk.pieces || []) paintPiece(canvas, g, piece);
  if (line || ring) paintDrawn(canvas, g, line || ring, Boolean(ring));
  if (cursor) paintCursor(canvas, g, cursor);
}

// The line or the ring that the hand has drawn so far.
/** @param {PlanCanvas} canvas @param {Brush} g @param {Point[]} drawn @param {boolean} closed */
function paintDrawn({ ink, scale: k }, g, drawn, closed) {
  if (drawn.length < 2) return;
  g.beginPath();
  for (const [x, y] of drawn) g.lineTo(x * k, y * k); // the first one only moves there
  if (closed) {
    g.closePath();
    g.globalAlpha = 0.15;
    g.fillStyle = ink.chosen;
    g.fill();
    g.globalAlpha = 1;
  }
  g.setLineDash(closed ? [6, 4] : []);
  g.strokeStyle = ink.halo;
  g.lineWidth = 5;
  g.stroke();
  g.strokeStyle = ink.chosen;
  g.lineWidth = 2.5;
  g.stroke();
  g.setLineDash([]);
}

// How far the brush reaches.
/** @param {PlanCanvas} canvas @param {Brush} g @param {{x: number, y: number, radius: number}} cursor */
function paintCursor({ ink, scale: k }, g, cursor) {
  g.beginPath();
  g.arc(cursor.x * k, cursor.y * k, Math.max(3, cursor.radius * k), 0, 2 * Math.PI);
  g.strokeStyle = ink.halo;
  g.lineWidth = 4;
  g.stroke();
  g.strokeStyle = ink.chosen;
  g.lineWidth = 1.5;
  g.stroke();
}

// A piece cut off says so beside its hatch: a mark and what is in it.
/** @param {PlanCanvas} canvas @param {Brush} g @param {import('../plan/plan.js').Piece} piece */
function paintPiece(canvas, g, piece) {
  const [x, y] = canvas.desk.shapes.labelPoint(piece.plots);
  const { rem } = canvas.ink;
  const words = `✂ ${canvas.desk.say('planner.map_load', { households: least(piece) })}`;
  g.font = `700 ${0.8 * rem}px "Noto Sans SC", sans-serif`;
  g.textAlign = 'center';
  g.textBaseline = 'middle';
  const width = g.measureText(words).width + 10;
  g.fillStyle = canvas.ink.panel;
  g.strokeStyle = canvas.ink.cut;
  g.lineWidth = 1.5;
  g.beginPath();
  g.rect(x * canvas.scale - width / 2, y * canvas.scale - 0.65 * rem, width, 1.3 * rem);
  g.fill();
  g.stroke();
  g.fillStyle = canvas.ink.text;
  g.fillText(words, x * canvas.scale, y * canvas.scale);
}

export { paintHand };
