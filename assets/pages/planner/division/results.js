// Divisions of late: each can be looked at again.
import { minute } from '../../../shared/clock.js';
import { call, county } from './calls.js';
import { foot, show } from './dialog.js';
import * as job from './job.js';
import { say, WHAT } from './words.js';
import { el } from '../../../shared/elements.js';

/** @type {Record<string, string>} */
const STATE = {
  waiting: 'division.state_waiting',
  running: 'division.state_running',
  done: 'division.state_done',
  cancelled: 'division.state_cancelled',
  failed: 'division.state_failed',
};

function line(one) {
  const made = minute(one.created_at);
  return `${say(WHAT[one.request.what])} · ${say(STATE[one.state])} · ${one.by} · ${made}`;
}

export async function results() {
  const { jobs } = await call(`/${county()}/jobs`);
  show(
    say('division.results').replace('…', ''),
    jobs.length
      ? el(
          'ul',
          { class: 'division-recent division-scroll' },
          jobs.map((one) =>
            el(
              'li',
              {},
              el('button', { 'data-job': one.id, onclick: () => job.follow(one.id) }, line(one)),
            ),
          ),
        )
      : el('p', {}, say('division.none_yet')),
    foot(),
  );
}
