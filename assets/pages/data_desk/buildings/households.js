// Households of one building: said by hand, and shared out when it is split by entrance.
import { desk, say } from './desk.js';
import { field, text } from './panels/fields.js';
import { nameOf } from './panels/words.js';
import { $, el } from '../../../shared/elements.js';

// What somebody knows of this one building's households; tables of all of them are another tab.
function countForm(p) {
  const number = (name, value) => text(name, value, { type: 'number', min: 0, max: 100000 });
  const form = el(
    'form',
    {
      class: 'count-form',
      oninput: (e) => {
        e.currentTarget.dataset.dirty = '1';
      },
    },
    el(
      'div',
      { class: 'form-pair' },
      field(say('data_buildings.count_households'), number('households', p.households)),
      field(say('data_buildings.count_persons'), number('persons', p.persons)),
    ),
    field(
      say('data_buildings.count_as_of'),
      text('as_of', desk.today, { type: 'date', max: '2100-01-01' }),
    ),
    el(
      'div',
      { class: 'row end' },
      el(
        'a',
        { class: 'quiet', href: '?tab=households', 'data-keep': 'tab=households' },
        say('data_buildings.count_table'),
      ),
      el('button', { type: 'submit', class: 'main' }, say('data_buildings.count_save')),
    ),
  );
  form.onsubmit = (e) => {
    e.preventDefault();
    const given = {};
    for (const name of ['households', 'persons'])
      if (form.elements[name].value !== '' && form.elements[name].value !== String(p[name] ?? ''))
        given[name] = Number(form.elements[name].value);
    if (!Object.keys(given).length) {
      desk.tell('data_buildings.nothing_changed');
      return;
    }
    delete form.dataset.dirty;
    desk.count(p.id, {
      ...given,
      as_of: /** @type {HTMLInputElement} */ (form.elements.namedItem('as_of')).value || null,
    });
  };
  return el(
    'details',
    { class: 'building-count' },
    el(
      'summary',
      {},
      say(
        p.households === null || p.households === undefined
          ? 'data_buildings.count_first'
          : 'data_buildings.count',
      ),
    ),
    form,
  );
}

function splitForm(p) {
  const d = desk;
  if (!d.mayEdit([p.id])) return;
  const box = $('buildings-panel');
  const known = p.households !== null && p.households !== undefined;
  const names = (p.entrances || []).map((e) => e.name);
  const first = Math.max(2, names.length);
  const share = (n) =>
    Array.from({ length: n }, (_, i) => Math.floor((p.households + i) / n)).reverse();
  /** @type {{name: string, households: number | null}[]} */
  let units = share(known ? first : 0).map((households, i) => ({
    name: names[i] || say('data_buildings.entrance_nth', { n: i + 1 }),
    households,
  }));
  if (!known)
    units = Array.from({ length: first }, (_, i) => ({
      name: names[i] || say('data_buildings.entrance_nth', { n: i + 1 }),
      households: null,
    }));
  const rows = el('div', { class: 'split-rows' });
  const total = el('p', { role: 'status' });
  const send = el('button', { type: 'submit', class: 'main' }, say('data_buildings.split_do'));
  const check = () => {
    const sum = units.reduce((s, u) => s + (u.households || 0), 0);
    const wrong = known && sum !== p.households;
    total.textContent = known
      ? say(wrong ? 'data_buildings.split_wrong' : 'data_buildings.split_right', {
          sum,
          households: p.households,
        })
      : say('data_buildings.split_unknown');
    total.className = wrong ? 'loud' : 'muted';
    send.disabled = wrong || units.some((u) => !u.name.trim());
  };
  const draw = () => {
    rows.replaceChildren(
      ...units.map((unit) =>
        el(
          'div',
          { class: 'row' },
          el('input', {
            value: unit.name,
            maxlength: 40,
            'aria-label': say('data_buildings.entrance_name'),
            oninput: (e) => {
              unit.name = e.target.value;
              check();
            },
          }),
          known
            ? el('input', {
                type: 'number',
                min: 0,
                value: unit.households,
                class: 'number',
                'aria-label': say('data_buildings.split_households'),
                oninput: (e) => {
                  unit.households = Math.max(0, Math.round(Number(e.target.value) || 0));
                  check();
                },
              })
            : '',
          known ? el('span', { class: 'muted' }, say('unit.households')) : '',
        ),
      ),
    );
    check();
  };
  const count = el('input', {
    type: 'number',
    min: 2,
    max: 20,
    value: units.length,
    class: 'number',
    onchange: (e) => {
      const n = Math.max(2, Math.min(20, Math.round(Number(e.target.value) || 2)));
      const even = known ? share(n) : [];
      units = Array.from({ length: n }, (_, i) => ({
        name: units[i]?.name || say('data_buildings.entrance_nth', { n: i + 1 }),
        households: known ? even[i] : null,
      }));
      e.target.value = n;
      draw();
    },
  });
  const form = el(
    'form',
    { class: 'building-form' },
    field(say('data_buildings.split_count'), count),
    rows,
    total,
    el(
      'div',
      { class: 'row end' },
      el(
        'button',
        { type: 'button', onclick: () => desk.showChosen() },
        say('data_buildings.cancel'),
      ),
      send,
    ),
  );
  form.onsubmit = (e) => {
    e.preventDefault();
    d.submit('split_by_entrance', [p.id], {
      values: { units: units.map((u) => (known ? u : { name: u.name })) },
    });
  };
  draw();
  desk.leaveChosen();
  box.replaceChildren(
    el('h2', {}, say('data_buildings.split_title', { name: nameOf(p) })),
    el('p', { class: 'muted' }, say('data_buildings.split_about')),
    form,
  );
}

export { countForm, splitForm };
