// What stands on the window, what Leaflet keeps that its published types leave out, and the shapes
// that cross from Python to every page. (Leaflet itself comes with dash-leaflet: `L` is its global.)
import type * as Leaflet from 'leaflet';

declare global {
  interface Window {
    L: typeof Leaflet;
    dash_clientside: DashClientside;
    /** Dash's own: what a component holds, by its id. */
    dash_component_api: { getLayout(id: string): { props: Record<string, unknown> } | undefined };
    /** The one name of ours: what dash-leaflet looks up by name, and what tests read. */
    getu: Record<string, unknown>;
  }

  /** What Dash offers to functions that its callbacks call; theirs are kept beside, by namespace. */
  interface DashClientside {
    no_update: unknown;
    set_props(id: string | object, props: Record<string, unknown>): void;
    callback_context: {
      triggered: { prop_id: string; value: unknown }[];
      inputs_list: any[];
      states_list: any[];
    };
    [namespace: string]: any;
  }

  /** A page's configuration, as its layout wrote it; each page has more of its own. */
  interface PageConfig {
    county: string;
    lang: 'zh' | 'en';
    words: Record<string, string>;
    /** Why each right that the reader lacks is not theirs. */
    lacks?: Record<string, string>;
    /** It is known who the reader is: nobody need say it. */
    is_named?: boolean;
    [more: string]: any;
  }

  /** Says a sentence of the catalogue, filled with values. */
  type Say = (key: string, values?: Record<string, any>) => string;
  /** What may stand in an element; what is empty is left out. */
  type Child = Node | string | number | null | undefined | false | Child[];
  /** [x, y] or [longitude, latitude]. */
  type Point = [number, number];
  type Timer = ReturnType<typeof setTimeout>;

  interface Navigator {
    connection?: { effectiveType: string };
  }
}

declare module 'leaflet' {
  interface Map {
    _loaded?: boolean;
    _latLngToNewLayerPoint(at: LatLng, zoom: number, centre: LatLng): Point;
    // Layers of ours that are drawn anew with the theme or the day.
    getuBase?: any[];
    getuGridTiles?: any;
    getuPlan?: Layer | null;
    getuLabels?: LayerGroup;
    getuAround?: Layer;
  }
  interface MapOptions {
    /** A picture in a map's frame, not the town. */
    bare?: boolean;
  }
  interface Layer {
    /** Paths only. */
    setStyle?(style: PathOptions): this;
    _map: Map;
    _icon?: HTMLElement | null;
    feature?: any;
    options: any;
  }
  interface Renderer {
    _container: HTMLElement;
    _bounds: Bounds;
    _zoom: number;
    _update(): void;
  }
  interface GeoJSONOptions {
    /** It goes to the paths that are made. */
    renderer?: Renderer;
  }
  interface Marker {
    /** What a key of the keyboard set off and is not done yet. */
    due?: ReturnType<typeof setTimeout>;
  }
}
