// The map of the coverage page: stations that a hand moves, areas, proposals, sketches, the way.
import { Cover } from './canvas.js';
import { S, choose, fill, operate, page, words } from './state.js';
import { on, tell } from '../../shared/events.js';
import { collection, pane, townMap } from '../../shared/map/maps.js';
import { cssToken, pageConfig, setStore } from '../../shared/page.js';
import { may } from '../../shared/rights.js';

/** @type {Record<string, any>} what lies on the map: areas, stations, byKey, sites, sketch, way */
export const drawn = {};
/** @returns {Promise<L.Map>} */
export function ready() {
  return new Promise((done) => {
    (function wait() {
      const map = townMap();
      if (map?._loaded && pageConfig()) done(map);
      else if (page()) setTimeout(wait, 40);
    })();
  });
}
export async function board() {
  const map = await ready();
  if (S.cover?.map === map) return map;
  pane(map, 'areas', 402);
  pane(map, 'cover', 412);
  pane(map, 'way', 440);
  pane(map, 'pins', 460, { clicks: true });
  for (const key of Object.keys(drawn)) delete drawn[key];
  S.cover = new Cover();
  S.cover.addTo(map);
  map.on('click', clicked);
  map.on('mousemove', (event) => {
    const id = S.sketching || S.adding ? null : S.cover.at(event.latlng);
    map.getContainer().classList.toggle('over-building', id !== null);
    hover(map, id, event.latlng);
  });
  map.on('mouseout', () => hover(map, null));
  return map;
}
/** @type {L.Tooltip | null} */
let tip = null;
function hover(map, id, latlng) {
  if (id === null || !S.answer) {
    tip?.remove();
    tip = null;
    return;
  }
  const at = S.buildings?.place.get(id);
  if (!S.buildings || at === undefined) return;
  const d = at,
    seconds = S.answer.seconds[d],
    letter = S.answer.letters[d],
    w = words(),
    way = S.question.way || 'to_station';
  const box = document.createElement('div');
  const head = box.appendChild(document.createElement('b'));
  head.textContent = fill(w.tip_households, { households: S.buildings.households[d] });
  const line = box.appendChild(document.createElement('div'));
  line.textContent =
    letter === 'u'
      ? w.untied
      : seconds < 0
        ? w.no_way[way]
        : fill(w.tip_minutes[way], { minutes: Math.ceil(seconds / 6) / 10 });
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
  if (S.mode === 'siting' && S.sketching) {
    S.sketching.push([lng, lat]);
    drawSketch();
    return;
  }
  const id = S.cover.at(event.latlng);
  if (id === null) return;
  if (S.mode === 'siting' && S.picking) {
    if (S.picked.has(id)) S.picked.delete(id);
    else S.picked.add(id);
    setStore('coverage-site-picked', [...S.picked]);
    S.cover.draw();
    return;
  }
  choose({ building: id });
}

export function drawAreas(map, features) {
  drawn.areas?.remove();
  drawn.areas = L.geoJSON(collection(features || []), {
    pane: 'areas',
    interactive: false,
    style: (f) => {
      const last = f?.properties.is_last;
      return {
        color: cssToken('--circle-middle'),
        weight: last ? 2.2 : 1,
        dashArray: last ? undefined : '4 4',
        fillColor: cssToken('--circle-middle'),
        fillOpacity: last ? 0.07 : 0.03,
        opacity: last ? 0.95 : 0.6,
      };
    },
  }).addTo(map);
}

