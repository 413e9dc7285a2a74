// A group of rows that are written the same: one line of the list, and what is known of it.
import { find, pick, select } from './choice.js';
import { rule, takeBack } from './rulings.js';
import { offered, work } from './state.js';
import { say } from '../desk.js';
import { count, el } from '../../../../shared/elements.js';

/** @typedef {import('./rows.js').Group} Group */
/** @typedef {import('./rows.js').Candidate} Candidate */

/** @param {Candidate} k @param {number} i its number, from nought */
function candidate(k, i) {
  const b = work.buildings[k.id],
    at = work.picked === k.id;
  return el(
    'li',
    {},
    el(
      'button',
      {
        type: 'button',
        class: `candidate ${at ? 'here' : ''}`,
        'data-building': k.id,
        'aria-pressed': String(at),
        onclick: () => pick(b),
      },
      el('span', { class: 'number-mark' }, String(i + 1)),
      el('b', {}, b.name),
      el(
        'span',
        { class: 'figure' },
        b.households === null
          ? say('data_households.no_count')
          : say('data_households.now', { n: b.households }),
      ),
      el('small', {}, [b.community, b.address, k.reason].filter(Boolean).join(' · ')),
    ),
  );
}

/** @param {Group} group */
function details(group) {
  const row = group.first;
  const list = offered(group);
  const picked = work.picked !== null ? work.buildings[work.picked] : null;
  const search = el('input', {
    type: 'search',
    maxlength: 60,
    placeholder: say('data_households.find'),
    'aria-label': say('data_households.find'),
  });
  const form = el(
    'form',
    { class: 'find' },
    search,
    el('button', { type: 'submit' }, say('data_households.find_do')),
  );
  form.onsubmit = (e) => {
    e.preventDefault();
    find(search.value);
  };
  const numbers = group.rows
    .slice(0, 12)
    .map((r) => count(r.row))
    .join('、');
  return el(
    'div',
    { class: 'details' },
    el(
      'p',
      { class: 'muted' },
      `${say('data_households.rows_of', { rows: numbers })}${group.rows.length > 12 ? '…' : ''} · ${row.how}${row.by ? ` · ${row.by} ${row.at}` : ''}`,
    ),
    list.length
      ? el('ol', { class: 'candidates' }, list.map(candidate))
      : el('p', { class: 'muted' }, say('data_households.no_candidates')),
    picked && !list.some((k) => k.id === picked.id)
      ? el('p', { class: 'picked' }, say('data_households.picked', { name: picked.name }))
      : null,
    el(
      'div',
      { class: 'buttons' },
      el(
        'button',
        {
          type: 'button',
          class: 'strong',
          disabled: !picked,
          id: 'households-confirm',
          needs: 'work',
          onclick: () => rule('building', work.picked),
        },
        picked
          ? say('data_households.is_this', { name: picked.name })
          : say('data_households.choose_first'),
        el('kbd', {}, 'Enter'),
      ),
      el(
        'button',
        { type: 'button', id: 'households-leave', needs: 'work', onclick: () => rule('unplaced') },
        say('data_households.leave'),
        el('kbd', {}, 'U'),
      ),
      el(
        'button',
        {
          type: 'button',
          id: 'households-not-ours',
          needs: 'work',
          onclick: () => rule('not_ours'),
        },
        say('data_households.not_ours'),
      ),
      row.by
        ? el(
            'button',
            {
              type: 'button',
              class: 'take-back',
              needs: 'work',
              onclick: () => takeBack([row.id], row.written),
            },
            say('data_households.take_ruling_back'),
          )
        : null,
    ),
    form,
  );
}

/** @param {Group} group */
function line(group) {
  const at = group.key === work.at,
    row = group.first;
  const goes =
    row.building && work.buildings[row.building]
      ? `→ ${work.buildings[row.building].name}`
      : work.list === 'ruled'
        ? `→ ${say(row.state === 'ignored' ? 'data_households.state_ignored' : 'data_households.state_unplaced')}`
        : '';
  return el(
    'li',
    { class: `group ${at ? 'here' : ''}`, 'data-key': group.key },
    el(
      'button',
      {
        type: 'button',
        class: 'group-line',
        'aria-expanded': String(at),
        onclick: () => select(at ? null : group.key),
      },
      el('b', {}, row.written),
      el(
        'span',
        { class: 'figure' },
        group.households === null
          ? say('data_households.no_count')
          : say('data_households.households', { n: group.households }),
      ),
      el(
        'small',
        {},
        [
          goes,
          group.rows.length > 1 ? say('data_households.same_name', { n: group.rows.length }) : '',
          at ? '' : row.how,
        ]
          .filter(Boolean)
          .join(' · '),
      ),
    ),
    at ? details(group) : null,
  );
}

export { line };
