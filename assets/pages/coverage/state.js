// The coverage page: its state, its words, and how the server's lists of buildings are unpacked.
// Parts: canvas.js (buildings and streets), map.js (stations, areas, the hand), asking.js
// (questions, trials), main.js (what Dash calls).
import { pageConfig, setStore } from '../../shared/page.js';

export const S = {
  buildings: null, answer: null, question: null, mode: 'gaps', scenario: null, effect: null, drawing: 'areas',
  adding: false, sketching: null, picking: false, picked: new Set(), sites: [], station: null, chosen: null, way: null, asked: 0, cover: null,
};
export const page = () => document.querySelector('.coverage-page');
// A county without streets has the page's parts, but nothing to ask.
export const usable = () => Boolean(page() && !page().hidden);
export const words = () => pageConfig().coverage;
export const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, k) => (typeof values[k] === 'number' ? values[k].toLocaleString('en-US') : values[k]));
export const say = (sentence) => { const p = document.getElementById('coverage-silent'); if (p) p.textContent = sentence; };
// What takes longer than a moment says so on the map (styles.css waits half a second).
export function busy(on) {
  page()?.classList.toggle('asking', on);
  const holder = page()?.querySelector('.map-holder');
  if (holder) holder.dataset.computing = words().computing;
}
export const choose = (what) => setStore('coverage-selected', what);
export const operate = (operation) => setStore('coverage-operation', { ...operation, at: Date.now() });
export const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
export const mercator = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);

// Outlines in the unit square of the web map's projection.
export const unpack = (body) => {
  const [west, south] = body.origin;
  const count = body.rings.length;
  const rings = new Array(count);
  const boxes = new Float64Array(count * 4);
  for (let d = 0; d < count; d++) {
    const steps = body.rings[d];
    const ring = new Float64Array(steps.length);
    let x = 0, y = 0, x0 = 2, y0 = 2, x1 = -1, y1 = -1;
    for (let i = 0; i < steps.length; i += 2) {
      x += steps[i]; y += steps[i + 1];
      const px = (west + x / 1e6 + 180) / 360, py = mercator(south + y / 1e6);
      ring[i] = px; ring[i + 1] = py;
      if (px < x0) x0 = px; if (px > x1) x1 = px;
      if (py < y0) y0 = py; if (py > y1) y1 = py;
    }
    rings[d] = ring;
    boxes.set([x0, y0, x1, y1], d * 4);
  }
  const place = new Map(body.ids.map((id, d) => [id, d]));
  return { doors: body.doors, ids: body.ids, households: body.households || [], rings, boxes, place };
};

// Streets within reach: bands of lines, the longest band first.
export const unpackStreets = (body) => {
  if (!body) return null;
  const [west, south] = body.origin;
  return body.bands.map((lines) => lines.map((steps) => {
    const line = new Float64Array(steps.length);
    let x = 0, y = 0;
    for (let i = 0; i < steps.length; i += 2) {
      x += steps[i]; y += steps[i + 1];
      line[i] = (west + x / 1e5 + 180) / 360; line[i + 1] = mercator(south + y / 1e5);
    }
    return line;
  }));
};
