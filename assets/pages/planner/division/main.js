// Automatic division: asks for a job, shows how far it is, candidates side by side, and draws the
// chosen one into a draft. The work is done by the server; closing the window does not stop it.
import {
  also,
  certificate,
  gridName,
  moves,
  name,
  picture,
  rows,
  sentences,
} from './candidates.js';
import { english, say, setWords } from './words.js';
import { desk } from '../desk.js';
import { pageConfig } from '../../../shared/page.js';
import { $, button, el, within } from '../../../shared/elements.js';

const POLL_MS = 500;
const KEPT = 'getu-division';
let following = null; // the job on screen
let box = null; // the window

const WHAT = {
  divide: 'division.what_divide',
  repair: 'division.what_repair',
  split: 'division.what_split',
  even: 'division.what_even',
};
const STATE = {
  waiting: 'division.state_waiting',
  running: 'division.state_running',
  done: 'division.state_done',
  cancelled: 'division.state_cancelled',
  failed: 'division.state_failed',
};

/** @param {string} path @param {{method?: string, body?: any, base?: string}} [about] */
async function call(path, { method = 'GET', body, base = '/api/division' } = {}) {
  const lang = pageConfig()?.lang || 'zh';
  const headers = { 'X-Getu': 'planner' };
  if (body) headers['Content-Type'] = 'application/json';
  const answer = await fetch(`${base}${path}?lang=${lang}`, {
    method,
    headers,
    body: body ? JSON.stringify(body) : undefined,
  });
  const said = answer.status === 204 ? null : await answer.json().catch(() => ({}));
  if (!answer.ok)
    throw Object.assign(new Error(said.error || `HTTP ${answer.status}`), {
      status: answer.status,
      body: said,
    });
  return said;
}
const by = () => localStorage.getItem('getu-by') || undefined;
const county = () => pageConfig().county;

// ---- the window ----

function show(title, ...content) {
  if (!box) {
    box = el('dialog', { class: 'division-dialog', id: 'division-dialog' });
    box.onclose = () => {
      box.remove();
      box = null;
    };
    document.body.append(box);
    box.showModal();
  }
  box.replaceChildren(el('h2', {}, title), ...content.filter(Boolean));
  return box;
}
const close = () => box?.close();
const closeButton = () => el('button', { type: 'button', onclick: close }, say('division.close'));

function ready() {
  if (!desk.state) {
    show(
      say('division.title'),
      el('p', {}, say('division.no_plan')),
      el('div', { class: 'row end' }, closeButton()),
    );
    return false;
  }
  if (desk.sync?.items.length) {
    show(
      say('division.title'),
      el('p', {}, say('division.unsaved')),
      el('div', { class: 'row end' }, closeButton()),
    );
    return false;
  }
  return true;
}

function choice(name, values, chosen, type = 'radio') {
  return values.map(([value, label]) =>
    el(
      'label',
      {},
      el('input', {
        type,
        name,
        value,
        checked: type === 'radio' ? value === chosen : chosen.includes(value),
      }),
      label,
    ),
  );
}
const DEGREES = () => [
  ['0', say('division.degree_0')],
  ['1', say('division.degree_1')],
  ['2', say('division.degree_2')],
];

