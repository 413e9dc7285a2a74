// 导入导出: choose a kind, give a file, say only what the file does not, see what it would do.
import '../../../shared/shell.js';
import { whenOpened } from '../../../shared/desk_start.js';
import { Unreachable } from '../../../shared/calls.js';
import { $, el, put } from '../../../shared/elements.js';
import { upload } from '../../../shared/upload.js';
import { begin, by, call, desk, why } from './desk.js';
import * as job from './job.js';
import { optionsOf } from './options.js';
import * as panel from './panel.js';
import * as previews from './preview.js';
import * as questions from './questions.js';
import * as uploads from './uploads.js';

// ---- the file -----------------------------------------------------------------------------
/** @param {File} file */
async function give(file) {
  discard();
  forget();
  const stop = new AbortController();
  const bar = el('progress', { max: 1, value: 0 });
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card' },
      el('p', {}, desk.say('data_files.sending', { name: file.name })),
      bar,
      el('button', { onclick: () => stop.abort() }, desk.say('data_files.cancel')),
    ),
  );
  $('files-runs').hidden = true;
  reveal();
  const about = { kind: desk.kind, name: file.name, by: by(), lang: desk.lang };
  const address = `/api/files/${desk.county}/uploads?${new URLSearchParams(about)}`;
  const progress = (/** @type {number} */ share) => {
    bar.value = share;
  };
  desk.sending = true;
  try {
    desk.upload = await upload(address, 'files', file, { progress, signal: stop.signal }).finally(
      () => {
        desk.sending = false;
      },
    );
    desk.options = optionsOf(desk.upload?.look);
    ask();
  } catch (error) {
    if (stop.signal.aborted) start();
    else failed(error, file.name, desk.say('data_files.lost'));
  }
}

// On a phone the file at hand stands below the panel.
function reveal() {
  if (window.innerWidth < 900) $('files-work').scrollIntoView({ block: 'start' });
}

// Why it cannot go on with this file: its faults, or one sentence (`lost`: of a line that is down).
/** @param {any} error @param {string} [name] @param {string} [lost] */
function failed(error, name, lost) {
  const findings = error.body?.findings || [];
  const sentence = lost && error instanceof Unreachable ? lost : why(error);
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card' },
      el('h2', {}, desk.say('data_files.unusable', { name: name || '' })),
      findings.length
        ? previews.faults(desk, { findings, errors: findings.length, warnings: 0 })
        : el('p', { class: 'loud' }, sentence),
      el('button', { onclick: start }, desk.say('data_files.other_file')),
    ),
  );
  put($('files-more'));
}

// ---- what is said of it, what it would do, what it did ------------------------------------
const ask = () => questions.show(steps);

/** @param {{layer?: string, encoding?: string}} change */
async function again(change) {
  Object.assign(desk.options, change);
  const { options } = desk;
  const query = new URLSearchParams({ layer: options.layer, encoding: options.encoding });
  const at = /** @type {import('./desk.js').Upload} */ (desk.upload);
  try {
    const { look } = await call(`/uploads/${at.id}/look?${query}`);
    at.look = look;
    options.columns = { ...look.matched };
    ask();
  } catch (error) {
    failed(error, at.name);
  }
}

/** @param {'judge' | 'import'} what @param {Record<string, any>} more @param {(result: any) => void} then */
async function follow(what, more, then) {
  try {
    const ended = await job.run(what, more);
    if (!ended) return;
    if (ended.state === 'done') {
      then(ended.result);
      reveal();
    } else if (ended.state === 'cancelled') {
      ask();
      $('files-missing').textContent = desk.say('data_files.cancelled');
    } else failed(new Error(desk.say('data_files.job_failed', { why: ended.message || '' })));
  } catch (error) {
    failed(error, desk.upload?.name);
  }
}

function judge() {
  follow('judge', {}, (result) => previews.show(desk, result, { ...steps, start: instead }));
}

/** @param {any} result of the judging @param {boolean} skip leaves rows with faults out */
function bring(result, skip) {
  follow('import', { digest: result.digest, skip }, (done) => {
    if (done.refused) previews.show(desk, done, { ...steps, start: instead });
    else previews.done(desk, done, steps);
  });
}

// ---- no file yet, or no longer ------------------------------------------------------------
// How it goes, while there is no file: what is written when, and what is never.
const how = () =>
  el(
    'div',
    { class: 'files-card files-steps', needs: 'work' },
    el(
      'ol',
      {},
      ['data_files.step_1', 'data_files.step_2', 'data_files.step_3'].map((key) =>
        el('li', {}, desk.say(key)),
      ),
    ),
  );

/** @param {import('./uploads.js').Waiting} one */
async function resume(one) {
  forget();
  desk.kind = one.kind;
  showPanel();
  try {
    const { look } = await call(`/uploads/${one.id}/look`);
    desk.upload = { ...one, look };
    desk.options = optionsOf(look);
    $('files-runs').hidden = true;
    ask();
  } catch (error) {
    failed(error, one.name);
  }
}

function forget() {
  desk.ticket = null;
  desk.job = null;
  desk.upload = null;
  put($('files-work'), how());
  put($('files-more'));
  $('files-map').hidden = true;
  $('files-runs').hidden = false;
}

function showPanel() {
  panel.show(() => {
    forget();
    showPanel();
  }, give);
}

function start() {
  forget();
  showPanel();
  uploads.show(resume, start);
}

// Another file instead of this one: it is not kept.
async function discard() {
  const old = desk.upload;
  desk.upload = null;
  if (old) await call(`/uploads/${old.id}`, { method: 'DELETE' }).catch(() => {});
}

function instead() {
  const gone = discard();
  forget();
  showPanel();
  gone.then(() => uploads.show(resume, start));
}

/** @type {import('./desk.js').Steps} */
const steps = { start, instead, ask, again, judge, bring };

/** @param {PageConfig} config */
function openDesk(config) {
  if (!$('files-panel')) return;
  begin(config);
  start();
}

whenOpened(openDesk);
