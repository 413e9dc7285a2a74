// The panels beside the map: tools, grids with their loads, the hint, findings, saving.
import * as approval from './approval.js';
import { desk, ofApproval, say } from '../desk.js';
import * as drafts from './drafts.js';
import * as plans from '../plan.js';
import * as gestures from '../drawing/tools.js';
import {
  $,
  all as every,
  button as buttonOf,
  count,
  el,
  field as input,
  within,
} from '../../../shared/elements.js';
import { may } from '../../../shared/rights.js';

let order = { key: 'load', down: true };
const rows = new Map(); // grid → its row in the list

function attach() {
  rows.clear();
  $('planner-tools').onclick = (e) => {
    const tool = within(e, '[data-tool]')?.dataset.tool;
    if (tool) {
      desk.tools.choose(tool);
      desk.map.getContainer().focus({ preventScroll: true });
    }
  };
  $('planner-undo').onclick = () => desk.undo();
  $('planner-redo').onclick = () => desk.redo();
  const size = el('input', {
    id: 'planner-size',
    type: 'range',
    min: 0,
    max: gestures.RADII_PX.length - 1,
    step: 1,
  });
  size.oninput = () => {
    desk.tools.size = Number(size.value);
  };
  $('planner-size-holder').replaceChildren(size);
  $('planner-only').onclick = toggleOnly;
  desk.map.getContainer().tabIndex = 0;
  // Folded groups stay folded: the list of grids gets their room.
  for (const fold of /** @type {HTMLDetailsElement[]} */ (every('details[data-fold]'))) {
    const name = `getu-fold-${fold.dataset.fold}`;
    try {
      if (localStorage.getItem(name)) fold.open = localStorage.getItem(name) === 'open';
    } catch {
      /* not kept */
    }
    fold.ontoggle = () => {
      try {
        localStorage.setItem(name, fold.open ? 'open' : 'shut');
      } catch {
        /* not kept */
      }
    };
  }
}

function all() {
  heading = ''; // another plan: its own rows
  over = -1;
  drafts.draftPanel();
  approval.stagePanel();
  rebuild();
  selected();
  findings();
  status();
  toolChanged();
}

function empty() {
  $('planner-grids').replaceChildren();
  $('planner-inspector').replaceChildren(el('p', { class: 'muted' }, say('planner.no_draft')));
  drafts.draftPanel();
}

// A province, or a town of which only borders are known: nothing to redraw, and why.
function noPlots() {
  $('planner').classList.add('no-plots');
  desk.map.invalidateSize();
  document
    .querySelector('.planner-map')
    ?.append(
      el(
        'div',
        { class: 'planner-empty' },
        el('h2', {}, say('planner.no_plots')),
        el('p', {}, say('planner.no_plots_why')),
        el(
          'p',
          {},
          el('a', { href: `/data?county=${desk.county.county}` }, say('planner.no_plots_do')),
        ),
      ),
    );
}

function toolChanged() {
  for (const button of /** @type {HTMLButtonElement[]} */ (every('#planner-tools [data-tool]'))) {
    button.setAttribute('aria-pressed', String(button.dataset.tool === desk.tools.tool));
    const tool = button.dataset.tool || '';
    button.disabled = desk.choosing
      ? !desk.choosing.tools.has(tool)
      : !desk.state?.editable && tool !== 'select';
  }
  input('planner-size').value = String(desk.tools.size);
  if (desk.plan) hint();
  only();
}
const HOW = {
  select: 'planner.how_select',
  brush: 'planner.how_brush',
  lasso: 'planner.how_lasso',
  split: 'planner.how_split',
  push: 'planner.how_push',
  merge: 'planner.how_merge',
  estate: 'planner.how_estate',
  new_grid: 'planner.how_new_grid',
  dissolve: 'planner.how_dissolve',
  lock_grid: 'planner.how_lock_grid',
  lock_plot: 'planner.how_lock_plot',
};

