// A file is judged or imported in the background: its progress is shown, and it can be stopped.
import { Unreachable } from '../../../shared/calls.js';
import { $, el, put } from '../../../shared/elements.js';
import { by, call, desk } from './desk.js';

const POLL_MS = 500;

/** @typedef {{id: number, state: string, progress: number, stage?: string, message?: string, result?: any}} Job */

// The job as it ended; null when another file took its place meanwhile. Throws as calls do.
/** @param {'judge' | 'import'} what @param {Record<string, any>} [more] @returns {Promise<Job | null>} */
export async function run(what, more) {
  const bar = el('progress', { max: 1 });
  const said = el('p', { class: 'muted' });
  const stop = el('button', {}, desk.say('data_files.cancel'));
  $('files-map').hidden = true;
  put($('files-more'));
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card', id: 'files-working' },
      el('h2', {}, desk.say(what === 'judge' ? 'data_files.judging' : 'data_files.importing')),
      bar,
      said,
      stop,
    ),
  );
  const ticket = {};
  desk.ticket = ticket;
  const isMine = () => ticket === desk.ticket;
  try {
    const body = { ...desk.options, ...more, kind: desk.kind, by: by() };
    /** @type {Job} */
    let job = await call(`/uploads/${desk.upload?.id}/${what}`, { body });
    desk.job = job.id;
    stop.onclick = () => {
      stop.disabled = true;
      call(`/jobs/${job.id}/cancel`, { method: 'POST' }).catch(() => {});
    };
    while (isMine() && (job.state === 'waiting' || job.state === 'running')) {
      bar.value = job.progress;
      said.textContent = job.stage || desk.say('data_files.queued');
      await new Promise((next) => setTimeout(next, POLL_MS));
      job = await now(job);
    }
    return isMine() ? job : null;
  } catch (error) {
    if (isMine()) throw error;
    return null;
  }
}

// While the line is down the job goes on as it was last seen.
/** @param {Job} job @returns {Promise<Job>} */
const now = (job) =>
  call(`/jobs/${job.id}`).catch((error) => {
    if (!(error instanceof Unreachable)) throw error;
    return job;
  });
