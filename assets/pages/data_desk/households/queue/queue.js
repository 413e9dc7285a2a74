// Rows that wait for a ruling, those that were ruled, those that were placed: what each one means.
import { select } from './choice.js';
import { keys } from './keys.js';
import { line } from './lines.js';
import { undo } from './rulings.js';
import { groups, work } from './state.js';
import { by, byField, call, desk, say, tell, why } from '../desk.js';
import { discard, head } from '../head.js';
import { el, first, focused, put } from '../../../../shared/elements.js';
import { may } from '../../../../shared/rights.js';

const POLL_MS = 4000;
/** @type {Record<string, string>} what the server calls each list */
const LISTS = { queue: 'queued', ruled: 'ruled', placed: 'placed' };
/** @type {Timer | undefined} */
let timer;

/** @param {string} step */
function open(step) {
  Object.assign(work, {
    list: step in LISTS ? step : 'queue',
    rows: [],
    total: 0,
    at: null,
    picked: null,
    found: [],
    sought: '',
  });
  document.removeEventListener('keydown', keys);
  document.addEventListener('keydown', keys);
  clearInterval(timer);
  timer = setInterval(poll, POLL_MS);
  load();
}
function leave() {
  clearInterval(timer);
  document.removeEventListener('keydown', keys);
  work.at = work.picked = null;
}

/** @param {boolean} [more] of the same list */
async function load(more) {
  const ticket = ++work.asked,
    upload = desk.upload.id;
  try {
    const answer = await call(
      `/uploads/${upload}/rows?list=${LISTS[work.list]}&offset=${more ? work.rows.length : 0}&sought=${encodeURIComponent(work.sought)}`,
    );
    if (ticket !== work.asked || desk.upload?.id !== upload) return;
    desk.upload = answer.upload;
    work.rows = more ? [...work.rows, ...answer.rows] : answer.rows;
    work.buildings = { ...work.buildings, ...answer.buildings };
    work.total = answer.total;
    const all = groups();
    if (!all.some((g) => g.key === work.at))
      select(
        work.next && all.some((g) => g.key === work.next)
          ? work.next
          : work.list === 'queue'
            ? (all[0]?.key ?? null)
            : null,
      );
    else draw();
    work.next = null;
  } catch (error) {
    tell(why(error), true);
  }
}
async function poll() {
  if (work.busy || document.hidden || !desk.upload) return;
  try {
    const head = await call(`/uploads/${desk.upload.id}`);
    if (
      work.busy ||
      !desk.upload ||
      head.id !== desk.upload.id ||
      head.version === desk.upload.version
    )
      return;
    tell(
      say(head.state === 'open' ? 'data_households.colleague' : 'data_households.closed_meanwhile'),
      true,
    );
    if (head.state !== 'open') {
      desk.close();
      desk.refresh();
    } else load();
  } catch {
    /* the page says by itself that the server is away */
  }
}

function draw() {
  const top = desk.work.scrollTop,
    was = focused();
  const focus = was?.dataset?.building
    ? `[data-building="${was.dataset.building}"]`
    : was?.type === 'search' && was.closest('.rows-find')
      ? '.rows-find input'
      : null;
  const all = groups();
  const waits = desk.upload.states.queued || 0;
  const search =
    work.list === 'queue'
      ? null
      : el('input', {
          type: 'search',
          value: work.sought,
          maxlength: 60,
          placeholder: say('data_households.filter'),
          'aria-label': say('data_households.filter'),
        });
  if (search)
    search.onchange = () => {
      work.sought = search.value.trim();
      work.at = null;
      load();
    };
  const rest = work.total - work.rows.length;
  put(
    desk.work,
    head(),
    work.list === 'queue' && !waits
      ? el(
          'div',
          { class: 'all-done' },
          el('p', { class: 'good' }, say('data_households.all_ruled')),
          el(
            'button',
            { type: 'button', class: 'strong', onclick: () => desk.go('preview') },
            say('data_households.to_preview'),
          ),
        )
      : null,
    work.list === 'queue' && waits
      ? el('p', { class: 'legend-note' }, say('data_households.queue_how'))
      : null,
    by() || !may('work') ? null : byField(),
    search ? el('div', { class: 'rows-find' }, search) : null,
    !all.length && work.list !== 'queue'
      ? el('p', { class: 'muted' }, say('data_households.no_rows'))
      : null,
    el('ul', { class: 'groups' }, all.map(line)),
    rest > 0
      ? el(
          'button',
          { type: 'button', class: 'more', onclick: () => load(true) },
          say('data_households.more', { n: rest }),
        )
      : null,
    el(
      'div',
      { class: 'foot' },
      work.undo.some((u) => u.upload === desk.upload.id)
        ? el(
            'button',
            { type: 'button', id: 'households-undo', needs: 'work', onclick: undo },
            say('data_households.undo'),
            el('kbd', {}, 'Ctrl Z'),
          )
        : null,
      el('button', { type: 'button', onclick: desk.close }, say('data_households.back')),
      el(
        'button',
        { type: 'button', class: 'danger', needs: 'work', onclick: discard },
        say('data_households.discard'),
      ),
    ),
    el('div', { id: 'households-card' }),
  );
  desk.work.scrollTop = top;
  if (focus) first(focus, desk.work)?.focus();
  desk.page.dataset.list = `${work.list}:${work.total}`;
}

Object.assign(work, { draw, load });

export { leave, open };