// The filter of strokes: only plots of the grid that is chosen when it is switched on.
function toggleOnly() {
  if (desk.tools.only >= 0) desk.tools.only = -1;
  else if (desk.selected < 0) {
    desk.tell('planner.only_first');
    return;
  } else {
    desk.tools.only = desk.selected;
    desk.select(-1);
    desk.tell('planner.only_then');
  }
  only();
}
function only() {
  const button = buttonOf('planner-only');
  const on = desk.tools.only >= 0;
  button.setAttribute('aria-pressed', String(on));
  button.textContent = on
    ? say('planner.only_from', { grid: desk.plan.grids[desk.tools.only].number })
    : say('planner.only_any');
  button.disabled = !desk.state?.editable;
}

// ---- the list of grids ----

const COLUMNS = [
  { key: 'number', title: 'planner.col_number', value: (g) => desk.plan.grids[g].number },
  { key: 'load', title: 'planner.col_households', value: (g) => desk.plan.sums[g].households },
  { key: 'persons', title: 'planner.col_persons', value: (g) => desk.plan.sums[g].persons },
  { key: 'buildings', title: 'planner.col_buildings', value: (g) => desk.plan.sums[g].buildings },
];

// The list in its order. Rows are kept and moved: a town may have hundreds.
function rebuild() {
  const { plan } = desk;
  let body = $('planner-grids').querySelector('tbody');
  if (!body || heading !== JSON.stringify(order)) {
    heading = JSON.stringify(order);
    body = el('tbody', {});
    rows.clear();
    const head = el(
      'tr',
      {},
      COLUMNS.map((column) =>
        el(
          'th',
          {
            scope: 'col',
            'aria-sort':
              order.key === column.key ? (order.down ? 'descending' : 'ascending') : undefined,
          },
          el(
            'button',
            {
              onclick: () => {
                order = {
                  key: column.key,
                  down: order.key === column.key ? !order.down : column.key !== 'number',
                };
                rebuild();
              },
            },
            say(column.title),
          ),
        ),
      ),
      el('th', {}, ''),
    );
    $('planner-grids').replaceChildren(
      el('table', { class: 'grid-list' }, el('thead', {}, head), body),
    );
  }
  const shown = plan.grids.map((_, g) => g).filter((g) => plan.sums[g].plots);
  const { value } = COLUMNS.find((column) => column.key === order.key) || COLUMNS[0];
  const wrong = (g) => (plan.judge(g).over || plan.judge(g).apart ? 1 : 0);
  // Sorted by load, what is wrong stands first whatever its load is.
  shown.sort(
    (a, b) =>
      (order.key === 'load' && order.down ? wrong(b) - wrong(a) : 0) ||
      (order.down ? value(b) - value(a) : value(a) - value(b)) ||
      a - b,
  );
  const kept = new Set(shown);
  for (const [g, { line }] of rows)
    if (!kept.has(g)) {
      line.remove();
      rows.delete(g);
    }
  let before = body.firstChild;
  for (const g of shown) {
    if (rows.has(g)) fill(g);
    else row(g);
    const { line } = rows.get(g);
    if (line === before) before = line.nextSibling;
    else body.insertBefore(line, before);
  }
  totals();
}
let heading = '';

function row(g) {
  const cells = {
    number: el('td', {}),
    load: el('td', { class: 'load' }),
    persons: el('td', {}),
    buildings: el('td', {}),
    mark: el('td', { class: 'marks' }),
  };
  const bar = el('i', {});
  const words = el('span', {});
  cells.load.append(bar, words);
  const line = el(
    'tr',
    {
      tabindex: 0,
      onclick: () => choose(g),
      onkeydown: (e) => {
        if (e.key === 'Enter') choose(g);
      },
    },
    Object.values(cells),
  );
  rows.set(g, { line, cells, bar, words });
  fill(g);
}

function choose(g) {
  desk.select(desk.selected === g ? -1 : g);
}

