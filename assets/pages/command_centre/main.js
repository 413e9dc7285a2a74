// The first page: switches, circles, time, keys. Its state lives in the address bar (desk.js).
(function () {
  const getu = (window.getu = window.getu || {});
  const none = () => window.dash_clientside.no_update;
  const address = (getu.address = getu.address || {});

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

  // The grids come first; terrain, circles and heat are sent for when they stand, or after 4 s
  // where there are none. (A callback that waits itself would hold back all the others.)
  let standing = false;
  const waiting = {};
  const next = [];
  getu.whenGridsStand = (act) => { if (standing) act(); else next.push(act); };
  const setUrl = (type, layer, url) => window.dash_clientside.set_props({ type, layer }, { url });
  function stand() {
    if (standing || !document.getElementById('map')) return;
    standing = true;
    const terrain = getu.config()?.terrain;
    if (terrain) setUrl('picture', 'base_map', terrain);
    for (const [layer, [type, url]] of Object.entries(waiting)) setUrl(type, layer, url);
    for (const act of next.splice(0)) act();
  }
  getu.gridsDrawn = () => requestAnimationFrame(() => setTimeout(stand, 0));
  setTimeout(stand, 4000);
  function afterGrids(type, layer, url) {
    if (standing) return url;
    waiting[layer] = [type, url];
    return none();
  }

  let visible = null;
  getu.applyState = () => {
    if (visible) showLayers(visible);
    getu.writeAddress();
  };

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
      if (!getu.config()?.layers) return none(); // another page: it has no switches
      visible = (lists || []).flat().filter(Boolean);
      showLayers(visible);
      address.layers = visible.join(',') || 'none';
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
      getu.layers.want(category);
      getu.writeAddress();
      const station = of === 'one' && selected && selected.layer === 'stations' ? selected.id : '';
      if (of === 'one' && (!station || (selected.state && selected.state !== 'open'))) return none();
      return afterGrids('features', 'service_circles', layerUrl('service_circles', { station, category }));
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
      const url = layerUrl('incidents', whole ? {} : { first, last });
      return [afterGrids('picture', 'incidents', url), `${first} – ${last}`];
    },
    spanWords(range) {
      const config = getu.config();
      if (!range || !config || !config.span) return none();
      return `${day(config.span[0], range[0])} – ${day(config.span[0], range[1])}`;
    },
    close() { return null; },
    chosen(selected) {
      document.querySelector('.inspector')?.classList.toggle('of-one', !!selected);
      document.getElementById('map')?.classList.toggle('one-station', selected?.layer === 'stations');
      getu.layers.choose(selected ? selected.layer : null, selected ? selected.id : null);
      address.sel = selected ? `${selected.layer}:${selected.id}` : null;
      getu.writeAddress();
      return none();
    },
  };

  // A click beside everything lets go of what is chosen: the way back on a screen without keys.
  getu.mapClicked = () => { if (getu.config()?.layers && getu.layers.chosen.id !== null) getu.send('selected', null); };

  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    if (document.querySelector('[data-radix-popper-content-wrapper]')) return; // an open list closes first
    if (getu.layers?.chosen.id !== null) getu.send('selected', null);
  });
})();
