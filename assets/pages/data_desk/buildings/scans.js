// Pictures of plans under the buildings: shown, faded, uploaded, pinned by pairs of places.
import { desk, say } from './desk.js';
import * as footprints from './drawing/geometry.js';
import * as panels from './panel.js';
import * as saving from './sync.js';
import { call } from './sync.js';
import * as windows from './windows.js';
import { $, el, field } from '../../../shared/elements.js';
import { may } from '../../../shared/rights.js';

const MOST_MB = 50;
const KEPT = 'getu-sheets:'; // how each browser shows them: on or off, how faint

// A picture laid on three of its corners by a CSS matrix.
class SheetLayer extends L.Layer {
  /** @param {string} url @param {[number, number]} size pixels @param {Point[]} corners degrees @param {number} opacity */
  constructor(url, size, corners, opacity) {
    super();
    this.url = url;
    this.size = size;
    this.corners = corners;
    this.opacity = opacity;
    /** @type {HTMLImageElement | null} */
    this.image = null;
  }

  /** @param {L.Map} map */
  onAdd(map) {
    const image = L.DomUtil.create(
      'img',
      'pinned-sheet leaflet-zoom-animated',
      map.getPane('sheets'),
    );
    image.alt = '';
    image.decoding = 'async';
    image.style.width = `${this.size[0]}px`;
    image.style.height = `${this.size[1]}px`;
    image.src = this.url;
    this.image = image;
    this.fade(this.opacity);
    this.lay();
    return this;
  }

  onRemove() {
    this.image?.remove();
    this.image = null;
    return this;
  }

  getEvents() {
    return { viewreset: this.lay, zoom: this.lay, moveend: this.lay, zoomanim: this.animate };
  }

  /** @param {number} opacity */
  fade(opacity) {
    this.opacity = opacity;
    if (this.image) this.image.style.opacity = String(opacity);
  }

  /** @param {Point[]} corners */
  move(corners) {
    this.corners = corners;
    if (this.image) this.lay();
  }

  /** @param {(at: L.LatLng) => L.Point} place */
  matrix(place) {
    const [a, b, , d] = this.corners.map(([lon, lat]) => {
      const p = place(L.latLng(lat, lon));
      return /** @type {Point} */ ([p.x, p.y]);
    });
    const [width, height] = this.size;
    if (this.image)
      this.image.style.transform = `matrix(${footprints.sheetMatrix(a, b, d, width, height).join(',')})`;
  }

  lay() {
    this.matrix((at) => this._map.latLngToLayerPoint(at));
  }

  /** @param {any} e */
  animate(e) {
    this.matrix((at) => this._map._latLngToNewLayerPoint(at, e.zoom, e.center));
  }
}

function remembered(id) {
  try {
    return {
      on: true,
      opacity: 0.6,
      ...JSON.parse(localStorage.getItem(`${KEPT}${desk.county}:${id}`) || '{}'),
    };
  } catch {
    return { on: true, opacity: 0.6 };
  }
}
function remember(id, values) {
  try {
    localStorage.setItem(
      `${KEPT}${desk.county}:${id}`,
      JSON.stringify({ ...remembered(id), ...values }),
    );
  } catch {
    /* only for this visit then */
  }
}

const urlOf = (sheet) => `/api/sheets/${desk.county}/${sheet.id}/picture`;

async function load() {
  const d = desk;
  d.sheets = (await call(`/sheets/${d.county}`)).sheets;
  show();
}

function show() {
  const d = desk;
  for (const layer of d.sheetLayers.values()) layer.remove();
  d.sheetLayers.clear();
  // The newest lies on top.
  for (const sheet of [...d.sheets].reverse()) {
    const { on, opacity } = remembered(sheet.id);
    if (!sheet.corners || !on) continue;
    const layer = new SheetLayer(urlOf(sheet), [sheet.width, sheet.height], sheet.corners, opacity);
    d.sheetLayers.set(sheet.id, layer.addTo(d.map));
  }
  d.canvas.paint(); // over a picture footprints are seen through
  list();
}

