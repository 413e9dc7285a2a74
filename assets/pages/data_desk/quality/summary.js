// The left side: the score and what it is made of, what raises it most, the communities.
import { count, el, put } from '../../../shared/elements.js';
import { CHECKS, tenth } from './checks.js';

/**
 * @typedef {import('./desk.js').Desk} Desk
 * @typedef {import('./desk.js').Steps} Steps
 * @typedef {import('./checks.js').Place} Place
 */

const KNOWN = [
  'data_quality.known_counted',
  'data_quality.known_reported',
  'data_quality.known_estimated',
  'data_quality.known_unplaced',
];

/** @param {Say} say @param {Place} place */
function knownBar(say, place) {
  const whole = place.known.some((n) => n);
  if (!whole) return el('p', { class: 'muted' }, say('data_quality.no_households'));
  const parts = place.known.map((n, i) =>
    n
      ? el('span', {
          class: `known known-${i}`,
          style: `flex-grow:${Number(n) || 1}`,
          title: `${say(KNOWN[i])} ${count(n)}`,
        })
      : null,
  );
  const list = place.known.map((n, i) =>
    n || i < 3
      ? el(
          'li',
          {},
          el('span', { class: `mark known-${i}` }),
          el('span', {}, `${say(KNOWN[i])} ${count(n)}`),
        )
      : null,
  );
  return el(
    'div',
    {},
    el('div', { class: 'known-bar', 'aria-hidden': 'true' }, parts),
    el('ul', { class: 'legend known-list' }, list),
  );
}

/** @param {Say} say @param {Place} place @param {Steps} steps */
function nextSteps(say, place, steps) {
  const found = place.next.slice(0, 4).map((key) => {
    const [wrong] = place.figures[key];
    return el(
      'li',
      {},
      el(
        'button',
        { type: 'button', class: 'step', onclick: () => steps.choose(key) },
        el('span', {}, say(CHECKS[key][2], { wrong })),
        el('small', {}, say('data_quality.raises', { points: tenth(place.parts[key].costs) })),
      ),
    );
  });
  if (!found.length)
    return place.points === null ? null : el('p', { class: 'good' }, say('data_quality.all_right'));
  return el(
    'section',
    { class: 'section' },
    el('h3', {}, say('data_quality.next')),
    el('ol', { class: 'steps' }, found),
  );
}

/** @param {Desk} desk @param {Place} place */
function howMade(desk, place) {
  const { say } = desk;
  const rows = Object.entries(place.parts).map(([key, part]) =>
    el(
      'tr',
      {},
      el('td', {}, say(CHECKS[key][0])),
      el('td', { class: 'number' }, count(part.weight)),
      el('td', { class: 'number' }, part.costs ? tenth(part.costs) : '0'),
    ),
  );
  return el(
    'details',
    {
      class: 'section',
      open: desk.how,
      ontoggle: (e) => {
        desk.how = e.target.open;
      },
    },
    el('summary', {}, say('data_quality.how')),
    el(
      'p',
      { class: 'legend-note' },
      say('data_quality.how_long', { measure: say(`measure.${desk.survey.measure}`) }),
    ),
    el(
      'table',
      { class: 'lines' },
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('th', {}, ''),
          el('th', {}, say('data_quality.weight')),
          el('th', {}, say('data_quality.got')),
        ),
      ),
      el('tbody', {}, rows),
    ),
  );
}

/** @param {Desk} desk @param {Steps} steps */
function monthsField(desk, steps) {
  const { say, survey } = desk;
  const input = el('input', {
    type: 'number',
    id: 'quality-months',
    min: 1,
    max: 60,
    step: 1,
    value: survey.months,
    class: 'number',
  });
  input.onchange = () => {
    const months = Math.round(Number(input.value));
    if (!(months >= 1 && months <= 60)) {
      input.value = String(survey.months);
      return;
    }
    desk.months = months;
    steps.load();
  };
  return el(
    'label',
    { class: 'months' },
    `${say('data_quality.months_before')} `,
    input,
    ` ${say('data_quality.months_after', { day: survey.day })}`,
  );
}

/** @param {Element} holder @param {Desk} desk @param {Steps} steps */
export function draw(holder, desk, steps) {
  const { say } = desk;
  const place = desk.here();
  const lines = [desk.survey.whole, ...desk.survey.communities].map((p) => {
    const bar = el(
      'span',
      { class: 'score-bar', 'aria-hidden': 'true' },
      el('span', { style: `width:${p.points ?? 0}%` }),
    );
    const button = el(
      'button',
      {
        type: 'button',
        class: 'row-button',
        'aria-pressed': String(p.code === desk.place),
        onclick: () => steps.go(p.code),
      },
      p.name,
    );
    return el(
      'tr',
      { class: p.code === desk.place ? 'here' : '' },
      el('th', { scope: 'row' }, button),
      el('td', {}, bar),
      el('td', { class: 'number' }, p.points === null ? '—' : p.points.toFixed(1)),
    );
  });
  put(
    holder,
    el('div', { class: 'kicker' }, `${say('data_quality.score')} · ${place.name}`),
    place.points === null
      ? el('p', { class: 'muted' }, say('data_quality.no_score'))
      : el(
          'div',
          { class: 'score' },
          el('b', {}, place.points.toFixed(1)),
          el('span', {}, say('data_quality.out_of')),
        ),
    el('p', { class: 'legend-note' }, say('data_quality.meaning')),
    nextSteps(say, place, steps),
    el(
      'section',
      { class: 'section' },
      el('h3', {}, say('data_quality.known', { measure: say(`measure.${desk.survey.measure}`) })),
      knownBar(say, place),
      monthsField(desk, steps),
    ),
    el(
      'section',
      { class: 'section' },
      el('h3', {}, say('data_quality.by_community')),
      el(
        'table',
        { class: 'lines places' },
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            el('th', { scope: 'col' }, ''),
            el('th', {}, ''),
            el('th', { scope: 'col' }, say('data_quality.points')),
          ),
        ),
        el('tbody', {}, lines),
      ),
      el('p', { class: 'legend-note' }, say('data_quality.order')),
    ),
    howMade(desk, place),
  );
}
