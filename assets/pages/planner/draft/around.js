// The grids in force of the communities around, quietly.
import { desk } from '../desk.js';
import { collection } from '../../../shared/map/maps.js';
import { cssToken, pageConfig } from '../../../shared/page.js';

export async function around() {
  const { map, state } = desk;
  const config = pageConfig();
  if (!desk.inForce) {
    const answer = await fetch(`/layers/grids?county=${config.county}&v=${config.revision}`);
    desk.inForce = answer.ok ? await answer.json() : collection([]);
  }
  if (!map.getPane('around')) return; // the page was left meanwhile
  map.getuAround?.remove();
  /** @type {GeoJSON.Feature[]} */
  const all = desk.inForce.features;
  const others = all.filter((f) => !String(f.properties?.code).startsWith(state.code));
  const style = {
    pane: 'around',
    color: cssToken('--plan-around'),
    weight: 1,
    opacity: 0.7,
    fill: false,
    dashArray: '2 3',
  };
  map.getuAround = L.geoJSON(collection(others), {
    pane: 'around',
    interactive: false,
    style: () => style,
  }).addTo(map);
}