function list() {
  const d = desk;
  const rows = d.sheets.map((sheet) => {
    const { on, opacity } = remembered(sheet.id);
    const placed = Boolean(sheet.corners);
    const about = [
      placed
        ? say(
            sheet.placement === 'own' ? 'data_buildings.sheet_own' : 'data_buildings.sheet_pinned',
            { pins: sheet.pins.length },
          )
        : say('data_buildings.sheet_loose'),
      sheet.residual_m !== null
        ? say('data_buildings.sheet_residual', { metres: sheet.residual_m.toFixed(2) })
        : '',
      placed
        ? say('data_buildings.sheet_pixel', {
            metres: sheet.pixel_m < 1 ? sheet.pixel_m.toFixed(2) : sheet.pixel_m.toFixed(1),
          })
        : '',
      panels.unsigned(sheet.by),
      sheet.at.slice(0, 10),
    ]
      .filter(Boolean)
      .join(' · ');
    return el(
      'li',
      { class: 'pin-sheet', 'data-sheet': sheet.id },
      el(
        'div',
        { class: 'switch' },
        el(
          'label',
          {},
          el('input', {
            type: 'checkbox',
            checked: placed && on,
            disabled: !placed,
            onchange: (e) => {
              remember(sheet.id, { on: e.target.checked });
              show();
            },
          }),
          el('span', {}, sheet.name),
        ),
      ),
      el('p', { class: 'muted' }, about),
      sheet.elsewhere ? el('p', { class: 'loud' }, say('data_buildings.sheet_elsewhere')) : '',
      placed && on
        ? el(
            'label',
            { class: 'row' },
            el('span', { class: 'muted' }, say('data_buildings.sheet_opacity')),
            el('input', {
              type: 'range',
              min: 0.1,
              max: 1,
              step: 0.05,
              value: opacity,
              oninput: (e) => {
                remember(sheet.id, { opacity: Number(e.target.value) });
                d.sheetLayers.get(sheet.id)?.fade(e.target.value);
              },
            }),
          )
        : '',
      el(
        'div',
        { class: 'row' },
        el(
          'button',
          {
            type: 'button',
            'data-do': 'pin',
            needs: 'work',
            class: placed ? '' : 'main',
            onclick: () => pin(sheet),
          },
          say(placed ? 'data_buildings.sheet_pin_again' : 'data_buildings.sheet_pin'),
        ),
        placed
          ? el(
              'button',
              { type: 'button', onclick: () => goTo(sheet) },
              say('data_buildings.sheet_look'),
            )
          : '',
        el(
          'button',
          { type: 'button', 'data-do': 'rename', needs: 'work', onclick: () => rename(sheet) },
          say('data_buildings.sheet_rename'),
        ),
        el(
          'button',
          { type: 'button', 'data-do': 'remove', needs: 'work', onclick: () => remove(sheet) },
          say('data_buildings.sheet_remove'),
        ),
      ),
    );
  });
  $('buildings-sheets').replaceChildren(
    rows.length
      ? el('ul', { class: 'pin-sheets' }, rows)
      : el(
          'p',
          { class: 'muted' },
          say(may('work') ? 'data_buildings.sheets_none' : 'data_buildings.sheets_none_look'),
        ),
  );
}

function goTo(sheet) {
  desk.map.fitBounds(
    sheet.corners.map(([lon, lat]) => [lat, lon]),
    { animate: false, padding: [16, 16] },
  );
}

