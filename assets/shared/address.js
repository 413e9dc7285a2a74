// The address bar holds the state of a page: what it shows can be sent to a colleague.
import { townMap } from './map/maps.js';
import { pageConfig } from './page.js';

// Parameters that a page wants in the address; null removes one.
/** @type {Record<string, any>} */
export const address = {};

const KEPT = ['county', 'lang', 'theme', 'at'];

function write() {
  const map = townMap();
  const params = new URLSearchParams(location.search);
  for (const [key, value] of Object.entries(address)) {
    if (value === null || value === undefined || value === '') params.delete(key);
    else params.set(key, value);
  }
  if (map?._loaded && map.getSize().x > 0) {
    // a map that is not shown has no place
    const c = map.getCenter();
    params.set('at', `${c.lat.toFixed(5)},${c.lng.toFixed(5)},${map.getZoom()}`);
  }
  const config = pageConfig();
  if (config?.county) {
    params.set('county', config.county);
    const title = document.querySelector('.about h1')?.textContent;
    if (title) document.title = `${title} · 格图`;
  }
  history.replaceState(history.state, '', `${location.pathname}?${params}`);
  for (const link of /** @type {NodeListOf<HTMLAnchorElement>} */ (
    document.querySelectorAll('a[data-keep]')
  )) {
    const [key, value] = (link.dataset.keep || '').split('=');
    const next = new URLSearchParams(params);
    if (key === 'path') {
      // Another page keeps the county, the place, theme and language, not this page's choices.
      for (const name of [...next.keys()]) if (!KEPT.includes(name)) next.delete(name);
      link.href = `${value}?${next}`;
    } else if (key === 'tab') {
      for (const name of [...next.keys()]) if (!KEPT.includes(name)) next.delete(name);
      next.set(key, value);
      link.href = `${location.pathname}?${next}`;
    } else {
      next.set(key, value);
      link.href = `${location.pathname}?${next}`;
    }
  }
}
/** @type {Timer | undefined} */
let due;
export function writeAddress() {
  clearTimeout(due);
  due = setTimeout(write, 150);
}