function fill(g) {
  const found = rows.get(g);
  if (!found) return false;
  const { plan } = desk;
  const s = plan.sums[g];
  const verdict = plan.judge(g);
  const grid = plan.grids[g];
  const here = desk.selected === g;
  const now = `${grid.number} ${s.households} ${s.persons} ${s.buildings} ${verdict.over} ${verdict.pieces} ${grid.locked} ${here}`;
  if (found.now === now) return true; // writing to the page costs more than all the counting
  found.now = now;
  found.cells.number.textContent = grid.number ?? '';
  found.words.textContent = count(s.households);
  found.bar.style.width = `${Math.min(100, (100 * s.households) / plan.limit)}%`;
  found.bar.className = plans.loadClass(s.households, plan.limit, s.plots);
  found.cells.persons.textContent = count(s.persons);
  found.cells.buildings.textContent = count(s.buildings);
  const marks = [
    verdict.over || verdict.oversize
      ? `${verdict.oversize ? '◆' : '▲'} ${say('planner.over_by', { over: s.households - plan.limit })}`
      : '',
    verdict.apart ? `✂ ${say('planner.in_pieces', { pieces: verdict.pieces })}` : '',
  ];
  found.cells.mark.replaceChildren(
    marks.filter(Boolean).join(' '),
    grid.locked ? el('span', { class: 'muted' }, ` ${say('planner.locked_mark')}`) : '',
  );
  found.line.className = `${verdict.over ? 'over' : ''} ${verdict.apart ? 'apart' : ''} ${here ? 'here' : ''}`;
  return true;
}

// While a hand moves only the touched rows change; the order waits until the hand rests.
function figures(grids) {
  if (!grids) {
    if (desk.state) rebuild();
    hint();
    return;
  }
  for (const g of grids)
    if (desk.plan.sums[g] && !fill(g)) {
      rebuild();
      break;
    }
  totals();
  hint(grids);
  if (grids.has(desk.selected)) selectedFacts();
}

// Households that no building is known for: in no grid, and in no sum above.
function unplaced() {
  const here = desk.county.communities.find((c) => c.id === desk.state.community)?.unplaced || 0;
  const line = (key, households) =>
    households ? [el('span', { class: 'loud' }, `＋${say(key, { households })}`), ' '] : [];
  return [
    ...line('planner.unplaced', here),
    ...line('planner.unplaced_county', desk.county.unplaced),
  ];
}

function totals() {
  const { plan } = desk;
  let [grids, over, apart, households] = [0, 0, 0, 0];
  plan.sums.forEach((s, g) => {
    if (!s.plots) return;
    grids++;
    households += s.households;
    const verdict = plan.judge(g);
    if (verdict.over) over++;
    if (verdict.apart) apart++;
  });
  $('planner-totals').replaceChildren(
    el('b', {}, say('planner.grids_of', { grids, least: desk.state.lower_bound })),
    ' ',
    el('span', {}, say('planner.households_limit', { households, limit: plan.limit })),
    ' ',
    ...unplaced(),
    over
      ? el('span', { class: 'loud' }, `▲ ${say('planner.over_count', { over })}`)
      : el('span', { class: 'good' }, `✓ ${say('planner.over_none')}`),
    ' ',
    apart ? el('span', { class: 'loud' }, `✂ ${say('planner.apart_count', { apart })}`) : '',
  );
}

// ---- the hint at the map: what the stroke does, and the mend it offers ----

function hint(grids) {
  const box = $('planner-hint');
  const { plan, pieces } = desk;
  const lines = [];
  if (grids && plan.stroke) {
    lines.push(
      el(
        'span',
        {},
        [...grids]
          .filter((g) => plan.sums[g])
          .slice(0, 4)
          .map((g) => {
            const s = plan.sums[g];
            const over = s.households > plan.limit;
            return el(
              'span',
              { class: over ? 'hint-grid loud' : 'hint-grid' },
              `${say('planner.grid_n', { grid: plan.grids[g].number })} ${count(s.households)} / ${plan.limit} ${say('unit.households')}${over ? ' ▲' : ''}`,
            );
          }),
      ),
    );
  }
  if (over >= 0 && !plan.stroke) {
    const g = plan.gridOf[over];
    const s = plan.sums[g];
    const words = {
      grid: plan.grids[g].number,
      households: s.households,
      persons: s.persons,
      buildings: s.buildings,
      here: plan.households[over],
    };
    lines.push(el('span', { class: 'hint-grid' }, say('planner.under_pointer', words)));
  }
  if (pieces?.length) {
    const piece = pieces[0];
    const to = plan.mend(piece);
    const words = {
      buildings: piece.buildings,
      households: piece.households,
      grid: plan.grids[piece.grid].number,
    };
    lines.push(
      el(
        'span',
        { class: 'hint-cut' },
        `✂ ${say(plan.stroke ? 'planner.will_cut' : 'planner.has_cut', words)}`,
        to >= 0 && desk.state.editable
          ? el(
              'button',
              { onclick: () => mend(piece, to) },
              `${say('planner.give_to', { grid: plan.grids[to].number })} (G)`,
            )
          : '',
        pieces.length > 1
          ? el('span', { class: 'muted' }, say('planner.more_cuts', { more: pieces.length - 1 }))
          : '',
      ),
    );
  }
  // The bar is always there: a map that changes its size under the hand would be worse.
  box.replaceChildren(
    ...(lines.length
      ? lines
      : [
          el(
            'span',
            { class: 'muted' },
            say(desk.choosing ? 'planner.t_how' : HOW[desk.tools.tool]),
          ),
        ]),
  );
}

