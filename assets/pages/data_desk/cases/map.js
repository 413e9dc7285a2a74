// Old polygons and the buildings in doubt on the map: both claims of the chosen one, each with its
// letter; what is ruled, put off and still open by outline and filling.
import { holds } from './standing.js';
import { cssToken } from '../../../shared/page.js';
import { pane } from '../../../shared/map/maps.js';

/** @typedef {import('./desk.js').Case} Case */

const LETTERS = ['A', 'B', 'C'];
const TOKENS = ['--case-a', '--case-b', '--case-c'];
const NEAR = 18; // whole levels: the ground is drawn at once
const DOTS_BELOW = 16;
const STEPS = 24; // places tried for a letter, along each side of the screen
const APART_PX = 48;

class CasesMap {
  /** @param {L.Map} map @param {(item: Case) => void} onPick */
  constructor(map, onPick) {
    this.map = map;
    this.onPick = onPick;
    /** @type {Map<number, L.GeoJSON>} */
    this.shapes = new Map();
    /** @type {Map<number, L.CircleMarker>} */
    this.dots = new Map();
    /** @type {L.Marker[]} */
    this.marks = [];
    /** @type {L.GeoJSON[]} */
    this.claimants = [];
    /** @type {any} the set, as the server gives it */
    this.data = null;
    /** @type {Case | null} */
    this.chosen = null;
    pane(map, 'case-claims', 405);
    pane(map, 'case-items', 415, { clicks: true });
    pane(map, 'case-marks', 450); // above the buildings, and never takes a click from them
    this.under = L.canvas({ pane: 'case-claims', padding: 0.3 });
    this.over = L.canvas({ pane: 'case-items', padding: 0.3, tolerance: 4 });
    this.layers = L.layerGroup().addTo(map);
    this.far = L.layerGroup();
    map.on('zoomend', () => this.toggleDots());
    map.on('moveend', () => {
      if (this.data) this.paintClaims();
    });
    this.toggleDots();
    new MutationObserver(() => this.restyle()).observe(document.documentElement, {
      attributeFilter: ['data-theme'],
    });
  }

  show(data) {
    this.data = data;
    this.layers.clearLayers();
    this.far.clearLayers();
    this.shapes.clear();
    this.dots.clear();
    this.marks = [];
    this.claimants = data.claimants.map((c) =>
      L.geoJSON(c.geometry, {
        renderer: this.under,
        pane: 'case-claims',
        interactive: false,
        style: () => this.quiet(),
      }).addTo(this.layers),
    );
    for (const item of data.items) {
      if (!item.shape) continue;
      const shape = L.geoJSON(item.shape, {
        renderer: this.over,
        pane: 'case-items',
        style: () => this.style(item),
      });
      const dot = L.circleMarker(shape.getBounds().getCenter(), {
        renderer: this.over,
        pane: 'case-items',
        radius: 4,
        ...this.style(item),
      });
      for (const layer of [shape, dot])
        layer.on('click', (e) => {
          L.DomEvent.stopPropagation(e);
          this.onPick(item);
        });
      shape.addTo(this.layers);
      dot.addTo(this.far);
      this.shapes.set(item.id, shape);
      this.dots.set(item.id, dot);
    }
  }

  // From afar a footprint is too small to be seen: a dot stands for it.
  toggleDots() {
    if (this.map.getZoom() < DOTS_BELOW) this.far.addTo(this.map);
    else this.far.remove();
  }

  /** @returns {L.PathOptions} */
  quiet() {
    return {
      color: cssToken('--border'),
      weight: 1,
      opacity: 0.7,
      fill: false,
      dashArray: undefined,
    };
  }

  /** @param {Case} item @returns {L.PathOptions} */
  style(item) {
    const chosen = this.chosen && this.chosen.id === item.id;
    const closed = this.data.set.state !== 'open';
    const open = !closed && item.to === null && !item.deferred;
    const deferred = !closed && item.deferred;
    return {
      color: cssToken(
        chosen ? '--text' : open ? '--case-open' : deferred ? '--muted' : '--good-text',
      ),
      weight: chosen ? 3.5 : open ? 2 : 1.5,
      dashArray: deferred ? '4 3' : undefined,
      fillColor: cssToken(open ? '--case-open' : deferred ? '--muted' : '--good-text'),
      fillOpacity: open ? 0.75 : deferred ? 0.15 : 0.3,
    };
  }

  restyle() {
    if (!this.data) return;
    for (const item of this.data.items) this.update(item);
    this.paintClaims();
  }

  update(item) {
    this.shapes.get(item.id)?.setStyle(this.style(item));
    this.dots.get(item.id)?.setStyle(this.style(item));
  }

  paintClaims() {
    const claims = this.chosen ? this.chosen.claims : [];
    this.claimants.forEach((layer, position) => {
      const at = claims.findIndex((claim) => claim.claimant === position);
      if (at < 0) {
        layer.setStyle(this.quiet());
        return;
      }
      const colour = cssToken(TOKENS[at] || TOKENS[2]);
      layer.setStyle({
        color: colour,
        weight: 3,
        opacity: 1,
        fill: true,
        fillColor: colour,
        fillOpacity: 0.22,
        dashArray: ['', '9 5', '2 5'][at] || '2 5',
      });
      layer.bringToFront();
    });
    for (const mark of this.marks) mark.remove();
    this.marks = claims.slice(0, LETTERS.length).flatMap((claim, at) => {
      const box = document.createElement('b');
      box.className = `case-mark case-mark-${LETTERS[at].toLowerCase()}`;
      box.textContent = LETTERS[at];
      const icon = L.divIcon({ className: 'case-mark-holder', html: box, iconSize: [0, 0] });
      const place = this.inside(claim.claimant);
      return place
        ? [
            L.marker(place, {
              icon,
              pane: 'case-marks',
              interactive: false,
              keyboard: false,
            }).addTo(this.layers),
          ]
        : [];
    });
  }

  // Where a claim's letter stands: inside its polygon, on the screen, near what is in doubt but
  // not on it. None where the polygon is not to be seen.
  inside(position) {
    const { map } = this;
    const size = map.getSize();
    const target = map.latLngToContainerPoint(
      (this.chosen && this.shapes.get(this.chosen.id))?.getBounds().getCenter() || map.getCenter(),
    );
    let best = null;
    for (let i = 1; i < STEPS; i++) {
      for (let j = 1; j < STEPS; j++) {
        const point = L.point((size.x * i) / STEPS, (size.y * j) / STEPS);
        const away = point.distanceTo(target);
        if (away < APART_PX || (best && away >= best.away)) continue;
        const at = map.containerPointToLatLng(point);
        if (holds(this.data.claimants[position].geometry, at.lng, at.lat)) best = { away, at };
      }
    }
    return best?.at;
  }

  choose(item, look) {
    const before = this.chosen;
    this.chosen = item;
    if (before) this.update(before);
    if (item) {
      this.update(item);
      this.shapes.get(item.id)?.bringToFront();
      const bounds = this.shapes.get(item.id)?.getBounds();
      if (bounds && look && item.building === null) this.look(bounds);
      else if (bounds && look)
        this.map.setView(bounds.getCenter(), Math.max(Math.round(this.map.getZoom()), NEAR), {
          animate: false,
        });
    }
    this.paintClaims();
  }

  look(bounds) {
    this.map.setView(
      bounds.getCenter(),
      Math.min(NEAR, Math.floor(this.map.getBoundsZoom(bounds))),
      { animate: false },
    );
  }

  whole() {
    const all = L.featureGroup(this.claimants);
    if (this.claimants.length) this.look(all.getBounds());
  }
}

export { CasesMap };
