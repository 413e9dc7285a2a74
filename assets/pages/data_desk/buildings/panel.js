// The panels of the building desk: tools, what is chosen as a form, what was refused and why, what
// the last edit changed, who edited what.
import * as drawing from './drawing/canvas.js';
import { desk, say } from './desk.js';
import * as homes from './households.js';
import * as scans from './scans.js';
import * as saving from './sync.js';
import * as windows from './windows.js';
import { writeAddress } from '../../../shared/address.js';
import { $, button, el, field as input, focused } from '../../../shared/elements.js';
import { pageConfig } from '../../../shared/page.js';

const LIVES = ['planned', 'building', 'delivered', 'occupied', 'demolished'];
const USES = ['dwelling', 'shop', 'public', 'dormitory', 'mixed', 'industry', 'other'];
const LIFE_WORDS = {
  planned: 'data_buildings.life_planned',
  building: 'data_buildings.life_building',
  delivered: 'data_buildings.life_delivered',
  occupied: 'data_buildings.life_occupied',
  demolished: 'data_buildings.life_demolished',
};
const USE_WORDS = {
  dwelling: 'data_buildings.use_dwelling',
  shop: 'data_buildings.use_shop',
  public: 'data_buildings.use_public',
  dormitory: 'data_buildings.use_dormitory',
  mixed: 'data_buildings.use_mixed',
  industry: 'data_buildings.use_industry',
  other: 'data_buildings.use_other',
};
const KNOWN_WORDS = {
  counted: 'data_buildings.known_counted',
  reported: 'data_buildings.known_reported',
  estimated: 'data_buildings.known_estimated',
  unknown: 'data_buildings.known_unknown',
  other: 'data_buildings.known_other',
};
const SURE_WORDS = {
  counted: 'data_buildings.sure_counted',
  reported: 'data_buildings.sure_reported',
  estimated: 'data_buildings.sure_estimated',
};
const MEASURE_WORDS = {
  resident: 'data_buildings.m_resident',
  registered: 'data_buildings.m_registered',
  rented: 'data_buildings.m_rented',
  vacant: 'data_buildings.m_vacant',
  dwellings: 'data_buildings.m_dwellings',
  persons: 'data_buildings.m_persons',
  elderly: 'data_buildings.m_elderly',
  children: 'data_buildings.m_children',
  employed: 'data_buildings.m_employed',
  floating_population: 'data_buildings.m_floating',
};
const KIND_WORDS = {
  draw: 'buildings.kind_draw',
  move: 'buildings.kind_move',
  reshape: 'buildings.kind_reshape',
  cut: 'buildings.kind_cut',
  join: 'buildings.kind_join',
  remove: 'buildings.kind_remove',
  attributes: 'buildings.kind_attributes',
  split_by_entrance: 'buildings.kind_split_by_entrance',
  import: 'buildings.kind_import',
  undo: 'buildings.kind_undo',
  redo: 'buildings.kind_redo',
};
const TOOLS = [
  ['select', 'data_buildings.t_select', 'V'],
  ['lasso', 'data_buildings.t_lasso', 'L'],
  ['draw', 'data_buildings.t_draw', 'D'],
  ['rectangle', 'data_buildings.t_rectangle', 'B'],
  ['move', 'data_buildings.t_move', 'M'],
  ['rotate', 'data_buildings.t_rotate', 'R'],
  ['reshape', 'data_buildings.t_reshape', 'E'],
  ['cut', 'data_buildings.t_cut', 'X'],
];
const HINTS = {
  select: 'data_buildings.h_select',
  lasso: 'data_buildings.h_lasso',
  draw: 'data_buildings.h_draw',
  rectangle: 'data_buildings.h_rectangle',
  move: 'data_buildings.h_move',
  rotate: 'data_buildings.h_rotate',
  reshape: 'data_buildings.h_reshape',
  cut: 'data_buildings.h_cut',
};

const nameOf = (p) =>
  p.name ||
  [p.estate, p.number].filter(Boolean).join(' ') ||
  (p.id > 0 ? say('data_buildings.unnamed', { id: String(p.id) }) : say('data_buildings.new_one'));

// ---- what stands at the left ----

