// The header of every page: the theme, the choice of county, and whether the server answers.
import { address, writeAddress } from './address.js';
import { tell } from './events.js';
import { clientside, none, pageConfig } from './page.js';
import { refuse } from './rights.js';

// A server that was stopped is said within seconds; nothing on the page is lost.
async function listen() {
  let answers = false;
  try {
    answers = (await fetch('/health', { cache: 'no-store', signal: AbortSignal.timeout(5000) })).ok;
  } catch {
    /* said below */
  }
  const banner = /** @type {HTMLElement | null} */ (document.querySelector('.offline'));
  if (banner) banner.hidden = answers;
  setTimeout(listen, answers ? 10000 : 3000);
}
setTimeout(listen, 10000);

// What a callback is refused for the role's sake Dash says to nobody: the page says it.
new PerformanceObserver((list) => {
  const refused = /** @type {PerformanceResourceTiming[]} */ (list.getEntries()).some(
    (one) =>
      one.responseStatus === 403 && new URL(one.name).pathname.endsWith('/_dash-update-component'),
  );
  if (refused) refuse();
}).observe({ type: 'resource' });

clientside('desk', {
  /** @param {number} clicks */
  theme(clicks) {
    if (!clicks) return none();
    const root = document.documentElement;
    const next = root.dataset.theme === 'dark' ? 'light' : 'dark';
    root.dataset.theme = next;
    try {
      localStorage.setItem('getu-theme', next);
    } catch {
      /* the browser keeps nothing */
    }
    address.theme = next;
    tell('theme');
    writeAddress();
    return none();
  },
  /** @param {string} code */
  county(code) {
    const params = new URLSearchParams(location.search);
    if (!code || params.get('county') === code || pageConfig()?.county === code) return none();
    const keep = new URLSearchParams({ county: code });
    for (const key of ['lang', 'theme', 'layers']) {
      const value = params.get(key);
      if (value) keep.set(key, value);
    }
    location.assign(`${location.pathname}?${keep}`);
    return none();
  },
});
