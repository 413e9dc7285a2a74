// What lies where on the map: pixels, degrees and metres, the building under a place, what is near.
import { world } from '../canvas/footprints.js';
import * as F from './geometry.js';

const SNAP_PX = 11;

// Needs `map` and `desk` (its features); a gesture's own frame is metres about the map's middle.
class Places {
  /** @type {L.Map} */ map;
  /** @type {Record<string, any>} the desk (../desk.js) */ desk = {};
  /** @type {any} what is drawn point by point: {frame, points, hover, snap} */ draft = null;
  /** @type {any} what is in the hand: {kind, frame, …}, see corners.js and tools.js */ hand = null;
  /** @type {any} {frame, path} */ lasso = null;
  square = false; // walls at right angles
  shift = false; // the keys that are held
  free = false;

  at(e) {
    const box = this.map.getContainer().getBoundingClientRect();
    return L.point(e.clientX - box.left, e.clientY - box.top);
  }

  degrees(point) {
    const c = this.map.containerPointToLatLng(point);
    return [c.lng, c.lat];
  }

  frame() {
    const c = this.map.getCenter();
    return new F.Frame(c.lng, c.lat);
  }

  // Metres that a number of pixels is here.
  reach(px) {
    const c = this.map.getCenter();
    return (px * 40075016.7 * Math.cos((c.lat * Math.PI) / 180)) / (256 * 2 ** this.map.getZoom());
  }

  hit(point) {
    const [lon, lat] = this.degrees(point);
    const [x, y] = world(lon, lat);
    const frame = new F.Frame(lon, lat);
    let best = null;
    for (const f of this.desk.features.values()) {
      if (f.box[0] > x || f.box[2] < x || f.box[1] > y || f.box[3] < y) continue;
      const shape = frame.shape(f.geometry);
      if (!F.contains(shape, [0, 0])) continue;
      const area = F.area(shape);
      if (!best || area < best.area) best = { id: f.id, area }; // a small one on a large one
    }
    return best?.id ?? null;
  }

  // Shapes around a place, in a gesture's frame.
  around(frame, m, reach, but) {
    const [w, s] = frame.toDegrees([m[0] - reach, m[1] - reach]);
    const [e, n] = frame.toDegrees([m[0] + reach, m[1] + reach]);
    const [x1, y2] = world(w, s);
    const [x2, y1] = world(e, n);
    const found = [];
    for (const f of this.desk.features.values()) {
      if (but?.has(f.id) || f.box[0] > x2 || f.box[2] < x1 || f.box[1] > y2 || f.box[3] < y1)
        continue;
      found.push(frame.shape(f.geometry));
    }
    return found;
  }

  snapped(frame, m, but) {
    const reach = this.reach(SNAP_PX);
    const hit = F.snap(m, this.around(frame, m, reach, but), reach);
    const holder = this.hand || this.draft;
    if (holder) holder.snap = hit ? hit.at : null;
    return hit ? hit.at : m;
  }
}

export { Places, SNAP_PX };
