// The right side: the case at hand with its claims; without one, the report of the set.
import { day } from '../../../shared/clock.js';
import { changes } from './closing.js';
import {
  calledBy,
  desk,
  given,
  isOpen,
  kindOf,
  labelOf,
  nameOf,
  ofBorders,
  percent,
  say,
  sizeOf,
  stands,
} from './desk.js';
import { defer, missingGrid, rule } from './rulings.js';
import { $, count, el } from '../../../shared/elements.js';
import { sum } from '../../../shared/few.js';
import { may } from '../../../shared/rights.js';

function right() {
  const root = $('cases-one');
  const item = desk.chosen;
  if (!item) {
    root.replaceChildren(desk.data ? report() : begin(), ...(desk.data ? [legend()] : []));
    return;
  }
  const fact = (name, value, note) =>
    el(
      'div',
      { class: 'fact' },
      el('dt', {}, name),
      el(
        'dd',
        {},
        el('span', { class: 'value' }, value),
        note ? el('span', { class: 'unit' }, note) : '',
      ),
    );
  const cards = item.claims.slice(0, 3).map((claim, at) => {
    const letter = 'ABC'[at];
    const ruled = (item.to ?? (isOpen() ? null : item.proposal)) === claim.claimant;
    return el(
      'div',
      { class: `claim claim-${letter.toLowerCase()}${ruled ? ' ruled' : ''}` },
      el(
        'h3',
        {},
        el('b', { class: `case-mark case-mark-${letter.toLowerCase()}` }, letter),
        ' ',
        labelOf(claim.claimant),
        item.proposal === claim.claimant ? el('small', {}, say('data_cases.proposal')) : '',
        ofBorders()
          ? el(
              'small',
              {},
              say(
                desk.data.claimants[claim.claimant].is_stored
                  ? 'data_cases.stands'
                  : 'data_cases.brings',
              ),
            )
          : '',
      ),
      item.building === null
        ? el(
            'dl',
            {},
            fact(
              say('data_cases.border'),
              count(Math.round(claim.border_m)),
              say('data_cases.metres'),
            ),
          )
        : claim.share > 0
          ? el(
              'dl',
              {},
              fact(
                say('data_cases.share'),
                percent(claim.share),
                say('data_cases.square_metres', { m2: Math.round(claim.area_m2) }),
              ),
              fact(
                say('data_cases.of_households'),
                claim.households === null ? say('data_cases.unknown') : count(claim.households),
                say('data_cases.unit_households'),
              ),
            )
          : el(
              'dl',
              {},
              fact(
                say('data_cases.distance'),
                count(Math.round(claim.distance_m)),
                say('data_cases.metres'),
              ),
            ),
      isOpen()
        ? el(
            'button',
            {
              'data-to': claim.claimant,
              needs: 'work',
              class: ruled ? 'here' : '',
              'aria-pressed': ruled ? 'true' : 'false',
              onclick: () => rule(claim.claimant),
            },
            say('data_cases.give', { letter }),
            at < 2 ? el('kbd', {}, letter) : '',
          )
        : '',
    );
  });
  const others = desk.data.claimants
    .map((c, position) => ({ ...c, position }))
    .filter(
      (c) =>
        (ofBorders() || c.communities.includes(item.community)) &&
        !item.claims.slice(0, 3).some((one) => one.claimant === c.position),
    );
  const select = el(
    'select',
    {
      id: 'cases-other',
      'aria-label': say(ofBorders() ? 'data_cases.give_community' : 'data_cases.give_other'),
    },
    el(
      'option',
      { value: '' },
      say(ofBorders() ? 'data_cases.give_community' : 'data_cases.give_other'),
    ),
    others.map((c) =>
      el('option', { value: c.position, selected: item.to === c.position }, labelOf(c.position)),
    ),
  );
  select.onchange = () => {
    if (select.value !== '') rule(Number(select.value));
  };
  root.replaceChildren(
    el(
      'button',
      {
        class: 'close cases-close',
        'aria-label': say('data_cases.close'),
        onclick: () => desk.choose(null),
      },
      '×',
    ),
    el('p', { class: 'kicker' }, kindOf(item)),
    el('h2', {}, nameOf(item)),
    item.building === null
      ? ''
      : el(
          'p',
          { class: 'muted' },
          [
            item.community_name,
            sizeOf(item),
            say('data_cases.square_metres', { m2: Math.round(item.area_m2) }),
          ]
            .filter(Boolean)
            .join(' · '),
        ),
    ...cards,
    ...(isOpen()
      ? [
          el(
            'div',
            { class: 'claim-more' },
            others.length ? select : null,
            el(
              'button',
              {
                id: 'cases-defer',
                needs: 'work',
                'aria-pressed': item.deferred ? 'true' : 'false',
                onclick: defer,
              },
              say('data_cases.defer'),
              el('kbd', {}, 'N'),
            ),
          ),
        ]
      : []),
    isOpen() && !ofBorders() && (item.kind === 'none' || item.kind === 'partly')
      ? el(
          'button',
          {
            id: 'cases-grid',
            needs: 'work',
            title: say('data_cases.make_grid_help'),
            onclick: () => missingGrid(item),
          },
          say('data_cases.make_grid'),
        )
      : '',
    stands(item) !== 'open'
      ? el(
          'p',
          { class: 'muted', id: 'cases-ruled-by' },
          stands(item) === 'ruled' ? given(item) : say('data_cases.put_off', { by: item.by }),
        )
      : '',
    isOpen() ? el('p', { class: 'muted keys' }, say('data_cases.keys')) : '',
    legend(),
  );
}

