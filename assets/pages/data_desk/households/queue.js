// Rows that wait for a ruling, those that were ruled, those that were placed: what each one means.
// Keys: 1–8 choose a building, Enter says it is this one, U leaves the row without one, ↑ ↓ go on.
import { beside, candidates, grouped } from './rows.js';
import { count, el, focused, put } from '../../../shared/elements.js';
import { may } from '../../../shared/rights.js';

const POLL_MS = 4000;
/** @type {Record<string, any>} what is in the list, chosen, looked for */
const Q = {
  list: 'queue',
  rows: [],
  buildings: {},
  total: 0,
  at: null,
  picked: null,
  found: [],
  undo: [],
  sought: '',
  busy: false,
  asked: 0,
  timer: null,
};
/** @type {Record<string, string>} */
const LISTS = { queue: 'queued', ruled: 'ruled', placed: 'placed' };
/** @type {any} */
let H = null;

const groups = () => grouped(Q.rows);
const current = () => groups().find((g) => g.key === Q.at);
const offered = (group) => candidates(group, Q.buildings, Q.found);

function open(desk, step) {
  H = desk;
  Object.assign(Q, {
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
  clearInterval(Q.timer);
  Q.timer = setInterval(poll, POLL_MS);
  load();
}
function leave() {
  clearInterval(Q.timer);
  document.removeEventListener('keydown', keys);
  Q.at = Q.picked = null;
}

// ---- asking ---------------------------------------------------------------------------------
async function load(more) {
  const ticket = ++Q.asked,
    upload = H.upload.id;
  try {
    const answer = await H.call(
      `/uploads/${upload}/rows?list=${LISTS[Q.list]}&offset=${more ? Q.rows.length : 0}&sought=${encodeURIComponent(Q.sought)}`,
    );
    if (ticket !== Q.asked || H.upload?.id !== upload) return;
    H.upload = answer.upload;
    Q.rows = more ? [...Q.rows, ...answer.rows] : answer.rows;
    Q.buildings = { ...Q.buildings, ...answer.buildings };
    Q.total = answer.total;
    const all = groups();
    if (!all.some((g) => g.key === Q.at))
      select(
        Q.next && all.some((g) => g.key === Q.next)
          ? Q.next
          : Q.list === 'queue'
            ? (all[0]?.key ?? null)
            : null,
      );
    else draw();
    Q.next = null;
  } catch (error) {
    H.tell(H.why(error), true);
  }
}
async function poll() {
  if (Q.busy || document.hidden || !H.upload) return;
  try {
    const head = await H.call(`/uploads/${H.upload.id}`);
    if (Q.busy || !H.upload || head.id !== H.upload.id || head.version === H.upload.version) return;
    H.tell(
      H.say(
        head.state === 'open' ? 'data_households.colleague' : 'data_households.closed_meanwhile',
      ),
      true,
    );
    if (head.state !== 'open') {
      H.close();
      H.refresh();
    } else load();
  } catch {
    /* the page says by itself that the server is away */
  }
}

async function change(path, body, group) {
  if (Q.busy || !may('work')) return null;
  Q.busy = true;
  H.page.classList.add('busy');
  try {
    const done = await H.call(`/uploads/${H.upload.id}/${path}`, {
      body: { ...body, by: H.by() || undefined, version: H.upload.version },
    });
    Q.next = beside(groups(), group?.key);
    Q.at = null;
    H.upload = done.upload;
    return done;
  } catch (error) {
    H.tell(H.why(error), true);
    return null;
  } finally {
    Q.busy = false;
    H.page.classList.remove('busy');
    await load();
    H.refresh();
  }
}
async function rule(verdict, building) {
  const group = current();
  if (!group || !may('work')) return;
  if (!H.by()) {
    H.tell(H.say('data_households.who_first'), true);
    H.work.querySelector('[name="by"]')?.focus();
    return;
  }
  const rows = group.rows.map((r) => r.id);
  const done = await change('rule', { rows, verdict, building: building ?? null }, group);
  if (!done) return;
  Q.undo.push({ rows: [rows[0]], written: group.first.written, upload: H.upload.id });
  const name = building ? Q.buildings[building]?.name : null;
  H.tell(
    [
      verdict === 'building'
        ? H.say(
            group.key.startsWith('#') ? 'data_households.is_now_once' : 'data_households.is_now',
            { written: group.first.written, name },
          )
        : H.say(
            verdict === 'unplaced' ? 'data_households.left_now' : 'data_households.not_ours_now',
            { written: group.first.written },
          ),
      done.followed ? H.say('data_households.followed', { n: done.followed }) : '',
    ].join(' '),
  );
}
async function takeBack(rows, written) {
  const done = await change('unrule', { rows }, null);
  if (done) H.tell(H.say('data_households.taken_back', { written }));
}
function undo() {
  const last = Q.undo.filter((u) => u.upload === H.upload?.id).pop();
  if (!last) {
    H.tell(H.say('data_households.nothing_to_undo'));
    return;
  }
  Q.undo.splice(Q.undo.indexOf(last), 1);
  takeBack(last.rows, last.written);
}

// ---- choosing -------------------------------------------------------------------------------
function select(key) {
  Object.assign(Q, { at: key, picked: null, found: [] });
  const group = current();
  draw();
  H.map.outline(null);
  if (!group) {
    H.map.candidates([], null);
    return;
  }
  H.map.candidates(
    offered(group).map((k) => Q.buildings[k.id]),
    null,
    true,
  );
  H.work.querySelector('.group.here')?.scrollIntoView({ block: 'nearest' });
}
function pick(_desk, building) {
  const group = current();
  if (!group) {
    H.cardOf(building.id);
    return;
  }
  Q.buildings[building.id] = building;
  Q.picked = building.id;
  const list = offered(group);
  H.map.candidates(
    list.map((k) => Q.buildings[k.id]),
    building.id,
    false,
  );
  H.map.outline(building);
  draw();
}
async function find(words) {
  if (!words.trim()) return;
  try {
    const answer = await H.call(
      `/${H.config.county}/find?sought=${encodeURIComponent(words.trim())}`,
    );
    for (const b of answer.buildings) Q.buildings[b.id] = b;
    Q.found = answer.buildings.map((b) => ({
      id: b.id,
      reason: H.say('data_households.found_by_name'),
    }));
    if (!answer.buildings.length) H.tell(H.say('data_households.none_called', { words }));
    const group = current();
    if (!group) {
      draw();
      return;
    }
    // What was looked for comes first: the eight numbers are for it.
    group.first.candidates = [...Q.found, ...group.first.candidates];
    draw();
    H.map.candidates(
      offered(group).map((k) => Q.buildings[k.id]),
      Q.picked,
      true,
    );
  } catch (error) {
    H.tell(H.why(error), true);
  }
}

function keys(event) {
  if (!H.page.isConnected || !H.upload || H.step === 'preview' || !H.sheet.hidden) return;
  if (
    (event.ctrlKey || event.metaKey) &&
    event.key.toLowerCase() === 'z' &&
    !event.target.closest?.('input, textarea, select')
  ) {
    event.preventDefault();
    undo();
    return;
  }
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    event.target.closest?.('input, textarea, select, a')
  )
    return;
  const all = groups(),
    i = all.findIndex((g) => g.key === Q.at),
    group = all[i];
  const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (step && !event.target.closest?.('.leaflet-container')) {
    const next = all[i + step] || (i < 0 ? all[0] : null);
    if (next) {
      event.preventDefault();
      select(next.key);
    }
    return;
  }
  if (!group) return;
  if (/^[1-8]$/.test(event.key)) {
    const wanted = offered(group)[Number(event.key) - 1];
    if (!wanted) return;
    event.preventDefault();
    if (Q.picked === wanted.id) rule('building', wanted.id);
    else pick(H, Q.buildings[wanted.id]);
  } else if (
    event.key === 'Enter' &&
    Q.picked !== null &&
    !event.target.closest?.('button:not([data-building])')
  ) {
    event.preventDefault();
    rule('building', Q.picked);
  } else if (event.key.toLowerCase() === 'u') {
    event.preventDefault();
    rule('unplaced');
  } else if (event.key === 'Escape') {
    Q.picked = null;
    H.map.outline(null);
    draw();
  }
}

// ---- drawing --------------------------------------------------------------------------------
function candidate(k, i) {
  const { say } = H,
    b = Q.buildings[k.id],
    at = Q.picked === k.id;
  return el(
    'li',
    {},
    el(
      'button',
      {
        type: 'button',
        class: `candidate ${at ? 'here' : ''}`,
        'data-building': k.id,
        'aria-pressed': String(at),
        onclick: () => pick(H, b),
      },
      el('span', { class: 'number-mark' }, String(i + 1)),
      el('b', {}, b.name),
      el(
        'span',
        { class: 'figure' },
        b.households === null
          ? say('data_households.no_count')
          : say('data_households.now', { n: b.households }),
      ),
      el('small', {}, [b.community, b.address, k.reason].filter(Boolean).join(' · ')),
    ),
  );
}

function details(group) {
  const { say } = H,
    row = group.first;
  const list = offered(group);
  const picked = Q.picked !== null ? Q.buildings[Q.picked] : null;
  const search = el('input', {
    type: 'search',
    maxlength: 60,
    placeholder: say('data_households.find'),
    'aria-label': say('data_households.find'),
  });
  const form = el(
    'form',
    { class: 'find' },
    search,
    el('button', { type: 'submit' }, say('data_households.find_do')),
  );
  form.onsubmit = (e) => {
    e.preventDefault();
    find(search.value);
  };
  const numbers = group.rows
    .slice(0, 12)
    .map((r) => count(r.row))
    .join('、');
  return el(
    'div',
    { class: 'details' },
    el(
      'p',
      { class: 'muted' },
      `${say('data_households.rows_of', { rows: numbers })}${group.rows.length > 12 ? '…' : ''} · ${row.how}${row.by ? ` · ${row.by} ${row.at}` : ''}`,
    ),
    list.length
      ? el('ol', { class: 'candidates' }, list.map(candidate))
      : el('p', { class: 'muted' }, say('data_households.no_candidates')),
    picked && !list.some((k) => k.id === picked.id)
      ? el('p', { class: 'picked' }, say('data_households.picked', { name: picked.name }))
      : null,
    el(
      'div',
      { class: 'buttons' },
      el(
        'button',
        {
          type: 'button',
          class: 'strong',
          disabled: !picked,
          id: 'households-confirm',
          needs: 'work',
          onclick: () => rule('building', Q.picked),
        },
        picked
          ? say('data_households.is_this', { name: picked.name })
          : say('data_households.choose_first'),
        el('kbd', {}, 'Enter'),
      ),
      el(
        'button',
        { type: 'button', id: 'households-leave', needs: 'work', onclick: () => rule('unplaced') },
        say('data_households.leave'),
        el('kbd', {}, 'U'),
      ),
      el(
        'button',
        {
          type: 'button',
          id: 'households-not-ours',
          needs: 'work',
          onclick: () => rule('not_ours'),
        },
        say('data_households.not_ours'),
      ),
      row.by
        ? el(
            'button',
            {
              type: 'button',
              class: 'take-back',
              needs: 'work',
              onclick: () => takeBack([row.id], row.written),
            },
            say('data_households.take_ruling_back'),
          )
        : null,
    ),
    form,
  );
}

function line(group) {
  const { say } = H,
    at = group.key === Q.at,
    row = group.first;
  const goes =
    row.building && Q.buildings[row.building]
      ? `→ ${Q.buildings[row.building].name}`
      : Q.list === 'ruled'
        ? `→ ${say(row.state === 'ignored' ? 'data_households.state_ignored' : 'data_households.state_unplaced')}`
        : '';
  return el(
    'li',
    { class: `group ${at ? 'here' : ''}`, 'data-key': group.key },
    el(
      'button',
      {
        type: 'button',
        class: 'group-line',
        'aria-expanded': String(at),
        onclick: () => select(at ? null : group.key),
      },
      el('b', {}, row.written),
      el(
        'span',
        { class: 'figure' },
        group.households === null
          ? say('data_households.no_count')
          : say('data_households.households', { n: group.households }),
      ),
      el(
        'small',
        {},
        [
          goes,
          group.rows.length > 1 ? say('data_households.same_name', { n: group.rows.length }) : '',
          at ? '' : row.how,
        ]
          .filter(Boolean)
          .join(' · '),
      ),
    ),
    at ? details(group) : null,
  );
}

function draw() {
  const { say } = H;
  const top = H.work.scrollTop,
    was = focused();
  const focus = was?.dataset?.building
    ? `[data-building="${was.dataset.building}"]`
    : was?.type === 'search' && was.closest('.rows-find')
      ? '.rows-find input'
      : null;
  const all = groups();
  const waits = H.upload.states.queued || 0;
  const search =
    Q.list === 'queue'
      ? null
      : el('input', {
          type: 'search',
          value: Q.sought,
          maxlength: 60,
          placeholder: say('data_households.filter'),
          'aria-label': say('data_households.filter'),
        });
  if (search)
    search.onchange = () => {
      Q.sought = search.value.trim();
      Q.at = null;
      load();
    };
  const rest = Q.total - Q.rows.length;
  put(
    H.work,
    H.head(),
    Q.list === 'queue' && !waits
      ? el(
          'div',
          { class: 'all-done' },
          el('p', { class: 'good' }, say('data_households.all_ruled')),
          el(
            'button',
            { type: 'button', class: 'strong', onclick: () => H.go('preview') },
            say('data_households.to_preview'),
          ),
        )
      : null,
    Q.list === 'queue' && waits
      ? el('p', { class: 'legend-note' }, say('data_households.queue_how'))
      : null,
    H.by() || !may('work') ? null : H.byField(),
    search ? el('div', { class: 'rows-find' }, search) : null,
    !all.length && Q.list !== 'queue'
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
      Q.undo.some((u) => u.upload === H.upload.id)
        ? el(
            'button',
            { type: 'button', id: 'households-undo', needs: 'work', onclick: undo },
            say('data_households.undo'),
            el('kbd', {}, 'Ctrl Z'),
          )
        : null,
      el('button', { type: 'button', onclick: H.close }, say('data_households.back')),
      el(
        'button',
        { type: 'button', class: 'danger', needs: 'work', onclick: H.discard },
        say('data_households.discard'),
      ),
    ),
    el('div', { id: 'households-card' }),
  );
  H.work.scrollTop = top;
  if (focus) H.work.querySelector(focus)?.focus();
  H.page.dataset.list = `${Q.list}:${Q.total}`;
}

export { open, leave, pick };
