// What publishing a table changes: totals, grids over the limit, buildings; then publishing it.
import { by, byField, call, desk, findingsOf, measure, say, tell, why } from './desk.js';
import { cardOf } from './counts/building.js';
import { discard, head } from './head.js';
import { button as buttonOf, count, el, first, focused, put } from '../../../shared/elements.js';
import { may } from '../../../shared/rights.js';

/** @type {Record<string, string>} */
const KINDS = {
  more: 'data_households.kind_more',
  less: 'data_households.kind_less',
  new: 'data_households.kind_new',
  not_in_file: 'data_households.kind_not_in_file',
};
const AT_ONCE = 100;
/** @type {Record<string, any>} what the server found, and what is shown of it */
const P = { found: null, kind: null, shown: AT_ONCE, unplaced: false, sure: false, said: null };
const signed = (n) => (n > 0 ? `+${count(n)}` : n < 0 ? `−${count(-n)}` : '0');

async function open() {
  Object.assign(P, {
    found: null,
    kind: null,
    shown: AT_ONCE,
    unplaced: false,
    sure: false,
    said: null,
  });
  put(desk.work, head(), el('p', { class: 'muted' }, say('data_households.counting')));
  try {
    const found = await call(`/uploads/${desk.upload.id}/preview`);
    if (desk.upload?.id !== found.upload.id || desk.step !== 'preview') return;
    P.found = found;
    desk.upload = found.upload;
    draw();
  } catch (error) {
    put(
      desk.work,
      head(),
      el('p', { class: 'says', role: 'alert' }, why(error)),
      el('button', { type: 'button', onclick: () => open() }, say('data_households.again')),
    );
  }
}

function totals() {
  const p = P.found;
  const row = (label, before, after, loud) =>
    el(
      'tr',
      {},
      el('th', { scope: 'row' }, label),
      el('td', {}, count(before)),
      el('td', {}, count(after)),
      el('td', { class: loud && after > before ? 'loud' : '' }, signed(after - before)),
    );
  return el(
    'table',
    { class: 'lines totals' },
    el(
      'thead',
      {},
      el(
        'tr',
        {},
        el('th', {}, measure(p.measure)),
        el('th', {}, say('data_households.before')),
        el('th', {}, say('data_households.after')),
        el('th', {}, say('data_households.change')),
      ),
    ),
    el(
      'tbody',
      {},
      row(say('data_households.in_buildings'), p.before, p.after),
      row(say('data_households.without_building'), p.unplaced_before, p.unplaced, true),
      row(say('data_households.together'), p.before + p.unplaced_before, p.after + p.unplaced),
    ),
  );
}

function communities() {
  const rows = P.found.communities;
  return el(
    'details',
    { class: 'section', open: rows.length <= 8 },
    el('summary', {}, say('data_households.by_community')),
    el(
      'table',
      { class: 'lines' },
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('th', {}, ''),
          el('th', {}, say('data_households.before')),
          el('th', {}, say('data_households.after')),
          el('th', {}, say('data_households.change')),
          el('th', {}, say('data_households.without_building')),
        ),
      ),
      el(
        'tbody',
        {},
        rows.map((c) =>
          el(
            'tr',
            {},
            el('th', { scope: 'row' }, c.name),
            el('td', {}, count(c.before)),
            el('td', {}, count(c.after)),
            el('td', {}, signed(c.after - c.before)),
            el('td', { class: c.unplaced ? 'loud' : '' }, count(c.unplaced)),
          ),
        ),
      ),
    ),
  );
}

function grids() {
  const p = P.found;
  const line = (g) =>
    el(
      'li',
      {},
      el(
        'button',
        { type: 'button', class: 'row', 'data-grid': g.id, onclick: () => desk.map.grid(g.id) },
        el(
          'span',
          { class: 'title' },
          g.name.startsWith(g.community) ? g.name : `${g.community} ${g.name}`,
        ),
        el(
          'span',
          { class: 'figure' },
          `${count(g.before)} → ${count(g.after)} ${say('data_households.unit')}`,
        ),
      ),
    );
  if (!p.newly_over.length && !p.no_longer_over.length)
    return el('p', { class: 'muted' }, say('data_households.no_grid_crosses', { limit: p.limit }));
  return el(
    'div',
    { class: 'grids-cross' },
    p.newly_over.length
      ? [
          el(
            'h3',
            { class: 'loud' },
            say('data_households.newly_over', { n: p.newly_over.length, limit: p.limit }),
          ),
          el('ul', { id: 'households-over', class: 'row-list' }, p.newly_over.map(line)),
        ]
      : null,
    p.no_longer_over.length
      ? [
          el(
            'h3',
            { class: 'good' },
            say('data_households.no_longer_over', { n: p.no_longer_over.length }),
          ),
          el('ul', { class: 'row-list' }, p.no_longer_over.map(line)),
        ]
      : null,
  );
}

