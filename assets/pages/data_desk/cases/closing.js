// What ends a set: its draft, its new borders, or that it is let go. Each is shown or asked first.
import { NONE, call, desk, named, say, tell } from './desk.js';
import { poll } from './rulings.js';
import { address, writeAddress } from '../../../shared/address.js';
import { $, button, el } from '../../../shared/elements.js';
import { sum } from '../../../shared/few.js';

// What new borders change: communities, buildings, plans. Shown before it is done, and after.
function changes(change) {
  const households = sum(change.buildings.map((b) => b.households));
  return [
    el('h2', {}, desk.data.set.name),
    el(
      'p',
      {},
      say('data_cases.change', {
        communities: change.communities.length,
        buildings: change.buildings.length,
        households,
      }),
    ),
    ...change.problems.map((p) =>
      el(
        'p',
        { class: 'loud' },
        say(p.pieces ? 'data_cases.problem_pieces' : 'data_cases.problem_land', p),
      ),
    ),
    change.plan ? el('p', {}, say('data_cases.carried')) : null,
    change.drafts.length
      ? el(
          'p',
          { class: 'muted' },
          say('data_cases.drafts_stay', { names: change.drafts.join('、') }),
        )
      : null,
    ...change.communities.map((one) =>
      el(
        'section',
        { class: 'section' },
        el('h3', {}, one.name),
        el(
          'p',
          {},
          say('data_cases.community_change', { before: one.area_before_m2, after: one.area_m2 }),
        ),
        one.came || one.went ? el('p', {}, say('data_cases.came_went', one)) : null,
      ),
    ),
    change.buildings.length
      ? el(
          'section',
          { class: 'section' },
          el('h3', {}, say('data_cases.moved_buildings')),
          el(
            'table',
            { class: 'table' },
            el(
              'tbody',
              {},
              change.buildings.map((b) =>
                el(
                  'tr',
                  {},
                  el('td', {}, b.label),
                  el('td', {}, `${b.from || '—'} → ${b.to}`),
                  el(
                    'td',
                    {},
                    b.households === null
                      ? ''
                      : say('data_cases.households', { count: b.households }),
                  ),
                ),
              ),
            ),
          ),
        )
      : null,
  ].filter(Boolean);
}

async function preview(waiting) {
  const name = named();
  if (!name) return;
  try {
    const change = await call(`/sets/${desk.data.set.id}/preview?accept=1`);
    desk.choose(null);
    const apply = el(
      'button',
      {
        id: 'cases-apply',
        class: 'main',
        disabled: change.problems.length > 0,
        onclick: () => move(name),
      },
      say('data_cases.apply'),
    );
    $('cases-one').replaceChildren(
      el(
        'div',
        { id: 'cases-preview' },
        waiting
          ? el('p', { class: 'loud' }, say('data_cases.preview_open', { count: waiting }))
          : '',
        ...changes(change),
        el(
          'div',
          { class: 'claim-more' },
          apply,
          el('button', { onclick: () => desk.right() }, say('data_cases.not_yet')),
        ),
      ),
    );
  } catch (error) {
    tell(
      say(error.status === 409 ? 'data_cases.conflict_borders' : 'data_cases.failed'),
      true,
      error.message,
    );
  }
}

async function move(name) {
  button('cases-apply').disabled = true;
  tell(say('data_cases.applying'));
  try {
    await call(`/sets/${desk.data.set.id}/apply`, { body: { by: name, accept: true } });
    desk.sets = (await call(`/${desk.county}`)).sets;
    await desk.open(desk.data.set.id, true);
    tell(say('data_cases.applied'));
  } catch (error) {
    await poll();
    desk.right();
    tell(
      say(error.status === 409 ? 'data_cases.conflict_borders' : 'data_cases.failed'),
      true,
      error.message,
    );
  }
}

// Asked twice: what was ruled stays on record, but the set leaves the list.
function discard() {
  const name = named();
  if (!name) return;
  const put = async () => {
    try {
      await call(`/sets/${desk.data.set.id}/discard`, { body: { by: name } });
      address.set = null;
      desk.data = NONE;
      desk.chosen = null;
      desk.sets = (await call(`/${desk.county}`)).sets;
      if (desk.sets.length) await desk.open(desk.sets[0].id);
      else {
        desk.map.show({ claimants: [], items: [], set: { state: 'open' } });
        desk.listed();
        desk.right();
        writeAddress();
      }
    } catch (error) {
      tell(
        say(error.status === 409 ? 'data_cases.conflict_closed' : 'data_cases.failed'),
        true,
        error.message,
      );
    }
  };
  tell(say('data_cases.discard_question'), true);
  $('cases-told').append(
    ' ',
    el('button', { id: 'cases-discard-yes', onclick: put }, say('data_cases.discard')),
    ' ',
    el('button', { onclick: () => tell('') }, say('data_cases.not_yet')),
  );
}

async function finish(waiting) {
  const name = named();
  if (!name) return;
  const box = $('cases-progress');
  if (waiting && !box.querySelector('.sure')) {
    box.append(
      el(
        'div',
        { class: 'sure', role: 'alert' },
        el('p', {}, say('data_cases.accept_question', { count: waiting })),
        el(
          'button',
          { id: 'cases-accept', class: 'main', onclick: () => make(name) },
          say('data_cases.accept'),
        ),
        ' ',
        el('button', { onclick: () => desk.progress() }, say('data_cases.not_yet')),
      ),
    );
    return;
  }
  if (!waiting) await make(name);
}

async function make(name) {
  tell(say('data_cases.making'));
  try {
    await call(`/sets/${desk.data.set.id}/draft`, {
      body: { by: name, name: desk.data.set.name, accept: true },
    });
    desk.sets = (await call(`/${desk.county}`)).sets;
    await desk.open(desk.data.set.id, true);
    desk.choose(null);
    tell(say('data_cases.made_draft'));
  } catch (error) {
    await poll();
    tell(
      say(error.status === 409 ? 'data_cases.conflict_draft' : 'data_cases.failed'),
      true,
      error.message,
    );
  }
}

export { changes, discard, finish, preview };
