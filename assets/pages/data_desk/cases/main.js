// 旧网格: the sets, their cases as a list, the case at hand, the keys, and the draft at the end.
import '../../../shared/shell.js';
import { whenOpened } from '../../../shared/desk_start.js';
import { CasesMap } from './map.js';
import { casesUpload } from './upload.js';
import { address, writeAddress } from '../../../shared/address.js';
import { el } from '../../../shared/elements.js';
import { townMap } from '../../../shared/map/maps.js';

const KINDS = { overlap: 'data_cases.kind_overlap', split: 'data_cases.kind_split', partly: 'data_cases.kind_partly', none: 'data_cases.kind_none' };
const LAND = { area_overlap: 'data_cases.kind_area_overlap', area_gap: 'data_cases.kind_area_gap' };
const kindOf = (item) => say({ ...KINDS, ...LAND, ...(ofBorders() ? { overlap: 'data_cases.kind_two_communities', none: 'data_cases.kind_no_community' } : {}) }[item.kind]);
const nameOf = (item) => (item.building === null ? say('data_cases.land', { m2: Math.round(item.area_m2) }) : item.label || say('data_cases.nameless', { id: item.building }));
const sizeOf = (item) => (item.building === null ? '' : item.households === null ? say('data_cases.unknown') : say('data_cases.households', { count: item.households }));
const ofBorders = () => desk.data?.set.kind === 'borders';
const SAID = { // what a refusal means here; the server's own sentence stands below it
  rulings: 'data_cases.conflict_ruling', undo: 'data_cases.conflict_undo', draft: 'data_cases.conflict_draft', preview: 'data_cases.conflict_borders', apply: 'data_cases.conflict_borders', bulk: 'data_cases.conflict_closed', discard: 'data_cases.conflict_closed',
};
const POLL_MS = 5000;
let desk = null;

const $ = (id) => document.getElementById(id);
const count = (v) => (v === null || v === undefined ? '—' : v.toLocaleString('en-US'));
const percent = (share) => `${Math.round(share * 100)}%`;
const say = (key, values) => (desk.words[key] || key).replace(/\{(\w+)\}/g, (_, k) => (typeof values?.[k] === 'number' ? count(values[k]) : values?.[k] ?? ''));

async function call(path, options) {
  const lang = desk.lang;
  const form = options?.form;
  const answer = await fetch(`/api/cases${path}${path.includes('?') ? '&' : '?'}lang=${lang}`, options && {
    method: 'POST',
    headers: form ? { 'X-Getu': 'cases' } : { 'X-Getu': 'cases', 'Content-Type': 'application/json' },
    body: form || JSON.stringify(options.body || {}),
  });
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok) throw Object.assign(new Error(body.error || answer.statusText), { status: answer.status, body });
  return body;
}

const by = () => { try { return localStorage.getItem('getu-by') || ''; } catch { return desk.by || ''; } };
function named() {
  const field = $('cases-by');
  const name = field?.value.trim();
  if (!name) { tell(say('data_cases.by_needed'), true); field?.focus(); return null; }
  keepBy(name);
  return name;
}
function keepBy(name) {
  desk.by = name;
  try { if (name) localStorage.setItem('getu-by', name); } catch { /* asked again next time */ }
}

function tell(message, loud, detail) {
  const box = $('cases-told');
  if (!box) return;
  box.className = loud ? 'told loud' : 'told';
  box.replaceChildren(message || '', detail ? el('small', {}, detail) : '');
}

// ---- what the set is ----------------------------------------------------------------------
const labelOf = (position) => {
  const c = desk.data.claimants[position];
  if (c.label.startsWith('#+')) return say('data_cases.new_grid', { number: c.label.slice(2) });
  return c.name && c.name !== c.label ? c.name : c.label;
};
// A grid of the report, which knows it by its old code.
const calledBy = (label) => { const at = desk.data.claimants.findIndex((c) => c.label === label); return at < 0 ? label : labelOf(at); };
// Once a set is closed, what nobody ruled on went as proposed.
const stateOf = (item) => (item.to !== null || !isOpen() ? 'ruled' : item.deferred ? 'deferred' : 'open');
const given = (item) => (item.to !== null ? say('data_cases.given', { grid: labelOf(item.to), by: item.by }) : say('data_cases.given', { grid: labelOf(item.proposal), by: say('data_cases.by_proposal') }));
const shown = () => desk.data.items.filter((item) => (desk.filter === 'all' || stateOf(item) === desk.filter) && (desk.kind === 'all' || item.kind === desk.kind));
const isOpen = () => desk.data?.set.state === 'open';

