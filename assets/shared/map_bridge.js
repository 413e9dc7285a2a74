// The map bridge: keeps Leaflet's map by its id, draws the base map under it, and holds what the
// page needs to know of the map. Loaded after dash-leaflet (window.L) and before it draws.
(function () {
  const maps = {};
  const getu = (window.getu = window.getu || {});
  getu.map = (id) => maps[id || 'map'];
  getu.config = () => {
    const holder = document.getElementById('desk-config');
    return holder ? JSON.parse(holder.dataset.config) : null;
  };
  getu.send = (id, data) => window.dash_clientside.set_props(id, { data });
  const rootPx = () => parseFloat(getComputedStyle(document.documentElement).fontSize);
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  getu.token = token;

  // The ground under all layers; over them the names, with the river once more, since it is what
  // one knows the town by (the layers' own
  // panes are 400, 410 … in the registry's order; below 600 so that hints stay on top).
  const PANES = { ground: 220, names: 445, chosen: 446 };

  const wide = (base) => (z) => base * Math.pow(1.5, Math.max(-4, z - 16));
  const onlyKind = (...kinds) => (z, f) => kinds.includes(f.props.kind);

  function groundRules() {
    const P = protomapsL;
    const ownBuildings = getu.config()?.own_buildings;
    const fill = (name, opacity) => new P.PolygonSymbolizer({ fill: token(name), opacity: opacity ?? 1 });
    const street = (cls, name, base, extra) => ({
      dataLayer: 'street', filter: (z, f) => f.props.class === cls,
      symbolizer: new P.LineSymbolizer({ color: token(name), width: wide(base), lineCap: 'round', lineJoin: 'round', ...extra }),
    });
    return [
      // Forest and fields cover the land to its edge: the terrain is seen through them.
      { dataLayer: 'land', symbolizer: fill('--land-forest', 0.5), filter: onlyKind('forest') },
      { dataLayer: 'land', symbolizer: fill('--land-farmland', 0.75), filter: onlyKind('farmland', 'grass', 'cemetery') },
      { dataLayer: 'land', symbolizer: fill('--land-built'), filter: onlyKind('school', 'hospital', 'market', 'industry', 'parking', 'rail') },
      { dataLayer: 'land', symbolizer: fill('--land-park'), filter: onlyKind('park', 'square') },
      { dataLayer: 'water', filter: (z, f) => f.geomType === 3, symbolizer: fill('--water') },
      { dataLayer: 'water', filter: (z, f) => f.geomType === 2, symbolizer: new P.LineSymbolizer({ color: token('--water'), width: wide(3) }) },
      { dataLayer: 'barrier', filter: onlyKind('rail'), symbolizer: new P.LineSymbolizer({ color: token('--rail'), width: 1.5, dash: [6, 4] }) },
      street('track', '--street', 1.2, { dash: [5, 4] }),
      street('path', '--street', 1.4, { dash: [3, 3] }),
      street('steps', '--street', 2, { dash: [1.5, 2.5] }),
      street('service', '--street', 2.4),
      street('lane', '--street', 3),
      street('street', '--street', 6),
      { dataLayer: 'street', filter: (z, f) => f.props.class === 'main_street', symbolizer: new P.LineSymbolizer({ color: token('--street-edge'), width: (z) => wide(10)(z) + 2, lineCap: 'round', lineJoin: 'round' }) },
      street('main_street', '--main-street', 10),
      // Where a page draws the buildings itself, those of the tiles are only seen from afar.
      { dataLayer: 'building', filter: (z) => !ownBuildings || z < 16, symbolizer: new P.PolygonSymbolizer({ fill: token('--building'), stroke: token('--building-edge'), width: (z) => (z >= 16 ? 0.6 : 0) }) },
    ];
  }

  function nameRules() {
    const P = protomapsL;
    const halo = token('--ground');
    const font = (size) => `500 ${Math.round((size * rootPx()) / 16)}px "Noto Sans SC", sans-serif`;
    const label = (layer, size, options, extra) => ({
      dataLayer: layer, ...extra,
      symbolizer: new P.CenteredTextSymbolizer({ labelProps: ['name'], fill: token('--muted'), stroke: halo, width: 2, font: font(size), maxLineChars: 12, ...options }),
    });
    const along = (layer, options, extra) => ({
      dataLayer: layer, ...extra,
      symbolizer: new P.LineLabelSymbolizer({ labelProps: ['name'], fill: token('--muted'), stroke: halo, width: 2, font: font(11), repeatDistance: 600, position: 2, ...options }),
    });
    return [
      label('place', 14, { fill: token('--text') }, { maxzoom: 15 + Math.ceil(Math.log2(rootPx() / 16)), filter: onlyKind('community') }),
      label('place', 13, { fill: token('--text') }, { filter: onlyKind('county') }),
      along('water', { fill: token('--water-name') }, { minzoom: 14, filter: (z, f) => f.geomType === 2 }),
      along('street_name', {}, { minzoom: 16 }),
      label('land_name', 11, {}, { minzoom: 16 }),
    ];
  }

  // Over the areas: the river, which one knows the town by, and the borders of divisions.
  function overRules() {
    const P = protomapsL;
    const border = (width, dash) => new P.LineSymbolizer({ color: token('--border'), width, dash });
    return [
      { dataLayer: 'water', filter: (z, f) => f.geomType === 3, symbolizer: new P.PolygonSymbolizer({ fill: token('--water'), opacity: 0.8 }) },
      { dataLayer: 'border', filter: onlyKind('community'), symbolizer: border((z) => (z < 15 ? 1.4 : 2.2), [8, 4]) },
      { dataLayer: 'border', filter: onlyKind('subdistrict', 'county'), symbolizer: border(2.6) },
    ];
  }

  function drawBase(map) {
    const config = getu.config();
    for (const layer of map.getuBase || []) layer.remove();
    map.getuBase = [];
    if (!config || !config.tiles || !window.protomapsL) return;
    // Data beyond the map's own zoom is drawn larger; one data tile covers 512 pixels.
    const common = { url: config.tiles, attribution: '', maxDataZoom: 16, maxZoom: 20, bounds: config.ground };
    const ground = protomapsL.leafletLayer({ ...common, paintRules: groundRules(), labelRules: [], pane: 'ground', devicePixelRatio: Math.max(1.5, window.devicePixelRatio) });
    const names = protomapsL.leafletLayer({ ...common, paintRules: overRules(), labelRules: nameRules(), pane: 'names' });
    // Between two zooms the ground takes the tiles of the farther one, finer drawn: a quarter of
    // them. (Text must not be stretched, so the names keep the nearer one.)
    ground._clampZoom = () => Math.floor(map.getZoom());
    // One set of tiles for both: fetched and decoded once.
    names.views = ground.views;
    // The two may want tiles of two zooms at once: neither takes back what the other asked for
    // (the ground stayed empty from 15 to 16.5).
    for (const view of ground.views.values()) view.tileCache.source.shouldCancelZooms = false;
    map.getuBase = [ground.addTo(map), names];
    const write = () => { if (map.getuBase.includes(names)) names.addTo(map); };
    if (config.layers && getu.whenGridsStand) getu.whenGridsStand(write);
    else write();
  }
  getu.redrawBase = () => Object.values(maps).forEach(drawBase);

  // Marks that would cover the map from afar are shown from near only (map.css).
  getu.fromAfar = (map) => map.getZoom() - Math.log2(rootPx() / 16) < 15.5;
  const markZoom = (map) => map.getContainer().classList.toggle('from-afar', getu.fromAfar(map));

  L.Map.addInitHook(function () {
    if (this.options.bare) return; // a picture in a map's frame, not the town
    const id = this.getContainer().id;
    maps[id] = this;
    for (const [name, z] of Object.entries(PANES)) {
      const pane = this.getPane(name) || this.createPane(name);
      pane.style.zIndex = z;
    }
    for (const name of Object.keys(PANES)) this.getPane(name).style.pointerEvents = 'none';
    this.attributionControl?.setPrefix(false);
    this.on('unload', () => { if (maps[id] === this) delete maps[id]; });
    this.whenReady(() => setTimeout(() => {
      const config = getu.config();
      if (config?.bounds && !config.placed) this.fitBounds(config.bounds, { animate: false, padding: [12, 12] });
      drawBase(this);
      markZoom(this);
      L.control.scale({ imperial: false, position: 'bottomright', maxWidth: 6.25 * parseFloat(getComputedStyle(document.documentElement).fontSize) }).addTo(this);
      getu.applyState?.();
    }, 0));
    this.on('click', () => getu.mapClicked?.());
    this.on('moveend', () => getu.writeAddress?.());
    this.on('zoomend', () => { markZoom(this); getu.layers?.placeLabels(this); });
  });
})();
