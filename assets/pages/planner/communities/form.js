// The form over the map: what is to become of the land, from which day, by which document.
import { confirm } from './confirm.js';
import { clear, close } from './land.js';
import { desk, reason, say } from '../desk.js';
import { field, option } from '../dialog.js';
import { call } from '../sync.js';
import { $, button, el, field as input } from '../../../shared/elements.js';

function panel() {
  const d = desk;
  const own = d.state.code.slice(0, 9);
  /** @type {any[]} */
  const all = d.county.communities;
  const others = all.filter((c) => c.id !== d.state.community && c.code.startsWith(own));
  const name = field(say('planner.t_name'), el('input', { id: 'territory-name', maxlength: 60 }));
  const to = field(
    say('planner.t_to'),
    el(
      'select',
      { id: 'territory-to', onchange: () => setDays() },
      others.map((c) => option(c.id, c.name)),
    ),
  );
  to.hidden = true;
  const kind = el(
    'select',
    {
      id: 'territory-kind',
      onchange: () => {
        name.hidden = kind.value !== 'split';
        to.hidden = !name.hidden;
        setDays();
      },
    },
    option('split', say('planner.t_split'), true),
    others.length ? option('border', say('planner.t_border')) : '',
  );
  const box = el(
    'form',
    { id: 'planner-territory', class: 'planner-form' },
    el('h3', {}, say('planner.t_title', { name: d.state.name })),
    el('p', { class: 'muted' }, say('planner.t_how')),
    field(say('planner.t_kind'), kind),
    name,
    to,
    el(
      'div',
      { class: 'territory-two' },
      field(
        say('planner.t_on'),
        el('input', {
          id: 'territory-on',
          type: 'date',
          required: true,
        }),
      ),
      field(say('planner.document'), el('input', { id: 'territory-document', maxlength: 80 })),
    ),
    el('p', { id: 'territory-chosen', role: 'status' }),
    el('p', { id: 'territory-said', class: 'loud', role: 'alert' }),
    el(
      'div',
      { class: 'row end' },
      el('button', { type: 'button', onclick: close }, say('planner.cancel')),
      el(
        'button',
        {
          type: 'button',
          onclick: clear,
        },
        say('planner.t_clear'),
      ),
      el(
        'button',
        { type: 'submit', class: 'main', id: 'territory-preview' },
        say('planner.t_preview'),
      ),
    ),
  );
  box.onsubmit = (e) => {
    e.preventDefault();
    preview();
  };
  document.querySelector('.planner-map')?.append(box);
  setDays();
  box.scrollIntoView({ block: 'nearest' }); // on a phone the map is far above the button
}

// The days on which these communities may change, the last of them chosen.
function setDays() {
  const chosen = [desk.state.community];
  if (input('territory-kind').value === 'border') chosen.push(Number(input('territory-to').value));
  /** @type {any[]} */
  const rows = desk.county.communities.filter((/** @type {any} */ c) => chosen.includes(c.id));
  const first = rows
    .map((c) => c.change_days[0])
    .sort()
    .at(-1);
  const last = rows
    .map((c) => c.change_days[1])
    .sort()
    .at(-1);
  const day = input('territory-on');
  const early = first > last;
  Object.assign(day, { min: first, max: last, value: early ? '' : last });
  const late = rows.find((c) => c.change_days[0] === first);
  $('territory-said').textContent = early
    ? say('planner.t_too_early', { name: late.name, since: eve(first), first })
    : '';
}

// The day before one, as YYYY-MM-DD.
/** @param {string} on */
const eve = (on) => new Date(Date.parse(on) - 864e5).toISOString().slice(0, 10);

// What is asked for.
/** @returns {Record<string, any>} */
function asked() {
  const d = desk;
  const kind = input('territory-kind').value;
  return {
    kind,
    community: d.state.community,
    tessellation: d.state.tessellation,
    plots: [...d.choosing.chosen].sort((a, b) => a - b),
    on: input('territory-on').value,
    document_number: input('territory-document').value.trim() || null,
    ...(kind === 'split'
      ? { name: input('territory-name').value.trim() }
      : { to: Number(input('territory-to').value) }),
  };
}

// The server says what it would mean; then it is asked once more.
async function preview() {
  const d = desk;
  const said = $('territory-said');
  const body = asked();
  said.textContent = '';
  if (body.kind === 'split' && !body.name) {
    said.textContent = say('planner.t_name_first');
    $('territory-name').focus();
    return;
  }
  button('territory-preview').disabled = true;
  try {
    const found = await call(`/${d.county.county}/territories`, {
      method: 'POST',
      body: { ...body, preview: true },
    });
    confirm(body, found);
  } catch (error) {
    said.textContent = reason(error);
  } finally {
    button('territory-preview').disabled = false;
  }
}

export { panel };