function controls() {
  const d = desk;
  const button = (id, words, key, onclick) =>
    el('button', { type: 'button', id, onclick }, words, key ? el('kbd', {}, key) : '');
  const found = el('ul', { id: 'buildings-found', class: 'found-list' });
  const search = el('input', {
    id: 'buildings-find',
    type: 'search',
    placeholder: say('data_buildings.find'),
    'aria-label': say('data_buildings.find'),
    oninput: (e) => find(e.target.value),
    onkeydown: (e) => {
      if (e.key === 'Enter') {
        e.preventDefault();
        found.querySelector('button')?.click();
      }
      if (e.key === 'Escape') {
        e.target.value = '';
        find('');
      }
    },
  });
  $('buildings-work').replaceChildren(
    search,
    found,
    el('div', { id: 'buildings-tools', class: 'buildings-tools' }),
    el(
      'label',
      { class: 'row' },
      el('input', {
        type: 'checkbox',
        id: 'buildings-square',
        onchange: (e) => {
          d.tools.square = e.target.checked;
        },
      }),
      el('span', {}, say('data_buildings.square')),
      el('kbd', {}, 'Shift'),
    ),
    el(
      'div',
      { class: 'row' },
      button('buildings-undo', say('data_buildings.undo'), 'Ctrl Z', () => {
        if (!d.tools.back()) d.step('undo');
      }),
      button('buildings-redo', say('data_buildings.redo'), 'Ctrl Y', () => d.step('redo')),
    ),
    el(
      'label',
      { class: 'row' },
      el('span', { class: 'muted' }, say('data_buildings.by')),
      el('input', {
        id: 'buildings-by',
        maxlength: 60,
        value: d.by() || '',
        onchange: (e) => d.setBy(e.target.value.trim()),
      }),
    ),
    el('p', { id: 'buildings-status', role: 'status' }),
  );
  $('buildings-colours').replaceChildren(
    el(
      'label',
      { class: 'row' },
      el('span', { class: 'muted' }, say('data_buildings.colour')),
      el(
        'select',
        { id: 'buildings-colour', onchange: (e) => d.setColour(e.target.value) },
        el('option', { value: 'known' }, say('data_buildings.colour_known')),
        el('option', { value: 'life' }, say('data_buildings.colour_life')),
      ),
    ),
    el('ul', { id: 'buildings-legend', class: 'legend' }),
  );
  const file = el('input', {
    type: 'file',
    id: 'buildings-file',
    hidden: true,
    accept: '.png,.jpg,.jpeg,.tif,.tiff,.pdf,.mbtiles',
    onchange: (e) => {
      scans.upload(e.target.files[0]);
      e.target.value = '';
    },
  });
  $('buildings-pictures').replaceChildren(
    el('div', { id: 'buildings-sheets' }),
    file,
    el(
      'div',
      { class: 'row' },
      button('buildings-upload', say('data_buildings.upload'), '', () => file.click()),
      el(
        'label',
        { class: 'row' },
        el('span', { class: 'muted' }, say('data_buildings.page')),
        el('input', {
          type: 'number',
          id: 'buildings-page',
          class: 'number',
          min: 1,
          max: 9999,
          value: 1,
        }),
      ),
    ),
    el(
      'label',
      { class: 'form-field' },
      el('span', {}, say('data_buildings.shift')),
      el(
        'select',
        { id: 'buildings-shift' },
        el('option', { value: '' }, say('data_buildings.shift_none')),
        el('option', { value: 'gcj02' }, say('data_buildings.shift_gcj02')),
        el('option', { value: 'bd09' }, say('data_buildings.shift_bd09')),
      ),
    ),
    el('p', { id: 'buildings-upload-said', class: 'muted', role: 'status' }),
    el('p', { class: 'muted' }, say('data_buildings.upload_about')),
  );
  $('buildings-files').replaceChildren(
    el(
      'div',
      { class: 'row' },
      el(
        'a',
        { class: 'quiet', href: '?tab=files', 'data-keep': 'tab=files' },
        say('data_buildings.import'),
      ),
      button('buildings-export', say('data_buildings.export'), '', () => windows.download()),
    ),
  );
  writeAddress();
}