function left() {
  const root = $('cases-list');
  if (!desk.data) { root.replaceChildren(el('div', { class: 'cases-head' }, chooser(), upload()), el('p', { id: 'cases-told', class: 'told', role: 'status' }), el('div', { id: 'cases-faults', role: 'alert' })); return; }
  const { set } = desk.data;
  const r = set.report;
  const sum = (name) => (r.communities || []).reduce((all, one) => all + one[name], 0);
  root.replaceChildren(...[
    el('div', { class: 'cases-head' }, chooser(), upload()),
    r.areas === undefined ? null : el('p', { class: 'muted' }, say('data_cases.areas', { areas: r.areas, silent: r.silent, m2: r.silent_m2 })),
    el('p', { class: 'muted' }, say('data_cases.sums', { settled: sum('settled_buildings'), settled_households: sum('settled_households'), cases: sum('case_buildings'), case_households: sum('case_households'), households: sum('households') })),
    r.untouched?.length ? el('p', { class: 'muted' }, say('data_cases.untouched', { names: r.untouched.slice(0, 6).join('、') + (r.untouched.length > 6 ? '…' : ''), count: r.untouched.length })) : null,
    el('div', { id: 'cases-progress' }),
    el('label', { class: 'field', for: 'cases-by' }, say('data_cases.by')),
    el('input', { id: 'cases-by', maxlength: 60, value: by(), autocomplete: 'name', disabled: !isOpen() }),
    isOpen() ? tools() : null,
    el('p', { id: 'cases-told', class: 'told', role: 'status' }),
    el('div', { id: 'cases-faults' }),
    filters(),
    el('ul', { id: 'cases-rows', role: 'listbox', 'aria-label': say('data_cases.cases'), tabindex: 0 }),
  ].filter(Boolean));
  progress();
  rows();
}

function chooser() {
  if (!desk.sets.length) return null;
  const select = el('select', { id: 'cases-set', 'aria-label': say('data_cases.sets') }, desk.sets.map((s) => el('option', { value: s.id, selected: desk.data?.set.id === s.id }, `${s.name} · ${s.ruled}/${s.cases}`)));
  select.onchange = () => open(Number(select.value));
  return select;
}

const upload = () => casesUpload({
  say, call, tell, by, keepBy, county: desk.county, isFirst: () => !desk.sets.length,
  async brought(made) {
    desk.sets = (await call(`/${desk.county}`)).sets;
    await open(made.set.id);
    tell(say('data_cases.brought', { cases: made.set.cases }));
  },
});

function tools() {
  // What the list's filter shows of a kind is what "as proposed" means.
  const bulk = (kind, key) => el('button', { id: `cases-bulk-${kind}`, onclick: () => change('bulk', { kind, of: kind === 'proposal' && desk.kind !== 'all' ? desk.kind : null }, key) }, say(key));
  return el('div', { class: 'cases-tools' },
    ...(ofBorders() ? [] : [bulk('sure', 'data_cases.bulk_sure'), bulk('nearest', 'data_cases.bulk_nearest')]),
    bulk('proposal', 'data_cases.bulk_proposal'),
    el('button', { id: 'cases-undo', title: 'Ctrl+Z', onclick: undo }, say('data_cases.undo')),
    el('button', { id: 'cases-discard', onclick: discard }, say('data_cases.discard')));
}

function filters() {
  const select = (id, value, options, set) => {
    const s = el('select', { id, 'aria-label': say(id === 'cases-filter' ? 'data_cases.filter' : 'data_cases.filter_kind') }, options.map(([v, key]) => el('option', { value: v, selected: v === value }, say(key))));
    s.onchange = () => { set(s.value); rows(); };
    return s;
  };
  return el('div', { class: 'cases-filters' },
    select('cases-filter', desk.filter, [['all', 'data_cases.all'], ['open', 'data_cases.open'], ['deferred', 'data_cases.deferred'], ['ruled', 'data_cases.ruled']], (v) => { desk.filter = v; }),
    select('cases-kind', desk.kind, [['all', 'data_cases.all_kinds'], ...Object.entries(ofBorders() ? { ...LAND, overlap: 'data_cases.kind_two_communities', partly: 'data_cases.kind_partly', none: 'data_cases.kind_no_community' } : KINDS)], (v) => { desk.kind = v; }));
}

