// The panel beside the file: which kind, its template, where to drop it, who does it; what goes out.
import { writeAddress } from '../../../shared/address.js';
import { $, dropZone, el, put } from '../../../shared/elements.js';
import { isNamed } from '../../../shared/page.js';
import { by, desk, keepBy, kindOf } from './desk.js';
import * as exports from './exports.js';

/** @param {() => void} changed another kind was chosen @param {(file: File) => unknown} give */
export function show(changed, give) {
  const kind = kindOf(desk.kind);
  put(
    $('files-panel'),
    el(
      'section',
      { needs: 'work' },
      el('h2', {}, desk.say('data_files.bring')),
      kinds(changed),
      el('p', { class: 'muted' }, kind?.help),
      kind?.template && template(kind.key, `↓ ${desk.say('data_files.template_get')}`, true),
      el(
        'div',
        { needs: 'work' },
        dropZone(
          'files-file',
          desk.say('data_files.drop'),
          desk.say('data_files.drop_help'),
          '',
          give,
        ),
      ),
      isNamed() ? null : name(),
      el('p', { id: 'files-told', class: 'told', role: 'status' }),
      el('div', { class: 'files-elsewhere' }, desk.elsewhere.map(elsewhere)),
    ),
    exports.section(),
  );
  writeAddress();
}

/** @param {string} [message] @param {boolean} [loud] */
export function tell(message, loud) {
  const box = $('files-told');
  if (!box) return;
  box.textContent = message || '';
  box.className = loud ? 'told loud' : 'told';
}

/** @param {() => void} changed */
const kinds = (changed) => [
  el('label', { class: 'field', for: 'files-kind' }, desk.say('data_files.what')),
  el(
    'select',
    {
      id: 'files-kind',
      onchange: (e) => {
        desk.kind = e.target.value;
        changed();
      },
    },
    desk.kinds.map((/** @type {import('./desk.js').Kind} */ one) =>
      el('option', { value: one.key, selected: one.key === desk.kind }, one.words),
    ),
  ),
];

/** @param {string} kind @param {string} words @param {boolean} [own] of the kind that is chosen */
const template = (kind, words, own) =>
  el(
    'a',
    {
      class: own ? 'files-template' : null,
      href: `/api/files/templates/${kind}.xlsx?lang=${desk.lang}`,
      download: '',
    },
    words,
  );

const name = () => [
  el('label', { class: 'field', for: 'files-by', needs: 'work' }, desk.say('data_files.by')),
  el('input', {
    id: 'files-by',
    needs: 'work',
    maxlength: 60,
    value: by(),
    autocomplete: 'name',
    onchange: (e) => keepBy(e.target.value.trim()),
  }),
];

// What another tab takes in.
/** @param {{tab: string, words: string, template?: string}} one */
const elsewhere = (one) =>
  el(
    'p',
    {},
    `${one.words} → `,
    el(
      'a',
      { href: `?tab=${one.tab}`, 'data-keep': `tab=${one.tab}` },
      desk.say('data_files.other_tab'),
    ),
    one.template && [' · ', template(one.template, desk.say('data_files.template'))],
  );
