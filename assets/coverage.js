// The coverage page: buildings by walking time on a canvas, stations that a hand moves, the way.
(function () {
  const getu = (window.getu = window.getu || {});
  const none = () => window.dash_clientside.no_update;
  const address = (getu.address = getu.address || {});
  const S = {
    buildings: null, answer: null, question: null, mode: 'gaps', scenario: null, effect: null,
    adding: false, drawing: null, picked: new Set(), sites: [], station: null, chosen: null, way: null, asked: 0,
  };
  const here = () => document.querySelector('.coverage-page');
  const words = () => getu.config().coverage;
  const fill = (sentence, values) => sentence.replace(/\{(\w+)\}/g, (_, k) => (typeof values[k] === 'number' ? values[k].toLocaleString('en-US') : values[k]));
  const still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;

  // ---- the canvas -------------------------------------------------------------------------
  const mercator = (lat) => 0.5 - Math.log(Math.tan(Math.PI / 4 + (lat * Math.PI) / 360)) / (2 * Math.PI);
  function unpack(body) {
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
    return { revision: body.revision, ids: body.ids, households: body.households || [], rings, boxes, place };
  }

  const CLASSES = ['0', '1', '2', '3', 'o', 'f', 'n', 'u'];
  const LOUD = new Set(['o', 'f', 'n', 'u']);
  const FILLS = { 0: '--cover-0', 1: '--cover-1', 2: '--cover-2', 3: '--cover-3', o: '--cover-out', f: '--cover-far', n: '--cover-none', u: '--cover-untied' };

  function hatch(letter) {
    const tile = document.createElement('canvas');
    const ratio = window.devicePixelRatio || 1;
    tile.width = tile.height = 8 * ratio;
    const c = tile.getContext('2d');
    c.scale(ratio, ratio);
    c.fillStyle = getu.token(FILLS[letter]);
    c.fillRect(0, 0, 8, 8);
    c.strokeStyle = getu.token('--cover-hatch');
    c.lineWidth = 1.4;
    c.beginPath();
    if (letter === 'o' || letter === 'f') { c.moveTo(-2, 6); c.lineTo(6, -2); c.moveTo(2, 10); c.lineTo(10, 2); }
    if (letter === 'f' || letter === 'n') { c.moveTo(-2, 2); c.lineTo(6, 10); c.moveTo(2, -2); c.lineTo(10, 6); }
    if (letter === 'u') { c.arc(4, 4, 1.4, 0, 7); }
    c.stroke();
    return tile;
  }

  const Cover = window.L && L.Layer.extend({
    onAdd(map) {
      this.map = map;
      this.canvas = L.DomUtil.create('canvas', 'cover-canvas');
      this.canvas.setAttribute('aria-hidden', 'true');
      map.getPane('cover').append(this.canvas);
      map.on('moveend resize viewreset', this.draw, this);
      map.on('zoomstart', this.hide, this);
      this.draw();
    },
    onRemove(map) {
      map.off('moveend resize viewreset', this.draw, this);
      map.off('zoomstart', this.hide, this);
      this.canvas.remove();
    },
    hide() { this.canvas.style.visibility = 'hidden'; },
    draw() {
      const { map, canvas } = this;
      const B = S.buildings;
      if (!map || !B || !S.answer) return;
      const size = map.getSize(), ratio = window.devicePixelRatio || 1, pad = Math.round(size.x * 0.25);
      const width = size.x + 2 * pad, height = size.y + 2 * pad;
      const corner = map.containerPointToLayerPoint([-pad, -pad]);
      if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
        canvas.width = width * ratio; canvas.height = height * ratio;
        canvas.style.width = `${width}px`; canvas.style.height = `${height}px`;
      }
      L.DomUtil.setPosition(canvas, corner);
      canvas.style.visibility = '';
      const c = canvas.getContext('2d');
      c.setTransform(ratio, 0, 0, ratio, 0, 0);
      c.clearRect(0, 0, width, height);
      const world = 256 * Math.pow(2, map.getZoom());
      const origin = map.getPixelOrigin().add(corner);
      const dx = -origin.x, dy = -origin.y;
      const lists = Object.fromEntries(CLASSES.map((k) => [k, []]));
      const { boxes, rings } = B, letters = S.answer.letters;
      for (let d = 0; d < rings.length; d++) {
        const b = d * 4;
        if (boxes[b + 2] * world + dx < 0 || boxes[b] * world + dx > width || boxes[b + 3] * world + dy < 0 || boxes[b + 1] * world + dy > height) continue;
        lists[letters[d]]?.push(d);
      }
      const trace = (d) => {
        const ring = rings[d];
        c.moveTo(ring[0] * world + dx, ring[1] * world + dy);
        for (let i = 2; i < ring.length; i += 2) c.lineTo(ring[i] * world + dx, ring[i + 1] * world + dy);
        c.closePath();
      };
      const mark = (d) => [((boxes[d * 4] + boxes[d * 4 + 2]) / 2) * world + dx, ((boxes[d * 4 + 1] + boxes[d * 4 + 3]) / 2) * world + dy];
      const near = map.getZoom() >= 15.5;
      for (const letter of CLASSES) {
        const list = lists[letter];
        if (!list.length) continue;
        const loud = LOUD.has(letter);
        c.beginPath();
        for (const d of list) trace(d);
        c.fillStyle = loud && near ? c.createPattern(hatch(letter), 'repeat') : getu.token(FILLS[letter]);
        c.fill();
        c.strokeStyle = getu.token(loud ? '--cover-out-edge' : '--cover-edge');
        c.lineWidth = loud && near ? 1.2 : 0.5;
        if (near || loud) c.stroke();
        // From afar a house is a speck: who is outside gets a diamond as large as a fingertip's dot.
        if (loud && !near) {
          c.beginPath();
          for (const d of list) {
            const [x, y] = mark(d);
            const r = 2 + Math.min(3.5, Math.sqrt(B.households[d] || 1) / 2.5);
            c.moveTo(x, y - r); c.lineTo(x + r, y); c.lineTo(x, y + r); c.lineTo(x - r, y); c.closePath();
          }
          c.lineWidth = 0.6;
          c.fill(); c.stroke();
        }
      }
      const ring = (doors, colour, dash, sign) => {
        if (!doors?.length) return;
        c.beginPath();
        for (const d of doors) trace(d);
        c.setLineDash(dash); c.lineWidth = 3; c.strokeStyle = getu.token(colour); c.stroke(); c.setLineDash([]);
        c.lineWidth = 2.4;
        c.beginPath();
        for (const d of doors) {
          const [x, y] = mark(d);
          c.moveTo(x - 4, y); c.lineTo(x + 4, y);
          if (sign === '+') { c.moveTo(x, y - 4); c.lineTo(x, y + 4); }
        }
        c.stroke();
      };
      if (S.mode === 'what_if' && S.effect) {
        ring(S.effect.gained, '--cover-gained', [], '+');
        ring(S.effect.lost, '--cover-lost', [4, 3], '-');
      }
      if (S.mode === 'siting') ring([...S.picked].map((id) => B.place.get(id)).filter((d) => d !== undefined), '--chosen', [2, 2], '+');
      const at = S.chosen === null ? undefined : B.place.get(S.chosen);
      if (at !== undefined) {
        c.beginPath(); trace(at); c.lineWidth = 4; c.strokeStyle = getu.token('--chosen'); c.stroke();
      }
    },
    at(latlng) {
      const B = S.buildings;
      if (!B) return null;
      const x = (latlng.lng + 180) / 360, y = mercator(latlng.lat);
      const world = 256 * Math.pow(2, this.map.getZoom()), slack = 5 / world;
      let found = null, best = slack;
      for (let d = 0; d < B.rings.length; d++) {
        const b = d * 4, box = B.boxes;
        if (x < box[b] - slack || x > box[b + 2] + slack || y < box[b + 1] - slack || y > box[b + 3] + slack) continue;
        const ring = B.rings[d];
        let inside = false;
        for (let i = 0, j = ring.length - 2; i < ring.length; j = i, i += 2) {
          if ((ring[i + 1] > y) !== (ring[j + 1] > y) && x < ((ring[j] - ring[i]) * (y - ring[i + 1])) / (ring[j + 1] - ring[i + 1]) + ring[i]) inside = !inside;
        }
        if (inside) return B.ids[d];
        const gap = Math.hypot((box[b] + box[b + 2]) / 2 - x, (box[b + 1] + box[b + 3]) / 2 - y);
        if (gap < best) { best = gap; found = B.ids[d]; }
      }
      return found;
    },
  });

  // ---- map, panes, marks ------------------------------------------------------------------
  let cover = null, drawn = {};
  const pane = (map, name, z, clicks) => {
    const p = map.getPane(name) || map.createPane(name);
    p.style.zIndex = z;
    if (!clicks) p.style.pointerEvents = 'none';
  };
  function ready() {
    return new Promise((done) => {
      (function wait() {
        const map = getu.map();
        if (map && map._loaded && getu.config()) done(map);
        else if (here()) setTimeout(wait, 40);
      })();
    });
  }
  async function board() {
    const map = await ready();
    if (cover && cover.map === map) return map;
    pane(map, 'areas', 402); pane(map, 'cover', 412); pane(map, 'way', 440); pane(map, 'pins', 460, true);
    drawn = {};
    cover = new Cover();
    cover.addTo(map);
    map.on('click', clicked);
    map.on('mousemove', (event) => {
      const id = S.drawing || S.adding ? null : cover.at(event.latlng);
      map.getContainer().classList.toggle('over-building', id !== null);
      hover(map, id, event.latlng);
    });
    map.on('mouseout', () => hover(map, null));
    return map;
  }
  let tip = null;
  function hover(map, id, latlng) {
    if (id === null || !S.answer) { tip?.remove(); tip = null; return; }
    const d = S.buildings.place.get(id), seconds = S.answer.seconds[d], letter = S.answer.letters[d], w = words();
    const box = document.createElement('div');
    const head = box.appendChild(document.createElement('b'));
    head.textContent = fill(w.tip_households, { households: S.buildings.households[d] });
    const line = box.appendChild(document.createElement('div'));
    line.textContent = letter === 'u' ? w.untied : seconds < 0 ? w.no_way : fill(w.tip_minutes, { minutes: Math.ceil(seconds / 6) / 10 });
    tip = tip || L.tooltip({ direction: 'top', className: 'hint', offset: [0, -6], opacity: 1 });
    tip.setLatLng(latlng).setContent(box);
    if (!map.hasLayer(tip)) tip.addTo(map);
  }

  function clicked(event) {
    const { lng, lat } = event.latlng;
    if (S.mode === 'what_if' && S.adding) {
      S.adding = false;
      refreshHand();
      operate({ kind: 'add', lon: lng, lat });
      return;
    }
    if (S.mode === 'siting' && S.drawing) {
      S.drawing.push([lng, lat]);
      drawSketch();
      return;
    }
    const id = cover.at(event.latlng);
    if (id === null) return;
    if (S.mode === 'siting' && S.picking) {
      if (S.picked.has(id)) S.picked.delete(id); else S.picked.add(id);
      getu.send('coverage-site-picked', [...S.picked]);
      cover.draw();
      return;
    }
    choose({ building: id });
  }
  const choose = (what) => getu.send('coverage-selected', what);
  const operate = (operation) => getu.send('coverage-operation', { ...operation, at: Date.now() });

  function drawAreas(map, features) {
    drawn.areas?.remove();
    drawn.areas = L.geoJSON({ type: 'FeatureCollection', features: features || [] }, {
      pane: 'areas', interactive: false,
      style: (f) => ({ color: getu.token('--circle-middle'), weight: f.properties.is_last ? 2.2 : 1, dashArray: f.properties.is_last ? null : '4 4', fillColor: getu.token('--circle-middle'), fillOpacity: f.properties.is_last ? 0.07 : 0.03, opacity: f.properties.is_last ? 0.95 : 0.6 }),
    }).addTo(map);
  }

  function drawStations(map, stations) {
    if (S.dragging) return; // the hand still holds one of them
    const focused = Object.entries(drawn.byKey || {}).find(([, m]) => m.getElement() === document.activeElement)?.[0];
    drawn.stations?.remove();
    drawn.stations = L.layerGroup().addTo(map);
    drawn.byKey = {};
    const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    const sizes = { county: 26, subdistrict: 22, community: 18, grid: 12 };
    for (const s of stations || []) {
      const party = s.categories.some((c) => ['service_centre', 'service_station', 'red_station'].includes(c));
      const tried = s.key.startsWith('n');
      const shape = tried ? 'tried' : party ? s.tier || 'community' : 'other';
      const movable = S.mode === 'what_if' && S.scenario;
      const px = Math.round(Math.max(movable ? 18 : 0, sizes[s.tier] || (tried ? 22 : 14)) * scale);
      const mark = document.createElement('span');
      mark.className = `station station-${shape} ${s.state === 'open' ? '' : 'station-shut'} ${S.station === s.key ? 'station-held' : ''}`;
      const icon = L.divIcon({ html: mark, className: 'station-holder', iconSize: [px, px] });
      const marker = L.marker([s.lat, s.lon], { icon, pane: 'pins', draggable: Boolean(movable), keyboard: Boolean(movable), alt: s.name, title: '', riseOnHover: true, autoPan: false });
      marker.bindTooltip(() => { const b = document.createElement('b'); b.textContent = s.name; return b; }, { direction: 'top', className: 'hint', offset: [0, -px / 2], opacity: 1 });
      marker.on('click', () => (S.mode === 'what_if' && S.scenario ? getu.send('coverage-station', s.key) : choose({ station: s.key })));
      marker.on('dragstart', () => { S.dragging = true; });
      marker.on('drag', () => whileDragging(s.key, marker.getLatLng()));
      marker.on('dragend', () => { S.dragging = false; const at = marker.getLatLng(); operate({ kind: 'move', key: s.key, lon: at.lng, lat: at.lat }); });
      // With the keyboard: Enter takes the station, arrows with Shift move it by ten metres.
      marker.on('add', () => marker.getElement()?.addEventListener('keydown', (event) => {
        const step = { ArrowUp: [0, 1], ArrowDown: [0, -1], ArrowLeft: [-1, 0], ArrowRight: [1, 0] }[event.key];
        if (!movable || !step || !event.shiftKey) return;
        event.preventDefault(); event.stopPropagation();
        const at = marker.getLatLng();
        marker.setLatLng([at.lat + step[1] * 9e-5, at.lng + step[0] * 1e-4]);
        whileDragging(s.key, marker.getLatLng());
        clearTimeout(marker.due);
        marker.due = setTimeout(() => { const p = marker.getLatLng(); operate({ kind: 'move', key: s.key, lon: p.lng, lat: p.lat }); }, 900);
      }));
      marker.addTo(drawn.stations);
      drawn.byKey[s.key] = marker;
    }
    if (focused) drawn.byKey[focused]?.getElement()?.focus();
  }

  function drawSites(map) {
    drawn.sites?.remove();
    drawn.sites = L.layerGroup().addTo(map);
    if (S.mode !== 'siting') return;
    S.sites.forEach((site, rank) => {
      const mark = document.createElement('span');
      mark.className = 'site-mark';
      mark.textContent = String(rank + 1);
      L.marker([site.lat, site.lon], { pane: 'pins', keyboard: false, icon: L.divIcon({ html: mark, className: 'station-holder', iconSize: [28, 28] }) }).addTo(drawn.sites);
    });
  }
  function drawSketch() {
    const map = getu.map();
    drawn.sketch?.remove();
    if (!S.drawing || S.drawing.length < 1 || S.mode !== 'siting') return;
    const points = S.drawing.map(([x, y]) => [y, x]);
    drawn.sketch = (points.length < 3 ? L.polyline(points, sketchStyle()) : L.polygon(points, sketchStyle())).addTo(map);
    if (points.length === 1) drawn.sketch = L.circleMarker(points[0], { ...sketchStyle(), radius: 4 }).addTo(map);
  }
  const sketchStyle = () => ({ pane: 'way', interactive: false, color: getu.token('--chosen'), weight: 2, dashArray: '6 4', fillOpacity: 0.08 });
  function drawWay(map) {
    drawn.way?.remove();
    drawn.way = null;
    if (!S.way) return;
    const style = { color: getu.token('--chosen'), weight: 4, opacity: 0.95, lineCap: 'round' };
    drawn.way = L.geoJSON(S.way, { pane: 'way', interactive: false, style: () => style }).addTo(map);
  }

  // ---- asking -----------------------------------------------------------------------------
  const busy = (on) => document.querySelector('.coverage-page')?.classList.toggle('asking', on);
  const get = async (path, values) => {
    const config = getu.config();
    const params = new URLSearchParams({ county: config.county, v: config.revision, ...values });
    const answer = await fetch(`${path}?${params}`, { credentials: 'same-origin' });
    if (!answer.ok) throw new Error((await answer.json().catch(() => ({}))).error || String(answer.status));
    return answer.json();
  };
  async function ask(question) {
    const ticket = ++S.asked;
    busy(true);
    try {
      const map = await board();
      let [buildings, answer] = await Promise.all([S.buildings || get('/coverage/buildings', {}).then(unpack), get('/coverage/answer', question)]);
      // Somebody changed the data since the page was made: letters belong to the newer buildings.
      if (buildings.revision !== answer.revision) buildings = unpack(await get('/coverage/buildings', { v: answer.revision }));
      if (ticket !== S.asked) return;
      S.buildings = buildings; S.answer = answer; S.effect = null;
      drawAreas(map, answer.areas);
      drawStations(map, answer.stations);
      cover.draw();
      if (S.mode === 'what_if' && S.scenario) await tryOut(null, true);
      here()?.setAttribute('data-drawn', String(ticket));
    } catch (error) {
      say(error.message);
    } finally {
      if (ticket === S.asked) busy(false);
    }
  }
  const say = (sentence) => { const p = document.getElementById('coverage-silent'); if (p) p.textContent = sentence; };

  // One request at a time while a hand moves; the newest place waits, the ones between are dropped.
  let flying = false, waiting = null;
  function whileDragging(key, at) {
    waiting = { kind: 'move', key, lon: at.lng, lat: at.lat };
    if (!flying) fly();
  }
  async function fly() {
    flying = true;
    while (waiting) { const next = waiting; waiting = null; await tryOut(next, false); }
    flying = false;
  }
  let tries = 0;
  async function tryOut(operation, whole) {
    if (!S.scenario) return;
    const config = getu.config(), ticket = ++tries, began = performance.now();
    const operations = operation ? [...S.scenario.operations, operation] : S.scenario.operations;
    const answer = await fetch('/coverage/try', {
      method: 'POST', credentials: 'same-origin', headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ county: config.county, question: S.question, operations, whole }),
    });
    const body = await answer.json().catch(() => ({}));
    if (ticket !== tries && !whole) return;
    if (!answer.ok) { say(body.error || ''); return; }
    if (body.revision !== S.buildings.revision) { ask(S.question); return; }
    say('');
    S.effect = body;
    if (whole) { const map = getu.map(); drawAreas(map, body.areas); drawStations(map, body.stations); }
    cover.draw();
    showEffect(body);
    const panel = document.getElementById('coverage-effect');
    panel?.setAttribute('data-ms', String(Math.round(performance.now() - began)));
    panel?.setAttribute('data-try', String(ticket));
  }
  function showEffect(body) {
    const panel = document.getElementById('coverage-effect');
    if (!panel) return;
    const w = words();
    const tile = (cls, label, value) => {
      const box = document.createElement('div');
      box.className = `effect ${cls}`;
      const part = (kind, textContent) => Object.assign(document.createElement(kind), { textContent });
      box.append(part('span', label), part('b', value), part('small', w.unit));
      return box;
    };
    const n = (v) => v.toLocaleString('en-US');
    const signed = (sign, v) => (v ? `${sign}${n(v)}` : '0');
    const rows = body.grids.slice(0, 40).map(([name, gained, lost]) => {
      const tr = document.createElement('tr');
      for (const text of [name, gained ? `+${n(gained)}` : '', lost ? `−${n(lost)}` : '']) tr.append(Object.assign(document.createElement('td'), { textContent: text }));
      return tr;
    });
    const table = document.createElement('table');
    table.className = 'lines effect-table';
    if (rows.length) {
      const head = document.createElement('tr');
      for (const text of [w.grid, w.gained, w.lost]) head.append(Object.assign(document.createElement('th'), { textContent: text, scope: 'col' }));
      table.append(head, ...rows);
    }
    const tiles = document.createElement('div');
    tiles.className = 'effects';
    tiles.append(
      tile('gained', w.gained_households, signed('+', body.gained_households)),
      tile('lost', w.lost_households, signed('−', body.lost_households)),
      tile('', w.outside_after, n(body.outside_after)),
    );
    panel.replaceChildren(tiles, table);
  }
  function refreshHand() {
    const map = getu.map();
    map?.getContainer().classList.toggle('adding', Boolean(S.adding || S.drawing || S.picking));
    const add = document.getElementById('coverage-add');
    add?.classList.toggle('pressed', S.adding);
    add?.setAttribute('aria-pressed', String(S.adding));
    const draw = document.getElementById('coverage-site-draw');
    draw?.classList.toggle('pressed', Boolean(S.drawing));
    draw?.setAttribute('aria-pressed', String(Boolean(S.drawing)));
  }

  const restyle = getu.redrawBase;
  getu.redrawBase = () => {
    restyle?.();
    if (!cover?.map || !S.answer || !here()) return;
    cover.draw();
    drawAreas(cover.map, S.effect?.areas || S.answer.areas);
    drawWay(cover.map);
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.coverage = {
    question(minutes, services, profile, tier, weekday, clock) {
      const number = Number(minutes);
      if (!(number > 0 && number <= 120) || !services || !services.length) return none();
      const question = { minutes: String(number), services: services.join(','), profile: profile || 'adult' };
      if (tier) question.tier = tier;
      if (weekday) { question.weekday = weekday; question.clock = clock || '10:00'; }
      for (const key of ['minutes', 'services', 'profile', 'tier', 'weekday', 'clock']) address[key] = question[key] || null;
      getu.writeAddress();
      return question;
    },
    minutes(...clicks) {
      const context = window.dash_clientside.callback_context;
      if (!context.triggered.length || !clicks.some(Boolean)) return none();
      return Number(context.triggered[0].prop_id.split('.')[0].split('-').pop());
    },
    paint(question) {
      if (question) { S.question = question; ask(question); }
      return none();
    },
    mode(mode) {
      S.mode = mode;
      address.mode = mode === 'gaps' ? null : mode;
      getu.writeAddress();
      S.adding = false;
      S.picking = false;
      for (const panel of document.querySelectorAll('[data-mode]')) panel.hidden = panel.dataset.mode !== mode;
      refreshHand();
      if (cover?.map && S.answer) {
        S.effect = null;
        drawAreas(cover.map, S.answer.areas);
        drawStations(cover.map, S.answer.stations);
        drawSites(cover.map);
        drawSketch();
        cover.draw();
        if (mode === 'what_if' && S.scenario) tryOut(null, true);
      }
      return none();
    },
    scenario(scenario) {
      S.scenario = scenario;
      const panel = document.getElementById('coverage-effect');
      if (!scenario) panel?.replaceChildren();
      address.scenario = scenario ? String(scenario.id) : null;
      getu.writeAddress();
      if (!cover?.map || !S.answer || S.mode !== 'what_if') return none();
      if (scenario) tryOut(null, true);
      else { S.effect = null; drawStations(cover.map, S.answer.stations); drawAreas(cover.map, S.answer.areas); cover.draw(); }
      return none();
    },
    held(key) {
      S.station = key;
      for (const [name, marker] of Object.entries(drawn.byKey || {})) marker._icon?.firstChild?.classList?.toggle('station-held', name === key);
      return none();
    },
    add(clicks) {
      if (!clicks) return none();
      S.adding = !S.adding;
      refreshHand();
      return none();
    },
    draw(clicks) {
      if (!clicks) return none();
      if (S.drawing) {
        const done = S.drawing;
        if (done.length < 3) { S.drawing = null; drawn.sketch?.remove(); refreshHand(); return null; }
        drawSketch();
        S.drawing = null;
        refreshHand();
        return done;
      }
      S.drawing = [];
      drawn.sketch?.remove();
      refreshHand();
      return null;
    },
    candidates(kind) {
      S.picking = kind === 'picked';
      for (const part of document.querySelectorAll('[data-candidates]')) part.hidden = part.dataset.candidates !== kind;
      if (kind !== 'drawn') { S.drawing = null; drawn.sketch?.remove(); }
      refreshHand();
      cover?.draw();
      return none();
    },
    clock(weekday) {
      return !weekday; // without a day any time will do
    },
    goal(value) {
      return value === 'all'; // the fewest stations: their number is the answer
    },
    sites(answer) {
      S.sites = answer?.sites || [];
      if (cover?.map) drawSites(cover.map);
      return none();
    },
    selected(chosen) {
      S.chosen = chosen?.building ?? null;
      address.sel = chosen ? Object.entries(chosen)[0].join(':') : null;
      getu.writeAddress();
      cover?.draw();
      return none();
    },
    way(found) {
      S.way = found?.line || null;
      ready().then((map) => {
        drawWay(map);
        if (found?.bounds) map.fitBounds(found.bounds, { animate: !still, maxZoom: 17, padding: [30, 30] });
      });
      return none();
    },
  };

  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented || !document.querySelector('.coverage-page')) return;
    if (document.querySelector('[data-radix-popper-content-wrapper]')) return;
    if (S.adding || S.drawing) { S.adding = false; S.drawing = null; drawn.sketch?.remove(); refreshHand(); return; }
    if (S.chosen !== null || address.sel) choose(null);
  });
  getu.coverage = { state: S };
})();
