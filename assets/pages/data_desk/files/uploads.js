// Files that were given and not imported yet, by anybody: after a reload, or for a colleague.
import { $, el, put } from '../../../shared/elements.js';
import { call, desk, kindOf, why } from './desk.js';
import { tell } from './panel.js';

/** @typedef {import('./desk.js').Upload & {by: string}} Waiting */

/** @param {(upload: Waiting) => unknown} resume @param {() => void} discarded */
export async function show(resume, discarded) {
  const { uploads } = await call(`/${desk.county}/uploads`).catch(() => ({ uploads: [] }));
  if (desk.upload || desk.sending || !uploads.length) return;
  const discard = (/** @type {Waiting} */ one) =>
    call(`/uploads/${one.id}`, { method: 'DELETE' }).then(discarded, (error) =>
      tell(why(error), true),
    );
  put(
    $('files-more'),
    el(
      'div',
      { class: 'files-card', id: 'files-waiting' },
      el('h3', {}, desk.say('data_files.waiting')),
      uploads.map((/** @type {Waiting} */ one) =>
        el(
          'p',
          {},
          el('b', {}, one.name),
          ` ${kindOf(one.kind)?.words || ''} · ${one.by === '-' ? '—' : one.by} `,
          el(
            'button',
            { needs: 'work', onclick: () => resume(one) },
            desk.say('data_files.resume'),
          ),
          ' ',
          el(
            'button',
            { needs: 'work', onclick: () => discard(one) },
            desk.say('data_files.discard'),
          ),
        ),
      ),
    ),
  );
}
