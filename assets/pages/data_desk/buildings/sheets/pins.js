// A picture is laid on the map by pairs of pins: one in the picture, one where that is.
import { desk, say } from '../desk.js';
import * as footprints from '../drawing/geometry.js';
import { call } from '../sync.js';
import { Unreachable } from '../../../../shared/calls.js';
import { $, el, within } from '../../../../shared/elements.js';
import { SheetLayer } from './layer.js';
import { keepLook, lookOf, urlOf } from './look.js';
import { carried, isOutside, isWhole } from './pairs.js';
import * as table from './table.js';

/**
 * @typedef {import('./look.js').Sheet} Sheet
 * @typedef {import('./pairs.js').Half} Half
 * @typedef {object} Fit How a picture lies by its pairs.
 * @property {Point[]} corners degrees
 * @property {number | null} rms_m null: the pairs leave no freedom
 * @property {number[]} residuals_m
 * @property {number} worst the pair
 * @property {number} pixel_m
 * @property {boolean} mirrored
 */

// While it stands, clicks on the map and in the picture set pins.
export class Pins {
  /** @param {Sheet} sheet @param {() => void} closed */
  constructor(sheet, closed) {
    this.sheet = sheet;
    this.closed = closed;
    this.pins = sheet.pins.map((pair) => ({ ...pair }));
    /** @type {Half} */
    this.half = {};
    /** @type {import('./pairs.js').Model} */
    this.model = sheet.placement === 'affine' ? 'affine' : 'similarity';
    /** @type {Fit | null} */
    this.fit = null;
    /** @type {string | undefined} */
    this.why = undefined; // there is no fit
    /** @type {L.Marker[]} */
    this.marks = [];
    /** @type {SheetLayer | null} */
    this.preview = null;
    this.asked = 0;
    /** @param {L.LeafletMouseEvent} e */
    this.onMap = (e) => this.set(onCorner(e));
    /** @param {KeyboardEvent} e */
    this.key = (e) => {
      if (e.key === 'Escape' && !within(e, 'dialog')) this.escape();
    };
    this.scan = this.openScan();
    desk.map.on('click', this.onMap);
    desk.map.doubleClickZoom.disable();
    document.addEventListener('keydown', this.key);
  }

  // The picture in a map of its own, in pixels.
  openScan() {
    const { width, height } = this.sheet;
    $('buildings-scan').hidden = false;
    desk.map.invalidateSize({ animate: false });
    // Leaflet keeps what it made of a container: each time there is a fresh one.
    const holder = el('div', { id: 'buildings-scan-map' });
    $('buildings-scan-map').replaceWith(holder);
    const scan = L.map(holder, {
      bare: true,
      crs: L.CRS.Simple,
      attributionControl: false,
      minZoom: -6,
      maxZoom: 4,
      zoomSnap: 0.25,
      zoomControl: true,
    });
    const bounds = L.latLngBounds([-height, 0], [0, width]);
    scan.fitBounds(bounds, { animate: false });
    L.imageOverlay(urlOf(this.sheet), bounds).addTo(scan);
    scan.on('click', (e) => this.set({ x: e.latlng.lng, y: -e.latlng.lat }));
    return scan;
  }

  // Half a pair is taken back first, then the whole work.
  escape() {
    if (this.half.x === undefined && this.half.lon === undefined) {
      stop();
      return;
    }
    this.half = {};
    this.draw();
  }

  /** @param {Half} half */
  set(half) {
    if (isOutside(half, this.sheet)) return;
    /** @type {Half} */
    const now = { ...this.half, ...half };
    this.half = now;
    if (isWhole(now)) {
      this.pins.push(now);
      this.half = {};
      this.refit();
    }
    this.draw();
  }

  /** @param {number} i */
  remove(i) {
    this.pins.splice(i, 1);
    this.refit();
    this.draw();
  }

  /** @param {import('./pairs.js').Model} model */
  choose(model) {
    this.model = model;
    this.refit();
  }

  draw() {
    for (const mark of this.marks) mark.remove();
    this.marks = [];
    [...this.pins, this.half].forEach((pair, i) => {
      if (pair.x !== undefined && pair.y !== undefined)
        this.mark(this.scan, [-pair.y, pair.x], i, (at) => ({ x: at.lng, y: -at.lat }));
      if (pair.lon !== undefined && pair.lat !== undefined)
        this.mark(desk.map, [pair.lat, pair.lon], i, (at) => ({ lon: at.lng, lat: at.lat }));
    });
    table.show(this, stop);
  }