async function upload(file) {
  const d = desk;
  const said = $('buildings-upload-said');
  const tellHere = (words, loud) => {
    said.textContent = words;
    said.className = loud ? 'loud' : 'muted';
  };
  if (!file) return;
  if (file.size > MOST_MB * 1e6) {
    tellHere(
      say('data_buildings.upload_large', {
        megabytes: (file.size / 1e6).toFixed(0),
        most: MOST_MB,
      }),
      true,
    );
    return;
  }
  const form = new FormData();
  form.append('file', file);
  form.append('by', d.by() || '');
  form.append('page', field('buildings-page').value || '1');
  form.append('shift', field('buildings-shift').value);
  tellHere(say('data_buildings.uploading', { megabytes: (file.size / 1e6).toFixed(1) }));
  try {
    const sheet = await call(`/sheets/${d.county}`, { method: 'POST', form });
    await load();
    tellHere(
      sheet.pages > 1
        ? say('data_buildings.uploaded_page', {
            page: field('buildings-page').value || '1',
            pages: sheet.pages,
          })
        : say('data_buildings.uploaded', { name: sheet.name }),
    );
    if (sheet.corners) goTo(sheet);
    else pin(d.sheets.find((s) => s.id === sheet.id));
  } catch (error) {
    tellHere(
      error instanceof saving.Unreachable ? say('data_buildings.no_connection') : error.message,
      true,
    );
  }
}

async function rename(sheet) {
  const d = desk;
  const name = await windows.ask(
    say('data_buildings.sheet_rename_title'),
    null,
    say('data_buildings.save'),
    sheet.name,
  );
  if (!name?.trim()) return;
  try {
    await call(`/sheets/${d.county}/${sheet.id}`, { method: 'PATCH', body: { name: name.trim() } });
    await load();
  } catch (error) {
    d.problem(error);
  }
}

async function remove(sheet) {
  const d = desk;
  if (
    !(await windows.ask(
      say('data_buildings.sheet_remove_title', { name: sheet.name }),
      say('data_buildings.sheet_remove_about'),
      say('data_buildings.sheet_remove'),
    ))
  )
    return;
  try {
    await call(`/sheets/${d.county}/${sheet.id}`, { method: 'DELETE' });
    await load();
  } catch (error) {
    d.problem(error);
  }
}

// ---- pinning ----

function pin(sheet) {
  const d = desk;
  if (d.pinning) stop();
  d.tools.choose('select');
  d.select([]);
  /** @type {Record<string, any>} */
  const state = {
    sheet,
    pins: sheet.pins.map((p) => ({ ...p })),
    half: {},
    model: sheet.placement === 'affine' ? 'affine' : 'similarity',
    fit: null,
    marks: [],
    asked: 0,
  };
  d.pinning = state;
  document.body.classList.add('pinning');
  const box = $('buildings-scan');
  box.hidden = false;
  d.map.invalidateSize({ animate: false });
  d.sheetLayers.get(sheet.id)?.remove();
  state.scan = L.map(el0('buildings-scan-map'), {
    bare: true,
    crs: L.CRS.Simple,
    attributionControl: false,
    minZoom: -6,
    maxZoom: 4,
    zoomSnap: 0.25,
    zoomControl: true,
  });
  const bounds = L.latLngBounds([-sheet.height, 0], [0, sheet.width]);
  state.scan.fitBounds(bounds, { animate: false });
  L.imageOverlay(urlOf(sheet), bounds).addTo(state.scan);
  state.scan.on('click', (e) => half({ x: e.latlng.lng, y: -e.latlng.lat }));
  state.onMap = (e) => half(onCorner(e));
  d.map.on('click', state.onMap);
  d.map.doubleClickZoom.disable();
  state.key = (e) => {
    if (e.key === 'Escape' && !e.target.closest?.('dialog')) {
      if (state.half.x !== undefined || state.half.lon !== undefined) {
        state.half = {};
        draw();
      } else stop();
    }
  };
  document.addEventListener('keydown', state.key);
  draw();
  refit();
}

// Leaflet keeps what it made of a container: each pinning gets a fresh one.
function el0(id) {
  const fresh = el('div', { id });
  $(id).replaceWith(fresh);
  return fresh;
}

// A click near a corner of a building means that corner.
function onCorner(e) {
  const d = desk;
  const frame = new footprints.Frame(e.latlng.lng, e.latlng.lat);
  const reach = d.tools.reach(9);
  const hit = footprints.snap([0, 0], d.tools.around(frame, [0, 0], reach), reach);
  const [lon, lat] =
    hit?.kind === 'corner' ? frame.toDegrees(hit.at) : [e.latlng.lng, e.latlng.lat];
  return { lon, lat };
}

