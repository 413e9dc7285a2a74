// From a file to an open table: its sheets, which column is what, the day and the source.
import { by, byField, desk, findingsOf, say, send, tell, why } from '../desk.js';
import { assign, dayOf, fieldsOf, isCounted, isPlaced, oneRowEach } from './layout.js';
import { button as buttonOf, el, field, first, put } from '../../../../shared/elements.js';

/** @type {Record<string, string>} */
const FIELDS = {
  community: 'data_households.field_community',
  estate: 'data_households.field_estate',
  building: 'data_households.field_building',
  entrance: 'data_households.field_entrance',
  address: 'data_households.field_address',
  code: 'data_households.field_code',
  resident: 'data_households.field_resident',
  registered: 'data_households.field_registered',
  rented: 'data_households.field_rented',
  vacant: 'data_households.field_vacant',
  dwellings: 'data_households.field_dwellings',
  persons: 'data_households.field_persons',
  elderly: 'data_households.field_elderly',
  children: 'data_households.field_children',
  employed: 'data_households.field_employed',
  floating_population: 'data_households.field_floating_population',
};
/** @type {any} the file at hand: {file, sheets, at, layouts, day, source, skip} */
let S = null;

/** @typedef {import('../desk.js').Finding} Finding */
/** @param {File} file */
async function look(file) {
  show(
    el(
      'div',
      { class: 'reading' },
      el('p', {}, say('data_households.reading', { file: file.name })),
      el('progress', { id: 'households-progress', max: 1 }),
    ),
  );
  const form = new FormData();
  form.append('file', file);
  try {
    const answer = await send(`/${desk.config.county}/look`, form, progress);
    S = {
      file,
      sheets: answer.sheets,
      at: 0,
      layouts: answer.sheets.map((s) => structuredClone(s.layout)),
    };
    S.day = dayOf([...(answer.sheets[0]?.title || []), file.name, answer.sheets[0]?.sheet || '']);
    S.source = say('data_households.source_default');
    S.skip = false;
    keep(file.name);
    draw();
  } catch (error) {
    refused(error);
  }
}
// The guess was wrong: the row that a person points at is the header.
/** @param {number} row */
async function headerIs(row) {
  const form = new FormData();
  form.append('file', S.file);
  form.append('sheet', S.sheets[S.at].sheet);
  form.append('header', String(row));
  try {
    const [seen] = (await send(`/${desk.config.county}/look`, form, progress)).sheets;
    S.sheets[S.at] = seen;
    S.layouts[S.at] = structuredClone(seen.layout);
    draw();
  } catch (error) {
    draw(error);
  }
}
/** @param {number} share of the file that is sent */
function progress(share) {
  const bar = field('households-progress');
  if (bar && share < 1) bar.value = String(share);
  else bar?.removeAttribute('value'); // sent: now it is read
}

/** @param {any} error of a call */
function refused(error) {
  show(
    el(
      'div',
      { class: 'reading' },
      el('h2', {}, say('data_households.not_read')),
      faults(error),
      el('p', { class: 'muted' }, say('data_households.nothing_changed')),
      el('button', { type: 'button', onclick: () => close() }, say('data_households.cancel')),
    ),
  );
  function faults(e) {
    return findingsOf(e).length
      ? el(
          'ul',
          { class: 'faults', role: 'alert' },
          findingsOf(e).map((f) => el('li', { class: f.severity }, f.message)),
        )
      : el('p', { class: 'says', role: 'alert' }, why(e));
  }
}

