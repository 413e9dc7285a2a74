// 社区析置: part of a community becomes one of its own, or goes to a neighbour. Land is chosen on the
// plan in force by grid, brush, lasso or line; the server says what that means before it is done.
import { desk, reason, say } from '../desk.js';
import * as dialog from '../dialog.js';
import { call } from '../sync.js';
import { $, button, count, el, field as input, within } from '../../../shared/elements.js';

const TOOLS = new Set(['select', 'brush', 'lasso', 'split']);
let opening = false;

// ---- choosing land ----

async function begin() {
  const d = desk;
  if (d.choosing) {
    close();
    return;
  }
  const row = d.county?.communities.find((c) => c.id === d.state?.community);
  if (!row) {
    d.tell('planner.t_not_now');
    return;
  }
  if (!row.in_force) {
    d.tell('planner.t_no_plan');
    return;
  }
  if (d.state.draft !== row.in_force) {
    opening = true;
    await d.open(row.in_force, row.id, { keepView: true });
    opening = false;
  }
  if (d.state.tessellation !== row.tessellation) {
    d.notice('planner.t_new_plots');
    return;
  }
  d.choosing = { chosen: new Set(), tools: TOOLS, add, toggle, side, close };
  d.select(-1);
  d.tools.choose('select');
  $('planner-territory-open').setAttribute('aria-pressed', 'true');
  panel();
  shown();
}

function close() {
  const d = desk;
  if (!d.choosing) return;
  d.choosing = null;
  $('planner-territory')?.remove();
  $('planner-territory-open')?.setAttribute('aria-pressed', 'false');
  d.tools.choose('select');
  if (d.plan) d.live.all();
}

// Another plan or community was opened meanwhile.
function opened() {
  if (desk.choosing && !opening) close();
}

function add(plots, remove) {
  const { chosen } = desk.choosing;
  for (const p of plots) {
    if (remove) chosen.delete(p);
    else chosen.add(p);
  }
  shown();
}

// A click takes the whole grid, or gives it back.
function toggle(plot) {
  if (plot < 0) return;
  const { plan, choosing } = desk;
  const members = plan.members(plan.gridOf[plot]);
  add(
    members,
    members.every((p) => choosing.chosen.has(p)),
  );
}

// A line: the side with fewer households.
function side(of) {
  const { plan, choosing } = desk;
  /** @type {number[][]} */
  const sides = [[], []];
  for (let p = 0; p < plan.n; p++) sides[of(p) ? 1 : 0].push(p);
  const load = (plots) => plots.reduce((sum, p) => sum + plan.households[p], 0);
  if (!sides[0].length || !sides[1].length) {
    desk.tell('planner.t_line_missed');
    return;
  }
  choosing.chosen.clear();
  add(load(sides[0]) < load(sides[1]) ? sides[0] : sides[1]);
}

function shown() {
  const d = desk;
  const { chosen } = d.choosing;
  d.flagged = new Map([...chosen].map((p) => [p, true]));
  d.canvas.paintAll();
  const line = $('territory-chosen');
  if (!line) return;
  let [households, buildings] = [0, 0];
  for (const p of chosen) {
    households += d.plan.households[p];
    buildings += d.plan.buildings[p];
  }
  const grids = d.plan.grids.filter(
    (_, g) => d.plan.sums[g].plots && d.plan.members(g).every((p) => chosen.has(p)),
  ).length;
  line.textContent = chosen.size
    ? say('planner.t_chosen', { grids, buildings, households })
    : say('planner.t_choose');
  button('territory-preview').disabled = !chosen.size;
}

// ---- the panel over the map ----

function panel() {
  const d = desk;
  const { option, field } = dialog;
  const own = d.state.code.slice(0, 9);
  const others = d.county.communities.filter(
    (c) => c.id !== d.state.community && c.code.startsWith(own),
  );
  const name = field(say('planner.t_name'), el('input', { id: 'territory-name', maxlength: 60 }));
  const to = field(
    say('planner.t_to'),
    el(
      'select',
      { id: 'territory-to' },
      others.map((c) => option(c.id, c.name)),
    ),
  );
  to.hidden = true;
  const kind = el(
    'select',
    {
      id: 'territory-kind',
      onchange: (e) => {
        name.hidden = e.target.value !== 'split';
        to.hidden = !name.hidden;
      },
    },
    option('split', say('planner.t_split'), true),
    others.length ? option('border', say('planner.t_border')) : '',
  );
  const box = el(
    'form',
    { id: 'planner-territory', class: 'planner-form' },
    el('h3', {}, say('planner.t_title', { name: d.state.name })),
    el('p', { class: 'muted' }, say('planner.t_how')),
    field(say('planner.t_kind'), kind),
    name,
    to,
    el(
      'div',
      { class: 'territory-two' },
      field(
        say('planner.t_on'),
        el('input', {
          id: 'territory-on',
          type: 'date',
          value: d.county.as_of,
          max: d.county.as_of,
          required: true,
        }),
      ),
      field(say('planner.document'), el('input', { id: 'territory-document', maxlength: 80 })),
    ),
    el('p', { id: 'territory-chosen', role: 'status' }),
    el('p', { id: 'territory-said', class: 'loud', role: 'alert' }),
    el(
      'div',
      { class: 'row end' },
      el('button', { type: 'button', onclick: close }, say('planner.cancel')),
      el(
        'button',
        {
          type: 'button',
          onclick: () => {
            d.choosing.chosen.clear();
            shown();
          },
        },
        say('planner.t_clear'),
      ),
      el(
        'button',
        { type: 'submit', class: 'main', id: 'territory-preview' },
        say('planner.t_preview'),
      ),
    ),
  );
  box.onsubmit = (e) => {
    e.preventDefault();
    preview();
  };
  document.querySelector('.planner-map')?.append(box);
  box.scrollIntoView({ block: 'nearest' }); // on a phone the map is far above the button
}