function half(values) {
  const state = desk.pinning;
  const { sheet } = state;
  if (
    values.x !== undefined &&
    (values.x < 0 || values.y < 0 || values.x > sheet.width || values.y > sheet.height)
  )
    return;
  Object.assign(state.half, values);
  if (state.half.x !== undefined && state.half.lon !== undefined) {
    state.pins.push(state.half);
    state.half = {};
    refit();
  }
  draw();
}

function draw() {
  const d = desk;
  const state = d.pinning;
  for (const mark of state.marks) mark.remove();
  state.marks = [];
  const all = [...state.pins, state.half];
  all.forEach((p, i) => {
    const worst = state.fit?.worst === i;
    const icon = L.divIcon({
      className: `pin-mark${worst ? ' pin-worst' : ''}${i === state.pins.length ? ' pin-half' : ''}`,
      html: String(i + 1),
      iconSize: [24, 24],
    });
    const mark = (map, at, read) => {
      const made = L.marker(at, { icon, draggable: i < state.pins.length, keyboard: false }).addTo(
        map,
      );
      made.on('dragend', () => {
        Object.assign(p, read(made.getLatLng()));
        refit();
        draw();
      });
      state.marks.push(made);
    };
    if (p.x !== undefined) mark(state.scan, [-p.y, p.x], (at) => ({ x: at.lng, y: -at.lat }));
    if (p.lon !== undefined) mark(d.map, [p.lat, p.lon], (at) => ({ lon: at.lng, lat: at.lat }));
  });
  panel();
}

function panel() {
  const d = desk;
  const state = d.pinning;
  const { fit, pins, half: open } = state;
  const next =
    open.x !== undefined
      ? 'data_buildings.pin_next_map'
      : open.lon !== undefined
        ? 'data_buildings.pin_next_scan'
        : pins.length < 2
          ? 'data_buildings.pin_first'
          : 'data_buildings.pin_more';
  $('buildings-hint').replaceChildren(el('b', {}, say(next, { n: pins.length + 1 })));
  const model = (value, words, least) =>
    el(
      'label',
      {},
      el('input', {
        type: 'radio',
        name: 'pin-model',
        value,
        checked: state.model === value,
        disabled: pins.length < least,
        onchange: () => {
          state.model = value;
          refit();
        },
      }),
      ' ',
      say(words),
    );
  const words = !fit
    ? state.why || say('data_buildings.pin_none')
    : fit.rms_m === null
      ? say(state.model === 'affine' ? 'data_buildings.pin_exact_3' : 'data_buildings.pin_exact_2')
      : say('data_buildings.pin_rms', {
          metres: fit.rms_m.toFixed(2),
          worst: fit.worst + 1,
          by: fit.residuals_m[fit.worst].toFixed(2),
        });
  $('buildings-panel').replaceChildren(
    el('h2', {}, say('data_buildings.pin_title', { name: state.sheet.name })),
    el('p', { class: 'muted' }, say('data_buildings.pin_about')),
    el(
      'div',
      { class: 'pin-models' },
      model('similarity', 'data_buildings.pin_similarity', 0),
      model('affine', 'data_buildings.pin_affine', 3),
    ),
    el(
      'table',
      { class: 'pin-table' },
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('th', {}, '#'),
          el('th', {}, say('data_buildings.pin_picture')),
          el('th', {}, say('data_buildings.pin_residual')),
          el('th', {}),
        ),
      ),
      el(
        'tbody',
        {},
        pins.map((p, i) =>
          el(
            'tr',
            { class: fit?.worst === i ? 'pin-row-worst' : '' },
            el('td', {}, String(i + 1)),
            el('td', {}, `${Math.round(p.x)}, ${Math.round(p.y)}`),
            el(
              'td',
              {},
              fit?.residuals_m[i] !== undefined
                ? `${fit.residuals_m[i].toFixed(2)} m${fit.worst === i ? ` ${say('data_buildings.pin_worst')}` : ''}`
                : '—',
            ),
            el(
              'td',
              {},
              el(
                'button',
                {
                  type: 'button',
                  'aria-label': say('data_buildings.pin_remove', { n: i + 1 }),
                  onclick: () => {
                    pins.splice(i, 1);
                    refit();
                    draw();
                  },
                },
                '×',
              ),
            ),
          ),
        ),
      ),
    ),
    el('p', { id: 'pin-said', role: 'status', class: fit ? '' : 'muted' }, words),
    fit
      ? el(
          'p',
          { class: 'muted' },
          say('data_buildings.sheet_pixel', { metres: fit.pixel_m.toFixed(2) }),
        )
      : '',
    fit?.mirrored ? el('p', { class: 'loud' }, say('data_buildings.pin_mirrored')) : '',
    el(
      'label',
      { class: 'row' },
      el('span', { class: 'muted' }, say('data_buildings.sheet_opacity')),
      el('input', {
        type: 'range',
        min: 0.1,
        max: 1,
        step: 0.05,
        value: remembered(state.sheet.id).opacity,
        oninput: (e) => {
          remember(state.sheet.id, { opacity: Number(e.target.value) });
          state.preview?.fade(e.target.value);
        },
      }),
    ),
    el(
      'div',
      { class: 'row end' },
      el('button', { type: 'button', onclick: stop }, say('data_buildings.cancel')),
      el(
        'button',
        {
          type: 'button',
          class: 'main',
          id: 'pin-save',
          disabled: !fit || fit.mirrored,
          onclick: store,
        },
        say('data_buildings.pin_save'),
      ),
    ),
  );
}

