// The coverage page: its state, its words, and how the server's lists of buildings are unpacked.
// Parts: coverage_canvas.js (buildings and streets), coverage_map.js (stations, areas, the hand),
// coverage_asking.js (questions, trials), coverage_page.js (what Dash calls).
(function () {
  const getu = (window.getu = window.getu || {});
  const S = {
    buildings: null, answer: null, question: null, mode: 'gaps', scenario: null, effect: null, drawing: 'areas',
    adding: false, sketching: null, picking: false, picked: new Set(), sites: [], station: null, chosen: null, way: null, asked: 0,
  };
  const page = () => document.querySelector('.coverage-page');
  const C = (getu.coverage = {
    state: S,
    page,
    // A county without streets has the page's parts, but nothing to ask.
    usable: () => Boolean(page() && !page().hidden),
    words: () => getu.config().coverage,
    fill: (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, k) => (typeof values[k] === 'number' ? values[k].toLocaleString('en-US') : values[k])),
    say: (sentence) => { const p = document.getElementById('coverage-silent'); if (p) p.textContent = sentence; },
    // What takes longer than a moment says so on the map (coverage.css waits half a second).
    busy: (on) => {
      page()?.classList.toggle('asking', on);
      const holder = page()?.querySelector('.map-holder');
      if (holder) holder.dataset.computing = C.words().computing;
    },
    choose: (what) => getu.send('coverage-selected', what),
    operate: (operation) => getu.send('coverage-operation', { ...operation, at: Date.now() }),
    still: window.matchMedia('(prefers-reduced-motion: reduce)').matches,
    mercator: (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI),
  });

  // Outlines in the unit square of the web map's projection.
  C.unpack = (body) => {
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
        const px = (west + x / 1e6 + 180) / 360, py = C.mercator(south + y / 1e6);
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
  C.unpackStreets = (body) => {
    if (!body) return null;
    const [west, south] = body.origin;
    return body.bands.map((lines) => lines.map((steps) => {
      const line = new Float64Array(steps.length);
      let x = 0, y = 0;
      for (let i = 0; i < steps.length; i += 2) {
        x += steps[i]; y += steps[i + 1];
        line[i] = (west + x / 1e5 + 180) / 360; line[i + 1] = C.mercator(south + y / 1e5);
      }
      return line;
    }));
  };
})();
