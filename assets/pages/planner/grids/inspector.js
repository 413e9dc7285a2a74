// The grid that is chosen: its figures, and what can be done to the whole of it.
import { desk, say } from '../desk.js';
import { ask, field, nameField, option } from '../dialog.js';
import { dissolve } from '../drawing/clicks.js';
import * as saving from '../sync.js';
import { $, count, el } from '../../../shared/elements.js';

/** @param {string} label @param {Child} value @param {string} [unit] @param {string} [tone] */
function fact(label, value, unit, tone) {
  return el(
    'div',
    { class: `fact tone-${tone || 'plain'}` },
    el('dt', {}, label),
    el('dd', {}, el('span', { class: 'value' }, value), el('span', { class: 'unit' }, unit || '')),
  );
}

export function facts() {
  const box = $('planner-selected');
  const { plan, selected: g } = desk;
  if (g < 0 || !plan) {
    box.replaceChildren(el('p', { class: 'muted' }, say('planner.nothing_chosen')));
    return;
  }
  const s = plan.sums[g];
  const grid = plan.grids[g];
  const verdict = plan.judge(g);
  const was = grid.was;
  const change = (now, before) =>
    before === null || before === undefined || now === before
      ? ''
      : ` (${now > before ? '+' : '−'}${count(Math.abs(now - before))})`;
  box.replaceChildren(
    el('h3', {}, `${say('planner.grid_n', { grid: grid.number })} ${grid.name || ''}`),
    el('p', { class: 'muted' }, grid.is_new ? say('planner.code_new') : `${grid.code || ''}`),
    el(
      'dl',
      {},
      fact(
        say('planner.households'),
        `${count(s.households)}${change(s.households, was?.households)}`,
        `/ ${count(plan.limit)} ${say('unit.households')}`,
        verdict.over ? 'loud' : '',
      ),
      grid.judged_on && grid.households !== s.households
        ? fact(
            say('planner.judged', { on: grid.judged_on }),
            count(grid.households),
            say('unit.households'),
          )
        : '',
      fact(say('planner.persons'), count(s.persons), say('unit.persons')),
      fact(
        say('planner.buildings'),
        `${count(s.buildings)}${change(s.buildings, was?.buildings)}`,
        say('unit.buildings'),
      ),
      fact(say('planner.area'), (s.area / 1e4).toFixed(1), say('unit.hectares')),
      fact(say('planner.pieces'), count(verdict.pieces), '', verdict.apart ? 'loud' : ''),
    ),
    desk.state.editable
      ? el(
          'div',
          { class: 'row' },
          el(
            'button',
            { onclick: () => desk.lock({ grids: [g], locked: !grid.locked }) },
            say(grid.locked ? 'planner.unlock_grid' : 'planner.lock_grid'),
          ),
          el('button', { onclick: () => rename(g) }, say('planner.rename')),
          el('button', { onclick: () => dissolve(desk.tools, g) }, say('planner.dissolve_this')),
        )
      : '',
  );
}

/** @param {number} g */
function rename(g) {
  const { plan, draft } = desk;
  const grid = plan.grids[g];
  if (grid.id < 0) {
    desk.tell('planner.one_moment');
    return;
  }
  const type = el(
    'select',
    { name: 'type' },
    option('general', say('planner.type_general'), grid.type === 'general'),
    option('dedicated', say('planner.type_dedicated'), grid.type === 'dedicated'),
  );
  ask(
    say('planner.grid_n', { grid: grid.number }),
    [nameField(grid.name), field(say('planner.type'), type)],
    say('planner.save'),
    async (form) => {
      const changed = await saving.call(`/drafts/${draft.id}/grids/${grid.id}`, {
        method: 'PATCH',
        body: { name: form.get('name'), type: form.get('type') },
      });
      Object.assign(grid, changed, { locked: changed.is_locked });
      facts();
    },
  );
}
