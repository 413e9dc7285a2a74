// Drafts: choosing, making, naming, removing; and which community is redrawn.
import { desk, say } from '../desk.js';
import { planChoices } from './plan_names.js';
import { ask, by, byField, field, nameField, option } from '../dialog.js';
import { notice } from './notices.js';
import * as saving from '../sync.js';
import { $, el } from '../../../shared/elements.js';

function draftPanel() {
  const { county, draft, state } = desk;
  if (!county) return;
  const drafts = el(
    'select',
    { id: 'planner-draft', onchange: (e) => desk.open(Number(e.target.value), state?.community) },
    draft ? '' : option('', say('planner.choose_draft'), true),
    planChoices(draft?.id),
  );
  const communities = draft
    ? el(
        'select',
        { id: 'planner-community', onchange: (e) => desk.open(draft.id, Number(e.target.value)) },
        draft.community_rows.map((c) => option(c.id, communityLine(c), c.id === state?.community)),
      )
    : '';
  const editable = draft?.editable;
  $('planner-drafts').replaceChildren(
    el('label', { class: 'field', for: 'planner-draft' }, say('planner.draft')),
    drafts,
    el(
      'div',
      { class: 'row' },
      el(
        'button',
        { id: 'planner-new', says: 'plan', onclick: newDraft },
        say('planner.new_draft'),
      ),
      editable ? el('button', { needs: 'plan', onclick: rename }, say('planner.rename')) : '',
      editable ? el('button', { needs: 'plan', onclick: remove }, say('planner.delete')) : '',
    ),
    draft?.parent_name
      ? el('p', { class: 'muted' }, say('planner.from_plan', { name: draft.parent_name }))
      : '',
    draft
      ? el('label', { class: 'field', for: 'planner-community' }, say('planner.community'))
      : '',
    communities,
  );
}

/** @param {{name: string, grids: number, over_limit: number}} row */
const communityLine = (row) =>
  say(row.over_limit ? 'planner.community_over' : 'planner.community_line', {
    name: row.name,
    grids: row.grids,
    over: row.over_limit,
  });

// The line of the community that is drawn says what is on the screen.
/** @param {number} grids @param {number} over */
function countHere(grids, over) {
  const row = desk.draft?.community_rows.find((c) => c.id === desk.state?.community);
  if (!row || (row.grids === grids && row.over_limit === over)) return;
  Object.assign(row, { grids, over_limit: over });
  const line = document.querySelector(`#planner-community option[value="${row.id}"]`);
  if (line) line.textContent = communityLine(row);
}

// There is no draft at all.
function empty() {
  $('planner-grids').replaceChildren();
  $('planner-inspector').replaceChildren(el('p', { class: 'muted' }, say('planner.no_draft')));
  draftPanel();
}

function newDraft() {
  const { county, draft } = desk;
  const call = saving.call;
  const choices = [
    ['in_force', say('planner.source_in_force')],
    ...(draft ? [['plan', say('planner.source_this', { name: draft.name })]] : []),
    ['automatic', say('planner.source_automatic')],
    ['empty', say('planner.source_empty')],
    ['file', say('planner.source_file')],
  ];
  const file = field(
    say('planner.file'),
    el('input', { type: 'file', name: 'file', accept: '.geojson,.json,.gpkg,.zip,.csv' }),
  );
  const crs = field(
    say('planner.crs'),
    el('input', { name: 'crs', placeholder: 'EPSG:4490', maxlength: 40 }),
  );
  file.hidden = crs.hidden = true;
  const source = el(
    'select',
    {
      name: 'source',
      onchange: (e) => {
        file.hidden = crs.hidden = e.target.value !== 'file';
      },
    },
    choices.map(([value, words]) => option(value, words)),
  );
  const which = el(
    'select',
    { name: 'communities' },
    option('', say('planner.all_communities')),
    county.communities.map((c) => option(c.id, c.name)),
  );
  ask(
    say('planner.new_draft'),
    [
      nameField(say('planner.new_name', { date: county.today })),
      field(say('planner.source'), source),
      file,
      crs,
      field(say('planner.community'), which),
      byField(),
    ],
    say('planner.make'),
    async (form) => {
      const communities = form.get('communities') ? [Number(form.get('communities'))] : null;
      let made;
      if (form.get('source') === 'file') {
        const sent = new FormData();
        const given = (name) => /** @type {File | string} */ (form.get(name));
        for (const name of ['name', 'file']) sent.set(name, given(name));
        sent.set('by', by(form) || '');
        if (form.get('crs')) sent.set('crs', given('crs'));
        if (communities) sent.set('communities', communities.join(','));
        const answer = await call(`/${county.county}/drafts/import`, {
          method: 'POST',
          form: sent,
        });
        made = answer.draft;
        const r = answer.report;
        notice('planner.imported', {
          grids: r.grids,
          plots: r.plots,
          cut: r.plots_cut,
          hectares: (r.area_moved_m2 / 1e4).toFixed(2),
          households: r.households_moved,
          gaps: (r.without_grid_m2 / 1e4).toFixed(2),
          overlaps: (r.overlap_m2 / 1e4).toFixed(2),
        });
      } else {
        const kind = form.get('source');
        const from = kind === 'plan' ? { kind, plan: draft.id } : { kind };
        made = await call(`/${county.county}/drafts`, {
          method: 'POST',
          body: { name: form.get('name'), by: by(form), source: from, communities },
        });
      }
      await desk.refresh();
      await desk.open(made.id, communities ? communities[0] : desk.state?.community);
    },
  );
}

function rename() {
  const { draft } = desk;
  ask(say('planner.rename'), [nameField(draft.name)], say('planner.save'), async (form) => {
    await saving.call(`/drafts/${draft.id}`, { method: 'PATCH', body: { name: form.get('name') } });
    draft.name = form.get('name');
    await desk.refresh();
  });
}

function remove() {
  const { draft } = desk;
  ask(
    say('planner.delete_title', { name: draft.name }),
    [el('p', {}, say('planner.delete_words', { strokes: draft.operations }))],
    say('planner.delete'),
    async () => {
      await saving.call(`/drafts/${draft.id}`, { method: 'DELETE' });
      await desk.refresh();
      const { drafts, plans } = desk.county;
      const next = (drafts[0] ?? plans.find((p) => p.state === 'now') ?? plans[0])?.id;
      if (next) await desk.open(next, desk.state?.community);
      else {
        desk.draft = null;
        empty();
      }
    },
  );
}

export { countHere, draftPanel, empty };
