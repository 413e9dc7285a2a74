// What every page shares: the address bar holds the state, the theme, the choice of county.
(function () {
  const getu = (window.getu = window.getu || {});
  const none = () => window.dash_clientside.no_update;
  // Parameters that a page wants in the address; null removes one.
  const address = (getu.address = getu.address || {});

  const KEPT = ['county', 'lang', 'theme', 'at'];

  function writeAddress() {
    const map = getu.map();
    const params = new URLSearchParams(location.search);
    for (const [key, value] of Object.entries(address)) {
      if (value === null || value === undefined || value === '') params.delete(key);
      else params.set(key, value);
    }
    if (map && map._loaded && map.getSize().x > 0) { // a map that is not shown has no place
      const c = map.getCenter();
      params.set('at', `${c.lat.toFixed(5)},${c.lng.toFixed(5)},${map.getZoom()}`);
    }
    const config = getu.config();
    if (config?.county) {
      params.set('county', config.county);
      const title = document.querySelector('.about h1')?.textContent;
      if (title) document.title = `${title} · 格图`;
    }
    history.replaceState(history.state, '', `${location.pathname}?${params}`);
    for (const link of document.querySelectorAll('a[data-keep]')) {
      const [key, value] = link.dataset.keep.split('=');
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
  let due = null;
  getu.writeAddress = () => { clearTimeout(due); due = setTimeout(writeAddress, 150); };

  // A server that was stopped is said within seconds; nothing on the page is lost.
  async function listen() {
    let answers = false;
    try { answers = (await fetch('/health', { cache: 'no-store', signal: AbortSignal.timeout(5000) })).ok; } catch { /* said below */ }
    const banner = document.querySelector('.offline');
    if (banner) banner.hidden = answers;
    setTimeout(listen, answers ? 10000 : 3000);
  }
  setTimeout(listen, 10000);

  // Scripts of one desk only are loaded when it is opened, in their order and once; then
  // getu.desks[key] is called with the page's configuration.
  getu.desks = getu.desks || {};
  const loaded = {};
  const load = (name) => (loaded[name] = loaded[name] || new Promise((done, failed) => {
    const script = document.createElement('script');
    script.src = `/assets/desks/${name}`;
    script.onload = done;
    script.onerror = () => { delete loaded[name]; failed(new Error(`${name} was not loaded`)); };
    document.head.append(script);
  }));

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.desk = {
    open(start) {
      if (start) {
        start.scripts.reduce((before, name) => before.then(() => load(name)), Promise.resolve())
          .then(() => getu.desks[start.desk]?.(getu.config()));
        getu.writeAddress();
      }
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
      getu.layers?.restyle();
      getu.writeAddress();
      return none();
    },
    county(code) {
      const params = new URLSearchParams(location.search);
      if (!code || params.get('county') === code || getu.config()?.county === code) return none();
      const keep = new URLSearchParams({ county: code });
      for (const key of ['lang', 'theme', 'layers']) if (params.get(key)) keep.set(key, params.get(key));
      location.assign(`${location.pathname}?${keep}`);
      return none();
    },
  };
})();
