// A ring around buildings: what lies in it is chosen.
import * as F from './geometry.js';

/** @typedef {import('./tools.js').Tools} Tools */

/** @param {Tools} tools */
function end(tools) {
  const { frame, path } = tools.lasso;
  tools.lasso = null;
  /** @type {number[]} */
  const inside = [];
  if (path.length > 2)
    for (const f of tools.desk.features.values())
      if (F.inRing(F.centre(frame.shape(f.geometry)), path)) inside.push(f.id);
  if (inside.length) tools.desk.select(inside, tools.shift);
  else tools.desk.tell('data_buildings.lasso_empty');
  tools.show();
}

export { end };
