// What the plan is drawn with: colours of the theme, and two hatches.
import { brush } from '../../../shared/elements.js';
import { LOAD_CLASSES } from '../../../shared/load.js';
import { cssToken, rootPx } from '../../../shared/page.js';

/** @typedef {ReturnType<typeof inkOf>} Ink */

// The ink of the theme that is shown now.
function inkOf() {
  const over = cssToken('--load-over');
  const cut = cssToken('--plan-cut');
  return {
    opacity: Number(cssToken('--load-opacity')),
    text: cssToken('--text'),
    halo: cssToken('--ground'),
    border: cssToken('--plan-border'),
    plot: cssToken('--plan-plot'),
    community: cssToken('--text'),
    chosen: cssToken('--chosen'),
    near: cssToken('--plan-near'),
    cut,
    panel: cssToken('--panel'),
    rem: rootPx(),
    /** @type {Record<string, string>} by load class */
    fill: Object.fromEntries(LOAD_CLASSES.map((name) => [name, cssToken(`--${name}`)])),
    over: hatch(over, 45),
    apart: hatch(cut, -45),
  };
}

/** @param {string} colour @param {number} angle @returns {CanvasPattern | null} */
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

export { inkOf };
