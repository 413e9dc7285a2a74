// Files that the program makes behind the page: asked for by a click on a link with `data-paper`
// (its value: what the file is called on the page), followed, downloaded by themselves, given up.
// The card stands outside of Dash's page, and what is under way is found again after a reload.
import { el, put, sayer } from './elements.js';
import { pageConfig } from './page.js';

const POLL_MS = 250;
const AWAY_MS = 1000; // between two questions to a program that does not answer
const SHOWN_MS = 8000;
const KEPT = 'getu-papers';

/**
 * @typedef {{ id: number, state: string, progress: number, message: string, asker?: string }} Job
 * @typedef {{ name: string, href: string, id?: number, asker?: string, over?: boolean, card: HTMLElement, bar: HTMLProgressElement, said: HTMLElement }} Paper
 */

/** @type {Set<Paper>} */
const papers = new Set();
const say = (key, values) => sayer(pageConfig() || { words: {} })(key, values);
const inLanguage = (path) =>
  `${path}${path.includes('?') ? '&' : '?'}lang=${pageConfig()?.lang || 'zh'}`;
const wait = (ms) => new Promise((next) => setTimeout(next, ms));

function holder() {
  const found = document.getElementById('papers');
  if (found) return found;
  const made = el('section', { id: 'papers', 'aria-live': 'polite' });
  document.body.append(made);
  return made;
}

// What a reload must not forget: the jobs that somebody here waits for.
function remember() {
  const held = [...papers]
    .filter((p) => p.id && !p.over)
    .map(({ id, asker, name, href }) => ({ id, asker, name, href }));
  try {
    sessionStorage.setItem(KEPT, JSON.stringify(held));
  } catch {
    /* the browser keeps nothing */
  }
}

/** @param {{ name: string, href: string, id?: number, asker?: string }} about */
function show(about) {
  const bar = el('progress', { max: 1 });
  const said = el('p', { class: 'muted' }, say('papers.making'));
  const card = el('article', { class: 'paper-card' });
  /** @type {Paper} */
  const paper = { ...about, card, bar, said };
  put(
    card,
    el('b', {}, paper.name),
    bar,
    said,
    el(
      'div',
      { class: 'row' },
      el('button', { class: 'quiet', onclick: () => cancel(paper) }, say('papers.cancel')),
    ),
  );
  papers.add(paper);
  holder().append(card);
  return paper;
}

function remove(paper) {
  paper.over = true;
  papers.delete(paper);
  paper.card.remove();
  remember();
}

/** Show how a paper ended; it goes by itself unless somebody has to read it. */
function end(paper, words, css, ...buttons) {
  paper.over = true;
  remember();
  paper.card.className = `paper-card ${css}`;
  const close = el('button', { class: 'quiet', onclick: () => remove(paper) }, say('papers.close'));
  put(
    paper.card,
    el('b', {}, paper.name),
    el('p', {}, words),
    el('div', { class: 'row' }, ...buttons, close),
  );
  if (css !== 'failed') setTimeout(() => remove(paper), SHOWN_MS);
}

function fail(paper, why) {
  const again = () => {
    remove(paper);
    start(paper.name, paper.href);
  };
  end(
    paper,
    say('papers.failed', { why }),
    'failed',
    el('button', { class: 'primary', onclick: again }, say('papers.retry')),
  );
}

function cancel(paper) {
  end(paper, say('papers.cancelled'), 'cancelled');
  if (paper.id) leave(paper);
}

function leave(paper) {
  fetch(inLanguage(`/api/papers/${paper.id}/cancel`), {
    method: 'POST',
    headers: { 'X-Getu': 'papers', 'Content-Type': 'application/json' },
    body: JSON.stringify({ asker: paper.asker }),
  }).catch(() => {}); // the program is away: what nobody fetches goes by itself
}

const save = (href, name) => el('a', { href, download: name || '' }).click();

function done(paper) {
  const href = `/api/papers/${paper.id}/file`;
  save(href);
  end(paper, say('papers.done'), 'done', el('a', { href, download: '' }, say('papers.once_more')));
}

/** Take a file that came at once: addresses that make it in a moment answer with it. */
async function take(paper, answer) {
  const head = answer.headers.get('Content-Disposition') || '';
  const called = /filename\*=UTF-8''([^;]+)/i.exec(head) || /filename="([^"]+)"/.exec(head);
  const href = URL.createObjectURL(await answer.blob());
  if (!paper.over) {
    save(href, called ? decodeURIComponent(called[1]) : '');
    end(paper, say('papers.done'), 'done');
  }
  setTimeout(() => URL.revokeObjectURL(href), 60000);
}

const refusal = async (answer) =>
  (await answer.json().catch(() => ({}))).error || answer.statusText;

/** Return a job as it stands; null while the program does not answer. */
async function look(paper) {
  const answer = await fetch(inLanguage(`/api/papers/${paper.id}`)).catch(() => null);
  if (!answer || answer.status >= 500) return null;
  if (!answer.ok) throw new Error(await refusal(answer));
  return answer.json();
}

async function follow(paper) {
  while (!paper.over) {
    const job = await look(paper);
    if (paper.over) return;
    if (!job) {
      paper.said.textContent = say('papers.away');
      await wait(AWAY_MS);
    } else if (job.state === 'done') {
      done(paper);
      return;
    } else if (job.state === 'failed') {
      fail(paper, job.message);
      return;
    } else if (job.state === 'cancelled') {
      end(paper, say('papers.cancelled'), 'cancelled');
      return;
    } else {
      paper.said.textContent = job.message;
      if (job.progress) paper.bar.value = job.progress;
      await wait(POLL_MS);
    }
  }
}

async function start(name, href) {
  const paper = show({ name, href });
  try {
    const answer = await fetch(href, { headers: { Prefer: 'respond-async' } });
    if (!answer.ok) throw new Error(await refusal(answer));
    if (answer.status !== 202) {
      await take(paper, answer);
      return;
    }
    const job = await answer.json();
    Object.assign(paper, { id: job.id, asker: job.asker });
    if (paper.over) {
      leave(paper);
      return;
    } // given up before the program had answered
    remember();
    await follow(paper);
  } catch (error) {
    if (!paper.over) fail(paper, error instanceof TypeError ? say('papers.away') : error.message);
  }
}

document.addEventListener('click', (event) => {
  const link =
    event.target instanceof Element &&
    /** @type {HTMLAnchorElement | null} */ (event.target.closest('a[data-paper]'));
  if (!link || event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey)
    return;
  event.preventDefault();
  const same = [...papers].find((p) => p.href === link.href && !p.over);
  if (same) same.card.scrollIntoView({ block: 'nearest' });
  else start(link.dataset.paper || link.textContent, link.href);
});

function resume() {
  let held = [];
  try {
    held = JSON.parse(sessionStorage.getItem(KEPT) || '[]');
  } catch {
    /* nothing is kept */
  }
  for (const about of held) {
    const paper = show(about);
    follow(paper).catch((error) => fail(paper, error.message));
  }
}

// Words are in the page's configuration, which comes with the page.
if (document.getElementById('desk-config')) resume();
else {
  const watch = new MutationObserver(() => {
    if (!document.getElementById('desk-config')) return;
    watch.disconnect();
    resume();
  });
  watch.observe(document.documentElement, { subtree: true, childList: true });
}