function form(what) {
  if (!ready()) return;
  const { state, draft } = desk;
  const many = draft.community_rows.length;
  const field = (legend, ...content) => el('fieldset', {}, el('legend', {}, legend), ...content);
  const where = field(
    say('division.where'),
    choice(
      'where',
      [
        ['here', say('division.here', { name: state.name })],
        ...(many > 1 ? [['all', say('division.everywhere', { n: many })]] : []),
      ],
      'here',
    ),
  );
  const wishes = [
    field(
      say('division.wish'),
      choice(
        'prefer',
        [
          ['fewest', say('division.fewest')],
          ['round', say('division.round')],
          ['balanced', say('division.balanced')],
        ],
        ['fewest', 'round', 'balanced'],
        'checkbox',
      ),
      el('small', {}, say('division.wish_help')),
    ),
    field(say('division.keep_estates'), choice('keep_estates', DEGREES(), '1')),
    field(say('division.follow_streets'), choice('follow_streets', DEGREES(), '1')),
    field(
      say('division.variants'),
      choice(
        'variants',
        [
          ['1', '1'],
          ['2', '2'],
          ['3', '3'],
        ],
        '1',
      ),
    ),
  ];
  const locked = el(
    'fieldset',
    {},
    el(
      'label',
      {},
      el('input', { type: 'checkbox', name: 'keep_locked', checked: true }),
      say('division.keep_locked'),
    ),
    el('small', {}, say('division.keep_locked_help')),
  );
  const said = el('p', { class: 'loud', role: 'alert' });
  const fields = el(
    'form',
    { class: 'division-form', id: 'division-form' },
    where,
    what === 'divide' ? wishes : [],
    locked,
    said,
    el(
      'div',
      { class: 'row end' },
      closeButton(),
      el('button', { type: 'submit', class: 'main', id: 'division-start' }, say('division.start')),
    ),
  );
  fields.onsubmit = (e) => {
    e.preventDefault();
    button('division-start').disabled = true;
    const data = new FormData(fields);
    const prefer = data.getAll('prefer');
    ask(
      {
        what,
        draft: state.draft,
        communities: data.get('where') === 'all' ? [] : [state.community],
        keep_locked: data.get('keep_locked') !== null,
        ...(what === 'divide'
          ? {
              prefer: prefer.length ? prefer : undefined,
              seeds: [0, 1, 2].slice(0, Number(data.get('variants'))),
              keep_estates: Number(data.get('keep_estates')),
              follow_streets: Number(data.get('follow_streets')),
            }
          : {}),
      },
      said,
    );
  };
  show(say(WHAT[what]), fields);
}

function chosenGrid() {
  const { plan, selected } = desk;
  if (selected >= 0 && plan.grids[selected].id >= 0) return plan.grids[selected];
  show(
    say('division.title'),
    el('p', {}, say('division.choose_grid')),
    el('div', { class: 'row end' }, closeButton()),
  );
  return null;
}

function split() {
  if (!ready()) return;
  const grid = chosenGrid();
  if (!grid) return;
  const { state } = desk;
  ask({
    what: 'split',
    draft: state.draft,
    communities: [state.community],
    grids: [grid.id],
    seeds: [0, 1, 2],
  });
}

function even() {
  if (!ready()) return;
  const grid = chosenGrid();
  if (!grid) return;
  const { plan, state, selected } = desk;
  const near = new Set();
  for (const p of plan.members(selected)) {
    for (let i = plan.links.start[p]; i < plan.links.start[p + 1]; i++)
      near.add(plan.gridOf[plan.links.to[i]]);
  }
  near.delete(selected);
  if (!near.size) {
    show(
      say('division.even'),
      el('p', {}, say('division.no_neighbour')),
      el('div', { class: 'row end' }, closeButton()),
    );
    return;
  }
  const load = (g) => plan.sums[g].households;
  const sorted = [...near].sort(
    (a, b) => Math.abs(load(b) - load(selected)) - Math.abs(load(a) - load(selected)),
  );
  const said = el('p', { class: 'loud', role: 'alert' });
  show(
    say('division.even'),
    el(
      'p',
      {},
      say('division.even_with', {
        grid: gridName(grid.number, grid.id),
        households: say('division.households', { n: load(selected) }),
      }),
    ),
    el(
      'div',
      { class: 'row' },
      sorted.map((g) =>
        el(
          'button',
          {
            'data-even': plan.grids[g].id,
            onclick: () =>
              ask(
                {
                  what: 'even',
                  draft: state.draft,
                  communities: [state.community],
                  grids: [grid.id, plan.grids[g].id],
                  seeds: [0, 1, 2],
                },
                said,
              ),
          },
          `${gridName(plan.grids[g].number, plan.grids[g].id)} · ${say('division.households', { n: load(g) })}`,
        ),
      ),
    ),
    said,
    el('div', { class: 'row end' }, closeButton()),
  );
}