function legend() {
  const row = (mark, key) =>
    el('li', {}, el('span', { class: `mark ${mark}` }), el('span', {}, say(key)));
  return el(
    'section',
    { class: 'section' },
    el('h3', {}, say('data_cases.legend')),
    el(
      'ul',
      { class: 'legend' },
      row('case-open', 'data_cases.open'),
      row('case-deferred', 'data_cases.deferred'),
      row('case-ruled', 'data_cases.ruled'),
      row('case-border', ofBorders() ? 'data_cases.borders_claimed' : 'data_cases.old_borders'),
    ),
  );
}

// What happens to a file, while there is none.
const begin = () =>
  el(
    'div',
    {},
    el('h2', {}, say('data_cases.title')),
    el('p', {}, say(may('work') ? 'data_cases.empty' : 'data_cases.empty_look')),
    el(
      'ol',
      { class: 'cases-steps', needs: 'work' },
      ['data_cases.step_1', 'data_cases.step_2', 'data_cases.step_3'].map((key) =>
        el('li', {}, say(key)),
      ),
    ),
  );

// What making the draft moved, or what the file says of itself before.
function report() {
  const { set } = desk.data;
  if (set.report.change) return el('div', { id: 'cases-report' }, changes(set.report.change));
  const made = set.report.draft;
  if (!made)
    return el(
      'div',
      {},
      el('h2', {}, set.name),
      el(
        'p',
        { class: 'muted' },
        say('data_cases.of_file', {
          file: set.file,
          by: set.by === '-' ? '—' : set.by,
          date: day(set.at),
        }),
      ),
      el('p', {}, say(set.cases ? 'data_cases.begin' : 'data_cases.nothing')),
    );
  return el(
    'div',
    { id: 'cases-report' },
    el('h2', {}, set.plan?.name || set.name),
    el(
      'p',
      { class: 'muted' },
      say('data_cases.made', {
        grids: made.grids,
        households: made.households,
        ruled: made.ruled,
        proposed: made.by_proposal,
      }),
    ),
    el('p', {}, say('data_cases.moved', { m2: made.area_moved_m2 })),
    ...made.communities.map((one) =>
      el(
        'section',
        { class: 'section' },
        el('h3', {}, one.name),
        el(
          'p',
          {},
          say('data_cases.community_made', {
            grids: one.grids,
            households: one.households,
            m2: one.area_moved_m2,
            plots: one.plots_cut,
          }),
        ),
        one.shared
          ? el('p', { class: 'loud' }, say('data_cases.shared', { count: one.shared }))
          : null,
        ...one.pieces.map((p) =>
          el(
            'p',
            { class: 'loud' },
            say('data_cases.in_pieces', {
              grid: calledBy(p.grid),
              pieces: p.pieces,
              buildings: p.apart.reduce((n, a) => n + a.buildings, 0),
              households: sum(p.apart.map((a) => a.households)),
            }),
          ),
        ),
      ),
    ),
    el(
      'section',
      { class: 'section' },
      el('h3', {}, say('data_cases.reassigned')),
      el(
        'table',
        { class: 'table' },
        el(
          'tbody',
          {},
          made.buildings.map((b) =>
            el(
              'tr',
              {},
              el(
                'td',
                {},
                desk.data.items.find((i) => i.building === b.building)?.label ||
                  say('data_cases.nameless', { id: b.building }),
              ),
              el('td', {}, `${b.from.map(calledBy).join(' / ') || '—'} → ${calledBy(b.to)}`),
              el('td', {}, b.by || say('data_cases.by_proposal')),
            ),
          ),
        ),
      ),
    ),
  );
}

export { right };
