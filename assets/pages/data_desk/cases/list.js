// The left side: the sets, a new file, how far the set is, its cases as a list.
import { finish, discard, preview } from './closing.js';
import {
  by,
  call,
  desk,
  given,
  isOpen,
  keepBy,
  kindOf,
  kindsShown,
  labelOf,
  nameOf,
  ofBorders,
  percent,
  say,
  shown,
  sizeOf,
  stands,
  tell,
} from './desk.js';
import { change, undo } from './rulings.js';
import { summed } from './standing.js';
import { casesUpload } from './upload.js';
import { $, count, el, put } from '../../../shared/elements.js';
import { isNamed } from '../../../shared/page.js';
import { may } from '../../../shared/rights.js';

function left() {
  const root = $('cases-list');
  if (!desk.data) {
    root.replaceChildren(
      el('div', { class: 'cases-head' }, chooser(), upload()),
      may('work') ? '' : el('p', { class: 'muted' }, say('data_cases.brought_by')),
      el('p', { id: 'cases-told', class: 'told', role: 'status' }),
      el('div', { id: 'cases-faults', role: 'alert' }),
    );
    return;
  }
  const { set } = desk.data;
  const r = set.report;
  const sum = (name) => summed(r, name);
  put(
    root,
    el('div', { class: 'cases-head' }, chooser(), upload()),
    r.areas === undefined
      ? null
      : el(
          'p',
          { class: 'muted' },
          say('data_cases.areas', { areas: r.areas, silent: r.silent, m2: r.silent_m2 }),
        ),
    el(
      'p',
      { class: 'muted' },
      say('data_cases.sums', {
        settled: sum('settled_buildings'),
        settled_households: sum('settled_households'),
        cases: sum('case_buildings'),
        case_households: sum('case_households'),
        households: sum('households'),
      }),
    ),
    r.untouched?.length
      ? el(
          'p',
          { class: 'muted' },
          say('data_cases.untouched', {
            names: r.untouched.slice(0, 6).join('、') + (r.untouched.length > 6 ? '…' : ''),
            count: r.untouched.length,
          }),
        )
      : null,
    el('div', { id: 'cases-progress' }),
    isNamed()
      ? null
      : el('label', { class: 'field', for: 'cases-by', needs: 'work' }, say('data_cases.by')),
    isNamed()
      ? null
      : el('input', {
          id: 'cases-by',
          maxlength: 60,
          value: by(),
          autocomplete: 'name',
          disabled: !isOpen(),
          needs: 'work',
        }),
    isOpen() ? tools() : null,
    el('p', { id: 'cases-told', class: 'told', role: 'status' }),
    el('div', { id: 'cases-faults' }),
    filters(),
    el('ul', {
      id: 'cases-rows',
      role: 'listbox',
      'aria-label': say('data_cases.cases'),
      tabindex: 0,
    }),
  );
  progress();
  rows();
}

function chooser() {
  if (!desk.sets.length) return null;
  const select = el(
    'select',
    { id: 'cases-set', 'aria-label': say('data_cases.sets') },
    desk.sets.map((s) =>
      el(
        'option',
        { value: s.id, selected: desk.data?.set.id === s.id },
        `${s.name} · ${s.ruled}/${s.cases}`,
      ),
    ),
  );
  select.onchange = () => desk.open(Number(select.value));
  return select;
}

const upload = () =>
  casesUpload({
    say,
    call,
    tell,
    by,
    keepBy,
    county: desk.county,
    isFirst: () => !desk.sets.length,
    async brought(made) {
      desk.sets = (await call(`/${desk.county}`)).sets;
      await desk.open(made.set.id);
      tell(say('data_cases.brought', { cases: made.set.cases }));
    },
  });

function tools() {
  // What the list's filter shows of a kind is what "as proposed" means.
  const bulk = (kind, key) =>
    el(
      'button',
      {
        id: `cases-bulk-${kind}`,
        needs: 'work',
        onclick: () =>
          change(
            'bulk',
            { kind, of: kind === 'proposal' && desk.kind !== 'all' ? desk.kind : null },
            key,
          ),
      },
      say(key),
    );
  return el(
    'div',
    { class: 'cases-tools' },
    ...(ofBorders()
      ? []
      : [bulk('sure', 'data_cases.bulk_sure'), bulk('nearest', 'data_cases.bulk_nearest')]),
    bulk('proposal', 'data_cases.bulk_proposal'),
    el(
      'button',
      { id: 'cases-undo', needs: 'work', title: 'Ctrl+Z', onclick: undo },
      say('data_cases.undo'),
    ),
    el(
      'button',
      { id: 'cases-discard', needs: 'work', onclick: discard },
      say('data_cases.discard'),
    ),
  );
}

