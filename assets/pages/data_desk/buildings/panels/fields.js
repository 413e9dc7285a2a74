// Fields of the forms.
import { el } from '../../../../shared/elements.js';

export const field = (label, input, note) =>
  el(
    'label',
    { class: 'form-field' },
    el('span', {}, label),
    input,
    note ? el('small', { class: 'muted' }, note) : '',
  );
export const text = (name, value, more) =>
  el('input', { name, value: value ?? '', maxlength: 120, autocomplete: 'off', ...more });
export function pick(name, label, options, value, none) {
  const select = el(
    'select',
    { name },
    none !== undefined ? el('option', { value: '' }, none) : '',
    options.map(([v, words]) =>
      el('option', { value: v, selected: String(v) === String(value) }, words),
    ),
  );
  return field(label, select);
}
export const lines = (name, values) =>
  el('textarea', { name, rows: Math.max(1, Math.min(4, values.length + 1)) }, values.join('\n'));