/** @param {...Child} content */
function show(...content) {
  const opens = desk.sheet.hidden;
  desk.sheet.hidden = false;
  put(desk.sheet, ...content);
  if (opens) desk.sheet.scrollIntoView({ block: 'start' }); // on a phone it stands below the map
}
// A browser gives a file to one page only: after a reload it must be chosen again.
const KEPT = 'getu-households-file';
/** @param {string | null} name */
function keep(name) {
  try {
    if (name) sessionStorage.setItem(KEPT, name);
    else sessionStorage.removeItem(KEPT);
  } catch {
    /* then nobody is reminded */
  }
}
function remind() {
  let name = null;
  try {
    name = sessionStorage.getItem(KEPT);
  } catch {
    /* nothing was kept */
  }
  if (name) tell(say('data_households.choose_again', { file: name }), true);
  keep(null);
}
function close() {
  S = null;
  keep(null);
  desk.sheet.hidden = true;
  put(desk.sheet);
}

/** @param {any} [error] of a call */
function draw(error) {
  const sheet = S.sheets[S.at],
    layout = S.layouts[S.at];
  const of = fieldsOf(layout); // column → field
  const width = Math.max(layout.labels.length, ...sheet.rows.map((r) => r.length), 0);
  const options = (column) => [
    el('option', { value: '' }, say('data_households.field_none')),
    ...[...desk.config.households.places, ...desk.config.households.measures].map((field) =>
      el('option', { value: field, selected: of[column] === field }, say(FIELDS[field])),
    ),
  ];
  const choose = (column, field) => {
    assign(layout, column, field);
    draw();
    first(`[data-column="${column}"]`, desk.sheet)?.focus();
  };
  const head = el(
    'tr',
    {},
    el('th', { class: 'pick' }),
    Array.from({ length: width }, (_, j) => {
      const label = layout.labels[j] || say('data_households.column', { n: j + 1 });
      if (sheet.private.includes(j))
        return el(
          'th',
          { class: 'private' },
          el('span', {}, label),
          el('small', {}, say('data_households.private')),
        );
      const select = el(
        'select',
        {
          'data-column': j,
          'aria-label': say('data_households.column_is', { label }),
          class: of[j] ? 'used' : '',
        },
        options(j),
      );
      select.onchange = () => choose(j, select.value);
      const sure = sheet.confidence[of[j]];
      return el(
        'th',
        { class: of[j] ? 'used' : '' },
        el('span', {}, label),
        select,
        of[j] && sure !== undefined && sure < 0.7
          ? el('small', { class: 'loud' }, say('data_households.unsure'))
          : null,
      );
    }),
  );
  const pick = (row) =>
    el(
      'td',
      { class: 'pick' },
      el(
        'button',
        {
          type: 'button',
          'data-header': row,
          title: say('data_households.header_is_why'),
          onclick: () => headerIs(row),
        },
        say('data_households.header_is'),
      ),
    );
  const start = sheet.layout.header_rows.length ? sheet.layout.header_rows[0] : 0;
  const above = (sheet.above || []).map((cells, i) =>
    el(
      'tr',
      { class: 'above' },
      pick(start - sheet.above.length + i),
      Array.from({ length: width }, (_, j) => el('td', {}, cells[j] || '')),
    ),
  );
  const rows = sheet.rows.slice(0, 12).map((cells, i) =>
    el(
      'tr',
      {},
      pick(sheet.layout.first_row + i),
      Array.from({ length: width }, (_, j) =>
        el(
          'td',
          { class: of[j] ? 'used' : sheet.private.includes(j) ? 'private' : '' },
          cells[j] || '',
        ),
      ),
    ),
  );
  const day = el('input', { type: 'date', name: 'day', required: true, value: S.day });
  day.onchange = () => {
    S.day = day.value;
  };
  const source = el('input', {
    type: 'text',
    name: 'source',
    maxlength: 60,
    required: true,
    value: S.source,
  });
  source.onchange = () => {
    S.source = source.value;
  };
  const single = el('input', { type: 'checkbox', name: 'single', checked: layout.per_household });
  single.onchange = () => {
    oneRowEach(layout, single.checked);
    draw();
  };
  const counted = isCounted(layout),
    placed = isPlaced(layout);
  const tabs =
    S.sheets.length > 1
      ? el(
          'div',
          { class: 'chips sheets' },
          S.sheets.map((s, i) =>
            el(
              'button',
              {
                type: 'button',
                'aria-pressed': String(i === S.at),
                onclick: () => {
                  S.at = i;
                  draw();
                },
              },
              s.sheet,
              s.hidden ? el('small', {}, say('data_households.hidden_sheet')) : null,
            ),
          ),
        )
      : null;
  const notes = sheet.findings.length
    ? el(
        'ul',
        { class: 'faults' },
        sheet.findings.map((f) => el('li', { class: f.severity }, f.message)),
      )
    : null;
  const wrong = error
    ? el(
        'div',
        { role: 'alert' },
        el(
          'p',
          { class: 'says' },
          findingsOf(error).length
            ? say('data_households.faults', { n: findingsOf(error).length })
            : why(error),
        ),
        findingsOf(error).length
          ? el(
              'ul',
              { class: 'faults' },
              findingsOf(error).map((f) => el('li', { class: f.severity }, f.message)),
            )
          : null,
        findingsOf(error).some((f) => f.severity === 'error') ? skipBox() : null,
      )
    : null;
  const form = el(
    'form',
    { class: 'open-form' },
    el('label', { class: 'line' }, el('span', {}, say('data_households.day')), day),
    el('label', { class: 'line' }, el('span', {}, say('data_households.source')), source),
    byField(),
    el('label', { class: 'check-line' }, single, say('data_households.one_row_one_household')),
    !placed ? el('p', { class: 'says' }, say('data_households.need_place')) : null,
    !counted ? el('p', { class: 'says' }, say('data_households.need_count')) : null,
    el(
      'div',
      { class: 'buttons' },
      el(
        'button',
        { type: 'submit', class: 'strong', disabled: !placed || !counted, id: 'households-read' },
        say('data_households.read'),
      ),
      el('button', { type: 'button', onclick: () => close() }, say('data_households.cancel')),
    ),
  );
  form.onsubmit = (e) => {
    e.preventDefault();
    S.day = day.value;
    S.source = source.value;
    open();
  };
  show(
    el('h2', {}, S.file.name),
    el('p', { class: 'muted' }, say('data_households.columns_how')),
    tabs,
    sheet.title.length ? el('p', { class: 'table-title' }, sheet.title.join(' ')) : null,
    notes,
    sheet.rows.length
      ? el(
          'div',
          { class: 'preview-holder', tabindex: '0' },
          el('table', { class: 'preview' }, el('thead', {}, above, head), el('tbody', {}, rows)),
        )
      : el('p', { class: 'says' }, say('data_households.empty_sheet')),
    wrong,
    form,
  );
}
function skipBox() {
  const box = el('input', { type: 'checkbox', name: 'skip', checked: S.skip });
  box.onchange = () => {
    S.skip = box.checked;
  };
  return el('label', { class: 'check-line' }, box, say('data_households.skip_faulty'));
}

async function open() {
  const button = buttonOf('households-read');
  button.disabled = true;
  put(button, say('data_households.matching'));
  button.after(el('progress', { id: 'households-progress', max: 1 }));
  const form = new FormData();
  form.append('file', S.file);
  form.append('sheet', S.sheets[S.at].sheet);
  form.append('layout', JSON.stringify(S.layouts[S.at]));
  form.append('effective_on', S.day);
  form.append('source', S.source.trim());
  if (by()) form.append('by', by());
  if (S.skip) form.append('skip', '1');
  try {
    const upload = await send(`/${desk.config.county}/open`, form, progress);
    close();
    const n = (/** @type {string} */ state) => upload.states[state] || 0;
    tell(
      say('data_households.read_done', {
        placed: n('placed'),
        queued: n('queued'),
        unplaced: n('unplaced'),
      }),
    );
    await desk.refresh();
    await desk.open(upload.id);
  } catch (error) {
    if (S) draw(error);
    else tell(why(error), true);
  }
}

export { look, close, dayOf, remind };