// Buildings by what people call them; the county's, not only those in view.
let asking = null;
function find(words) {
  clearTimeout(asking);
  const list = $('buildings-found');
  if (!words.trim()) {
    list.replaceChildren();
    return;
  }
  asking = setTimeout(async () => {
    try {
      const { found } = await saving.call(
        `/places/${desk.county}?q=${encodeURIComponent(words.trim())}`,
      );
      if (input('buildings-find').value.trim() !== words.trim()) return;
      list.replaceChildren(
        ...(found.length
          ? found.map((f) =>
              el(
                'li',
                {},
                el(
                  'button',
                  { type: 'button', onclick: () => desk.visit(f.id, f.lon, f.lat) },
                  el('span', {}, f.label || say('data_buildings.unnamed', { id: String(f.id) })),
                  el('small', { class: 'muted' }, f.about || ''),
                ),
              ),
            )
          : [el('li', { class: 'muted' }, say('data_buildings.find_none'))]),
      );
    } catch (error) {
      desk.problem(error);
    }
  }, 200);
}

// ---- tools ----

function tools() {
  const d = desk;
  const now = d.tools.tool;
  const many = d.selected.size;
  $('buildings-tools').replaceChildren(
    ...TOOLS.map(([tool, words, key]) =>
      el(
        'button',
        {
          type: 'button',
          'data-tool': tool,
          'aria-pressed': String(tool === now),
          onclick: () => d.tools.choose(tool),
        },
        say(words),
        el('kbd', {}, key),
      ),
    ),
    el(
      'button',
      { type: 'button', id: 'buildings-join', disabled: many < 2, onclick: () => d.join() },
      say('data_buildings.t_join'),
      el('kbd', {}, 'J'),
    ),
    el(
      'button',
      { type: 'button', id: 'buildings-remove', disabled: !many, onclick: () => d.remove() },
      say('data_buildings.t_remove'),
      el('kbd', {}, 'Del'),
    ),
  );
  button('buildings-undo').disabled = !(
    d.tools.draft ||
    d.tools.hand ||
    d.sync?.items.length ||
    d.steps?.undo
  );
  button('buildings-redo').disabled = !d.steps?.redo;
  const square = input('buildings-square');
  square.checked = d.tools.square;
  const { sync } = d;
  const waiting = sync ? sync.items.length : 0;
  const refused = sync?.kept.length || 0;
  const said = !sync
    ? ''
    : !waiting && refused
      ? say('data_buildings.to_rule', { edits: refused })
      : sync.away
        ? say('data_buildings.away', { edits: waiting })
        : waiting
          ? say('data_buildings.saving', { edits: waiting })
          : say('data_buildings.saved');
  $('buildings-status').textContent =
    sync?.unkept && waiting ? `${said} ${say('data_buildings.not_kept')}` : said;
  $('buildings-status').className = sync?.away || refused ? 'loud' : '';
}

// The line under the map: what to do next, what is measured.
function hint(t) {
  const line = $('buildings-hint');
  if (!line || desk.pinning) return;
  const m = t.measures();
  const parts = [];
  if (m?.edge) parts.push(say('data_buildings.edge', { metres: m.edge.toFixed(1) }));
  if (m?.area)
    parts.push(say('data_buildings.area', { area: m.area.toFixed(m.area < 100 ? 1 : 0) }));
  const busy =
    t.draft?.points.length ||
    (t.hand && (t.hand.kind === 'reshape' || t.hand.shift?.some(Boolean) || t.hand.angle));
  const done =
    busy && t.tool !== 'rectangle'
      ? el(
          'button',
          { type: 'button', class: 'main', id: 'buildings-done', onclick: () => t.finish() },
          say('data_buildings.done'),
        )
      : '';
  const stop = busy
    ? el(
        'button',
        {
          type: 'button',
          onclick: () => {
            t.cancel();
            if (t.tool === 'reshape') t.choose('select');
          },
        },
        say('data_buildings.cancel'),
      )
    : '';
  line.replaceChildren(
    el('span', {}, say(HINTS[t.tool])),
    el('b', {}, parts.join(' · ')),
    el('span', { id: 'buildings-under', class: 'muted' }),
    done,
    stop,
  );
}

// Under the pointer: its name and three figures.
function under(id) {
  const place = $('buildings-under');
  const f = id === null ? null : desk.features.get(id);
  if (!place) return;
  place.textContent = f
    ? [
        nameOf(f.p),
        f.p.households === null || f.p.households === undefined
          ? say('data_buildings.households_unknown')
          : say('data_buildings.households', { households: f.p.households }),
        f.p.levels ? say('data_buildings.levels', { levels: f.p.levels }) : '',
        say(LIFE_WORDS[f.p.life]),
      ]
        .filter(Boolean)
        .join(' · ')
    : '';
}