async function recent() {
  const { jobs } = await call(`/${county()}/jobs`);
  const line = (job) =>
    `${say(WHAT[job.request.what])} · ${say(STATE[job.state])} · ${job.by} · ${new Date(job.created_at).toLocaleString(english() ? 'en-GB' : 'zh-CN')}`;
  show(
    say('division.results').replace('…', ''),
    jobs.length
      ? el(
          'ul',
          { class: 'division-recent division-scroll' },
          jobs.map((job) =>
            el(
              'li',
              {},
              el('button', { 'data-job': job.id, onclick: () => follow(job.id) }, line(job)),
            ),
          ),
        )
      : el('p', {}, say('division.none_yet')),
    el('div', { class: 'row end' }, closeButton()),
  );
}

// ---- a job ----

async function ask(body, said) {
  try {
    const job = await call(`/${county()}/jobs`, { method: 'POST', body: { ...body, by: by() } });
    follow(job.id);
  } catch (error) {
    if ($('division-start')) button('division-start').disabled = false;
    if (said) said.textContent = error.message;
    else
      show(
        say('division.title'),
        el('p', { class: 'loud', role: 'alert' }, error.message),
        el('div', { class: 'row end' }, closeButton()),
      );
  }
}

function follow(id, { quietly = false } = {}) {
  following = id;
  sessionStorage.setItem(KEPT, JSON.stringify({ id, county: county() }));
  if (!quietly)
    show(say('division.title'), progress(id), el('div', { class: 'row end' }, closeButton()));
  $('division-progress')?.replaceChildren(progress(id));
  poll(id, quietly);
}

async function poll(id, quietly) {
  let away = false;
  while (following === id && $('division')) {
    let job = null;
    try {
      job = await call(`/jobs/${id}`);
      away = false;
    } catch (error) {
      if (error.status === 404) {
        over();
        return;
      }
      away = true;
    }
    if (following !== id) return;
    if (job && !['waiting', 'running'].includes(job.state)) {
      ended(job, quietly);
      return;
    }
    for (const node of document.querySelectorAll(
      '#division-progress .division-running, #division-dialog .division-running',
    ))
      tell(node, job);
    if ($('division-progress')) $('division-progress').hidden = false;
    await new Promise((done) => {
      setTimeout(done, away ? 2000 : POLL_MS);
    });
  }
}

// Made once and then only told anew: a button that is replaced under the hand loses the click.
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
  tell(node, { state: 'waiting', progress: 0 });
  return node;
}

/** Show how far a job is; without a job, that the server cannot be reached. */
function tell(node, job) {
  const said = node.querySelector('.division-said');
  said.classList.toggle('loud', !job);
  if (!job) {
    said.textContent = say('division.lost');
    return;
  }
  const percent = Math.round(job.progress * 100);
  said.textContent = `${percent}% · ${job.cancelling ? say('division.cancelling') : job.state === 'waiting' ? say('division.waiting') : (job.message || say('division.reading'))}`;
  const bar = node.querySelector('.division-bar');
  bar.setAttribute('aria-valuenow', percent);
  bar.firstChild.style.width = `${percent}%`;
  node.querySelector('.division-cancel').disabled = Boolean(job.cancelling);
}

async function stop(id, button) {
  button.disabled = true;
  try {
    await call(`/jobs/${id}/cancel`, { method: 'POST', body: {} });
  } catch {
    button.disabled = false; // not heard: it can be pressed again
  }
}

function over() {
  following = null;
  sessionStorage.removeItem(KEPT);
  if ($('division-progress')) $('division-progress').hidden = true;
}

