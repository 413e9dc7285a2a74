// Their columns with the first rows; above each, which of ours it is.
import { el } from '../../../shared/elements.js';
import { desk } from './desk.js';
import { matched, oursOf } from './options.js';

/**
 * @typedef {import('./options.js').Look} Look
 */

/** @param {Look} look @param {() => void} changed */
export function table(look, changed) {
  const { columns } = desk.options;
  return el(
    'div',
    { class: 'wide' },
    el('p', { class: 'muted' }, desk.say('data_files.columns_help')),
    el(
      'table',
      { class: 'table files-columns' },
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          look.columns.map((theirs) =>
            el(
              'th',
              { class: oursOf(columns, theirs) ? 'matched' : '' },
              choice(look, theirs, changed),
            ),
          ),
        ),
        el(
          'tr',
          {},
          look.columns.map((theirs) => el('th', {}, theirs)),
        ),
      ),
      el(
        'tbody',
        {},
        look.first.map((row) =>
          el(
            'tr',
            {},
            row.map((value) => el('td', {}, value === null ? '' : value)),
          ),
        ),
      ),
    ),
  );
}

/** @param {Look} look @param {string} theirs @param {() => void} changed */
function choice(look, theirs, changed) {
  const { columns } = desk.options;
  const now = oursOf(columns, theirs);
  const select = el(
    'select',
    {
      'aria-label': theirs,
      onchange: () => {
        desk.options.columns = matched(columns, theirs, select.value);
        changed();
      },
    },
    el('option', { value: '' }, desk.say('data_files.column_unused')),
    look.ours.map((one) =>
      el(
        'option',
        {
          value: one.name,
          selected: now === one.name,
          disabled: one.name in columns && now !== one.name,
        },
        one.words + (one.needed ? ' *' : ''),
      ),
    ),
  );
  return select;
}
