// The map of the households page: candidates with their numbers, the building that is meant.
import { card } from './counts/building.js';
import { call, desk, say, tell, why } from './desk.js';
import { pick } from './queue/choice.js';
import { el, px, still } from '../../../shared/elements.js';
import { pane, townMap } from '../../../shared/map/maps.js';
import { cssToken } from '../../../shared/page.js';

/** @typedef {import('./desk.js').Building} Building */

const MAP_MS = 50; // Dash lays the map out when it likes

/** @param {boolean} chosen @returns {L.PathOptions} */
const style = (chosen) => ({
  pane: 'candidates',
  color: cssToken(chosen ? '--chosen' : '--load-80-edge'),
  weight: chosen ? 4 : 2.5,
  fillColor: cssToken('--load-80'),
  fillOpacity: chosen ? 0.5 : 0.35,
});
/** @param {Building[]} buildings */
function boundsOf(buildings) {
  const box = L.latLngBounds([]);
  for (const b of buildings) box.extend(L.geoJSON(b.geometry).getBounds());
  return box;
}

// A building on the map: its counts over time; while a name is ruled on: the building meant.
/** @param {number} lon @param {number} lat */
async function pickAt(lon, lat) {
  try {
    const found = await call(
      `/${desk.config.county}/building?lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}`,
    );
    if (!found.building) {
      tell(say('data_households.no_building_here'));
      return;
    }
    if (desk.upload && desk.step !== 'preview') pick(found.building);
    else card(found);
  } catch (error) {
    tell(why(error), true);
  }
}

class TablesMap {
  constructor() {
    this.map = /** @type {L.Map} */ (/** @type {unknown} */ (null)); // until Dash laid it out
    /** @type {L.LayerGroup | null} */
    this.shown = null;
    /** @type {L.GeoJSON | null} */
    this.framed = null;
    /** @type {(() => void) | null} what is drawn when the map stands */
    this.later = null;
    this.meet();
  }

  meet() {
    const map = townMap();
    if (!map?._loaded) {
      if (desk.page.isConnected) setTimeout(() => this.meet(), MAP_MS);
      return;
    }
    this.map = map;
    pane(map, 'candidates', 448, { clicks: true });
    pane(map, 'numbers', 452, { clicks: true });
    map.on('click', (e) => pickAt(e.latlng.lng, e.latlng.lat));
    map.getContainer().classList.add('pickable');
    this.later?.();
    desk.page.dataset.map = '1';
  }

  clear() {
    this.shown?.remove();
    this.framed?.remove();
    this.shown = this.framed = null;
    desk.page.dataset.candidates = '0';
  }

  /** @param {L.LatLngBounds} box */
  fit(box) {
    if (box.isValid()) this.map.fitBounds(box.pad(0.4), { maxZoom: 18, animate: !still() });
  }

  // Buildings in the order of their numbers.
  /** @param {Building[]} buildings @param {number | null} chosen @param {boolean} [moves] */
  candidates(buildings, chosen, moves) {
    this.later = () => this.candidates(buildings, chosen, moves);
    if (!this.map) return;
    this.shown?.remove();
    const shown = L.layerGroup().addTo(this.map);
    this.shown = shown;
    buildings.forEach((b, i) => {
      const at = b.id === chosen;
      L.geoJSON(b.geometry, { style: style(at) })
        .on('click', (e) => {
          L.DomEvent.stop(e);
          pick(b);
        })
        .bindTooltip(() => el('b', {}, b.name), { direction: 'top', className: 'hint', opacity: 1 })
        .addTo(shown);
      const mark = el('span', { class: `number-mark ${at ? 'chosen' : ''}` }, String(i + 1));
      const size = Math.round(24 * px());
      L.marker([b.lat, b.lon], {
        pane: 'numbers',
        interactive: false,
        keyboard: false,
        icon: L.divIcon({ html: mark, className: 'station-holder', iconSize: [size, size] }),
      }).addTo(shown);
    });
    desk.page.dataset.candidates = String(buildings.length);
    if (moves && buildings.length) this.fit(boundsOf(buildings));
  }

  /** @param {Building | null} building @param {boolean} [moves] */
  outline(building, moves) {
    this.framed?.remove();
    this.framed = null;
    if (!building || !this.map) return;
    this.framed = L.geoJSON(building.geometry, {
      style: { ...style(true), fillOpacity: 0.25, dashArray: '6 4' },
      interactive: false,
    }).addTo(this.map);
    if (moves) this.fit(boundsOf([building]));
  }

  /** @param {number} id */
  async grid(id) {
    const asked = new URLSearchParams({ county: desk.config.county, id: String(id) });
    const answer = await fetch(`/grids/one?${asked}`)
      .then((r) => r.json())
      .catch(() => null);
    if (!answer?.features?.length || !this.map) return;
    this.framed?.remove();
    this.framed = L.geoJSON(answer, {
      style: {
        pane: 'candidates',
        color: cssToken('--load-over-edge'),
        weight: 3,
        fillColor: cssToken('--load-over'),
        fillOpacity: 0.18,
      },
      interactive: false,
    }).addTo(this.map);
    this.fit(this.framed.getBounds());
  }
}

export { TablesMap };
