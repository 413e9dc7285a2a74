// The right side: the checks, and under the one that is open what it found, row by row.
import { all, el, first, focused, put, within } from '../../../shared/elements.js';
import { CHECKS, standing, tenth } from './checks.js';
import { AT_ONCE } from './desk.js';

/**
 * @typedef {import('./desk.js').Desk} Desk
 * @typedef {import('./desk.js').Steps} Steps
 * @typedef {import('./checks.js').Place} Place
 */

const SIGNS = { empty: '–', right: '✓', wrong: '!', noted: 'i' };

/**
 * @param {string} key @param {Place} place
 * @param {Desk} desk @param {Steps} steps
 * @param {() => void} again draws anew
 */
function checkLine(key, place, desk, steps, again) {
  const { say } = desk;
  const figure = place.figures[key];
  const [title, why, , unit] = CHECKS[key];
  const [wrong, base] = figure || [0, 0];
  const part = place.parts[key];
  const state = standing(key, place);
  const words = base
    ? say('data_quality.figure', { wrong, base, unit: say(unit) })
    : say('data_quality.nothing_to_check');
  const side = !base
    ? ''
    : !part
      ? say('data_quality.unscored')
      : part.costs
        ? say('data_quality.costs', { points: tenth(part.costs) })
        : '';
  const open = desk.check === key;
  return el(
    'li',
    { class: `check ${state === 'empty' ? 'right' : state} ${open ? 'open' : ''}` },
    el(
      'button',
      {
        type: 'button',
        'data-check': key,
        'aria-expanded': String(open),
        disabled: !base,
        onclick: () => steps.choose(open ? null : key),
      },
      el('span', { class: 'sign', 'aria-hidden': 'true' }, SIGNS[state]),
      el('span', { class: 'title' }, say(title)),
      el('span', { class: 'figure' }, words),
      el('small', {}, side),
    ),
    open
      ? el(
          'div',
          { class: 'rows' },
          el('p', { class: 'legend-note' }, say(why)),
          rowList(desk, steps, again),
        )
      : null,
  );
}

/** @param {Desk} desk @param {Steps} steps @param {() => void} again draws anew */
function rowList(desk, steps, again) {
  const { say } = desk;
  const { rows } = desk;
  if (!rows) return el('p', { class: 'muted' }, say('data_quality.looking'));
  if (!rows.length) return el('p', { class: 'muted' }, say('data_quality.none_here'));
  const told =
    rows.length < desk.total
      ? say('data_quality.rows_cut', { total: desk.total, shown: rows.length })
      : say('data_quality.rows', { total: desk.total });
  const list = rows.slice(0, desk.shown).map((row, i) => {
    const told = [
      el('span', { class: 'title' }, row.name),
      row.households === null
        ? null
        : el(
            'span',
            { class: 'figure' },
            say('data_quality.households', { households: row.households }),
          ),
      el('small', {}, row.note),
    ];
    if (!row.place) return el('li', {}, el('div', { class: 'row nowhere', 'data-row': i }, told));
    return el(
      'li',
      {},
      el(
        'button',
        {
          type: 'button',
          'data-row': i,
          class: `row ${desk.chosen === i ? 'here' : ''}`,
          onclick: () => steps.show(i),
        },
        told,
      ),
    );
  });
  const rest = rows.length - desk.shown;
  const more =
    rest > 0
      ? el(
          'button',
          {
            type: 'button',
            class: 'more',
            onclick: () => {
              desk.shown += AT_ONCE;
              again();
            },
          },
          say('data_quality.more', { many: Math.min(rest, AT_ONCE) }),
        )
      : null;
  return [
    el(
      'div',
      { class: 'exports' },
      el('span', {}, told),
      el('a', { class: 'quiet', href: desk.file(), download: '' }, say('data_quality.export')),
    ),
    el('ul', { class: 'row-list' }, list),
    more,
  ];
}

/** @param {HTMLElement} aside @param {Desk} desk @param {Steps} steps */
export function draw(aside, desk, steps) {
  const { say } = desk;
  const place = desk.here();
  const again = () => draw(aside, desk, steps);
  const top = aside.scrollTop,
    had = focused()?.dataset;
  const focus = had?.check
    ? `[data-check="${had.check}"]`
    : had?.row
      ? `[data-row="${had.row}"]`
      : null;
  put(
    aside,
    el('h2', {}, place.name),
    desk.check ? null : el('p', { class: 'muted' }, say('data_quality.pick')),
    desk.survey.has_streets ? null : el('p', { class: 'muted' }, say('data_quality.no_streets')),
    el(
      'ul',
      { class: 'checks' },
      Object.keys(CHECKS)
        .filter((key) => key in place.figures)
        .map((key) => checkLine(key, place, desk, steps, again)),
    ),
  );
  aside.scrollTop = top;
  if (focus) first(focus, aside)?.focus();
}
// Arrows go through the rows.
/** @param {HTMLElement} aside */
export function listen(aside) {
  aside.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const here = within(event, '.row');
    if (!step || !here) return;
    const buttons = all('button.row', aside);
    const next = buttons[buttons.indexOf(here) + step];
    if (next) {
      event.preventDefault();
      next.focus();
      next.click();
    }
  });
}
