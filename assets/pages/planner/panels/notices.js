// Words beside the map that stay until they are closed.
import { desk, say } from '../desk.js';
import { Refused, Unreachable } from '../sync.js';
import { $, el } from '../../../shared/elements.js';

const MOST = 3;

/**
 * @param {string} key @param {Record<string, any>} [values]
 * @param {{key: string, draft: number}} [action] a draft that can be opened, and the words for it
 */
function notice(key, values, action) {
  const box = $('planner-notices');
  const go = action
    ? el(
        'button',
        {
          onclick: () => {
            line.remove();
            desk.open(action.draft, desk.state.community, { keepView: true });
          },
        },
        say(action.key),
      )
    : '';
  const line = el(
    'div',
    { class: 'planner-notice', role: 'alert' },
    say(key, values),
    go,
    el('button', { title: say('planner.close'), onclick: () => line.remove() }, '×'),
  );
  box.append(line);
  while (box.children.length > MOST) box.firstChild?.remove();
}

// A call that failed, in words; a fault of ours is thrown on.
/** @param {Error} error */
function problem(error) {
  if (error instanceof Unreachable) notice('planner.no_connection', {});
  else if (error instanceof Refused) notice('planner.refused', { why: error.message });
  else throw error;
}

export { notice, problem };
