// The first page: switches, address bar, theme, keys. State lives in the address bar.
(function () {
  const getu = (window.getu = window.getu || {});
  const none = () => window.dash_clientside.no_update;
  const address = {};

  function showLayers(visible) {
    const map = getu.map();
    const config = getu.config();
    if (!map || !config) return;
    for (const key of config.layers) {
      const shown = visible.includes(key);
      for (const name of key === 'base_map' ? ['base_map', 'ground'] : [key]) {
        const pane = map.getPane(name);
        if (pane) pane.style.display = shown ? '' : 'none';
      }
      document.querySelector(`[data-layer-panel="${key}"]`)?.classList.toggle('off', !shown);
    }
    map.getPane('names').classList.toggle('no-grid-labels', !visible.includes('grids'));
  }

  let visible = null;
  getu.applyState = () => {
    if (visible) showLayers(visible);
    writeAddress();
  };

  function writeAddress() {
    const map = getu.map();
    const params = new URLSearchParams(location.search);
    for (const [key, value] of Object.entries(address)) {
      if (value === null || value === undefined || value === '') params.delete(key);
      else params.set(key, value);
    }
    if (map && map._loaded) {
      const c = map.getCenter();
      params.set('at', `${c.lat.toFixed(5)},${c.lng.toFixed(5)},${map.getZoom()}`);
    }
    history.replaceState(history.state, '', `${location.pathname}?${params}`);
    for (const link of document.querySelectorAll('a[data-keep]')) {
      const next = new URLSearchParams(params);
      const [key, value] = link.dataset.keep.split('=');
      next.set(key, value);
      link.href = `${location.pathname}?${next}`;
    }
  }
  let due = null;
  getu.writeAddress = () => { clearTimeout(due); due = setTimeout(writeAddress, 150); };

  const day = (first, offset) => {
    const d = new Date(`${first}T00:00:00Z`);
    d.setUTCDate(d.getUTCDate() + offset);
    return d.toISOString().slice(0, 10);
  };
  const layerUrl = (key, values) => {
    const config = getu.config();
    const params = new URLSearchParams({ county: config.county, v: config.revision });
    for (const [name, value] of Object.entries(values)) if (value) params.set(name, value);
    return `/layers/${key}?${params}`;
  };

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.command_centre = {
    switches(lists) {
      visible = (lists || []).flat().filter(Boolean);
      showLayers(visible);
      address.layers = visible.join(',');
      getu.writeAddress();
      return none();
    },
    plan(value) {
      if (!value) return none();
      const config = getu.config();
      address.as_of = value === config.as_of ? null : value;
      getu.writeAddress();
      getu.layers.drawn.grids = {};
      return layerUrl('grids', { as_of: value });
    },
    circles(of, category, selected) {
      address.circles = of === 'one' ? 'one' : null;
      address.category = category;
      getu.writeAddress();
      const station = of === 'one' && selected && selected.layer === 'stations' ? selected.id : '';
      if (of === 'one' && !station) return none();
      return layerUrl('service_circles', { station, category });
    },
    circleMode(selected, mode) {
      // A chosen open station shows its own circle; letting it go shows all again.
      if (selected && selected.layer === 'stations' && selected.state === 'open') return 'one';
      return mode === 'one' && !selected ? 'all' : none();
    },
    heat(range) {
      const config = getu.config();
      if (!range || !config || !config.span) return [none(), none()];
      const [first, last] = [day(config.span[0], range[0]), day(config.span[0], range[1])];
      const whole = first === config.span[0] && last === config.span[1];
      address.first = whole ? null : first;
      address.last = whole ? null : last;
      getu.writeAddress();
      return [layerUrl('incidents', whole ? {} : { first, last }), `${first} – ${last}`];
    },
    spanWords(range) {
      const config = getu.config();
      if (!range || !config || !config.span) return none();
      return `${day(config.span[0], range[0])} – ${day(config.span[0], range[1])}`;
    },
    chosen(selected) {
      getu.layers.choose(selected ? selected.layer : null, selected ? selected.id : null);
      address.sel = selected ? `${selected.layer}:${selected.id}` : null;
      getu.writeAddress();
      return none();
    },
    theme(clicks) {
      if (!clicks) return none();
      const root = document.documentElement;
      const next = root.dataset.theme === 'dark' ? 'light' : 'dark';
      root.dataset.theme = next;
      try { localStorage.setItem('getu-theme', next); } catch { /* the browser keeps nothing */ }
      address.theme = next;
      getu.redrawBase();
      getu.layers.restyle();
      getu.writeAddress();
      return none();
    },
    county(code) {
      const params = new URLSearchParams(location.search);
      if (!code || params.get('county') === code || getu.config().county === code) return none();
      const keep = new URLSearchParams({ county: code });
      for (const key of ['lang', 'theme', 'layers']) if (params.get(key)) keep.set(key, params.get(key));
      location.assign(`${location.pathname}?${keep}`);
      return none();
    },
  };

  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    if (document.querySelector('[data-radix-popper-content-wrapper]')) return; // an open list closes first
    if (getu.layers?.chosen.id !== null) getu.send('selected', null);
  });
})();