function legend() {
  const d = desk;
  const words = d.colour === 'life' ? LIFE_WORDS : KNOWN_WORDS;
  const names = d.colour === 'life' ? drawing.LIVES : drawing.KNOWN;
  $('buildings-legend').replaceChildren(
    ...names.map((name) =>
      el(
        'li',
        {},
        el('span', { class: `mark building-mark building-${name}` }),
        el('span', {}, say(words[name])),
      ),
    ),
  );
  input('buildings-colour').value = d.colour;
}

// ---- the chosen ----

function chosen() {
  const d = desk;
  tools();
  if (d.pinning) return;
  const box = $('buildings-panel');
  const list = [...d.selected].map((id) => d.features.get(id)).filter(Boolean);
  box.closest('.inspector')?.classList.toggle('of-one', list.length > 0);
  if (list.length !== 1) shown = null;
  if (!list.length) {
    box.replaceChildren(...overview());
    return;
  }
  if (list.length > 1) {
    box.replaceChildren(...several(list));
    return;
  }
  // What somebody is typing is not taken from under the hand.
  if (shown === list[0].id && box.querySelector('form[data-dirty]'))
    box.querySelector('.building-rulings')?.replaceChildren(...rulings());
  else one(list[0]);
}

function overview() {
  const d = desk;
  const seen = d.canvas._map ? d.canvas.inSight() : [];
  const counts = {};
  for (const f of seen) {
    const k = drawing.known(f.p);
    counts[k] = (counts[k] || 0) + 1;
  }
  const fact = (label, n, tone) =>
    el(
      'div',
      { class: `fact ${tone || ''}` },
      el('dt', {}, label),
      el(
        'dd',
        {},
        el('span', { class: 'value' }, n.toLocaleString('en-US')),
        el('span', { class: 'unit' }, say('unit.buildings')),
      ),
    );
  return [
    el('h2', {}, say('data_buildings.in_view')),
    el(
      'dl',
      {},
      fact(say('data_buildings.here'), seen.length),
      ...drawing.KNOWN.filter((k) => counts[k]).map((k) =>
        fact(say(KNOWN_WORDS[k]), counts[k], k === 'unknown' ? 'tone-loud' : ''),
      ),
    ),
    el('p', { class: 'muted' }, say('data_buildings.choose_one')),
    ...rulings(),
    ...changedList(),
    ...logList(),
  ];
}

function several(list) {
  const d = desk;
  const known = list.filter((f) => f.p.households !== null && f.p.households !== undefined);
  const sum = known.reduce((s, f) => s + f.p.households, 0);
  const form = el(
    'form',
    { class: 'building-form' },
    pick(
      'life',
      say('data_buildings.life'),
      LIVES.slice(0, 4).map((v) => [v, say(LIFE_WORDS[v])]),
      '',
      say('data_buildings.leave'),
    ),
    pick(
      'use',
      say('data_buildings.use'),
      USES.map((v) => [v, say(USE_WORDS[v])]),
      '',
      say('data_buildings.leave'),
    ),
    pick(
      'estate_id',
      say('data_buildings.estate'),
      d.estates.map((e) => [e.id, e.name]),
      '',
      say('data_buildings.leave'),
    ),
    el(
      'div',
      { class: 'row end' },
      el('button', { type: 'submit', class: 'main' }, say('data_buildings.save')),
    ),
  );
  form.onsubmit = (e) => {
    e.preventDefault();
    const values = {};
    for (const name of ['life', 'use', 'estate_id'])
      if (form.elements[name].value)
        values[name] =
          name === 'estate_id' ? Number(form.elements[name].value) : form.elements[name].value;
    if (Object.keys(values).length)
      d.submit(
        'attributes',
        list.map((f) => f.id),
        { values },
      );
  };
  return [
    el('h2', {}, say('data_buildings.several', { buildings: list.length })),
    el(
      'p',
      {},
      say(known.length < list.length ? 'data_buildings.sum' : 'data_buildings.sum_all', {
        households: sum,
        unknown: list.length - known.length,
      }),
    ),
    el(
      'div',
      { class: 'row' },
      el('button', { type: 'button', onclick: () => d.join() }, say('data_buildings.t_join')),
      el('button', { type: 'button', onclick: () => d.remove() }, say('data_buildings.t_remove')),
    ),
    el('h3', {}, say('data_buildings.for_all')),
    form,
    ...rulings(),
  ];
}

