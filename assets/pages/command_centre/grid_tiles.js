// Grids of a province: too many for one drawing, so they are painted from vector tiles. Hints and
// choices ask the server which grid lies at a place.
(function () {
  const getu = (window.getu = window.getu || {});
  const CLASSES = ['load-50', 'load-80', 'load-100', 'load-over'];
  const BORDERS_FROM = 11; // below, the borders of grids would cover the grids
  let day = null;

  function hatch() {
    const side = 8;
    const canvas = document.createElement('canvas');
    canvas.width = canvas.height = side;
    const pen = canvas.getContext('2d');
    pen.fillStyle = getu.token('--load-over');
    pen.fillRect(0, 0, side, side);
    pen.strokeStyle = getu.token('--load-over-edge');
    pen.lineWidth = 1.6;
    for (const shift of [-side, 0, side]) {
      pen.beginPath();
      pen.moveTo(shift, side);
      pen.lineTo(shift + side, 0);
      pen.stroke();
    }
    return canvas;
  }

  function paintRules() {
    const P = protomapsL;
    const only = (load) => (z, f) => f.props.load === load;
    const opacity = Number(getu.token('--load-opacity'));
    const rules = CLASSES.map((name, load) => ({
      dataLayer: 'grid', filter: only(load),
      symbolizer: load === 3
        ? new P.PolygonSymbolizer({ pattern: hatch(), opacity: 0.9 })
        : new P.PolygonSymbolizer({ fill: getu.token(`--${name}`), opacity }),
    }));
    CLASSES.forEach((name, load) => rules.push({
      dataLayer: 'grid', filter: only(load), minzoom: BORDERS_FROM,
      symbolizer: new P.LineSymbolizer({ color: getu.token(`--${name}-edge`), width: load === 3 ? 2.4 : 1 }),
    }));
    rules.push({
      dataLayer: 'over', maxzoom: BORDERS_FROM,
      symbolizer: new P.CircleSymbolizer({ radius: 3, fill: getu.token('--load-over'), stroke: getu.token('--ground'), width: 1 }),
    });
    return rules;
  }

  function labelRules() {
    const size = parseFloat(getComputedStyle(document.documentElement).fontSize);
    return [{
      dataLayer: 'number',
      symbolizer: new protomapsL.CenteredTextSymbolizer({ labelProps: ['name'], fill: getu.token('--text'), stroke: getu.token('--ground'), width: 3, font: `600 ${Math.round(size * 0.85)}px "Noto Sans SC", sans-serif` }),
    }];
  }

  function draw(map) {
    map.getuGridTiles?.remove();
    map.getuGridTiles = null;
    const config = getu.config();
    if (!config?.grid_tiles || !window.protomapsL || !map.getPane('grids')) return;
    const url = config.grid_tiles + (day ? `?as_of=${encodeURIComponent(day)}` : '');
    map.getuGridTiles = protomapsL.leafletLayer({
      url, attribution: '', maxDataZoom: 16, maxZoom: 20, bounds: config.ground, pane: 'grids',
      paintRules: paintRules(), labelRules: labelRules(),
    }).addTo(map);
    map.getuGridTiles.once('load', () => getu.gridsDrawn?.());
  }

  const drawn = () => (getu.layers.drawn.grids = getu.layers.drawn.grids || {});
  async function grid(where, signal) {
    const config = getu.config();
    const params = new URLSearchParams({ county: config.county, ...(day ? { as_of: day } : {}), ...where });
    const answer = await fetch(`/grids/one?${params}`, { signal });
    if (!answer.ok) return null;
    const feature = (await answer.json()).features[0] || null;
    if (feature) drawn()[feature.properties.id] = { feature };
    return feature;
  }
  const at = (latlng) => ({ lon: latlng.wrap().lng.toFixed(6), lat: latlng.lat.toFixed(6) });

  async function choose(latlng) {
    const feature = await grid(at(latlng)).catch(() => null);
    if (!feature) return;
    const { id, name } = feature.properties;
    getu.layers.choose('grids', id);
    getu.send('selected', { layer: 'grids', id: String(id), name, state: null });
  }

  function hover(map) {
    let timer = null;
    let asking = null;
    const box = L.tooltip({ direction: 'top', className: 'hint', opacity: 1 });
    const gone = () => { clearTimeout(timer); asking?.abort(); box.remove(); };
    map.on('mousemove', (event) => {
      gone();
      if (!map.getuGridTiles || map.getPane('grids').style.display === 'none') return;
      if (event.originalEvent.target.closest?.('.leaflet-marker-icon')) return;
      timer = setTimeout(async () => {
        asking = new AbortController();
        const feature = await grid(at(event.latlng), asking.signal).catch(() => null);
        if (!feature) return;
        const p = feature.properties;
        const named = { ...feature, properties: { ...p, name: `${p.community} ${p.name}` } };
        box.setContent(getu.layers.hint(named, 'grids')).setLatLng(event.latlng).addTo(map);
      }, 140);
    });
    map.on('mouseout movestart zoomstart', gone);
  }

  // The plan of another day: its tiles have another address.
  const centre = window.dash_clientside?.command_centre;
  if (centre?.plan) {
    const plan = centre.plan;
    centre.plan = (value) => {
      const answer = plan(value);
      const config = getu.config();
      const next = !value || value === config?.as_of ? null : value;
      if (config?.grid_tiles && next !== day) {
        day = next;
        const map = getu.map();
        if (map) draw(map);
      }
      return answer;
    };
  }

  L.Map.addInitHook(function () {
    this.whenReady(() => setTimeout(() => {
      if (!getu.config()?.grid_tiles || this !== getu.map()) return;
      day = new URLSearchParams(window.location.search).get('as_of');
      draw(this);
      hover(this);
      this.on('click', (event) => {
        if (this.getPane('grids').style.display !== 'none') choose(event.latlng);
      });
      const asked = new URLSearchParams(window.location.search).get('sel') || '';
      if (/^grids:\d+$/.test(asked)) {
        const id = asked.slice(6);
        grid({ id }).then((feature) => feature && getu.layers.choose('grids', id)).catch(() => null);
      }
    }, 0));
  });
  new MutationObserver(() => {
    const map = getu.map();
    if (map?.getuGridTiles) draw(map);
  }).observe(document.documentElement, { attributes: true, attributeFilter: ['data-theme'] });
})();
