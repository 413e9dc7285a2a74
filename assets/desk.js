// What every page shares: the address bar holds the state, the theme, the choice of county.
(function () {
  const getu = (window.getu = window.getu || {});
  const none = () => window.dash_clientside.no_update;
  // Parameters that a page wants in the address; null removes one.
  const address = (getu.address = getu.address || {});

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
        for (const name of [...next.keys()]) if (!['county', 'lang', 'theme', 'at'].includes(name)) next.delete(name);
        link.href = `${value}?${next}`;
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

  window.dash_clientside = window.dash_clientside || {};
  window.dash_clientside.desk = {
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
