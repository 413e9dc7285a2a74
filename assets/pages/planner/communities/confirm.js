// What a change of borders would mean, as the server says it, and whether it is to be done.
import { readAnew } from './again.js';
import { desk, say } from '../desk.js';
import { ask, by, byField } from '../dialog.js';
import { call } from '../sync.js';
import { count, el } from '../../../shared/elements.js';

/** @type {[key: string, words: string][]} */
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

/** @param {any} part a community, as it would be @param {string} key */
function cell(part, key) {
  /** @type {Record<string, string>} */
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

// The communities beside each other, figure by figure.
/** @param {any} found */
function partsOf(found) {
  /** @type {any[]} */
  const parts = found.parts;
  return el(
    'table',
    { class: 'territory-parts' },
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', {}),
        parts.map((p) =>
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
          parts.map((p) => cell(p, key)),
        ),
      ),
    ),
  );
}

// The grids that the new border cuts.
/** @param {any} found */
function cutsOf(found) {
  /** @type {any[]} */
  const all = found.cuts;
  const cuts = all.filter((cut) => cut.households);
  return cuts.length
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
    : el('p', { class: 'good' }, `✓ ${say('planner.t_no_cuts')}`);
}

/** @param {Record<string, any>} body what was asked @param {any} found */
function confirm(body, found) {
  const title = say(found.kind === 'split' ? 'planner.t_split' : 'planner.t_border');
  const fields = [
    el('p', {}, say('planner.t_from_day', { on: found.on })),
    partsOf(found),
    cutsOf(found),
    found.goes_along.length
      ? el('p', { class: 'muted' }, say('planner.t_along', { plots: found.goes_along.length }))
      : '',
    found.drafts.length
      ? el(
          'p',
          { class: 'loud' },
          say('planner.t_drafts', {
            names: found.drafts.map((/** @type {any} */ one) => one.name).join('、'),
          }),
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
    readAnew(done.plan, done.communities[done.communities.length - 1]);
  }).classList.add('wide');
}

export { confirm };
