// The list of grids with their loads, and the sums under it.
import { countHere } from '../panels/drafts.js';
import { desk, say } from '../desk.js';
import { inOrder, turned } from './order.js';
import { loadClass } from '../plan/load.js';
import { $, count, el } from '../../../shared/elements.js';
import { joins, oneStop } from '../../../shared/one_stop.js';

/** @type {[import('./order.js').Key, string][]} */
const COLUMNS = [
  ['number', 'planner.col_number'],
  ['load', 'planner.col_households'],
  ['persons', 'planner.col_persons'],
  ['buildings', 'planner.col_buildings'],
];
/** @type {import('./order.js').Order} */
let order = { key: 'load', down: true };
/** @type {import('./order.js').Order | null} */
let headed = null; // the order that the head of the table says; null: another plan's
/**
 * @type {Map<number, {line: HTMLElement, cells: Record<string, HTMLElement>, bar: HTMLElement,
 *   words: HTMLElement, now?: string}>} a grid's row in the list; now: what it says
 */
const rows = new Map();

// Another plan: its own rows.
function forget() {
  headed = null;
  rows.clear();
}

function head() {
  const sort = (key) => (order.key === key ? (order.down ? 'descending' : 'ascending') : undefined);
  const turn = (key) => {
    order = turned(order, key);
    rebuild();
  };
  return el(
    'tr',
    {},
    COLUMNS.map(([key, title]) =>
      el(
        'th',
        { scope: 'col', 'aria-sort': sort(key) },
        el('button', { onclick: () => turn(key) }, say(title)),
      ),
    ),
    el('th', {}, ''),
  );
}

// The list in its order. Rows are kept and moved: a town may have hundreds.
function rebuild() {
  const { plan } = desk;
  let body = $('planner-grids').querySelector('tbody');
  if (!body || headed !== order) {
    headed = order;
    body = el('tbody', {});
    oneStop(body, 'tr');
    rows.clear();
    $('planner-grids').replaceChildren(
      el('table', { class: 'grid-list' }, el('thead', {}, head()), body),
    );
  }
  const shown = inOrder(plan, order);
  const kept = new Set(shown);
  for (const [g, { line }] of rows)
    if (!kept.has(g)) {
      line.remove();
      rows.delete(g);
    }
  let before = body.firstChild;
  for (const g of shown) {
    const { line } = rows.get(g) ?? row(g);
    fill(g);
    if (line === before) before = line.nextSibling;
    else body.insertBefore(line, before);
    if (!line.hasAttribute('tabindex')) joins(body, line);
  }
  totals();
}

/** @param {number} g */
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
      onclick: () => choose(g),
      onkeydown: (e) => {
        if (e.key === 'Enter') choose(g);
      },
    },
    Object.values(cells),
  );
  const made = { line, cells, bar, words };
  rows.set(g, made);
  return made;
}

/** @param {number} g */
function choose(g) {
  desk.select(desk.selected === g ? -1 : g);
}

// Say a grid's figures anew; false where the list has no row of it.
/** @param {number} g */
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
  found.cells.number.textContent = String(grid.number ?? '');
  found.words.textContent = count(s.households);
  found.bar.style.width = `${Math.min(100, (100 * s.households) / plan.limit)}%`;
  found.bar.className = loadClass(s.households, plan.limit, s.plots);
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
/** @param {Set<number>} grids */
function refill(grids) {
  for (const g of grids)
    if (desk.plan.sums[g] && !fill(g)) {
      rebuild();
      return;
    }
  totals();
}

// Mark the row of the grid that is chosen, and bring it into sight.
function mark() {
  for (const g of rows.keys()) fill(g);
  const line = rows.get(desk.selected)?.line;
  // Later: it makes the browser lay the page out at once, which the hand would feel.
  if (line) requestAnimationFrame(() => line.scrollIntoView({ block: 'nearest' }));
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
  countHere(grids, over);
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

export { forget, mark, rebuild, refill };