function progress() {
  const { set } = desk.data;
  const box = $('cases-progress');
  const bar = el('progress', { max: Math.max(set.cases, 1), value: set.cases ? set.ruled : 1, 'aria-label': say('data_cases.progress_label') });
  const waiting = set.cases - set.ruled;
  const finish = !isOpen() ? null : el('button', { id: 'cases-finish', class: waiting ? '' : 'main', onclick: () => (ofBorders() ? preview(waiting) : finish_(waiting)) }, ofBorders() ? say(waiting ? 'data_cases.preview_rest' : 'data_cases.preview', { count: waiting }) : waiting ? say('data_cases.finish_rest', { count: waiting }) : say('data_cases.finish'));
  const done = set.plan ? el('p', { class: 'cases-done' }, say(ofBorders() ? 'data_cases.done_borders' : 'data_cases.done'), ' ', el('a', { id: 'cases-draft', href: `/planner?county=${desk.county}&draft=${set.plan.id}&lang=${desk.lang}` }, set.plan.name)) : null;
  box.replaceChildren(
    el('p', { class: 'cases-count' }, el('b', {}, `${count(set.ruled)} / ${count(set.cases)}`), ' ', say(ofBorders() ? 'data_cases.progress_borders' : 'data_cases.progress'), isOpen() ? (set.deferred ? ` · ${say('data_cases.progress_deferred', { count: set.deferred })}` : '') : waiting ? ` · ${say('data_cases.rest_proposed', { count: waiting })}` : ''),
    bar, ...[finish, done].filter(Boolean));
  for (const option of $('cases-set')?.options || []) if (Number(option.value) === set.id) option.textContent = `${set.name} · ${set.ruled}/${set.cases}`;
}