/** @returns {Record<string, any>} */
function asked() {
  const d = desk;
  const kind = input('territory-kind').value;
  return {
    kind,
    community: d.state.community,
    tessellation: d.state.tessellation,
    plots: [...d.choosing.chosen].sort((a, b) => a - b),
    on: input('territory-on').value,
    document_number: input('territory-document').value.trim() || null,
    ...(kind === 'split'
      ? { name: input('territory-name').value.trim() }
      : { to: Number(input('territory-to').value) }),
  };
}

async function preview() {
  const d = desk;
  const said = $('territory-said');
  const body = asked();
  said.textContent = '';
  if (body.kind === 'split' && !body.name) {
    said.textContent = say('planner.t_name_first');
    $('territory-name').focus();
    return;
  }
  button('territory-preview').disabled = true;
  try {
    const found = await call(`/${d.county.county}/territories`, {
      method: 'POST',
      body: { ...body, preview: true },
    });
    confirm(body, found);
  } catch (error) {
    said.textContent = reason(error);
  } finally {
    button('territory-preview').disabled = false;
  }
}

const ROWS = [
  ['households', 'planner.households'],
  ['persons', 'planner.persons'],
  ['buildings', 'planner.buildings'],
  ['estates', 'planner.t_estates'],
  ['grids', 'planner.t_grids'],
  ['largest', 'planner.t_largest'],
  ['posts', 'planner.t_posts'],
  ['stations', 'planner.t_stations'],
  ['demands', 'planner.t_demands'],
];

function cell(part, key) {
  const words = {
    households:
      part.was_households === null ? '' : say('planner.t_was', { was: part.was_households }),
    grids: part.new_grids ? say('planner.t_of_new', { grids: part.new_grids }) : '',
    posts: part.vacant ? say('planner.t_vacant', { posts: part.vacant }) : '',
    demands: part.open_demands ? say('planner.t_open_demands', { demands: part.open_demands }) : '',
  };
  return el(
    'td',
    {},
    count(part[key]),
    words[key] ? el('span', { class: 'muted' }, ` ${words[key]}`) : '',
  );
}

function confirm(body, found) {
  const { ask, byField, by } = dialog;
  const title = say(found.kind === 'split' ? 'planner.t_split' : 'planner.t_border');
  const table = el(
    'table',
    { class: 'territory-parts' },
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', {}),
        found.parts.map((p) =>
          el(
            'th',
            { scope: 'col' },
            p.name,
            el(
              'div',
              { class: 'muted' },
              p.is_temporary ? say('planner.t_temporary', { code: p.code }) : p.code,
            ),
          ),
        ),
      ),
    ),
    el(
      'tbody',
      {},
      ROWS.map(([key, words]) =>
        el(
          'tr',
          {},
          el('th', { scope: 'row' }, say(words)),
          found.parts.map((p) => cell(p, key)),
        ),
      ),
    ),
  );
  const cuts = found.cuts.filter((cut) => cut.households);
  const fields = [
    el('p', {}, say('planner.t_from_day', { on: found.on })),
    table,
    cuts.length
      ? el(
          'div',
          {},
          el('p', {}, say('planner.t_cuts', { cuts: cuts.length })),
          el(
            'ul',
            { class: 'territory-cuts' },
            cuts.map((cut) =>
              el(
                'li',
                {},
                say(cut.into ? 'planner.t_cut_joins' : 'planner.t_cut_new', {
                  grid: cut.grid,
                  households: cut.households,
                  community: cut.community,
                  into: cut.into ?? '',
                }),
              ),
            ),
          ),
        )
      : el('p', { class: 'good' }, `✓ ${say('planner.t_no_cuts')}`),
    found.goes_along.length
      ? el('p', { class: 'muted' }, say('planner.t_along', { plots: found.goes_along.length }))
      : '',
    found.drafts.length
      ? el(
          'p',
          { class: 'loud' },
          say('planner.t_drafts', { names: found.drafts.map((one) => one.name).join('、') }),
        )
      : '',
    el('p', { class: 'muted' }, say('planner.t_can_take_back')),
    byField(),
  ];
  ask(title, fields, say('planner.t_do'), async (form) => {
    const done = await call(`/${desk.county.county}/territories`, {
      method: 'POST',
      body: { ...body, by: by(form) },
    });
    again(done.plan, done.communities[done.communities.length - 1]);
  }).classList.add('wide');
}

