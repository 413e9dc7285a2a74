// A picture of a plan on the map.
import * as footprints from '../drawing/geometry.js';

// A picture laid on three of its corners by a CSS matrix.
export class SheetLayer extends L.Layer {
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