const field = (label, input, note) =>
  el(
    'label',
    { class: 'form-field' },
    el('span', {}, label),
    input,
    note ? el('small', { class: 'muted' }, note) : '',
  );
const text = (name, value, more) =>
  el('input', { name, value: value ?? '', maxlength: 120, autocomplete: 'off', ...more });
function pick(name, label, options, value, none) {
  const select = el(
    'select',
    { name },
    none !== undefined ? el('option', { value: '' }, none) : '',
    options.map(([v, words]) =>
      el('option', { value: v, selected: String(v) === String(value) }, words),
    ),
  );
  return field(label, select);
}
const lines = (name, values) =>
  el('textarea', { name, rows: Math.max(1, Math.min(4, values.length + 1)) }, values.join('\n'));

let shown = null; // the building whose form stands, so that a late answer does not replace another's

async function one(f) {
  const d = desk;
  const box = $('buildings-panel');
  shown = f.id;
  standing(box, f.p);
  if (typeof f.id !== 'number') return;
  try {
    const about = await saving.call(`/buildings/${d.county}/${f.id}`);
    if (shown !== f.id || !d.selected.has(f.id) || d.pinning) return;
    const p = { ...about.properties, history: about.history };
    if (!box.querySelector('form[data-dirty]')) standing(box, { ...f.p, ...p });
    else box.querySelector('.building-history')?.replaceChildren(...history(p));
  } catch (error) {
    if (!(error instanceof saving.Unreachable)) d.problem(error);
  }
}

// The form anew, with what was open still open and the same field under the hand.
function standing(box, p) {
  const [open, at] = [box.querySelector('.building-count')?.open, focused()];
  const again = box.contains(at) && at?.name ? at.name : null;
  box.replaceChildren(...formOf(p));
  if (open && box.querySelector('.building-count'))
    box.querySelector('.building-count').open = true;
  if (again) box.querySelector(`[name="${again}"]`)?.focus();
}