  // A pin that can be dragged, once its pair is whole.
  /** @param {L.Map} map @param {Point} at @param {number} i @param {(at: L.LatLng) => Half} read */
  mark(map, at, i, read) {
    const isHalf = i === this.pins.length;
    const icon = L.divIcon({
      className: `pin-mark${this.fit?.worst === i ? ' pin-worst' : ''}${isHalf ? ' pin-half' : ''}`,
      html: String(i + 1),
      iconSize: [24, 24],
    });
    const made = L.marker(at, { icon, draggable: !isHalf, keyboard: false }).addTo(map);
    made.on('dragend', () => {
      Object.assign(this.pins[i], read(made.getLatLng()));
      this.refit();
      this.draw();
    });
    this.marks.push(made);
  }

  // The server lays the picture by the pins so far; nothing is kept yet.
  async refit() {
    const asked = ++this.asked;
    const isStale = () => desk.pinning !== this || asked !== this.asked;
    const model = carried(this.model, this.pins.length);
    if (!model) {
      this.settle(null);
      return;
    }
    this.model = model;
    try {
      const { fit } = await this.send({ preview: true });
      if (!isStale()) this.settle(fit);
    } catch (error) {
      if (!isStale()) this.settle(null, whyOf(error));
    }
  }

  /** @param {Record<string, any>} more */
  send(more) {
    return call(`/sheets/${desk.county}/${this.sheet.id}/pins`, {
      method: 'PUT',
      body: { ...more, model: this.model, pins: this.pins },
    });
  }

  /** @param {Fit | null} fit @param {string} [why] there is none */
  settle(fit, why) {
    this.fit = fit;
    this.why = why;
    if (!fit) {
      this.preview?.remove();
      this.preview = null;
    } else if (this.preview) this.preview.move(fit.corners);
    else {
      const { id, width, height } = this.sheet;
      this.preview = new SheetLayer(
        urlOf(this.sheet),
        [width, height],
        fit.corners,
        lookOf(id).opacity,
      ).addTo(desk.map);
    }
    this.draw();
  }

  async store() {
    try {
      await this.send({ version: this.sheet.version, by: desk.by() });
      keepLook(this.sheet.id, { on: true });
      stop();
      desk.tell('data_buildings.pin_saved');
    } catch (error) {
      const said = $('pin-said');
      said.textContent = whyOf(error);
      said.className = 'loud';
    }
  }
}

/** @param {any} error */
const whyOf = (error) =>
  error instanceof Unreachable ? say('data_buildings.no_connection') : error.message;

// A click near a corner of a building means that corner.
/** @param {L.LeafletMouseEvent} e @returns {Half} */
function onCorner(e) {
  const frame = new footprints.Frame(e.latlng.lng, e.latlng.lat);
  const reach = desk.tools.reach(9);
  const hit = footprints.snap([0, 0], desk.tools.around(frame, [0, 0], reach), reach);
  const [lon, lat] =
    hit?.kind === 'corner' ? frame.toDegrees(hit.at) : [e.latlng.lng, e.latlng.lat];
  return { lon, lat };
}

/** @param {Sheet} sheet @param {() => void} closed it is pinned, or is not */
export function pin(sheet, closed) {
  stop();
  desk.tools.choose('select');
  desk.select([]);
  document.body.classList.add('pinning');
  desk.sheetLayers.get(sheet.id)?.remove();
  const pins = new Pins(sheet, closed);
  desk.pinning = pins;
  pins.draw();
  pins.refit();
}

export function stop() {
  /** @type {Pins | null} */
  const pins = desk.pinning;
  if (!pins) return;
  for (const mark of pins.marks) mark.remove();
  pins.preview?.remove();
  pins.scan.remove();
  desk.map.off('click', pins.onMap);
  document.removeEventListener('keydown', pins.key);
  desk.pinning = null;
  document.body.classList.remove('pinning');
  $('buildings-scan').hidden = true;
  desk.map.invalidateSize({ animate: false });
  desk.map.doubleClickZoom.enable();
  desk.showChosen();
  desk.tools.show();
  pins.closed();
}
