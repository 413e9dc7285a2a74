// What stands on the window: Leaflet (dash-leaflet brings it), Dash's own, and one name of ours.
declare const L: any;
interface Window {
  L: any;
  dash_clientside: any;
  getu: any;
}