// The ground itself has changed: borders, codes, figures of every layer. The page is read anew.
function again(plan, community) {
  const address = new URL(location.href);
  if (plan) address.searchParams.set('draft', plan);
  else address.searchParams.delete('draft');
  if (community) address.searchParams.set('community', community);
  else address.searchParams.delete('community');
  location.assign(address);
}

// ---- what was done ----

const KIND = {
  split: 'planner.t_split',
  border: 'planner.t_border',
  official_code: 'planner.t_official',
};

async function record() {
  const d = desk;
  const found = await call(`/${d.county.county}/territories`);
  const names = (list) => list.map((one) => `${one.name}（${one.code}）`).join('、');
  const rows = found.changes.map((one) =>
    el(
      'li',
      {},
      el('b', {}, say(KIND[one.kind])),
      ` ${one.on} · ${names(one.from)} → ${names(one.to)}`,
      el(
        'div',
        { class: 'muted' },
        `${one.document_number ? `${one.document_number} · ` : ''}${one.by} ${one.at.slice(0, 10)}${one.taken_back_at ? ` · ${say('planner.t_taken_back', { by: one.taken_back_by, on: one.taken_back_at.slice(0, 10) })}` : ''}`,
      ),
      one.may_be_taken_back
        ? el(
            'button',
            {
              type: 'button',
              'data-take-back': one.id,
              needs: 'plan',
              onclick: () => {
                box.close();
                takeBack(one);
              },
            },
            say('planner.t_take_back'),
          )
        : '',
    ),
  );
  const waiting = found.temporary.map((one) =>
    el(
      'li',
      {},
      `${one.name} · ${say('planner.t_temporary', { code: one.code })} `,
      el(
        'button',
        {
          type: 'button',
          'data-official': one.id,
          needs: 'plan',
          onclick: () => {
            box.close();
            official(one, found.as_of);
          },
        },
        say('planner.t_enter_code'),
      ),
    ),
  );
  const box = el(
    'dialog',
    { class: 'planner-dialog wide' },
    el('h2', {}, say('planner.t_record')),
    waiting.length
      ? el(
          'div',
          {},
          el('h3', {}, say('planner.t_waiting')),
          el('ul', { class: 'history' }, waiting),
        )
      : '',
    rows.length
      ? el('ul', { class: 'history' }, rows)
      : el('p', { class: 'muted' }, say('planner.t_none')),
    el(
      'div',
      { class: 'row end' },
      el('button', { type: 'button', onclick: () => box.close() }, say('planner.close')),
    ),
  );
  box.onclose = () => box.remove();
  document.body.append(box);
  box.showModal();
}

function takeBack(one) {
  const { ask, byField, by } = dialog;
  ask(
    say('planner.t_take_back'),
    [
      el(
        'p',
        {},
        say('planner.t_take_back_words', {
          from: one.from.map((f) => f.name).join('、'),
          on: one.on,
        }),
      ),
      byField(),
    ],
    say('planner.confirm'),
    async (form) => {
      await call(`/territories/${one.id}/take-back`, { method: 'POST', body: { by: by(form) } });
      again(null, one.from[0].id);
    },
  );
}

function official(one, asOf) {
  const { ask, byField, by, field } = dialog;
  const start = one.code.slice(0, 9);
  ask(
    say('planner.t_enter_code'),
    [
      el('p', {}, say('planner.t_code_words', { name: one.name, code: one.code })),
      field(
        say('planner.t_code'),
        el('input', {
          name: 'code',
          required: true,
          pattern: `${start}[0-9]{3}`,
          maxlength: 12,
          inputmode: 'numeric',
          value: start,
          title: say('planner.t_code_form', { start }),
        }),
      ),
      field(
        say('planner.t_official_name'),
        el('input', { name: 'name', maxlength: 60, value: one.name, required: true }),
      ),
      field(
        say('planner.t_on'),
        el('input', { name: 'on', type: 'date', value: asOf, max: asOf, required: true }),
      ),
      field(say('planner.document'), el('input', { name: 'document_number', maxlength: 80 })),
      byField(),
    ],
    say('planner.confirm'),
    async (form) => {
      const body = {
        community: one.id,
        code: form.get('code'),
        name: form.get('name'),
        on: form.get('on'),
        document_number: form.get('document_number') || null,
        by: by(form),
      };
      await call(`/${desk.county.county}/official-codes`, { method: 'POST', body });
      again(null, one.id);
    },
  );
}

document.addEventListener('click', (e) => {
  if (within(e, '#planner-territory-open')) begin().catch(desk.problem);
  if (within(e, '#planner-territory-record')) record().catch(desk.problem);
});

export { opened, TOOLS };
