// A job of automatic division: asked for, followed until it ends, cancelled. The work is done by the
// server; closing the window does not stop it, and a page that is loaded anew goes on with it.
import { call, county } from './calls.js';
import * as dialog from './dialog.js';
import { candidates } from './table.js';
import { say } from './words.js';
import { by, reason } from '../desk.js';
import { $, all, button, el, first } from '../../../shared/elements.js';

/**
 * @typedef {object} Job As the server tells it.
 * @property {number} id
 * @property {'waiting' | 'running' | 'done' | 'cancelled' | 'failed'} state
 * @property {number} progress a share of 1
 * @property {string} [message]
 * @property {boolean} [cancelling] it was asked to stop
 * @property {number} [seconds] what it took
 * @property {any} [result] of a job that is done: what was divided, and its candidates
 */

const POLL_MS = 500;
const AWAY_MS = 2000;
const KEPT = 'getu-division';
/** @type {number | null} */
let following = null; // the job on screen

/** @param {Record<string, any>} body @param {HTMLElement} [said] where a refusal is told */
async function ask(body, said) {
  try {
    const job = await call(`/${county()}/jobs`, { body: { ...body, by: by() } });
    follow(job.id);
  } catch (error) {
    if ($('division-start')) button('division-start').disabled = false;
    if (said) said.textContent = reason(error);
    else dialog.fault(reason(error));
  }
}

// Show how far a job is; quietly: beside the map only, in no window.
/** @param {number} id @param {{quietly?: boolean}} [about] */
function follow(id, { quietly = false } = {}) {
  following = id;
  sessionStorage.setItem(KEPT, JSON.stringify({ id, county: county() }));
  if (!quietly) dialog.show(say('division.title'), progress(id), dialog.foot());
  $('division-progress')?.replaceChildren(progress(id));
  poll(id, quietly);
}

// A page that was loaded anew goes on with the job that it was following.
function resume() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || 'null');
  if (kept && kept.county === county() && !following) follow(kept.id, { quietly: true });
}

/** @param {number} id @param {boolean} quietly */
async function poll(id, quietly) {
  while (following === id && $('division')) {
    /** @type {Job | null} */
    let job = null;
    try {
      job = await call(`/jobs/${id}`);
    } catch (error) {
      if (error.status === 404) {
        over();
        return;
      }
    }
    if (following !== id) return;
    if (job && !['waiting', 'running'].includes(job.state)) {
      ended(job, quietly);
      return;
    }
    for (const place of ['#division-progress', '#division-dialog'])
      for (const node of all(`${place} .division-running`)) tell(node, job);
    if ($('division-progress')) $('division-progress').hidden = false;
    const pause = job ? POLL_MS : AWAY_MS;
    await new Promise((done) => {
      setTimeout(done, pause);
    });
  }
}

// Made once and then only told anew: a button that is replaced under the hand loses the click.
/** @param {number} id */
function progress(id) {
  const node = el(
    'div',
    { class: 'division-running' },
    el('p', { class: 'division-said' }),
    el(
      'div',
      { class: 'division-bar', role: 'progressbar', 'aria-valuemin': 0, 'aria-valuemax': 100 },
      el('i'),
    ),
    el(
      'div',
      { class: 'row' },
      el(
        'button',
        {
          class: 'division-cancel',
          needs: 'plan',
          onclick: (event) => stop(id, event.currentTarget),
        },
        say('division.cancel'),
      ),
    ),
  );
  tell(node, { id, state: 'waiting', progress: 0 });
  return node;
}

// Without a job: the server cannot be reached.
/** @param {HTMLElement} node @param {Job | null} job */
function tell(node, job) {
  const said = /** @type {HTMLElement} */ (first('.division-said', node));
  said.classList.toggle('loud', !job);
  if (!job) {
    said.textContent = say('division.lost');
    return;
  }
  const percent = Math.round(job.progress * 100);
  const doing = job.cancelling
    ? say('division.cancelling')
    : job.state === 'waiting'
      ? say('division.waiting')
      : job.message || say('division.reading');
  said.textContent = `${percent}% · ${doing}`;
  first('.division-bar', node)?.setAttribute('aria-valuenow', String(percent));
  const bar = first('.division-bar i', node);
  if (bar) bar.style.width = `${percent}%`;
  const cancel = /** @type {HTMLButtonElement | null} */ (first('.division-cancel', node));
  if (cancel) cancel.disabled = Boolean(job.cancelling);
}

/** @param {number} id @param {HTMLButtonElement} pressed */
async function stop(id, pressed) {
  pressed.disabled = true;
  try {
    await call(`/jobs/${id}/cancel`, { body: {} });
  } catch {
    pressed.disabled = false; // not heard: it can be pressed again
  }
}

function over() {
  following = null;
  sessionStorage.removeItem(KEPT);
  if ($('division-progress')) $('division-progress').hidden = true;
}

/** @param {Job} job @param {boolean} quietly */
function ended(job, quietly) {
  over();
  if (quietly && job.state !== 'done') return;
  if (job.state === 'done') candidates(job);
  else if (job.state === 'failed')
    dialog.tell(job.message || '', { class: 'loud', role: 'status' });
  else dialog.tell(say('division.cancelled'), { role: 'status' });
}

export { ask, follow, resume };