function filters() {
  const select = (id, value, options, set) => {
    const s = el(
      'select',
      {
        id,
        'aria-label': say(id === 'cases-filter' ? 'data_cases.filter' : 'data_cases.filter_kind'),
      },
      options.map(([v, key]) => el('option', { value: v, selected: v === value }, say(key))),
    );
    s.onchange = () => {
      set(s.value);
      rows();
    };
    return s;
  };
  return el(
    'div',
    { class: 'cases-filters' },
    select(
      'cases-filter',
      desk.filter,
      [
        ['all', 'data_cases.all'],
        ['open', 'data_cases.open'],
        ['deferred', 'data_cases.deferred'],
        ['ruled', 'data_cases.ruled'],
      ],
      (v) => {
        desk.filter = v;
      },
    ),
    select(
      'cases-kind',
      desk.kind,
      [['all', 'data_cases.all_kinds'], ...Object.entries(kindsShown())],
      (v) => {
        desk.kind = v;
      },
    ),
  );
}

function progress() {
  const { set } = desk.data;
  const box = $('cases-progress');
  const bar = el('progress', {
    max: Math.max(set.cases, 1),
    value: set.cases ? set.ruled : 1,
    'aria-label': say('data_cases.progress_label'),
  });
  const waiting = set.cases - set.ruled;
  const last = !isOpen()
    ? null
    : el(
        'button',
        {
          id: 'cases-finish',
          says: 'plan',
          class: waiting ? '' : 'main',
          onclick: () => (ofBorders() ? preview(waiting) : finish(waiting)),
        },
        ofBorders()
          ? say(waiting ? 'data_cases.preview_rest' : 'data_cases.preview', { count: waiting })
          : waiting
            ? say('data_cases.finish_rest', { count: waiting })
            : say('data_cases.finish'),
      );
  const done = set.plan
    ? el(
        'p',
        { class: 'cases-done' },
        say(ofBorders() ? 'data_cases.done_borders' : 'data_cases.done'),
        ' ',
        el(
          'a',
          {
            id: 'cases-draft',
            href: `/planner?county=${desk.county}&draft=${set.plan.id}&lang=${desk.lang}`,
          },
          set.plan.name,
        ),
      )
    : null;
  put(
    box,
    el(
      'p',
      { class: 'cases-count' },
      el('b', {}, `${count(set.ruled)} / ${count(set.cases)}`),
      ' ',
      say(ofBorders() ? 'data_cases.progress_borders' : 'data_cases.progress'),
      isOpen()
        ? set.deferred
          ? ` · ${say('data_cases.progress_deferred', { count: set.deferred })}`
          : ''
        : waiting
          ? ` · ${say('data_cases.rest_proposed', { count: waiting })}`
          : '',
    ),
    bar,
    last,
    done,
  );
  for (const option of /** @type {HTMLSelectElement | null} */ ($('cases-set'))?.options || [])
    if (Number(option.value) === set.id)
      option.textContent = `${set.name} · ${set.ruled}/${set.cases}`;
}

const MARKS = { open: '○', deferred: '◌', ruled: '●' };
function rows() {
  const list = shown();
  const box = $('cases-rows');
  box.replaceChildren(
    ...list.map((item) => {
      const state = stands(item);
      return el(
        'li',
        {
          role: 'option',
          'data-item': item.id,
          class: state,
          'aria-selected': desk.chosen?.id === item.id ? 'true' : 'false',
          onclick: () => desk.choose(item, true),
        },
        el(
          'span',
          {
            class: 'case-state',
            title: say(
              {
                open: 'data_cases.open',
                deferred: 'data_cases.deferred',
                ruled: 'data_cases.ruled',
              }[state],
            ),
          },
          MARKS[state],
        ),
        el('span', { class: 'case-name' }, nameOf(item)),
        el('span', { class: 'case-figure' }, sizeOf(item)),
        el('span', { class: 'case-claims muted' }, state === 'ruled' ? given(item) : claims(item)),
      );
    }),
  );
  if (!list.length) box.append(el('li', { class: 'muted none' }, say('data_cases.none_of_kind')));
  document
    .querySelector('#cases-rows [aria-selected="true"]')
    ?.scrollIntoView({ block: 'nearest' });
}
const claims = (item) =>
  item.building === null
    ? `${kindOf(item)} · ${item.claims
        .slice(0, 2)
        .map((one) => labelOf(one.claimant))
        .join(' / ')}`
    : item.claims
        .filter((one) => one.share > 0)
        .map((one, at) => `${'ABC'[at] || ''} ${percent(one.share)}`)
        .join(' · ') || kindOf(item);

export { left, progress, rows };
