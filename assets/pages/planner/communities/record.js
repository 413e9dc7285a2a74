// The changes of borders that were done: what may be taken back, which codes are still temporary.
import { day } from '../../../shared/clock.js';
import { readAnew } from './again.js';
import { desk, say } from '../desk.js';
import { ask, by, byField, field, shown } from '../dialog.js';
import { call } from '../sync.js';
import { el } from '../../../shared/elements.js';

/** @type {Record<string, string>} */
const KIND = {
  split: 'planner.t_split',
  border: 'planner.t_border',
  official_code: 'planner.t_official',
};

async function record() {
  const d = desk;
  const found = await call(`/${d.county.county}/territories`);
  /** @param {{name: string, code: string}[]} list */
  const names = (list) => list.map((one) => `${one.name}（${one.code}）`).join('、');
  const rows = found.changes.map((/** @type {any} */ one) =>
    el(
      'li',
      {},
      el('b', {}, say(KIND[one.kind])),
      ` ${one.on} · ${names(one.from)} → ${names(one.to)}`,
      el(
        'div',
        { class: 'muted' },
        `${one.document_number ? `${one.document_number} · ` : ''}${one.by} ${day(one.at)}${one.taken_back_at ? ` · ${say('planner.t_taken_back', { by: one.taken_back_by, on: day(one.taken_back_at) })}` : ''}`,
      ),
      one.may_be_taken_back
        ? el(
            'button',
            {
              type: 'button',
              'data-take-back': one.id,
              needs: 'plan',
              onclick: () => {
                box.close();
                takeBack(one);
              },
            },
            say('planner.t_take_back'),
          )
        : '',
    ),
  );
  const waiting = found.temporary.map((/** @type {any} */ one) =>
    el(
      'li',
      {},
      `${one.name} · ${say('planner.t_temporary', { code: one.code })} `,
      el(
        'button',
        {
          type: 'button',
          'data-official': one.id,
          needs: 'plan',
          onclick: () => {
            box.close();
            official(one);
          },
        },
        say('planner.t_enter_code'),
      ),
    ),
  );
  const box = el(
    'dialog',
    { class: 'planner-dialog wide' },
    el('h2', {}, say('planner.t_record')),
    waiting.length
      ? el(
          'div',
          {},
          el('h3', {}, say('planner.t_waiting')),
          el('ul', { class: 'history' }, waiting),
        )
      : '',
    rows.length
      ? el('ul', { class: 'history' }, rows)
      : el('p', { class: 'muted' }, say('planner.t_none')),
    el(
      'div',
      { class: 'row end' },
      el('button', { type: 'button', onclick: () => box.close() }, say('planner.close')),
    ),
  );
  shown(box);
}

/** @param {any} one a change */
function takeBack(one) {
  ask(
    say('planner.t_take_back'),
    [
      el(
        'p',
        {},
        say('planner.t_take_back_words', {
          from: one.from.map((/** @type {any} */ f) => f.name).join('、'),
          on: one.on,
        }),
      ),
      byField(),
    ],
    say('planner.confirm'),
    async (form) => {
      await call(`/territories/${one.id}/take-back`, { method: 'POST', body: { by: by(form) } });
      readAnew(null, one.from[0].id);
    },
  );
}

/** @param {any} one a community */
function official(one) {
  const start = one.code.slice(0, 9);
  ask(
    say('planner.t_enter_code'),
    [
      el('p', {}, say('planner.t_code_words', { name: one.name, code: one.code })),
      field(
        say('planner.t_code'),
        el('input', {
          name: 'code',
          required: true,
          pattern: `${start}[0-9]{3}`,
          maxlength: 12,
          inputmode: 'numeric',
          value: start,
          title: say('planner.t_code_form', { start }),
        }),
      ),
      field(
        say('planner.t_official_name'),
        el('input', { name: 'name', maxlength: 60, value: one.name, required: true }),
      ),
      field(
        say('planner.t_on'),
        el('input', { name: 'on', type: 'date', value: one.day, max: one.day, required: true }),
      ),
      field(say('planner.document'), el('input', { name: 'document_number', maxlength: 80 })),
      byField(),
    ],
    say('planner.confirm'),
    async (form) => {
      const body = {
        community: one.id,
        code: form.get('code'),
        name: form.get('name'),
        on: form.get('on'),
        document_number: form.get('document_number') || null,
        by: by(form),
      };
      await call(`/${desk.county.county}/official-codes`, { method: 'POST', body });
      readAnew(null, one.id);
    },
  );
}

export { record };