function buildings() {
  const p = P.found;
  const tabs = Object.keys(KINDS).filter((k) => p.kinds[k]);
  const chips = tabs.map((k) =>
    el(
      'button',
      {
        type: 'button',
        'data-kind': k,
        'aria-pressed': String(P.kind === k),
        onclick: () => {
          P.kind = P.kind === k ? null : k;
          P.shown = AT_ONCE;
          draw();
        },
      },
      say(KINDS[k]),
      el('span', { class: 'many' }, count(p.kinds[k][0])),
      k === 'not_in_file' ? null : el('small', {}, ` ${signed(p.kinds[k][1])}`),
    ),
  );
  const rows = P.kind ? p.changes.filter((c) => c.kind === P.kind) : [];
  const all = P.kind ? p.kinds[P.kind][0] : 0;
  const list = rows
    .slice(0, P.shown)
    .map((c) =>
      el(
        'li',
        {},
        el(
          'button',
          { type: 'button', class: 'row', onclick: () => cardOf(c.id) },
          el('span', { class: 'title' }, c.name),
          el(
            'span',
            { class: 'figure' },
            c.kind === 'new'
              ? say('data_households.households', { n: c.after })
              : c.kind === 'not_in_file'
                ? count(c.before)
                : `${count(c.before)} → ${count(c.after)}`,
          ),
          el(
            'small',
            {},
            `${c.community}${c.kind === 'not_in_file' || c.kind === 'new' ? '' : ` · ${signed(c.change)}`}`,
          ),
        ),
      ),
    );
  return el(
    'section',
    { class: 'section' },
    el('h3', {}, say('data_households.by_building', { same: p.same })),
    el('div', { class: 'chips kinds' }, chips),
    P.kind === 'not_in_file'
      ? el('p', { class: 'legend-note' }, say('data_households.not_in_file_means'))
      : null,
    rows.length ? el('ul', { class: 'row-list' }, list) : null,
    rows.length > P.shown
      ? el(
          'button',
          {
            type: 'button',
            class: 'more',
            onclick: () => {
              P.shown += AT_ONCE;
              draw();
            },
          },
          say('data_households.more', { n: rows.length - P.shown }),
        )
      : null,
    rows.length < all
      ? el('p', { class: 'muted' }, say('data_households.only_first', { n: rows.length, all }))
      : null,
  );
}

function publishing() {
  const p = P.found,
    waits = desk.upload.states.queued || 0;
  const box = (name, key, values) => {
    const input = el('input', { type: 'checkbox', name, checked: P[name] });
    input.onchange = () => {
      P[name] = input.checked;
      draw();
    };
    return el('label', { class: 'check-line' }, input, say(key, values));
  };
  const needs = (waits && !P.unplaced) || (p.warnings.length && !P.sure);
  return el(
    'section',
    { class: 'section publish' },
    may('plan') ? byField() : null,
    waits ? box('unplaced', 'data_households.accept_unplaced', { rows: waits }) : null,
    p.warnings.length
      ? box('sure', 'data_households.accept_warnings', { n: p.warnings.length })
      : null,
    P.said ? el('p', { class: 'says', role: 'alert' }, P.said) : null,
    el(
      'div',
      { class: 'buttons' },
      el(
        'button',
        {
          type: 'button',
          class: 'strong',
          id: 'households-publish',
          says: 'plan',
          disabled: Boolean(needs),
          onclick: () => publish(),
        },
        say('data_households.publish', { day: desk.upload.effective_on }),
      ),
      el('button', { type: 'button', onclick: desk.close }, say('data_households.back')),
      el(
        'button',
        { type: 'button', class: 'danger', needs: 'work', onclick: discard },
        say('data_households.discard'),
      ),
    ),
    el('p', { class: 'legend-note' }, say('data_households.publish_means')),
  );
}

function draw() {
  const p = P.found,
    top = desk.work.scrollTop,
    was = focused()?.name;
  put(
    desk.work,
    head(),
    p.warnings.length
      ? el(
          'ul',
          { class: 'faults warnings', role: 'alert' },
          p.warnings.map((f) => el('li', { class: f.severity }, f.message)),
        )
      : null,
    totals(),
    grids(),
    el('div', { id: 'households-card' }),
    buildings(),
    communities(),
    publishing(),
  );
  desk.work.scrollTop = top;
  if (was === 'unplaced' || was === 'sure') first(`[name="${was}"]`, desk.work)?.focus();
  desk.page.dataset.preview = `${p.upload.id}:${p.after}`;
}

async function publish() {
  const button = buttonOf('households-publish');
  button.disabled = true;
  const file = desk.upload.file,
    day = desk.upload.effective_on;
  try {
    await call(`/uploads/${desk.upload.id}/publish`, {
      body: {
        version: desk.upload.version,
        seen: P.found.seen,
        unplaced: P.unplaced,
        by: by() || undefined,
      },
    });
  } catch (error) {
    if (error.status === 409) {
      tell(why(error), true);
      await open();
      P.said = why(error);
      if (P.found) draw();
      return;
    }
    P.said = findingsOf(error).length
      ? findingsOf(error)
          .map((f) => f.message)
          .join(' ')
      : why(error);
    draw();
    return;
  }
  desk.close();
  await desk.refresh();
  put(
    desk.work,
    el('h2', {}, say('data_households.published_title')),
    el(
      'p',
      { class: 'good', id: 'households-published' },
      say('data_households.published', { file, day }),
    ),
    el('p', { class: 'muted' }, say('data_households.published_then')),
    el('div', { id: 'households-card' }),
  );
}

export { open };
