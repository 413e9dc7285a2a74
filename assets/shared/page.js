// What a page knows of itself and says to Dash: its configuration, its stores, its colours.
// The only globals of ours: `window.getu`, what dash-leaflet and tests look up by name, and the
// functions that Dash calls by name, in `window.dash_clientside`.

/** @returns {PageConfig} The page's configuration; before the page is laid out there is none (null). */
export const pageConfig = () => {
  const holder = document.getElementById('desk-config');
  return JSON.parse(holder?.dataset.config || 'null');
};
// It is known who the reader is: no form asks for a name.
export const isNamed = () => Boolean(pageConfig()?.is_named);
/** @param {string} id @param {unknown} data */
export const setStore = (id, data) => window.dash_clientside.set_props(id, { data });
export const none = () => window.dash_clientside.no_update;
// Functions that Dash's callbacks call, under one name.
/** @param {string} name @param {Record<string, Function>} functions */
export function clientside(name, functions) {
  window.dash_clientside = window.dash_clientside || /** @type {DashClientside} */ ({});
  const dash = window.dash_clientside;
  dash[name] = Object.assign(dash[name] || {}, functions);
}
// Seen from outside: what dash-leaflet looks up by name, and what a test reads.
/** @param {Record<string, unknown>} parts */
export function publish(parts) {
  window.getu = Object.assign(window.getu || {}, parts);
}
export const rootPx = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
/** @param {string} name */
export const cssToken = (name) =>
  getComputedStyle(document.documentElement).getPropertyValue(name).trim();
