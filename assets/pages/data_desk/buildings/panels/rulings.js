// Edits that were refused, and why; who was first.
import { minute } from '../../../../shared/clock.js';
import { desk, say } from '../desk.js';
import { KIND_WORDS } from './words.js';
import { el } from '../../../../shared/elements.js';

export function rulings() {
  const d = desk;
  return (d.sync?.kept || []).map((item) =>
    item.why.status === 409 ? conflict(item) : refused(item),
  );
}

function refused(item) {
  const d = desk;
  const findings = item.why.body.findings || [];
  const forbids = findings.filter((f) => !f.confirmable && f.severity !== 'warning');
  const codes = findings.filter((f) => f.confirmable).map((f) => f.code);
  return el(
    'section',
    { class: 'section building-refused', role: 'alert' },
    el('h3', {}, say('data_buildings.refused', { what: say(KIND_WORDS[item.body.kind]) })),
    el(
      'ul',
      { class: 'finding-list' },
      (findings.length ? findings : [{ message: item.why.message }]).map((f) =>
        el(
          'li',
          { class: f.confirmable ? 'finding-warning' : 'finding-error' },
          el(
            'button',
            {
              type: 'button',
              class: 'finding-place',
              onclick: () => d.goTo(f.where || f.geometry),
            },
            f.message,
          ),
          f.remedy ? el('p', { class: 'muted' }, f.remedy) : '',
        ),
      ),
    ),
    el(
      'div',
      { class: 'row' },
      codes.length && !forbids.length
        ? el(
            'button',
            {
              type: 'button',
              class: 'main',
              'data-ruling': 'confirm',
              onclick: () => d.rule(item, 'confirm', codes),
            },
            say('data_buildings.confirm'),
          )
        : '',
      ['draw', 'move', 'reshape'].includes(item.body.kind) && d.editable(item)
        ? el(
            'button',
            { type: 'button', 'data-ruling': 'again', onclick: () => d.rule(item, 'again') },
            say('data_buildings.edit_again'),
          )
        : '',
      el(
        'button',
        { type: 'button', 'data-ruling': 'drop', onclick: () => d.rule(item, 'drop') },
        say('data_buildings.discard'),
      ),
    ),
  );
}

function conflict(item) {
  const d = desk;
  return el(
    'section',
    { class: 'section building-refused', role: 'alert' },
    el('h3', {}, say('data_buildings.conflict', { what: say(KIND_WORDS[item.body.kind]) })),
    el('p', {}, first(item.why.message)),
    el(
      'div',
      { class: 'row' },
      el(
        'button',
        {
          type: 'button',
          class: 'main',
          'data-ruling': 'mine',
          onclick: () => d.rule(item, 'mine'),
        },
        say('data_buildings.keep_mine'),
      ),
      el(
        'button',
        { type: 'button', 'data-ruling': 'drop', onclick: () => d.rule(item, 'drop') },
        say('data_buildings.take_theirs'),
      ),
    ),
  );
}

// Who was first: the server names what, by whom, what was done, and when.
export function first(message) {
  const found = /^(.*): (.*) · (\w+) · (\d{4}-\d\d-\d\d \d\d:\d\d)$/.exec(message || '');
  if (!found) return message;
  return say('data_buildings.first', {
    what: found[1],
    by: unsigned(found[2]),
    did: say(KIND_WORDS[found[3]] || found[3]),
    at: found[4],
  });
}

// Whoever gave no name is called so by the server.
export const unsigned = (by) => (by === 'planner' ? say('data_buildings.unsigned') : by);
export const when = (iso) => (iso ? minute(iso) : '');