function formOf(p) {
  const d = desk;
  const entrances = (p.entrances || []).map((e) => ({ ...e }));
  const estates = d.estates.map((e) => [e.id, e.name]);
  const day = text('life_on', '', { type: 'date', max: '2100-01-01' });
  const dayField = field(say('data_buildings.life_on'), day);
  dayField.hidden = true;
  const life = pick(
    'life',
    say('data_buildings.life'),
    LIVES.filter((v) => v !== 'demolished' || p.life === v).map((v) => [v, say(LIFE_WORDS[v])]),
    p.life,
  );
  const lifeSelect = /** @type {HTMLSelectElement} */ (life.querySelector('select'));
  lifeSelect.addEventListener('change', () => {
    dayField.hidden = lifeSelect.value === p.life;
    if (!day.value) day.value = d.today;
  });
  const doors = el('div', { class: 'building-doors' });
  const form = el(
    'form',
    {
      class: 'building-form',
      oninput: (e) => {
        e.currentTarget.dataset.dirty = '1';
      },
    },
    field(say('data_buildings.name'), text('name', p.name)),
    el(
      'div',
      { class: 'form-pair' },
      field(say('data_buildings.number'), text('number', p.number, { maxlength: 40 })),
      field(
        say('data_buildings.levels_label'),
        text('levels', p.levels, { type: 'number', min: 1, max: 200 }),
        p.levels_estimated && p.levels ? say('data_buildings.levels_estimated') : '',
      ),
    ),
    pick(
      'estate_id',
      say('data_buildings.estate'),
      estates,
      p.estate_id,
      say('data_buildings.no_estate'),
    ),
    el(
      'div',
      { class: 'form-pair' },
      pick(
        'use',
        say('data_buildings.use'),
        USES.map((v) => [v, say(USE_WORDS[v])]),
        p.use,
      ),
      life,
    ),
    dayField,
    field(say('data_buildings.addresses'), lines('addresses', p.addresses || [])),
    field(say('data_buildings.aliases'), lines('aliases', p.aliases || [])),
    el('div', { class: 'form-field' }, el('span', {}, say('data_buildings.entrances')), doors),
    field(say('data_buildings.external_id'), text('external_id', p.external_id)),
    el(
      'div',
      { class: 'row end' },
      el(
        'button',
        { type: 'submit', class: 'main', id: 'buildings-save' },
        say('data_buildings.save'),
      ),
    ),
  );
  const drawDoors = () =>
    doors.replaceChildren(
      ...entrances.map((door, i) =>
        el(
          'div',
          { class: 'row' },
          el('input', {
            value: door.name,
            maxlength: 40,
            'aria-label': say('data_buildings.entrance_name'),
            oninput: (e) => {
              door.name = e.target.value;
            },
          }),
          el(
            'button',
            {
              type: 'button',
              title: say('data_buildings.entrance_place'),
              onclick: () =>
                d.placeDoor((point) => {
                  Object.assign(door, { point });
                  form.dataset.dirty = '1';
                  drawDoors();
                }),
            },
            door.point ? '◉' : '◎',
          ),
          el(
            'button',
            {
              type: 'button',
              title: say('data_buildings.entrance_remove'),
              onclick: () => {
                entrances.splice(i, 1);
                form.dataset.dirty = '1';
                drawDoors();
              },
            },
            '×',
          ),
        ),
      ),
      el(
        'button',
        {
          type: 'button',
          onclick: () => {
            entrances.push({
              name: say('data_buildings.entrance_nth', { n: entrances.length + 1 }),
            });
            form.dataset.dirty = '1';
            drawDoors();
          },
        },
        say('data_buildings.entrance_add'),
      ),
    );
  drawDoors();
  form.onsubmit = (e) => {
    e.preventDefault();
    save(form, p, entrances);
  };
  const households =
    p.households === null || p.households === undefined
      ? say('data_buildings.households_unknown')
      : say('data_buildings.households', { households: p.households });
  const about = [
    p.households_as_of ? say('data_buildings.as_of', { date: p.households_as_of }) : '',
    p.confidence ? say(SURE_WORDS[p.confidence]) : '',
  ]
    .filter(Boolean)
    .join(' · ');
  return [
    el(
      'button',
      {
        type: 'button',
        class: 'close',
        'aria-label': say('data_buildings.close'),
        onclick: () => d.select([]),
      },
      '×',
    ),
    el('div', { class: 'kicker' }, p.community || ''),
    el('h2', {}, nameOf(p)),
    el('p', {}, el('b', {}, households), about ? el('span', { class: 'muted' }, ` ${about}`) : ''),
    typeof p.id === 'number' ? homes.countForm(p) : '',
    el('div', { class: 'building-rulings' }, rulings()),
    form,
    typeof p.id === 'number'
      ? el(
          'div',
          { class: 'row' },
          el(
            'button',
            { type: 'button', id: 'buildings-split', onclick: () => homes.splitForm(p) },
            say('data_buildings.split'),
          ),
          el(
            'button',
            { type: 'button', onclick: () => d.remove() },
            say('data_buildings.t_remove'),
          ),
        )
      : '',
    ...changedList(),
    el('section', { class: 'section building-history' }, ...history(p)),
  ];
}

function save(form, p, entrances) {
  const d = desk;
  const values = {};
  const own = (name) => form.elements[name].value.trim();
  for (const name of ['name', 'number', 'external_id'])
    if (own(name) !== (p[name] ?? '')) values[name] = own(name) || null;
  if (own('levels') !== String(p.levels ?? ''))
    values.levels = own('levels') ? Number(own('levels')) : null;
  if (own('estate_id') !== String(p.estate_id ?? ''))
    values.estate_id = own('estate_id') ? Number(own('estate_id')) : null;
  if (own('use') !== p.use) values.use = own('use');
  if (own('life') !== p.life) {
    values.life = own('life');
    if (own('life_on')) values.life_on = own('life_on');
  }
  const list = (name) => [
    ...new Set(
      own(name)
        .split(/\n/)
        .map((v) => v.trim())
        .filter(Boolean),
    ),
  ];
  const before = (name) => (name === 'aliases' ? p.aliases || [] : p.addresses || []);
  for (const name of ['addresses', 'aliases'])
    if (JSON.stringify(list(name)) !== JSON.stringify(before(name))) values[name] = list(name);
  const doors = entrances.filter((e) => e.name.trim()).map((e) => d.doorSent(e));
  if (JSON.stringify(doors) !== JSON.stringify((p.entrances || []).map((e) => d.doorSent(e))))
    values.entrances = doors;
  if (!Object.keys(values).length) {
    d.tell('data_buildings.nothing_changed');
    return;
  }
  delete form.dataset.dirty;
  // The version that the form showed: what somebody else changed meanwhile is a conflict.
  d.submit('attributes', [p.id], { values, versions: { [p.id]: p.version } });
}