// The server lays the picture by the pins so far; nothing is kept yet.
async function refit() {
  const d = desk;
  const state = d.pinning;
  const asked = ++state.asked;
  const least = state.model === 'affine' ? 3 : 2;
  if (state.pins.length < least) {
    if (state.model === 'affine' && state.pins.length === 2) state.model = 'similarity';
    else {
      settle(null);
      return;
    }
  }
  try {
    const { fit } = await call(`/sheets/${d.county}/${state.sheet.id}/pins`, {
      method: 'PUT',
      body: { preview: true, model: state.model, pins: state.pins },
    });
    if (d.pinning === state && asked === state.asked) settle(fit);
  } catch (error) {
    if (d.pinning !== state || asked !== state.asked) return;
    settle(
      null,
      error instanceof saving.Unreachable ? say('data_buildings.no_connection') : error.message,
    );
  }
}

function settle(fit, why) {
  const d = desk;
  const state = d.pinning;
  Object.assign(state, { fit, why });
  if (!fit) {
    state.preview?.remove();
    state.preview = null;
  } else if (state.preview) state.preview.move(fit.corners);
  else
    state.preview = new SheetLayer(
      urlOf(state.sheet),
      [state.sheet.width, state.sheet.height],
      fit.corners,
      remembered(state.sheet.id).opacity,
    ).addTo(d.map);
  draw();
}

async function store() {
  const d = desk;
  const state = d.pinning;
  try {
    await call(`/sheets/${d.county}/${state.sheet.id}/pins`, {
      method: 'PUT',
      body: { model: state.model, pins: state.pins, version: state.sheet.version, by: d.by() },
    });
    remember(state.sheet.id, { on: true });
    stop();
    d.tell('data_buildings.pin_saved');
  } catch (error) {
    $('pin-said').textContent = error.message;
    $('pin-said').className = 'loud';
  }
}

function stop() {
  const d = desk;
  const state = d.pinning;
  if (!state) return;
  for (const mark of state.marks) mark.remove();
  state.preview?.remove();
  state.scan.remove();
  d.map.off('click', state.onMap);
  document.removeEventListener('keydown', state.key);
  d.pinning = null;
  document.body.classList.remove('pinning');
  $('buildings-scan').hidden = true;
  d.map.invalidateSize({ animate: false });
  d.map.doubleClickZoom.enable();
  panels.chosen();
  d.tools.show();
  load().catch(d.problem);
}

export { load, upload, stop };
