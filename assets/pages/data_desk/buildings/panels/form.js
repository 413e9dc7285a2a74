// One building as a form, and what of it has changed.
import { desk, say } from '../desk.js';
import * as homes from '../households.js';
import { LIVES, USES, LIFE_WORDS, USE_WORDS, SURE_WORDS, nameOf } from './words.js';
import { field, text, pick, lines } from './fields.js';
import { changedList, history } from './changed.js';
import { rulings } from './rulings.js';
import { el } from '../../../../shared/elements.js';
import { may, readable } from '../../../../shared/rights.js';

export function formOf(p) {
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
        { type: 'submit', class: 'main', id: 'buildings-save', needs: 'work' },
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
              needs: 'work',
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
              needs: 'work',
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
          needs: 'work',
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
    typeof p.id === 'number' && may('work') ? homes.countForm(p) : '',
    el('div', { class: 'building-rulings' }, rulings()),
    readable(form, 'work'),
    typeof p.id === 'number'
      ? el(
          'div',
          { class: 'row', needs: 'work' },
          el(
            'button',
            {
              type: 'button',
              id: 'buildings-split',
              needs: 'work',
              onclick: () => homes.splitForm(p),
            },
            say('data_buildings.split'),
          ),
          el(
            'button',
            { type: 'button', needs: 'work', onclick: () => d.remove() },
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
