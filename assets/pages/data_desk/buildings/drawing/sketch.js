// What the hand does, as the canvas draws it: outlines, handles, lengths and areas.
import * as F from './geometry.js';

/**
 * @typedef {import('./geometry.js').Frame} Frame
 * @typedef {[Point, 'middle' | 'held' | 'corner']} Handle
 * @typedef {object} Sketch what the canvas draws; places in the frame's metres
 * @property {Frame} frame
 * @property {Point[][][][]} [shapes]
 * @property {Point[]} [line]
 * @property {boolean} [ring] the line is closed
 * @property {Point[] | null} [rubber] from the last place to the pointer
 * @property {Handle[]} [handles]
 * @property {[Point, string][]} [labels]
 * @property {Point | null} [snap]
 * @property {boolean} [faulty]
 * @property {boolean} [dashed]
 */

/** @param {number} v */
const round1 = (v) => Math.round(v * 10) / 10;
/** @param {number} area */
const m2 = (area) => `${area >= 100 ? Math.round(area).toLocaleString('en-US') : round1(area)} m²`;

/** @param {import('./tools.js').Tools} tools @returns {Sketch | null} */
function sketch(tools) {
  const { draft, hand, lasso, tool } = tools;
  if (lasso) return { frame: lasso.frame, line: lasso.path, ring: true };
  if (hand?.kind === 'reshape') {
    /** @type {import('./geometry.js').Shape} */
    const shape = hand.shape;
    const handles = shape.flatMap((rings, p) =>
      rings.flatMap((ring, r) =>
        ring.flatMap((m, i) => {
          const next = ring[(i + 1) % ring.length];
          const held =
            hand.chosen && hand.chosen[0] === p && hand.chosen[1] === r && hand.chosen[2] === i;
          /** @type {Handle[]} */
          const both = [
            [[(m[0] + next[0]) / 2, (m[1] + next[1]) / 2], 'middle'],
            [m, held ? 'held' : 'corner'],
          ];
          return both;
        }),
      ),
    );
    return {
      frame: hand.frame,
      shapes: [hand.shape],
      handles,
      snap: hand.snap,
      faulty: Boolean(F.selfCrossing(hand.shape[0][0])),
      labels: [[F.centre(hand.shape), m2(F.area(hand.shape))]],
    };
  }
  if (hand) {
    const shapes = [...hand.now.values()];
    const label =
      hand.kind === 'move'
        ? `${round1(Math.hypot(...hand.shift))} m`
        : `${round1((-hand.angle * 180) / Math.PI)}°`;
    return {
      frame: hand.frame,
      shapes,
      snap: hand.snap,
      labels: [[F.centre(shapes.flat()), label]],
    };
  }
  if (!draft) return null;
  const { points, hover, frame, snap } = draft;
  const all = hover ? [...points, hover] : points;
  /** @type {[Point, string][]} */
  const labels = [];
  /** @param {Point} a @param {Point} b */
  const edge = (a, b) => {
    if (F.distance(a, b) > tools.reach(30))
      labels.push([[(a[0] + b[0]) / 2, (a[1] + b[1]) / 2], `${round1(F.distance(a, b))} m`]);
  };
  if (tool === 'rectangle' && points.length === 2 && hover) {
    const ring = F.rectangle(points[0], points[1], hover);
    if (!ring) return { frame, line: points, snap };
    edge(ring[0], ring[1]);
    edge(ring[1], ring[2]);
    labels.push([F.centre([[ring]]), m2(F.area([[ring]]))]);
    return { frame, shapes: [[[ring]]], labels, snap };
  }
  all.forEach((/** @type {Point} */ m, /** @type {number} */ i) => {
    if (i) edge(all[i - 1], m);
  });
  /** @type {Handle[]} */
  const handles = points.map((/** @type {Point} */ m, /** @type {number} */ i) => [
    m,
    i === 0 && points.length > 2 && tool === 'draw' ? 'held' : 'corner',
  ]);
  if (tool === 'draw' && all.length > 2) {
    labels.push([F.centre([[all]]), m2(F.area([[all]]))]);
    return {
      frame,
      shapes: [[[all]]],
      handles,
      labels,
      snap,
      faulty: Boolean(F.selfCrossing(all)),
      dashed: true,
    };
  }
  return {
    frame,
    line: points,
    rubber: hover && points.length ? [points.at(-1), hover] : null,
    handles,
    labels,
    snap,
  };
}

// What is measured, for the line under the map: metres of the wall in hand, area.
/** @param {import('./tools.js').Tools} tools */
function measures(tools) {
  const { draft, hand, tool } = tools;
  if (hand?.kind === 'reshape') return { area: F.area(hand.shape) };
  if (!draft) return null;
  const all = draft.hover ? [...draft.points, draft.hover] : draft.points;
  return {
    edge: all.length > 1 ? F.distance(all.at(-2), all.at(-1)) : null,
    area: all.length > 2 && tool === 'draw' ? F.area([[all]]) : null,
  };
}

export { sketch, measures };
