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
  const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
  getu.token = token;

  // Drawing order; below 600 so that markers and hints stay on top.
  const PANES = { base_map: 210, ground: 220, grids: 410, service_circles: 420, incidents: 430, names: 440, stations: 450 };

  const wide = (base) => (z) => base * Math.pow(1.5, Math.max(-4, z - 16));
  const onlyKind = (...kinds) => (z, f) => kinds.includes(f.props.kind);

  function groundRules() {
    const P = protomapsL;
    const fill = (name, opacity) => new P.PolygonSymbolizer({ fill: token(name), opacity: opacity ?? 1 });
    const street = (cls, name, base, extra) => ({
      dataLayer: 'street', filter: (z, f) => f.props.class === cls,
      symbolizer: new P.LineSymbolizer({ color: token(name), width: wide(base), lineCap: 'round', lineJoin: 'round', ...extra }),
    });
    return [
      { dataLayer: 'land', symbolizer: fill('--land-forest'), filter: onlyKind('forest') },
      { dataLayer: 'land', symbolizer: fill('--land-farmland'), filter: onlyKind('farmland', 'grass', 'cemetery') },
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
      { dataLayer: 'building', symbolizer: new P.PolygonSymbolizer({ fill: token('--building'), stroke: token('--building-edge'), width: (z) => (z >= 15 ? 0.6 : 0) }) },
      { dataLayer: 'border', filter: onlyKind('community'), symbolizer: new P.LineSymbolizer({ color: token('--border'), width: (z) => (z < 15 ? 1.2 : 2), dash: [8, 4] }) },
      { dataLayer: 'border', filter: onlyKind('subdistrict', 'county'), symbolizer: new P.LineSymbolizer({ color: token('--border'), width: 2.4 }) },
    ];
  }

  function nameRules() {
    const P = protomapsL;
    const halo = token('--ground');
    const font = (size) => `500 ${size}px "Noto Sans SC", sans-serif`;
    return [
      { dataLayer: 'place', maxzoom: 15, filter: onlyKind('community'), symbolizer: new P.CenteredTextSymbolizer({ labelProps: ['name'], fill: token('--text'), stroke: halo, width: 3, font: font(13), maxLineChars: 12 }) },
      { dataLayer: 'water', minzoom: 14, symbolizer: new P.LineLabelSymbolizer({ labelProps: ['name'], fill: token('--water-name'), stroke: halo, width: 2, font: font(12) }), filter: (z, f) => f.geomType === 2 },
      { dataLayer: 'street_name', minzoom: 15, symbolizer: new P.LineLabelSymbolizer({ labelProps: ['name'], fill: token('--muted'), stroke: halo, width: 2.5, font: font(11), repeatDistance: 600, position: 2 }) },
      { dataLayer: 'land', minzoom: 16, symbolizer: new P.CenteredTextSymbolizer({ labelProps: ['name'], fill: token('--muted'), stroke: halo, width: 2.5, font: font(11), maxLineChars: 10 }) },
    ];
  }

  function drawBase(map) {
    const config = getu.config();
    for (const layer of map.getuBase || []) layer.remove();
    map.getuBase = [];
    if (!config || !config.tiles || !window.protomapsL) return;
    // Data beyond the map's own zoom is drawn larger; one data tile covers 512 pixels.
    const common = { url: config.tiles, attribution: '', maxDataZoom: 16, maxZoom: 20, noWrap: false };
    const ground = protomapsL.leafletLayer({ ...common, paintRules: groundRules(), labelRules: [], pane: 'ground' });
    const names = protomapsL.leafletLayer({ ...common, paintRules: [], labelRules: nameRules(), pane: 'names' });
    map.getuBase = [ground.addTo(map), names.addTo(map)];
  }
  getu.redrawBase = () => Object.values(maps).forEach(drawBase);

  L.Map.addInitHook(function () {
    const id = this.getContainer().id;
    maps[id] = this;
    for (const [name, z] of Object.entries(PANES)) {
      const pane = this.getPane(name) || this.createPane(name);
      pane.style.zIndex = z;
    }
    this.getPane('names').style.pointerEvents = 'none';
    this.getPane('ground').style.pointerEvents = 'none';
    this.attributionControl?.setPrefix(false);
    this.on('unload', () => { if (maps[id] === this) delete maps[id]; });
    this.whenReady(() => setTimeout(() => {
      drawBase(this);
      L.control.scale({ imperial: false, position: 'bottomright' }).addTo(this);
      getu.applyState?.();
    }, 0));
    this.on('moveend', () => getu.writeAddress?.());
    this.on('zoomend', () => getu.layers?.placeLabels(this));
  });
})();