// ---- refused edits, conflicts ----

function rulings() {
  const d = desk;
  return (d.sync?.kept || []).map((item) =>
    item.why.status === 409 ? conflict(item) : refused(item),
  );
}

function refused(item) {
  const d = desk;
  const findings = item.why.body.findings || [];
  const forbids = findings.filter((f) => !f.confirmable && f.severity !== 'warning');
  const codes = findings.filter((f) => f.confirmable).map((f) => f.code);
  return el(
    'section',
    { class: 'section building-refused', role: 'alert' },
    el('h3', {}, say('data_buildings.refused', { what: say(KIND_WORDS[item.body.kind]) })),
    el(
      'ul',
      { class: 'finding-list' },
      (findings.length ? findings : [{ message: item.why.message }]).map((f) =>
        el(
          'li',
          { class: f.confirmable ? 'finding-warning' : 'finding-error' },
          el(
            'button',
            {
              type: 'button',
              class: 'finding-place',
              onclick: () => d.goTo(f.where || f.geometry),
            },
            f.message,
          ),
          f.remedy ? el('p', { class: 'muted' }, f.remedy) : '',
        ),
      ),
    ),
    el(
      'div',
      { class: 'row' },
      codes.length && !forbids.length
        ? el(
            'button',
            {
              type: 'button',
              class: 'main',
              'data-ruling': 'confirm',
              onclick: () => d.rule(item, 'confirm', codes),
            },
            say('data_buildings.confirm'),
          )
        : '',
      ['draw', 'move', 'reshape'].includes(item.body.kind) && d.editable(item)
        ? el(
            'button',
            { type: 'button', 'data-ruling': 'again', onclick: () => d.rule(item, 'again') },
            say('data_buildings.edit_again'),
          )
        : '',
      el(
        'button',
        { type: 'button', 'data-ruling': 'drop', onclick: () => d.rule(item, 'drop') },
        say('data_buildings.discard'),
      ),
    ),
  );
}

function conflict(item) {
  const d = desk;
  return el(
    'section',
    { class: 'section building-refused', role: 'alert' },
    el('h3', {}, say('data_buildings.conflict', { what: say(KIND_WORDS[item.body.kind]) })),
    el('p', {}, first(item.why.message)),
    el(
      'div',
      { class: 'row' },
      el(
        'button',
        {
          type: 'button',
          class: 'main',
          'data-ruling': 'mine',
          onclick: () => d.rule(item, 'mine'),
        },
        say('data_buildings.keep_mine'),
      ),
      el(
        'button',
        { type: 'button', 'data-ruling': 'drop', onclick: () => d.rule(item, 'drop') },
        say('data_buildings.take_theirs'),
      ),
    ),
  );
}

// Who was first: the server names what, by whom, what was done, and when (UTC).
function first(message) {
  const found = /^(.*): (.*) · (\w+) · (\d{4}-\d\d-\d\d) (\d\d:\d\d) UTC$/.exec(message || '');
  if (!found) return message;
  return say('data_buildings.first', {
    what: found[1],
    by: unsigned(found[2]),
    did: say(KIND_WORDS[found[3]] || found[3]),
    at: when(`${found[4]}T${found[5]}:00Z`),
  });
}

// Whoever gave no name is called so by the server.
const unsigned = (by) => (by === 'planner' ? say('data_buildings.unsigned') : by);
const when = (iso) =>
  iso
    ? new Date(iso).toLocaleString(pageConfig().lang === 'en' ? 'en-GB' : 'zh-CN', {
        dateStyle: 'short',
        timeStyle: 'short',
      })
    : '';

// ---- what changed ----

function changedList() {
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

function logList() {
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

function history(p) {
  const { counts, life } = p.history || { counts: [], life: [] };
  const rows = [...counts]
    .reverse()
    .slice(0, 12)
    .map((c) =>
      el(
        'div',
        { class: 'fact' },
        el('dt', {}, `${c.on} ${say(MEASURE_WORDS[c.measure])}`),
        el('dd', {}, el('span', { class: 'value' }, c.value.toLocaleString('en-US'))),
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

export const leave = () => {
  shown = null;
};
export { field, text, controls, tools, hint, under, legend, chosen, nameOf, first, unsigned };