export function drawStations(map, stations) {
  if (S.dragging) return; // the hand still holds one of them
  const focused = Object.entries(drawn.byKey || {}).find(
    ([, m]) => m.getElement() === document.activeElement,
  )?.[0];
  drawn.stations?.remove();
  drawn.stations = L.layerGroup().addTo(map);
  drawn.byKey = {};
  const scale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
  const sizes = { county: 26, subdistrict: 22, community: 18, grid: 12 };
  for (const s of stations || []) {
    const party = s.categories.some((c) =>
      ['service_centre', 'service_station', 'red_station'].includes(c),
    );
    const tried = s.key.startsWith('n');
    const shape = tried ? 'tried' : party ? s.tier || 'community' : 'other';
    const movable = S.mode === 'what_if' && S.scenario && may('work');
    // What a hand takes hold of is never small; what is seen keeps the size of its tier.
    const seen = Math.round((tried ? 22 : sizes[s.tier] || 14) * scale);
    const px = Math.max(movable ? Math.round(20 * scale) : 0, seen);
    const mark = document.createElement('span');
    mark.className = `station station-${shape} ${s.state === 'open' ? '' : 'station-shut'} ${S.station === s.key ? 'station-held' : ''}`;
    mark.style.width = mark.style.height = `${seen}px`;
    const icon = L.divIcon({ html: mark, className: 'station-holder', iconSize: [px, px] });
    const marker = L.marker([s.lat, s.lon], {
      icon,
      pane: 'pins',
      draggable: Boolean(movable),
      keyboard: Boolean(movable),
      alt: s.name,
      title: '',
      riseOnHover: true,
      autoPan: false,
    });
    marker.bindTooltip(
      () => {
        const b = document.createElement('b');
        b.textContent = s.name;
        return b;
      },
      { direction: 'top', className: 'hint', offset: [0, -px / 2], opacity: 1 },
    );
    marker.on('click', () =>
      movable ? setStore('coverage-station', s.key) : choose({ station: s.key }),
    );
    marker.on('dragstart', () => {
      S.dragging = true;
    });
    marker.on('drag', () => tell('station-drag', { key: s.key, at: marker.getLatLng() }));
    marker.on('dragend', () => {
      S.dragging = false;
      const at = marker.getLatLng();
      operate({ kind: 'move', key: s.key, lon: at.lng, lat: at.lat });
    });
    // With the keyboard: Enter takes the station, arrows with Shift move it by ten metres.
    marker.on('add', () =>
      marker.getElement()?.addEventListener('keydown', (event) => {
        const step = {
          ArrowUp: [0, 1],
          ArrowDown: [0, -1],
          ArrowLeft: [-1, 0],
          ArrowRight: [1, 0],
        }[event.key];
        if (!movable || !step || !event.shiftKey) return;
        event.preventDefault();
        event.stopPropagation();
        const at = marker.getLatLng();
        marker.setLatLng([at.lat + step[1] * 9e-5, at.lng + step[0] * 1e-4]);
        tell('station-drag', { key: s.key, at: marker.getLatLng() });
        clearTimeout(marker.due);
        marker.due = setTimeout(() => {
          const p = marker.getLatLng();
          operate({ kind: 'move', key: s.key, lon: p.lng, lat: p.lat });
        }, 900);
      }),
    );
    marker.addTo(drawn.stations);
    drawn.byKey[s.key] = marker;
  }
  if (focused) drawn.byKey[focused]?.getElement()?.focus();
}

export function drawSites(map) {
  drawn.sites?.remove();
  drawn.sites = L.layerGroup().addTo(map);
  if (S.mode !== 'siting') return;
  S.sites.forEach((site, rank) => {
    const mark = document.createElement('span');
    mark.className = 'site-mark';
    mark.textContent = String(rank + 1);
    L.marker([site.lat, site.lon], {
      pane: 'pins',
      keyboard: false,
      icon: L.divIcon({ html: mark, className: 'station-holder', iconSize: [28, 28] }),
    }).addTo(drawn.sites);
  });
}
export function drawSketch() {
  const map = townMap();
  drawn.sketch?.remove();
  if (!S.sketching || S.sketching.length < 1 || S.mode !== 'siting') return;
  const points = S.sketching.map(([x, y]) => L.latLng(y, x));
  drawn.sketch = (
    points.length < 3 ? L.polyline(points, sketchStyle()) : L.polygon(points, sketchStyle())
  ).addTo(map);
  if (points.length === 1)
    drawn.sketch = L.circleMarker(points[0], { ...sketchStyle(), radius: 4 }).addTo(map);
}
const sketchStyle = () => ({
  pane: 'way',
  interactive: false,
  color: cssToken('--chosen'),
  weight: 2,
  dashArray: '6 4',
  fillOpacity: 0.08,
});
export function drawWay(map) {
  drawn.way?.remove();
  drawn.way = null;
  if (!S.way) return;
  /** @type {L.PathOptions} */
  const style = { color: cssToken('--chosen'), weight: 4, opacity: 0.95, lineCap: 'round' };
  drawn.way = L.geoJSON(S.way, { pane: 'way', interactive: false, style: () => style }).addTo(map);
}
export function refreshHand() {
  const map = townMap();
  map?.getContainer().classList.toggle('adding', Boolean(S.adding || S.sketching || S.picking));
  const add = document.getElementById('coverage-add');
  add?.classList.toggle('pressed', S.adding);
  add?.setAttribute('aria-pressed', String(S.adding));
  const draw = document.getElementById('coverage-site-draw');
  draw?.classList.toggle('pressed', Boolean(S.sketching));
  draw?.setAttribute('aria-pressed', String(Boolean(S.sketching)));
}

function repaint() {
  if (!S.cover?.map || !S.answer || !page()) return;
  S.cover.draw();
  drawAreas(S.cover.map, S.effect?.areas || S.answer.areas);
  drawWay(S.cover.map);
}
on('theme', repaint);
on('paper', repaint);