function ended(job, quietly) {
  over();
  if (quietly && job.state !== 'done') return;
  if (job.state === 'done') {
    candidates(job);
    return;
  }
  show(
    say('division.title'),
    el(
      'p',
      { class: job.state === 'failed' ? 'loud' : '', role: 'status' },
      job.state === 'failed' ? job.message : say('division.cancelled'),
    ),
    el('div', { class: 'row end' }, closeButton()),
  );
}

// ---- candidates side by side ----

function candidates(job) {
  const { result } = job;
  const now = result.before;
  const shapesNow = result.communities.flatMap((c) => c.map);
  const table = el('table', { class: 'division-table' });
  table.append(
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', {}, ''),
        el('th', { scope: 'col' }, say('division.now'), picture(result, shapesNow, false)),
        result.candidates.map((c) =>
          el(
            'th',
            { scope: 'col' },
            name(result, c),
            picture(
              result,
              c.communities.flatMap((r) => r.grids),
              true,
            ),
            also(result, c),
          ),
        ),
      ),
    ),
  );
  const body = el('tbody', {});
  body.append(
    el(
      'tr',
      {},
      el('th', {}, ''),
      el('td', {}, ''),
      result.candidates.map((c, i) => el('td', {}, buttons(job, c, i))),
    ),
  );
  body.append(
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, say('division.why')),
      el('td', {}, ''),
      result.candidates.map((c) => el('td', { class: 'words' }, sentences(c))),
    ),
  );
  for (const [label, of, write, better, isLoud] of rows(result)) {
    const values = result.candidates.map((c) => of(c.measures));
    const best = better ? (better > 0 ? Math.max(...values) : Math.min(...values)) : null;
    const differ = new Set(values).size > 1;
    const cell = (m, isCandidate) =>
      el(
        'td',
        {
          class:
            isLoud && of(m) > 0
              ? 'bad'
              : isCandidate && better && differ && of(m) === best
                ? 'best'
                : '',
        },
        write(of(m), m),
      );
    body.append(
      el(
        'tr',
        {},
        el('th', { scope: 'row' }, label),
        now ? cell(now, false) : el('td', {}, ''),
        result.candidates.map((c) => cell(c.measures, true)),
      ),
    );
  }
  const least = Math.min(...result.candidates.map((c) => c.moved ?? Infinity));
  const differ = new Set(result.candidates.map((c) => c.moved)).size > 1;
  body.append(
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, say('division.moved')),
      el('td', {}, ''),
      result.candidates.map((c) =>
        el(
          'td',
          { class: differ && c.moved === least ? 'best' : '' },
          c.moved === null ? '—' : say('division.households', { n: c.moved }),
        ),
      ),
    ),
  );
  body.append(
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, say('division.changed')),
      el('td', {}, ''),
      result.candidates.map((c) =>
        el(
          'td',
          {},
          say('division.households_buildings', { n: c.changed, b: c.changed_buildings }),
        ),
      ),
    ),
  );
  body.append(
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, say('division.certificate')),
      el('td', {}, ''),
      result.candidates.map((c) => el('td', { class: 'words' }, certificate(c))),
    ),
  );
  body.append(
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, say('division.moves')),
      el('td', {}, ''),
      result.candidates.map((c) => el('td', { class: 'words' }, moves(result, c))),
    ),
  );
  table.append(body);
  const title =
    result.communities.length === 1
      ? `${say(WHAT[result.what])} · ${result.communities[0].name}`
      : say(WHAT[result.what]);
  const unhurt =
    result.what === 'repair' && result.candidates.every((c) => !c.changed_buildings && !c.changed);
  show(
    title,
    unhurt ? el('p', { class: 'good' }, say('division.nothing_wrong')) : null,
    el('div', { class: 'division-scroll' }, table),
    el(
      'p',
      { class: 'division-note' },
      `${say('division.done_in', { candidates: result.candidates.length, seconds: job.seconds })} ${say('division.legend')}`,
    ),
    el('p', { class: 'loud', role: 'alert', id: 'division-said' }),
    el(
      'div',
      { class: 'row end' },
      ['divide', 'repair'].includes(result.what)
        ? el(
            'button',
            { type: 'button', needs: 'plan', onclick: () => form(result.what) },
            say('division.again'),
          )
        : '',
      closeButton(),
    ),
  );
}

