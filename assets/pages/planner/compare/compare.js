// Two plans beside each other: maps that move together, what differs, and who goes where.
import { PlanCanvas } from '../drawing/canvas.js';
import { desk, say } from '../desk.js';
import { planChoices } from '../panels/plan_names.js';
import { boundsOf, groundOf, planOf } from '../draft/ground.js';
import { problem } from '../panels/notices.js';
import * as saving from '../sync.js';
import { $, count, el, field, within } from '../../../shared/elements.js';
import { pane } from '../../../shared/map/maps.js';

/** @type {L.Map[]} */
let maps = [];
let following = false;
const SHOWN = 200;

/** @type {[string, string, number][]} key, title, digits */
const MEASURES = [
  ['grids', 'planner.m_grids', 0],
  ['lower_bound', 'planner.m_lower_bound', 0],
  ['households', 'planner.m_households', 0],
  ['over_limit', 'planner.m_over_limit', 0],
  ['in_pieces', 'planner.m_in_pieces', 0],
  ['largest', 'planner.m_largest', 0],
  ['smallest', 'planner.m_smallest', 0],
  ['load_mean', 'planner.m_load_mean', 0],
  ['load_deviation', 'planner.m_load_deviation', 2],
  ['compactness', 'planner.m_compactness', 3],
  ['border_m', 'planner.m_border_m', 0],
  ['street_share', 'planner.m_street_share', 2],
  ['estates_split', 'planner.m_estates_split', 0],
];

async function open() {
  const { county, draft } = desk;
  if (!draft) return;
  const all = [...county.plans, ...county.drafts];
  const before =
    draft.parent ??
    county.communities.find((c) => c.id === desk.state.community)?.in_force ??
    all.find((p) => p.id !== draft.id)?.id;
  const picker = (id, chosen) => el('select', { id, onchange: load }, planChoices(chosen));
  const box = $('planner-compare');
  box.replaceChildren(
    el(
      'div',
      { class: 'compare-head' },
      el('h2', {}, say('planner.compare')),
      picker('compare-one', before),
      el('span', {}, '→'),
      picker('compare-two', draft.id),
      el('span', { class: 'muted' }, desk.state.name),
      el('button', { id: 'compare-close', onclick: close }, say('planner.close')),
    ),
    el(
      'div',
      { class: 'compare-maps' },
      ['a', 'b', 'd'].map((name) =>
        el(
          'figure',
          {},
          el('figcaption', { id: `compare-title-${name}` }),
          el('div', { id: `compare-${name}`, class: 'compare-map' }),
        ),
      ),
    ),
    el('div', { class: 'compare-tables', id: 'compare-tables' }),
  );
  box.hidden = false;
  document.body.classList.add('comparing');
  $('planner').inert = true; // neither keys nor the mouse reach what lies behind
  $('compare-close').focus();
  maps = ['a', 'b', 'd'].map((name) => {
    const map = L.map(`compare-${name}`, {
      attributionControl: false,
      zoomControl: name === 'a',
      zoomSnap: 0.5,
      maxZoom: 20,
      center: desk.map.getCenter(),
      zoom: desk.map.getZoom() - 0.5,
    });
    pane(map, 'planner', 430);
    pane(map, 'names', 420);
    map.on('move', () => follow(map));
    return map;
  });
  await load().catch(problem);
}

function follow(map) {
  if (following) return;
  following = true;
  for (const other of maps)
    if (other !== map) other.setView(map.getCenter(), map.getZoom(), { animate: false });
  following = false;
}

async function load() {
  const [a, b] = [field('compare-one').value, field('compare-two').value];
  const community = desk.state.community;
  const found = await saving.call(`/compare?a=${a}&b=${b}&community=${community}`);
  if ($('planner-compare').hidden) return;
  const here = found.communities.find((c) => c.id === community);
  $('compare-title-a').textContent = found.a.name;
  $('compare-title-b').textContent = found.b.name;
  $('compare-title-d').textContent = say('planner.difference');
  for (const map of maps)
    if (map.getuPlan) {
      map.getuPlan.remove();
      map.getuPlan = null;
    }
  if (here?.same_plots && here.a?.length) {
    const { ground, shapes } = await groundOf(here.tessellation);
    const moved = new Map((here.moved_plots || []).map((p) => [p, true]));
    for (const [i, codes] of [here.a, here.b, here.b].entries())
      draw(maps[i], ground, shapes, codes, i === 0 ? null : moved, i === 2);
    maps[0].fitBounds(boundsOf(shapes), { animate: false, padding: [14, 14] });
  } else {
    $('compare-title-d').textContent = say('planner.other_plots');
  }
  tables(found);
}

