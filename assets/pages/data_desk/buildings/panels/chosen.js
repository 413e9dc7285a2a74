// The right side: the county, several buildings, or one as a form.
import * as classes from '../canvas/classes.js';
import { desk, say } from '../desk.js';
import * as saving from '../sync.js';
import { LIVES, USES, LIFE_WORDS, USE_WORDS, KNOWN_WORDS } from './words.js';
import { pick } from './fields.js';
import { tools } from './left.js';
import { changedList, history, logList } from './changed.js';
import { formOf } from './form.js';
import { rulings } from './rulings.js';
import { $, el, focused } from '../../../../shared/elements.js';
import { sum } from '../../../../shared/few.js';
import { may } from '../../../../shared/rights.js';

export function chosen() {
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
    const k = classes.known(f.p);
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
      ...classes.KNOWN.filter((k) => counts[k]).map((k) =>
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
  const households = sum(known.map((f) => f.p.households));
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
      el('button', { type: 'submit', class: 'main', needs: 'work' }, say('data_buildings.save')),
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
        households,
        unknown: list.length - known.length,
      }),
    ),
    el(
      'div',
      { class: 'row', needs: 'work' },
      el('button', { type: 'button', onclick: () => d.join() }, say('data_buildings.t_join')),
      el('button', { type: 'button', onclick: () => d.remove() }, say('data_buildings.t_remove')),
    ),
    ...(may('work') ? [el('h3', {}, say('data_buildings.for_all')), form] : []),
    ...rulings(),
  ];
}

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

export const leave = () => {
  shown = null;
};
