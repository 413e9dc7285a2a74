// What buildings are drawn with: colours of the theme, hatches, dashes.
import { brush } from '../../../../shared/elements.js';
import { cssToken, rootPx } from '../../../../shared/page.js';

/** @typedef {ReturnType<typeof inkOf>} Ink */
/** @typedef {{fill: any, under: string | null, edge: string, dash: number[]}} Style */

/** @param {string} name of a class @param {string | null} [pattern] @param {number[]} [dash] @returns {Style} */
function style(name, pattern, dash = []) {
  const fill = cssToken(`--building-${name}`);
  const edge = cssToken(`--building-${name}-edge`);
  return { fill: pattern ? hatch(edge, pattern) : fill, under: pattern ? fill : null, edge, dash };
}

// The ink of the theme that is shown now.
function inkOf() {
  const fault = cssToken('--load-over');
  return {
    text: cssToken('--text'),
    ground: cssToken('--ground'),
    panel: cssToken('--panel'),
    chosen: cssToken('--chosen'),
    sketch: cssToken('--sketch'),
    fault,
    faultHatch: hatch(fault, 'slant'),
    rem: rootPx(),
    /** @type {Record<string, Style>} by class (classes.js) */
    styles: {
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
    },
  };
}

/** @param {string} colour @param {string} kind slant or dots @returns {any} a pattern */
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

// Words that can be read on whatever lies below.
/** @param {Ink} ink @param {CanvasRenderingContext2D} g @param {string} words @param {number} x @param {number} y */
function write(ink, g, words, x, y) {
  g.strokeStyle = ink.ground;
  g.lineWidth = 3;
  g.strokeText(words, x, y);
  g.fillStyle = ink.text;
  g.fillText(words, x, y);
}

export { inkOf, write };