const MARKS = { open: '○', deferred: '◌', ruled: '●' };
function rows() {
  const list = shown();
  const box = $('cases-rows');
  box.replaceChildren(...list.map((item) => {
    const state = stateOf(item);
    return el('li', {
      role: 'option', 'data-item': item.id, class: state, 'aria-selected': desk.chosen?.id === item.id ? 'true' : 'false', onclick: () => choose(item, true),
    },
    el('span', { class: 'case-state', title: say({ open: 'data_cases.open', deferred: 'data_cases.deferred', ruled: 'data_cases.ruled' }[state]) }, MARKS[state]),
    el('span', { class: 'case-name' }, nameOf(item)),
    el('span', { class: 'case-figure' }, sizeOf(item)),
    el('span', { class: 'case-claims muted' }, state === 'ruled' ? given(item) : claims(item)));
  }));
  if (!list.length) box.append(el('li', { class: 'muted none' }, say('data_cases.none_of_kind')));
  document.querySelector('#cases-rows [aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
}
const claims = (item) => (item.building === null ? `${kindOf(item)} · ${item.claims.slice(0, 2).map((one) => labelOf(one.claimant)).join(' / ')}` : item.claims.filter((one) => one.share > 0).map((one, at) => `${'ABC'[at] || ''} ${percent(one.share)}`).join(' · ') || kindOf(item));

// ---- the case at hand ---------------------------------------------------------------------
function choose(item, look) {
  desk.chosen = item;
  for (const row of document.querySelectorAll('#cases-rows [data-item]')) row.setAttribute('aria-selected', Number(row.dataset.item) === item?.id ? 'true' : 'false');
  document.querySelector('#cases-rows [aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  desk.map?.choose(item, look);
  right();
}

function right() {
  const root = $('cases-one');
  const item = desk.chosen;
  if (!item) { root.replaceChildren(desk.data ? report() : begin(), ...(desk.data ? [legend()] : [])); return; }
  const fact = (name, value, note) => el('div', { class: 'fact' }, el('dt', {}, name), el('dd', {}, el('span', { class: 'value' }, value), note ? el('span', { class: 'unit' }, note) : ''));
  const cards = item.claims.slice(0, 3).map((claim, at) => {
    const letter = 'ABC'[at];
    const ruled = (item.to ?? (isOpen() ? null : item.proposal)) === claim.claimant;
    return el('div', { class: `claim claim-${letter.toLowerCase()}${ruled ? ' ruled' : ''}` },
      el('h3', {}, el('b', { class: `case-mark case-mark-${letter.toLowerCase()}` }, letter), ' ', labelOf(claim.claimant), item.proposal === claim.claimant ? el('small', {}, say('data_cases.proposal')) : '', ofBorders() ? el('small', {}, say(desk.data.claimants[claim.claimant].is_stored ? 'data_cases.stands' : 'data_cases.brings')) : ''),
      item.building === null ? el('dl', {}, fact(say('data_cases.border'), count(Math.round(claim.border_m)), say('data_cases.metres'))) : claim.share > 0
        ? el('dl', {}, fact(say('data_cases.share'), percent(claim.share), say('data_cases.square_metres', { m2: Math.round(claim.area_m2) })), fact(say('data_cases.of_households'), claim.households === null ? say('data_cases.unknown') : count(claim.households), say('data_cases.unit_households')))
        : el('dl', {}, fact(say('data_cases.distance'), count(Math.round(claim.distance_m)), say('data_cases.metres'))),
      isOpen() ? el('button', { 'data-to': claim.claimant, class: ruled ? 'here' : '', 'aria-pressed': ruled ? 'true' : 'false', onclick: () => rule(claim.claimant) }, say('data_cases.give', { letter }), at < 2 ? el('kbd', {}, letter) : '') : '');
  });
  const others = desk.data.claimants.map((c, position) => ({ ...c, position })).filter((c) => (ofBorders() || c.communities.includes(item.community)) && !item.claims.slice(0, 3).some((one) => one.claimant === c.position));
  const select = el('select', { id: 'cases-other', 'aria-label': say(ofBorders() ? 'data_cases.give_community' : 'data_cases.give_other') }, el('option', { value: '' }, say(ofBorders() ? 'data_cases.give_community' : 'data_cases.give_other')), others.map((c) => el('option', { value: c.position, selected: item.to === c.position }, labelOf(c.position))));
  select.onchange = () => { if (select.value !== '') rule(Number(select.value)); };
  root.replaceChildren(
    el('button', { class: 'close cases-close', 'aria-label': say('data_cases.close'), onclick: () => choose(null) }, '×'),
    el('p', { class: 'kicker' }, kindOf(item)),
    el('h2', {}, nameOf(item)),
    item.building === null ? '' : el('p', { class: 'muted' }, [item.community_name, sizeOf(item), say('data_cases.square_metres', { m2: Math.round(item.area_m2) })].filter(Boolean).join(' · ')),
    ...cards,
    ...(isOpen() ? [el('div', { class: 'claim-more' }, others.length ? select : null, el('button', { id: 'cases-defer', 'aria-pressed': item.deferred ? 'true' : 'false', onclick: defer }, say('data_cases.defer'), el('kbd', {}, 'N')))] : []),
    isOpen() && !ofBorders() && (item.kind === 'none' || item.kind === 'partly') ? el('button', { id: 'cases-grid', title: say('data_cases.make_grid_help'), onclick: () => missingGrid(item) }, say('data_cases.make_grid')) : '',
    stateOf(item) !== 'open' ? el('p', { class: 'muted', id: 'cases-ruled-by' }, stateOf(item) === 'ruled' ? given(item) : say('data_cases.put_off', { by: item.by })) : '',
    isOpen() ? el('p', { class: 'muted keys' }, say('data_cases.keys')) : '',
    legend());
}

function legend() {
  const row = (mark, key) => el('li', {}, el('span', { class: `mark ${mark}` }), el('span', {}, say(key)));
  return el('section', { class: 'section' }, el('h3', {}, say('data_cases.legend')), el('ul', { class: 'legend' }, row('case-open', 'data_cases.open'), row('case-deferred', 'data_cases.deferred'), row('case-ruled', 'data_cases.ruled'), row('case-border', ofBorders() ? 'data_cases.borders_claimed' : 'data_cases.old_borders')));
}

// What happens to a file, while there is none.
const begin = () => el('div', {}, el('h2', {}, say('data_cases.title')), el('p', {}, say('data_cases.empty')), el('ol', { class: 'cases-steps' }, ['data_cases.step_1', 'data_cases.step_2', 'data_cases.step_3'].map((key) => el('li', {}, say(key)))));

// What making the draft moved, or what the file says of itself before.
function report() {
  const { set } = desk.data;
  if (set.report.change) return el('div', { id: 'cases-report' }, changes(set.report.change));
  const made = set.report.draft;
  if (!made) return el('div', {}, el('h2', {}, set.name), el('p', { class: 'muted' }, say('data_cases.of_file', { file: set.file, by: set.by === '-' ? '—' : set.by, date: set.at.slice(0, 10) })), el('p', {}, say(set.cases ? 'data_cases.begin' : 'data_cases.nothing')));
  return el('div', { id: 'cases-report' },
    el('h2', {}, set.plan?.name || set.name),
    el('p', { class: 'muted' }, say('data_cases.made', { grids: made.grids, households: made.households, ruled: made.ruled, proposed: made.by_proposal })),
    el('p', {}, say('data_cases.moved', { m2: made.area_moved_m2 })),
    ...made.communities.map((one) => el('section', { class: 'section' }, el('h3', {}, one.name),
      el('p', {}, say('data_cases.community_made', { grids: one.grids, households: one.households, m2: one.area_moved_m2, plots: one.plots_cut })),
      one.shared ? el('p', { class: 'loud' }, say('data_cases.shared', { count: one.shared })) : null,
      ...one.pieces.map((p) => el('p', { class: 'loud' }, say('data_cases.in_pieces', { grid: calledBy(p.grid), pieces: p.pieces, buildings: p.apart.reduce((n, a) => n + a.buildings, 0), households: p.apart.reduce((n, a) => n + a.households, 0) }))))),
    el('section', { class: 'section' }, el('h3', {}, say('data_cases.reassigned')),
      el('table', { class: 'table' }, el('tbody', {}, made.buildings.map((b) => el('tr', {},
        el('td', {}, desk.data.items.find((i) => i.building === b.building)?.label || say('data_cases.nameless', { id: b.building })),
        el('td', {}, `${b.from.map(calledBy).join(' / ') || '—'} → ${calledBy(b.to)}`), el('td', {}, b.by || say('data_cases.by_proposal'))))))));
}

// What new borders change: communities, buildings, plans. Shown before it is done, and after.
function changes(change) {
  const households = change.buildings.reduce((n, b) => n + (b.households || 0), 0);
  return [
    el('h2', {}, desk.data.set.name),
    el('p', {}, say('data_cases.change', { communities: change.communities.length, buildings: change.buildings.length, households })),
    ...change.problems.map((p) => el('p', { class: 'loud' }, say(p.pieces ? 'data_cases.problem_pieces' : 'data_cases.problem_land', p))),
    change.plan ? el('p', {}, say('data_cases.carried')) : null,
    change.drafts.length ? el('p', { class: 'muted' }, say('data_cases.drafts_stay', { names: change.drafts.join('、') })) : null,
    ...change.communities.map((one) => el('section', { class: 'section' }, el('h3', {}, one.name),
      el('p', {}, say('data_cases.community_change', { before: one.area_before_m2, after: one.area_m2 })),
      one.came || one.went ? el('p', {}, say('data_cases.came_went', one)) : null)),
    change.buildings.length ? el('section', { class: 'section' }, el('h3', {}, say('data_cases.moved_buildings')), el('table', { class: 'table' }, el('tbody', {}, change.buildings.map((b) => el('tr', {}, el('td', {}, b.label), el('td', {}, `${b.from || '—'} → ${b.to}`), el('td', {}, b.households === null ? '' : say('data_cases.households', { count: b.households }))))))) : null,
  ].filter(Boolean);
}

async function preview(waiting) {
  const name = named();
  if (!name) return;
  try {
    const change = await call(`/sets/${desk.data.set.id}/preview?accept=1`);
    choose(null);
    const apply = el('button', { id: 'cases-apply', class: 'main', disabled: change.problems.length > 0, onclick: () => move(name) }, say('data_cases.apply'));
    $('cases-one').replaceChildren(el('div', { id: 'cases-preview' }, waiting ? el('p', { class: 'loud' }, say('data_cases.preview_open', { count: waiting })) : '', ...changes(change), el('div', { class: 'claim-more' }, apply, el('button', { onclick: () => right() }, say('data_cases.not_yet')))));
  } catch (error) {
    tell(say(error.status === 409 ? SAID.preview : 'data_cases.failed'), true, error.message);
  }
}

async function move(name) {
  $('cases-apply').disabled = true;
  tell(say('data_cases.applying'));
  try {
    await call(`/sets/${desk.data.set.id}/apply`, { body: { by: name, accept: true } });
    desk.sets = (await call(`/${desk.county}`)).sets;
    await open(desk.data.set.id, true);
    tell(say('data_cases.applied'));
  } catch (error) {
    await poll();
    right();
    tell(say(error.status === 409 ? SAID.apply : 'data_cases.failed'), true, error.message);
  }
}

// ---- rulings ------------------------------------------------------------------------------
const rule = (to) => one({ to, defer: false });
const defer = () => one(desk.chosen.deferred ? { to: null, defer: false } : { to: null, defer: true });

async function one(what) {
  const item = desk.chosen;
  if (!item || !isOpen()) return;
  const list = shown();
  const next = list[list.findIndex((i) => i.id === item.id) + 1];
  // What the list says when the answer is there decides what comes next, not what stands now.
  const done = await change('rulings', { items: [item.id], seen: desk.data.set.sequence, ...what });
  if (done && (what.to !== null || what.defer)) choose(shown().find((i) => stateOf(i) === 'open' && i.id !== item.id && (!next || i.id === next.id)) || next || item, true);
}

async function undo() {
  await change('undo', {});
  await poll(); // a grid that is taken back leaves other cases
  right();
}

// The file lacks a grid here: the empty ground around the building becomes one.
async function missingGrid(item) {
  const name = named();
  if (!name) return;
  const before = desk.data.items.length;
  tell(say('data_cases.making_grid'));
  try {
    await call(`/sets/${desk.data.set.id}/grid`, { body: { item: item.id, seen: desk.data.set.sequence, by: name } });
    await open(desk.data.set.id, true);
    tell(say('data_cases.made_grid', { count: before - desk.data.items.length }));
  } catch (error) {
    if (error.status === 409) await poll();
    tell(say(error.status === 409 ? SAID.rulings : 'data_cases.failed'), true, error.message);
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
      desk.data = null;
      desk.chosen = null;
      desk.sets = (await call(`/${desk.county}`)).sets;
      if (desk.sets.length) await open(desk.sets[0].id);
      else { desk.map.show({ claimants: [], items: [], set: { state: 'open' } }); left(); right(); writeAddress(); }
    } catch (error) {
      tell(say(error.status === 409 ? SAID.discard : 'data_cases.failed'), true, error.message);
    }
  };
  tell(say('data_cases.discard_question'), true);
  $('cases-told').append(' ', el('button', { id: 'cases-discard-yes', onclick: put }, say('data_cases.discard')), ' ', el('button', { onclick: () => tell('') }, say('data_cases.not_yet')));
}

async function change(what, body, said) {
  const name = named();
  if (!name) return false;
  const before = desk.data.set.ruled;
  try {
    stand(await call(`/sets/${desk.data.set.id}/${what}`, { body: { ...body, by: name } }));
    const ruled = desk.data.set.ruled - before;
    tell(said ? say('data_cases.ruled_at_once', { count: ruled }) : '');
    return true;
  } catch (error) {
    if (error.status === 409) {
      await poll();
      tell(say(SAID[what]), true, error.message);
    } else if (what === 'undo' && error.status === 400) tell(say('data_cases.nothing_to_undo'));
    else tell(say('data_cases.failed'), true, error.message);
    return false;
  }
}

// Take over how every case stands; only what changed is painted.
function stand(answer) {
  const known = new Map(desk.data.items.map((item) => [item.id, item]));
  desk.data.set = answer.set;
  for (const now of answer.items) {
    const item = known.get(now.id);
    if (!item) continue;
    const changed = item.to !== now.to || item.deferred !== now.deferred || item.by !== now.by;
    Object.assign(item, now);
    if (changed) desk.map?.update(item);
  }
  progress();
  rows();
  if (desk.chosen) right();
}

async function poll() {
  if (!desk.data) return;
  const id = desk.data.set.id;
  const answer = await call(`/sets/${id}/standing`).catch(() => null);
  if (!answer || desk.data.set.id !== id) return;
  const ours = new Set(desk.data.items.map((i) => i.id));
  if (answer.items.length !== ours.size || answer.items.some((i) => !ours.has(i.id)) || answer.set.state !== desk.data.set.state || answer.claimants !== desk.data.claimants.length) await open(id, true);
  else if (answer.set.sequence !== desk.data.set.sequence) stand(answer);
}

async function finish_(waiting) {
  const name = named();
  if (!name) return;
  const box = $('cases-progress');
  if (waiting && !box.querySelector('.sure')) {
    box.append(el('div', { class: 'sure', role: 'alert' }, el('p', {}, say('data_cases.accept_question', { count: waiting })), el('button', { id: 'cases-accept', class: 'main', onclick: () => make(name) }, say('data_cases.accept')), ' ', el('button', { onclick: () => progress() }, say('data_cases.not_yet'))));
    return;
  }
  if (!waiting) await make(name);
}

async function make(name) {
  tell(say('data_cases.making'));
  try {
    await call(`/sets/${desk.data.set.id}/draft`, { body: { by: name, name: desk.data.set.name, accept: true } });
    desk.sets = (await call(`/${desk.county}`)).sets;
    await open(desk.data.set.id, true);
    choose(null);
    tell(say('data_cases.made_draft'));
  } catch (error) {
    await poll();
    tell(say(error.status === 409 ? SAID.draft : 'data_cases.failed'), true, error.message);
  }
}

// ---- opening ------------------------------------------------------------------------------
async function open(id, stay) {
  const before = desk.chosen?.id;
  desk.data = await call(`/sets/${id}`);
  desk.chosen = null;
  address.set = id;
  writeAddress();
  left();
  desk.map.show(desk.data);
  if (!stay) desk.map.whole();
  const again = stay && desk.data.items.find((item) => item.id === before);
  choose(again || null);
}

function key(e) {
  if (!desk?.data || !document.querySelector('.cases-page') || e.altKey || e.metaKey) return;
  if (e.target.closest?.('input, select, textarea') && e.target.id !== 'cases-rows') return;
  const list = shown();
  const at = list.findIndex((item) => item.id === desk.chosen?.id);
  const pressed = e.key.toLowerCase();
  if (e.ctrlKey) { if (pressed === 'z' && isOpen()) { e.preventDefault(); undo(); } return; }
  if (pressed === 'arrowdown' || pressed === 'arrowup') {
    if (!list.length) return;
    e.preventDefault();
    choose(list[Math.max(0, Math.min(list.length - 1, at + (pressed === 'arrowdown' ? 1 : -1)))], true);
  } else if (pressed === 'escape') choose(null);
  else if (desk.chosen && isOpen() && (pressed === 'a' || pressed === 'b')) {
    const claim = desk.chosen.claims['ab'.indexOf(pressed)];
    if (claim) rule(claim.claimant);
  } else if (desk.chosen && isOpen() && pressed === 'n') defer();
}

async function openDesk(config) {
  const first = !desk;
  desk = { words: config.words, lang: config.lang, county: config.county, sets: [], data: null, chosen: null, filter: 'all', kind: 'all', by: '', map: null };
  if (first) {
    document.addEventListener('keydown', key);
    setInterval(() => { if (document.visibilityState === 'visible' && document.querySelector('.cases-page')) poll(); }, POLL_MS);
  }
  while (!townMap()?._loaded) await new Promise((done) => setTimeout(done, 50));
  const map = townMap();
  desk.map = new CasesMap(map, (item) => choose(item, false));
  map.on('click', () => choose(null));
  try {
    desk.sets = (await call(`/${config.county}`)).sets;
    const wanted = desk.sets.find((s) => s.id === config.case_set) || desk.sets.find((s) => s.state === 'open') || desk.sets[0];
    if (wanted) await open(wanted.id);
    else { left(); right(); }
  } catch (error) {
    left();
    tell(say('data_cases.failed'), true, error.message);
  }
}

whenOpened(openDesk);
