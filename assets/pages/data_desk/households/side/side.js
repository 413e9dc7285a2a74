// The left side: a file to drop, tables that are open, those that were published, what is to come.
import { call, desk, measure, say, why } from '../desk.js';
import { snapshots } from './snapshots.js';
import * as forecast from '../counts/forecast.js';
import { look } from '../reading/columns.js';
import { el, put } from '../../../../shared/elements.js';

const SUFFIXES = '.xlsx,.xls,.xlsm,.csv,.txt';
function dropZone() {
  const input = el('input', {
    type: 'file',
    accept: SUFFIXES,
    id: 'households-file',
    class: 'unseen',
  });
  input.onchange = () => {
    if (input.files?.[0]) look(input.files[0]);
    input.value = '';
  };
  const zone = el(
    'label',
    { class: 'drop', for: 'households-file', needs: 'work' },
    el('b', {}, say('data_households.drop')),
    el('small', {}, say('data_households.drop_kinds')),
    input,
  );
  zone.ondragover = (e) => {
    e.preventDefault();
    zone.classList.add('over');
  };
  zone.ondragleave = () => zone.classList.remove('over');
  zone.ondrop = (e) => {
    e.preventDefault();
    zone.classList.remove('over');
    const file = e.dataTransfer?.files[0];
    if (file) look(file);
  };
  return zone;
}

function openTables() {
  const open = desk.overview.uploads;
  if (!open.length) return el('p', { class: 'muted' }, say('data_households.no_open'));
  return el(
    'ul',
    { class: 'tables' },
    open.map((u) => {
      const waits = u.states.queued || 0;
      return el(
        'li',
        {},
        el(
          'button',
          {
            type: 'button',
            'data-upload': u.id,
            class: desk.upload?.id === u.id ? 'here' : '',
            onclick: () => desk.open(u.id),
          },
          el('b', {}, u.file),
          el(
            'span',
            { class: waits ? 'waits' : 'ready' },
            waits ? say('data_households.waits', { rows: waits }) : say('data_households.ready'),
          ),
          el(
            'small',
            {},
            say('data_households.table_of', { day: u.effective_on, by: u.by, at: u.at }),
          ),
        ),
      );
    }),
  );
}

export function draw() {
  const top = desk.side.scrollTop;
  put(
    desk.side,
    dropZone(),
    el(
      'section',
      { class: 'section', needs: desk.overview.uploads.length ? null : 'work' },
      el('h3', {}, say('data_households.open_tables')),
      openTables(),
    ),
    el(
      'section',
      { class: 'section' },
      el('h3', {}, say('data_households.snapshots', { measure: measure(desk.overview.measure) })),
      snapshots(),
    ),
    el('section', { class: 'section', id: 'households-forecast' }),
  );
  forecast.draw();
  desk.side.scrollTop = top;
}
// What the server has now.
export async function refresh() {
  try {
    const before = desk.overview?.revision;
    desk.overview = await call(`/${desk.config.county}`);
    draw();
    if (before !== desk.overview.revision) forecast.load(); // it rests on the newest counts
  } catch (error) {
    put(
      desk.side,
      el('p', { class: 'says', role: 'alert' }, why(error)),
      el('button', { type: 'button', onclick: refresh }, say('data_households.again')),
    );
  }
}
