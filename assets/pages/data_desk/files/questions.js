// What only the user can say of a file: shown only where the file does not say it.
import { $, button, count, el, put, systemOptions } from '../../../shared/elements.js';
import * as columns from './columns.js';
import { desk, kindOf } from './desk.js';
import { lacking } from './options.js';

/**
 * @typedef {import('./desk.js').Steps} Steps
 * @typedef {import('./options.js').Look} Look
 */

const ENCODINGS = ['UTF-8', 'GBK', 'GB18030'];

/** @param {Steps} steps */
export function show(steps) {
  const upload = /** @type {import('./desk.js').Upload} */ (desk.upload);
  const { look } = upload;
  $('files-map').hidden = true;
  put($('files-more'));
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card' },
      el('h2', {}, upload.name),
      el(
        'p',
        { class: 'muted' },
        [
          look?.rows && desk.say('data_files.rows_there', { rows: look.rows }),
          `${count(Math.max(1, Math.round(upload.bytes / 1000)))} KB`,
        ]
          .filter(Boolean)
          .join(' · '),
      ),
      el('div', { class: 'files-fields' }, layer(look, steps), system(look), day()),
      look && columns.table(look, steps.ask),
      look && more(steps),
      el('p', { id: 'files-missing', class: 'loud' }),
      el(
        'div',
        { class: 'files-buttons' },
        el(
          'button',
          { id: 'files-judge', class: 'main', onclick: steps.judge },
          desk.say('data_files.judge'),
        ),
        el('button', { onclick: steps.instead }, desk.say('data_files.other_file')),
      ),
    ),
  );
  ready();
}

/** @param {string} words @param {Child} control */
const labelled = (words, control) =>
  el('label', { class: 'files-field' }, el('span', {}, words), control);

/** @param {Look | null} look @param {Steps} steps */
const layer = (look, steps) =>
  look?.layers && look.layers.length > 1
    ? labelled(
        desk.say('data_files.layer'),
        el(
          'select',
          { id: 'files-layer', onchange: (e) => steps.again({ layer: e.target.value }) },
          look.layer
            ? null
            : el('option', { value: '', selected: true }, desk.say('data_files.layer_choose')),
          look.layers.map((one) => el('option', { value: one, selected: one === look.layer }, one)),
        ),
      )
    : null;

/** @param {Look | null} look */
function system(look) {
  if (!kindOf(desk.kind)?.place) return null;
  const known = look ? look.crs : 'own';
  const unsaid =
    known === 'own'
      ? desk.say('data_files.crs_own')
      : known
        ? desk.say('data_files.crs_as_said', { crs: known })
        : desk.say('data_files.crs_choose');
  return labelled(
    desk.say(known ? 'data_files.crs_known' : 'data_files.crs'),
    el(
      'select',
      {
        id: 'files-crs',
        onchange: (e) => {
          desk.options.crs = e.target.value;
          ready();
        },
      },
      el('option', { value: '' }, unsaid),
      systemOptions(desk.say, desk.options.crs),
    ),
  );
}

const day = () =>
  labelled(
    desk.say('data_files.as_of'),
    el('input', {
      id: 'files-day',
      type: 'date',
      value: desk.options.as_of,
      onchange: (e) => {
        desk.options.as_of = e.target.value;
      },
    }),
  );

/** @param {Steps} steps */
const more = (steps) =>
  el(
    'details',
    {},
    el('summary', {}, desk.say('data_files.more_options')),
    labelled(
      desk.say('data_files.encoding'),
      el(
        'select',
        { id: 'files-encoding', onchange: (e) => steps.again({ encoding: e.target.value }) },
        ['', ...ENCODINGS].map((one) =>
          el(
            'option',
            { value: one, selected: one === desk.options.encoding },
            one || desk.say('data_files.encoding_auto'),
          ),
        ),
      ),
    ),
    labelled(
      desk.say('data_files.source'),
      el('input', {
        id: 'files-source',
        maxlength: 80,
        value: desk.options.source,
        placeholder: desk.say('data_files.source_help'),
        onchange: (e) => {
          desk.options.source = e.target.value.trim();
        },
      }),
    ),
  );

// A file is judged when nothing is lacking; else it is said what.
function ready() {
  const look = desk.upload?.look ?? null;
  const { columns: names, crs } = lacking(look, desk.options);
  const said = [
    look?.layers && look.layers.length > 1 && !look.layer
      ? desk.say('data_files.layer_missing')
      : '',
    names.length ? desk.say('data_files.columns_missing', { names: names.join('、') }) : '',
    crs ? desk.say('data_files.crs_missing') : '',
  ].filter(Boolean);
  $('files-missing').textContent = said.join(' ');
  button('files-judge').disabled = said.length > 0;
}