function draw(map, ground, shapes, codes, moved, quiet) {
  const names = [...new Set(codes)];
  const state = {
    limit: desk.state.limit,
    locked_plots: [],
    assignment: codes,
    grids: names.map((code) => ({
      id: code,
      code,
      number: Number(String(code).slice(-3)) || code,
      is_locked: false,
    })),
  };
  const plan = planOf(ground, state);
  const layer = new PlanCanvas();
  layer.desk = { plan, shapes, selected: -1, flagged: moved || new Map(), pieces: [], say, quiet };
  layer.show(layer.desk);
  map.addLayer(layer);
  map.getuPlan = layer;
}

function tables(found) {
  const write = (value, digits) =>
    value === null || value === undefined
      ? '—'
      : Number(value).toLocaleString('en-US', {
          maximumFractionDigits: digits,
          minimumFractionDigits: digits,
        });
  const { moved } = found;
  const rows = [...found.from_to].sort(
    (x, y) => y.households - x.households || (y.workers || 0) - (x.workers || 0),
  );
  const short = (code) => String(code ?? '—');
  const line = (r) =>
    el(
      'tr',
      {},
      el('td', {}, short(r.from)),
      el('td', {}, short(r.to)),
      el('td', {}, count(r.buildings)),
      el('td', {}, count(r.households)),
      el('td', {}, count(r.persons)),
      el('td', {}, count(r.workers)),
    );
  const body = el('tbody', {}, rows.slice(0, SHOWN).map(line));
  // The rest only when asked for: a whole county has thousands of rows.
  const rest =
    rows.length > SHOWN
      ? el(
          'button',
          {
            id: 'compare-rest',
            onclick: (e) => {
              body.append(...rows.slice(SHOWN).map(line));
              e.target.remove();
            },
          },
          say('planner.show_all_rows', { rows: rows.length }),
        )
      : '';
  const staff =
    moved.workers === null || moved.workers === undefined
      ? ''
      : el(
          'p',
          {},
          say('planner.moved_workers', { workers: moved.workers, grids: moved.unstaffed }),
        );
  $('compare-tables').replaceChildren(
    el(
      'section',
      {},
      el('h3', {}, say('planner.measures')),
      el(
        'table',
        {},
        el(
          'thead',
          {},
          el('tr', {}, el('th', {}), el('th', {}, found.a.name), el('th', {}, found.b.name)),
        ),
        el(
          'tbody',
          {},
          MEASURES.map(([key, title, digits]) =>
            el(
              'tr',
              {},
              el('th', { scope: 'row' }, say(title)),
              el('td', {}, write(found.a.measures[key], digits)),
              el('td', {}, write(found.b.measures[key], digits)),
            ),
          ),
        ),
      ),
    ),
    el(
      'section',
      {},
      el(
        'h3',
        {},
        say('planner.moved', {
          buildings: moved.buildings,
          households: moved.households,
          persons: moved.persons ?? '—',
        }),
      ),
      staff,
      rows.length
        ? el(
            'table',
            {},
            el(
              'thead',
              {},
              el(
                'tr',
                {},
                [
                  'planner.from',
                  'planner.to',
                  'planner.buildings',
                  'planner.households',
                  'planner.persons',
                  'planner.posts',
                ].map((key) => el('th', {}, say(key))),
              ),
            ),
            body,
          )
        : el('p', { class: 'muted' }, say('planner.nothing_differs')),
      rest,
    ),
  );
}

function close() {
  for (const map of maps) {
    map.getuBase = []; // names that wait to be written find no map any more
    map.remove();
  }
  maps = [];
  const box = $('planner-compare');
  box.hidden = true;
  box.replaceChildren();
  document.body.classList.remove('comparing');
  $('planner').inert = false;
  $('planner-compare-open').focus();
}

document.addEventListener('click', (e) => {
  if (within(e, '#planner-compare-open')) open().catch(problem);
});
document.addEventListener(
  'keydown',
  (e) => {
    const box = $('planner-compare');
    if (e.key === 'Escape' && box && !box.hidden) {
      e.preventDefault();
      e.stopImmediatePropagation();
      close();
    }
  },
  true,
);

export { open, close };
