// The table at hand: opened, walked through by its steps, put away.
import { NONE, call, desk, remember, say, tell, why } from './desk.js';
import * as preview from './preview.js';
import * as queue from './queue/queue.js';
import * as columns from './reading/columns.js';
import * as side from './side/side.js';
import { el, put } from '../../../shared/elements.js';

/** @typedef {import('./desk.js').Step} Step */

function close() {
  desk.upload = NONE;
  queue.leave();
  desk.map.clear();
  remember();
  idle();
  if (desk.overview) side.draw();
}

/** @param {number} id @param {Step} [step] */
async function open(id, step) {
  columns.close();
  try {
    desk.upload = await call(`/uploads/${id}`);
  } catch (error) {
    tell(error.status === 404 ? say('data_households.no_such_table') : why(error), true);
    close();
    return;
  }
  if (desk.upload.state !== 'open') {
    tell(say('data_households.closed_meanwhile'), true);
    close();
    return;
  }
  go(step || (desk.upload.states.queued ? 'queue' : 'preview'));
  if (window.matchMedia('(max-width: 900px)').matches) desk.work.scrollIntoView({ block: 'start' });
}

/** @param {Step} step */
function go(step) {
  desk.step = step;
  desk.map.clear();
  if (desk.overview) side.draw();
  remember();
  if (step === 'preview') {
    queue.leave();
    preview.open();
  } else queue.open(step);
}

function idle() {
  put(
    desk.work,
    el('h2', {}, say('data_households.title')),
    el('p', { class: 'muted', needs: 'work' }, say('data_households.idle')),
    el(
      'ol',
      { class: 'how', needs: 'work' },
      [
        'data_households.how_1',
        'data_households.how_2',
        'data_households.how_3',
        'data_households.how_4',
      ].map((key) => el('li', {}, say(key))),
    ),
    el('p', { class: 'muted' }, say('data_households.idle_map')),
    el('div', { id: 'households-card' }),
  );
}

export { close, go, idle, open };
