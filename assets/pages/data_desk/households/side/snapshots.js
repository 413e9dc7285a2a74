// Tables that were published: the newest first, each can be rolled back and taken back.
import { act, by, byField, desk, say } from '../desk.js';
import { el } from '../../../../shared/elements.js';

/** @param {import('../desk.js').Snapshot} row @param {HTMLElement} line where it stands */
function rollBack(row, line) {
  const reason = el('input', {
    type: 'text',
    maxlength: 400,
    required: true,
    placeholder: say('data_households.reason'),
  });
  const form = el(
    'form',
    { class: 'roll' },
    el('p', {}, say('data_households.roll_back_means', { day: row.effective_on })),
    reason,
    byField(),
    el(
      'div',
      { class: 'buttons' },
      el('button', { type: 'submit', class: 'strong' }, say('data_households.roll_back_do')),
      el('button', { type: 'button', onclick: () => form.remove() }, say('data_households.cancel')),
    ),
  );
  form.onsubmit = async (e) => {
    e.preventDefault();
    await act(
      `/snapshots/${row.id}/roll-back`,
      { reason: reason.value.trim(), by: by() || undefined },
      say('data_households.rolled_back_now', { day: row.effective_on }),
    );
  };
  line.querySelector('form')?.remove();
  line.append(form);
  reason.focus();
}
function snapshots() {
  const rows = desk.overview.snapshots;
  if (!rows.length) return el('p', { class: 'muted' }, say('data_households.no_snapshots'));
  return el(
    'ol',
    { class: 'snapshots' },
    rows.map((row) => {
      const line = el(
        'li',
        { class: row.rolled_back ? 'gone' : '', 'data-snapshot': row.id },
        el('b', {}, row.effective_on),
        row.newest ? el('span', { class: 'badge' }, say('data_households.newest')) : null,
        el('span', { class: 'figure' }, say('data_households.in_table', { n: row.households })),
        el('small', {}, [row.source, row.file, row.by].filter(Boolean).join(' · ')),
        row.unplaced
          ? el('small', { class: 'loud' }, say('data_households.unplaced_too', { n: row.unplaced }))
          : null,
        row.rolled_back
          ? el(
              'small',
              { class: 'loud' },
              say('data_households.rolled_back_at', { at: row.rolled_back }),
            )
          : null,
      );
      line.append(
        row.rolled_back
          ? el(
              'button',
              {
                type: 'button',
                class: 'act',
                needs: 'plan',
                onclick: () =>
                  act(
                    `/snapshots/${row.id}/take-back`,
                    { by: by() || undefined },
                    say('data_households.taken_back_now', { day: row.effective_on }),
                  ),
              },
              say('data_households.take_back'),
            )
          : el(
              'button',
              { type: 'button', class: 'act', needs: 'plan', onclick: () => rollBack(row, line) },
              say('data_households.roll_back'),
            ),
      );
      return line;
    }),
  );
}

export { snapshots };