// The plot that the pointer is over: its grid's figures, and its own.
let over = -1;
function under(plot) {
  if (plot === over || !desk.plan) return;
  over = plot;
  hint();
}

function mend(piece, to) {
  const { only: before } = desk.tools;
  desk.tools.only = -1;
  desk.tools.give('mend', piece.plots, to);
  desk.tools.only = before;
}
function mendFirst() {
  const piece = desk.pieces?.[0];
  const to = piece ? desk.plan.mend(piece) : -1;
  if (to >= 0) mend(piece, to);
  else desk.tell('planner.nothing_to_mend');
}

// ---- saving ----

function status() {
  const { sync } = desk;
  if (!sync) return;
  const line = $('planner-status');
  const waiting = sync.items.length;
  line.className = sync.away ? 'loud' : '';
  line.textContent = !desk.state.editable
    ? say(may('plan') ? 'planner.reading' : 'planner.reading_only', { stage: desk.state.stage })
    : sync.unkept && waiting
      ? say('planner.not_kept', { strokes: waiting })
      : sync.away
        ? say('planner.away', { strokes: waiting })
        : waiting
          ? say('planner.saving', { strokes: waiting })
          : say('planner.saved', { version: sync.about.version });
  buttonOf('planner-undo').disabled = !desk.state.editable || !(desk.state.undo || waiting);
  buttonOf('planner-redo').disabled =
    !desk.state.editable || !(desk.state.redo || desk.redoHere.length);
}

function strokeEnded() {
  rebuild();
  hint();
  selectedFacts();
}

function changed() {
  rebuild();
  hint();
  selectedFacts();
  findings();
  status();
  approval.counts();
}

// ---- the inspector ----

function fact(label, value, unit, tone) {
  return el(
    'div',
    { class: `fact tone-${tone || 'plain'}` },
    el('dt', {}, label),
    el('dd', {}, el('span', { class: 'value' }, value), el('span', { class: 'unit' }, unit || '')),
  );
}

function selected() {
  for (const g of rows.keys()) fill(g);
  const line = rows.get(desk.selected)?.line;
  // Later: it makes the browser lay the page out at once, which the hand would feel.
  if (line) requestAnimationFrame(() => line.scrollIntoView({ block: 'nearest' }));
  selectedFacts();
}

