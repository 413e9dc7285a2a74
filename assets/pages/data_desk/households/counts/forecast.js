// Estates under construction: which month brings how many households, which grids they fill.
import { by, byField, call, desk, say, tell, why } from '../desk.js';
import { $, count, el, put } from '../../../../shared/elements.js';
import { may } from '../../../../shared/rights.js';

const LIVES = {
  planned: 'data_households.life_planned',
  building: 'data_households.life_building',
  delivered: 'data_households.life_delivered',
  occupied: 'data_households.life_occupied',
};
let found = null;

const gridName = (g) => (g.name.startsWith(g.community) ? g.name : `${g.community} ${g.name}`);

function month(m) {
  return el(
    'li',
    {},
    el('b', {}, m.month),
    el(
      'ul',
      {},
      m.estates.map((e) =>
        el(
          'li',
          {},
          may('work')
            ? el(
                'button',
                {
                  type: 'button',
                  class: 'row-button',
                  'data-estate': e.id,
                  onclick: () => edit(e.id),
                },
                e.name,
              )
            : e.name,
          ` ${say('data_households.brings', { n: e.brings })}`,
          e.late ? el('small', { class: 'loud' }, say('data_households.late', { on: e.on })) : null,
        ),
      ),
    ),
    el(
      'ul',
      { class: 'fills' },
      m.grids.map((g) =>
        el(
          'li',
          {},
          el(
            'button',
            {
              type: 'button',
              class: 'row-button',
              'data-grid': g.id,
              onclick: () => desk.map.grid(g.id),
            },
            gridName(g),
          ),
          ` ${count(g.before)} → ${count(g.after)} `,
          g.over
            ? el(
                'span',
                { class: 'loud' },
                say('data_households.will_exceed', { limit: found.limit }),
              )
            : say('data_households.unit'),
        ),
      ),
    ),
    m.nowhere
      ? el('small', { class: 'muted' }, say('data_households.nowhere', { n: m.nowhere }))
      : null,
  );
}

function draw() {
  const holder = $('households-forecast');
  if (!holder || !found) return;
  put(
    holder,
    el('h3', {}, say('data_households.forecast')),
    found.months.length
      ? el(
          'ol',
          { class: 'months-ahead' },
          found.months.map((m) => month(m)),
        )
      : el('p', { class: 'muted' }, say('data_households.no_forecast')),
    el(
      'button',
      { type: 'button', id: 'households-expect', needs: 'work', onclick: () => edit(null) },
      say('data_households.expect'),
    ),
    el('div', { id: 'households-estate' }),
  );
}

function edit(id) {
  const holder = $('households-estate');
  const open = found.estates.filter((e) => e.life !== 'demolished');
  const choice = el(
    'select',
    { name: 'estate', required: true },
    el('option', { value: '' }, '—'),
    open.map((e) =>
      el('option', { value: e.id, selected: e.id === id }, `${e.community || ''} ${e.name}`),
    ),
  );
  const households = el('input', {
    type: 'number',
    name: 'households',
    min: 1,
    max: 100000,
    step: 1,
  });
  const when = el('input', { type: 'date', name: 'on' });
  const life = el(
    'select',
    { name: 'life' },
    Object.entries(LIVES).map(([key, label]) => el('option', { value: key }, say(label))),
  );
  const fill = () => {
    const e = open.find((one) => one.id === Number(choice.value));
    households.value = e?.households ?? '';
    when.value = e?.on ?? '';
    life.value = e?.life === 'occupied' && id === null ? 'building' : (e?.life ?? 'building');
  };
  choice.onchange = fill;
  const says = el('p', { class: 'says', role: 'alert' });
  const line = (label, input) => el('label', { class: 'line' }, el('span', {}, say(label)), input);
  const form = el(
    'form',
    { class: 'roll' },
    line('data_households.estate', choice),
    line('data_households.expected_households', households),
    line('data_households.expected_on', when),
    line('data_households.life', life),
    byField(),
    el('p', { class: 'legend-note' }, say('data_households.expect_means')),
    says,
    el(
      'div',
      { class: 'buttons' },
      el('button', { type: 'submit', class: 'strong' }, say('data_households.save')),
      el('button', { type: 'button', onclick: () => put(holder) }, say('data_households.cancel')),
    ),
  );
  form.onsubmit = async (event) => {
    event.preventDefault();
    const e = open.find((one) => one.id === Number(choice.value));
    if (!e) return;
    if (Boolean(households.value) !== Boolean(when.value)) {
      put(says, say('data_households.both_or_none'));
      return;
    }
    try {
      await call(`/${desk.config.county}/estates/${e.id}`, {
        body: {
          households: households.value ? Number(households.value) : null,
          on: when.value || null,
          life: life.value,
          by: by() || undefined,
          seen: { households: e.households, on: e.on, life: e.life },
        },
      });
    } catch (error) {
      put(says, why(error));
      if (error.status === 409) found = await call(`/${desk.config.county}/forecast`);
      return;
    }
    tell(say('data_households.expected_now', { name: e.name }));
    put(holder);
    await load();
  };
  fill();
  put(holder, form);
  (id === null ? choice : households).focus();
}

async function load() {
  try {
    found = await call(`/${desk.config.county}/forecast`);
    draw();
  } catch (error) {
    tell(why(error), true);
  }
}
export { load, draw };
