// The head of the work: which table, how far it is, the steps; and how it is dropped.
import { act, by, desk, say, tell } from './desk.js';
import { count, el } from '../../../shared/elements.js';

// The head of the work: which table, how far it is, the steps.
function head() {
  const u = desk.upload,
    n = (/** @type {string} */ state) => u.states[state] || 0;
  /** @type {[import('./desk.js').Step, string, number | null][]} */
  const steps = [
    ['queue', 'data_households.step_queue', n('queued')],
    ['ruled', 'data_households.step_ruled', null],
    ['placed', 'data_households.step_placed', n('placed')],
    ['preview', 'data_households.step_preview', null],
  ];
  const bar = ['placed', 'queued', 'unplaced', 'ignored'].map((s) =>
    n(s) ? el('span', { class: `state-${s}`, style: `flex-grow:${n(s)}` }) : null,
  );
  return [
    el(
      'div',
      { class: 'kicker' },
      say('data_households.table_of', { day: u.effective_on, by: u.by, at: u.at }),
    ),
    el('h2', {}, u.file),
    el('div', { class: 'state-bar', 'aria-hidden': 'true' }, bar),
    el(
      'p',
      { class: 'states', id: 'households-states' },
      say('data_households.states', {
        placed: n('placed'),
        queued: n('queued'),
        unplaced: n('unplaced'),
        ignored: n('ignored'),
      }),
    ),
    u.findings.length
      ? el(
          'details',
          { class: 'found' },
          el('summary', {}, say('data_households.found', { n: u.findings.length })),
          el(
            'ul',
            {},
            u.findings.map((f) => el('li', {}, f.message)),
          ),
        )
      : null,
    el(
      'nav',
      { class: 'chips' },
      steps.map(([key, label, many]) =>
        el(
          'button',
          {
            type: 'button',
            'data-step': key,
            'aria-pressed': String(desk.step === key),
            onclick: () => desk.go(key),
          },
          say(label),
          many === null ? null : el('span', { class: 'many' }, count(many)),
        ),
      ),
    ),
  ];
}

// Pressed twice, it is meant.
let confirmed = false;
async function discard() {
  if (!confirmed) {
    confirmed = true;
    tell(say('data_households.discard_sure'), true);
    setTimeout(() => {
      confirmed = false;
    }, 6000);
    return;
  }
  confirmed = false;
  await act(
    `/uploads/${desk.upload.id}/discard`,
    { version: desk.upload.version, by: by() || undefined },
    say('data_households.discarded'),
  );
  desk.close();
}

export { discard, head };
