// What runs first on every page (dashboard/web/start.js): the map of the first view, where it has one.
export { paintFirst } from './first_map.js';
