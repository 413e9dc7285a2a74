// The map of the households page: candidates with their numbers, the building that is meant.
import * as queue from './queue.js';
import { el, px, still } from '../../../shared/elements.js';
import { pane, townMap } from '../../../shared/map/maps.js';
import { cssToken } from '../../../shared/page.js';

export function make(H) {
  /** @type {any} */
  let map = null,
    shown = null,
    outline = null;
  /** @type {(() => void) | null} what is drawn when the map stands */
  let later = null;
  const style = (chosen) => ({
    pane: 'candidates',
    color: cssToken(chosen ? '--chosen' : '--load-80-edge'),
    weight: chosen ? 4 : 2.5,
    fillColor: cssToken('--load-80'),
    fillOpacity: chosen ? 0.5 : 0.35,
  });
  (function wait() {
    map = townMap();
    if (!map?._loaded) {
      if (H.page.isConnected) setTimeout(wait, 50);
      return;
    }
    for (const [name, z] of [
      ['candidates', 448],
      ['numbers', 452],
    ])
      pane(map, String(name), Number(z), { clicks: true });
    map.on('click', (e) => H.pickAt(e.latlng.lng, e.latlng.lat));
    map.getContainer().classList.add('pickable');
    /** @type {(() => void) | null} */ (later)?.();
    H.page.dataset.map = '1';
  })();

  function clear() {
    shown?.remove();
    outline?.remove();
    shown = outline = null;
    H.page.dataset.candidates = '0';
  }
  function bounds(buildings) {
    const box = L.latLngBounds([]);
    for (const b of buildings) box.extend(L.geoJSON(b.geometry).getBounds());
    return box;
  }
  const fit = (box) => {
    if (box.isValid()) map.fitBounds(box.pad(0.4), { maxZoom: 18, animate: !still() });
  };

  // buildings: in the order of their numbers; chosen: id or null.
  function candidates(buildings, chosen, moves) {
    later = () => candidates(buildings, chosen, moves);
    if (!map?._loaded) return;
    shown?.remove();
    shown = L.layerGroup().addTo(map);
    buildings.forEach((b, i) => {
      const at = b.id === chosen;
      L.geoJSON(b.geometry, { style: style(at) })
        .on('click', (e) => {
          L.DomEvent.stop(e);
          queue.pick(H, b);
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
    H.page.dataset.candidates = String(buildings.length);
    if (moves && buildings.length) fit(bounds(buildings));
  }

  function frame(building, moves) {
    outline?.remove();
    outline = null;
    if (!building || !map?._loaded) return;
    outline = L.geoJSON(building.geometry, {
      style: { ...style(true), fillOpacity: 0.25, dashArray: '6 4' },
      interactive: false,
    }).addTo(map);
    if (moves) fit(bounds([building]));
  }
  async function grid(id) {
    const answer = await fetch(`/grids/one?${new URLSearchParams({ county: H.config.county, id })}`)
      .then((r) => r.json())
      .catch(() => null);
    if (!answer?.features?.length || !map?._loaded) return;
    outline?.remove();
    outline = L.geoJSON(answer, {
      style: {
        pane: 'candidates',
        color: cssToken('--load-over-edge'),
        weight: 3,
        fillColor: cssToken('--load-over'),
        fillOpacity: 0.18,
      },
      interactive: false,
    }).addTo(map);
    fit(outline.getBounds());
  }
  return { clear, candidates, outline: frame, grid };
}
