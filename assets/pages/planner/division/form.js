// What an automatic division or a repair is asked for: where, with which wishes.
import { closeButton, show } from './dialog.js';
import * as job from './job.js';
import { say, WHAT } from './words.js';
import { desk } from '../desk.js';
import { button, el } from '../../../shared/elements.js';

/**
 * @param {string} name @param {string[][]} values value and label
 * @param {string | string[]} chosen @param {'radio' | 'checkbox'} [type]
 */
function choice(name, values, chosen, type = 'radio') {
  return values.map(([value, label]) =>
    el(
      'label',
      {},
      el('input', {
        type,
        name,
        value,
        checked: type === 'radio' ? value === chosen : chosen.includes(value),
      }),
      label,
    ),
  );
}
const degrees = () => [
  ['0', say('division.degree_0')],
  ['1', say('division.degree_1')],
  ['2', say('division.degree_2')],
];
const counts = [
  ['1', '1'],
  ['2', '2'],
  ['3', '3'],
];
/** @param {string} legend @param {...Child} content */
const field = (legend, ...content) => el('fieldset', {}, el('legend', {}, legend), ...content);

function where() {
  const many = desk.draft.community_rows.length;
  const places = [
    ['here', say('division.here', { name: desk.state.name })],
    ...(many > 1 ? [['all', say('division.everywhere', { n: many })]] : []),
  ];
  return field(say('division.where'), choice('where', places, 'here'));
}

function wishes() {
  const kinds = [
    ['fewest', say('division.fewest')],
    ['round', say('division.round')],
    ['balanced', say('division.balanced')],
  ];
  return [
    field(
      say('division.wish'),
      choice('prefer', kinds, ['fewest', 'round', 'balanced'], 'checkbox'),
      el('small', {}, say('division.wish_help')),
    ),
    field(say('division.keep_estates'), choice('keep_estates', degrees(), '1')),
    field(say('division.follow_streets'), choice('follow_streets', degrees(), '1')),
    field(say('division.variants'), choice('variants', counts, '1')),
  ];
}

const locked = () =>
  el(
    'fieldset',
    {},
    el(
      'label',
      {},
      el('input', { type: 'checkbox', name: 'keep_locked', checked: true }),
      say('division.keep_locked'),
    ),
    el('small', {}, say('division.keep_locked_help')),
  );

/** @param {'divide' | 'repair'} what @param {FormData} data */
function asked(what, data) {
  const { state } = desk;
  const prefer = data.getAll('prefer');
  return {
    what,
    draft: state.draft,
    communities: data.get('where') === 'all' ? [] : [state.community],
    keep_locked: data.get('keep_locked') !== null,
    ...(what === 'divide'
      ? {
          prefer: prefer.length ? prefer : undefined,
          seeds: [0, 1, 2].slice(0, Number(data.get('variants'))),
          keep_estates: Number(data.get('keep_estates')),
          follow_streets: Number(data.get('follow_streets')),
        }
      : {}),
  };
}

/** @param {'divide' | 'repair'} what */
export function form(what) {
  const said = el('p', { class: 'loud', role: 'alert' });
  const start = el(
    'button',
    { type: 'submit', class: 'main', id: 'division-start' },
    say('division.start'),
  );
  const fields = el(
    'form',
    { class: 'division-form', id: 'division-form' },
    where(),
    what === 'divide' ? wishes() : [],
    locked(),
    said,
    el('div', { class: 'row end' }, closeButton(), start),
  );
  fields.onsubmit = (e) => {
    e.preventDefault();
    button('division-start').disabled = true;
    job.ask(asked(what, new FormData(fields)), said);
  };
  show(say(WHAT[what]), fields);
}