function buttons(job, candidate, index) {
  const same = candidate.communities.every((row) => row.grids.every((grid) => !grid.changed));
  if (same) return el('span', { class: 'muted' }, say('division.unchanged'));
  const { draft, state } = desk;
  const here = state?.editable && draft?.id === job.result.draft;
  return el(
    'div',
    { class: 'row' },
    here
      ? el(
          'button',
          {
            class: 'main',
            'data-choose': index,
            needs: 'plan',
            onclick: (e) => choose(e.target, job, index, false),
          },
          say('division.choose'),
        )
      : '',
    el(
      'button',
      {
        class: here ? '' : 'main',
        'data-choose-new': index,
        needs: 'plan',
        onclick: (e) => choose(e.target, job, index, true),
      },
      say('division.choose_new'),
    ),
  );
}

// ---- the choice ----

async function choose(_button, job, index, anew) {
  const { result } = job;
  const said = $('division-said');
  const community =
    result.communities.find((c) => c.id === desk.state?.community)?.id ?? result.communities[0].id;
  for (const one of box.querySelectorAll('[data-choose], [data-choose-new]')) one.disabled = true;
  try {
    let { draft } = result;
    if (anew) {
      const title = say('division.new_draft', { wish: name(result, result.candidates[index]) });
      const from =
        draft === null
          ? { kind: result.communities.some((c) => c.plan !== null) ? 'in_force' : 'empty' }
          : { kind: 'plan', plan: draft };
      draft = (
        await call(`/${county()}/drafts`, {
          method: 'POST',
          base: '/api/planner',
          body: { name: title, by: by(), source: from, communities: null },
        })
      ).id;
    }
    const token = crypto.randomUUID ? crypto.randomUUID() : String(Math.random()).slice(2);
    const answer = await call(`/jobs/${job.id}/choice`, {
      method: 'POST',
      body: { candidate: index, draft, by: by(), token },
    });
    close();
    await desk.refresh();
    await desk.open(draft, community, { keepView: true });
    told(say('division.chosen', { communities: answer.changes.length }));
  } catch (error) {
    if (error.status === 409 && error.body.branch) {
      close();
      await desk.refresh();
      await desk.open(error.body.branch, community, { keepView: true });
      told(say('division.branched', { why: error.message }));
      return;
    }
    for (const one of box.querySelectorAll('[data-choose], [data-choose-new]'))
      one.disabled = false;
    said.textContent = error.message;
  }
}

// One line at the map, as the desk's own gestures say theirs.
function told(sentence) {
  const line = $('planner-told');
  line.textContent = sentence;
  line.hidden = false;
  setTimeout(() => {
    if (line.textContent === sentence) line.hidden = true;
  }, 8000);
}

const ACTIONS = {
  divide: () => form('divide'),
  repair: () => form('repair'),
  split,
  even,
  results: recent,
};
document.addEventListener('click', (e) => {
  const action = within(e, '[data-division]')?.dataset.division;
  if (!action || !desk.county) return;
  setWords($('division').dataset.words);
  Promise.resolve(ACTIONS[action]()).catch((error) =>
    show(
      say('division.title'),
      el('p', { class: 'loud', role: 'alert' }, error.message),
      el('div', { class: 'row end' }, closeButton()),
    ),
  );
});

// A page that was loaded anew goes on with the job that it was following.
setInterval(() => {
  const panel = $('division');
  if (!panel || panel.dataset.met || !desk.state) return;
  panel.dataset.met = 'yes';
  setWords(panel.dataset.words);
  const kept = JSON.parse(sessionStorage.getItem(KEPT) || 'null');
  if (kept && kept.county === county() && !following) follow(kept.id, { quietly: true });
}, 700);