function selectedFacts() {
  const box = $('planner-selected');
  const { plan, selected: g } = desk;
  if (g < 0 || !plan) {
    box.replaceChildren(el('p', { class: 'muted' }, say('planner.nothing_chosen')));
    return;
  }
  const s = plan.sums[g];
  const grid = plan.grids[g];
  const verdict = plan.judge(g);
  const was = grid.was;
  const change = (now, before) =>
    before === null || before === undefined || now === before
      ? ''
      : ` (${now > before ? '+' : '−'}${count(Math.abs(now - before))})`;
  box.replaceChildren(
    el('h3', {}, `${say('planner.grid_n', { grid: grid.number })} ${grid.name || ''}`),
    el('p', { class: 'muted' }, grid.is_new ? say('planner.code_new') : `${grid.code || ''}`),
    el(
      'dl',
      {},
      fact(
        say('planner.households'),
        `${count(s.households)}${change(s.households, was?.households)}`,
        `/ ${count(plan.limit)} ${say('unit.households')}`,
        verdict.over ? 'loud' : '',
      ),
      grid.judged_on && grid.households !== s.households
        ? fact(
            say('planner.judged', { on: grid.judged_on }),
            count(grid.households),
            say('unit.households'),
          )
        : '',
      fact(say('planner.persons'), count(s.persons), say('unit.persons')),
      fact(
        say('planner.buildings'),
        `${count(s.buildings)}${change(s.buildings, was?.buildings)}`,
        say('unit.buildings'),
      ),
      fact(say('planner.area'), (s.area / 1e4).toFixed(1), say('unit.hectares')),
      fact(say('planner.pieces'), count(verdict.pieces), '', verdict.apart ? 'loud' : ''),
    ),
    desk.state.editable
      ? el(
          'div',
          { class: 'row' },
          el(
            'button',
            { onclick: () => desk.lock({ grids: [g], locked: !grid.locked }) },
            say(grid.locked ? 'planner.unlock_grid' : 'planner.lock_grid'),
          ),
          el('button', { onclick: () => drafts.renameGrid(g) }, say('planner.rename')),
          el('button', { onclick: () => desk.tools.dissolve(g) }, say('planner.dissolve_this')),
        )
      : '',
  );
}

function findings() {
  const list = desk.findings || [];
  const box = $('planner-findings');
  const shown = [...list].sort((a, b) => RANK[a.severity] - RANK[b.severity]);
  box.replaceChildren(
    el(
      'h3',
      {},
      say('planner.findings', {
        errors: list.filter((f) => f.severity === 'error' && !f.waived).length,
        all: list.length,
      }),
    ),
    shown.length
      ? el('ul', { class: 'finding-list' }, shown.map(finding))
      : el('p', { class: 'good' }, `✓ ${say('planner.no_findings')}`),
  );
}
const RANK = { error: 0, warning: 1, info: 2 };
const MARK = { error: '■', warning: '▲', info: '·' };

function finding(found) {
  const g = found.grid === null ? -1 : desk.plan.grids.findIndex((grid) => grid.id === found.grid);
  const zoom = () => {
    const plots = found.plots?.length ? found.plots : g >= 0 ? desk.plan.members(g) : [];
    if (plots.length) zoomTo(plots);
    if (g >= 0) desk.select(g);
  };
  const to = found.hint ? desk.plan.grids.findIndex((grid) => grid.id === found.hint.to) : -1;
  return el(
    'li',
    { class: `finding-${found.severity} ${found.waived ? 'waived' : ''}` },
    el(
      'button',
      { class: 'finding-place', onclick: zoom },
      `${MARK[found.severity]} ${g >= 0 ? `${say('planner.grid_n', { grid: desk.plan.grids[g].number })} ` : ''}${found.message}`,
    ),
    el(
      'span',
      { class: 'row' },
      to >= 0 && desk.state.editable
        ? el(
            'button',
            { onclick: () => desk.tools.give('mend', found.hint.plots, to) },
            say('planner.give_to', { grid: desk.plan.grids[to].number }),
          )
        : '',
      ['grid_over_limit', 'grid_in_pieces'].includes(found.code) &&
        !found.waived &&
        !desk.draft.published
        ? el(
            'button',
            { ...ofApproval('approve'), onclick: () => approval.waive(found) },
            say('planner.waive'),
          )
        : '',
      found.waived ? el('span', { class: 'muted' }, say('planner.waived')) : '',
    ),
  );
}

function zoomTo(plots) {
  const b = desk.shapes.boxOf(plots);
  const [w, n] = desk.shapes.toDegrees(b[0], b[1]);
  const [e, s] = desk.shapes.toDegrees(b[2], b[3]);
  desk.map.fitBounds(
    [
      [s, w],
      [n, e],
    ],
    { animate: false, padding: [60, 60], maxZoom: 18 },
  );
}

export {
  attach,
  under,
  all,
  empty,
  noPlots,
  figures,
  status,
  strokeEnded,
  changed,
  selected,
  toolChanged,
  toggleOnly,
  mendFirst,
  fact,
  zoomTo,
};
