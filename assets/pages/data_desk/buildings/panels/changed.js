// What the last edit changed, who edited what, what a building was before.
import { desk, say } from '../desk.js';
import { LIFE_WORDS, SURE_WORDS, MEASURE_WORDS, nameOf } from './words.js';
import { unsigned, when } from './rulings.js';
import { el } from '../../../../shared/elements.js';
import { told } from '../../../../shared/few.js';

export function changedList() {
  const { last } = desk;
  if (!last) return [];
  const items = [];
  const reports = last.plots ? [last.plots, ...(last.plots.others || [])] : [];
  for (const c of reports) {
    items.push(
      el(
        'li',
        {},
        say('data_buildings.plots_changed', {
          community: c.community.name,
          before: c.plots_before,
          after: c.plots_after,
        }),
      ),
    );
    for (const plan of c.plans || []) {
      items.push(
        el(
          'li',
          {},
          say(plan.moved.length ? 'data_buildings.plan_moved' : 'data_buildings.plan_kept', {
            plan: plan.name,
            kept: plan.kept,
            buildings: plan.moved.length,
          }),
          plan.moved.length
            ? el(
                'ul',
                {},
                plan.moved.slice(0, 8).map((m) => el('li', {}, movedWords(m))),
              )
            : '',
        ),
      );
    }
  }
  for (const f of last.findings || [])
    items.push(el('li', { class: 'finding-warning' }, f.message || f.code));
  return [
    el(
      'section',
      { class: 'section', id: 'buildings-changed' },
      el('h3', {}, say('data_buildings.changed')),
      items.length
        ? el('ul', { class: 'finding-list' }, items)
        : el('p', { class: 'muted' }, say('data_buildings.changed_nothing')),
    ),
  ];
}

function movedWords({ building, from, to }) {
  const f = desk.features.get(building);
  const named = { building: f ? nameOf(f.p) : `#${building}`, from, to };
  return say(
    from === null
      ? 'data_buildings.moved_in'
      : to === null
        ? 'data_buildings.moved_out'
        : 'data_buildings.moved_over',
    named,
  );
}

export function logList() {
  const { log } = desk;
  if (!log?.length) return [];
  const hands = log.filter((e) => e.kind !== 'undo' && e.kind !== 'redo').slice(0, 10);
  return [
    el(
      'section',
      { class: 'section' },
      el('h3', {}, say('data_buildings.log')),
      el(
        'ol',
        { class: 'history' },
        hands.map((e) =>
          el(
            'li',
            {},
            el('span', { class: e.is_undone || e.refused ? 'undone' : '' }, e.what),
            ' ',
            el(
              'span',
              { class: 'muted' },
              [
                say('data_buildings.log_buildings', { buildings: e.buildings.length }),
                unsigned(e.made_by),
                when(e.made_at),
                e.refused
                  ? say('data_buildings.log_refused')
                  : e.is_undone
                    ? say('data_buildings.undone')
                    : '',
              ]
                .filter(Boolean)
                .join(' · '),
            ),
          ),
        ),
      ),
    ),
  ];
}

export function history(p) {
  const { counts, life } = p.history || { counts: [], life: [] };
  const rows = [...counts]
    .reverse()
    .slice(0, 12)
    .map((c) =>
      el(
        'div',
        { class: 'fact' },
        el('dt', {}, `${c.on} ${say(MEASURE_WORDS[c.measure])}`),
        el('dd', {}, el('span', { class: 'value' }, told(c.value))),
        el(
          'dd',
          { class: 'note' },
          [
            c.source,
            say(SURE_WORDS[c.confidence]),
            c.rolled_back ? say('data_buildings.rolled_back') : '',
          ]
            .filter(Boolean)
            .join(' · '),
        ),
      ),
    );
  const past = life.map((l) =>
    el(
      'div',
      { class: 'fact' },
      el('dt', {}, say(LIFE_WORDS[l.life])),
      el('dd', {}, say('data_buildings.since', { date: l.on })),
    ),
  );
  if (!rows.length && !past.length) return [];
  return [el('h3', {}, say('data_buildings.history')), el('dl', {}, rows, past)];
}
