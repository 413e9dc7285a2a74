// The header of every page: the theme, the choice of county, and whether the server answers.
import { timeOfDay } from './clock.js';
import { address, writeAddress } from './address.js';
import { $, within } from './elements.js';
import { tell } from './events.js';
import { clientside, none, pageConfig } from './page.js';
import { refuse } from './rights.js';

// A server, a database or a line that has gone is said within ten seconds, with the time for which
// the figures stand; nothing on the page is lost. EVERY_MS + ANSWER_MS is that time at most.
const EVERY_MS = 6000;
const ANSWER_MS = 3500;
const AGAIN_MS = 2000;
const NO_TIME = '--:--';
let lastAnswer = performance.timeOrigin;
/** @type {ReturnType<typeof setTimeout> | undefined} */
let nextQuestion;
let asking = false;

/** @param {boolean} answers */
function showLine(answers) {
  const banner = /** @type {HTMLElement | null} */ (document.querySelector('.offline'));
  if (!banner) return;
  if (!answers && banner.hidden) {
    banner.dataset.said ??= banner.textContent || '';
    const time = timeOfDay(lastAnswer);
    banner.textContent = banner.dataset.said.replace(NO_TIME, time);
  }
  banner.hidden = answers;
}

async function listen() {
  if (asking) return;
  clearTimeout(nextQuestion);
  // A page that nobody sees asks when it is seen again.
  if (document.hidden) return;
  asking = true;
  let answers = false;
  const asked = Date.now();
  try {
    const signal = AbortSignal.timeout(ANSWER_MS);
    answers = (await fetch('/health', { cache: 'no-store', signal })).ok;
  } catch {
    /* said below */
  }
  asking = false;
  if (answers) lastAnswer = asked;
  showLine(answers);
  nextQuestion = setTimeout(listen, answers ? EVERY_MS : AGAIN_MS);
}
nextQuestion = setTimeout(listen, EVERY_MS);
document.addEventListener('visibilitychange', listen);
window.addEventListener('online', listen);
window.addEventListener('offline', () => showLine(false));

// Whose session is over comes by the banner's link to signing in, and from there back to this view.
function showSignedOut() {
  const banner = /** @type {HTMLElement | null} */ (document.querySelector('.signed-out'));
  const link = banner?.querySelector('a');
  if (!banner || !link) return;
  const target = new URL(link.href);
  target.searchParams.set('next', location.pathname + location.search);
  link.href = target.href;
  banner.hidden = false;
}

// Signed in again in another window: this one goes on.
function hideSignedOut() {
  const banner = /** @type {HTMLElement | null} */ (document.querySelector('.signed-out'));
  if (banner) banner.hidden = true;
}

// What a callback is refused for the role's sake Dash says to nobody: the page says it.
new PerformanceObserver((list) => {
  // Whatever else failed for the line's or the database's sake: ask now, not in seconds.
  const failed = /** @type {PerformanceResourceTiming[]} */ (list.getEntries()).some(
    (one) => one.responseStatus >= 502 && !one.name.endsWith('/health'),
  );
  if (failed) listen();
  const refused = /** @type {PerformanceResourceTiming[]} */ (list.getEntries()).some(
    (one) =>
      one.responseStatus === 403 && new URL(one.name).pathname.endsWith('/_dash-update-component'),
  );
  if (refused) refuse();
  const here = /** @type {PerformanceResourceTiming[]} */ (list.getEntries()).filter(
    (one) => new URL(one.name).origin === location.origin,
  );
  if (here.some((one) => one.responseStatus === 401)) showSignedOut();
  else if (here.some((one) => one.responseStatus === 200 && /\/api\//.test(one.name)))
    hideSignedOut();
}).observe({ type: 'resource' });

// Past the header by its own link. The address would do it too, but a page whose address changes is
// laid out anew by Dash.
document.addEventListener('click', (event) => {
  if (!within(event, 'a.skip')) return;
  event.preventDefault();
  $('content')?.focus();
});

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
