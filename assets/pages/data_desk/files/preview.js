// 导入导出: what a file would do, before it does: counts, map, examples, assumptions, faults; the result.
import { writeAddress } from '../../../shared/address.js';
import { $, count, el, put } from '../../../shared/elements.js';
import { collection, townMap } from '../../../shared/map/maps.js';
import { cssToken } from '../../../shared/page.js';

const SHOWN = 200;
const TOKENS = { new: '--good-text', changed: '--chosen', gone: '--muted', unchanged: '--link' };

// The faults as a table: filter by words and gravity, the rest as a CSV file.
function faults(desk, result) {
  const wanted = { severity: result.errors ? 'error' : '', words: '' };
  const rows = el('tbody');
  const note = el('p', { class: 'muted' });
  const fill = () => {
    const found = result.findings.filter(
      (f) =>
        (!wanted.severity || f.severity === wanted.severity) &&
        (!wanted.words ||
          `${f.row ?? ''} ${f.line ?? ''} ${f.field ?? ''} ${f.message}`.includes(wanted.words)),
    );
    put(
      rows,
      found
        .slice(0, SHOWN)
        .map((f) =>
          el(
            'tr',
            { class: f.severity },
            el('td', { class: 'number' }, f.line ?? f.row ?? '—'),
            el('td', {}, f.field || '—'),
            el(
              'td',
              {},
              el(
                'span',
                { class: `files-grave ${f.severity}` },
                desk.words[`import.severity.${f.severity}`],
              ),
            ),
            el('td', {}, f.message),
          ),
        ),
    );
    note.textContent =
      found.length > SHOWN
        ? desk.say('data_files.more_faults', { count: found.length - SHOWN })
        : '';
  };
  const gravity = el(
    'select',
    {
      'aria-label': desk.say('data_files.fault.severity'),
      onchange: (e) => {
        wanted.severity = e.target.value;
        fill();
      },
    },
    [
      ['', 'data_files.all'],
      ['error', 'data_files.only_errors'],
      ['warning', 'data_files.only_warnings'],
    ].map(([v, key]) => el('option', { value: v, selected: v === wanted.severity }, desk.say(key))),
  );
  const search = el('input', {
    type: 'search',
    placeholder: desk.say('data_files.filter'),
    'aria-label': desk.say('data_files.filter'),
    oninput: (e) => {
      wanted.words = e.target.value.trim();
      fill();
    },
  });
  fill();
  const sheet = result.findings.some((f) => f.line);
  return el(
    'section',
    { class: 'files-faults', id: 'files-faults' },
    el(
      'h3',
      {},
      desk.say('data_files.faults_of', { errors: result.errors, warnings: result.warnings }),
    ),
    el(
      'div',
      { class: 'files-filter' },
      gravity,
      search,
      desk.job &&
        el(
          'a',
          { href: `/api/files/jobs/${desk.job}/faults.csv?lang=${desk.lang}`, download: '' },
          `↓ ${desk.say('data_files.faults_csv')}`,
        ),
    ),
    el(
      'div',
      { class: 'wide' },
      el(
        'table',
        { class: 'table' },
        el(
          'thead',
          {},
          el(
            'tr',
            {},
            el(
              'th',
              { class: 'number' },
              desk.say(sheet ? 'data_files.fault.line' : 'data_files.fault.row'),
            ),
            el('th', {}, desk.say('data_files.fault.field')),
            el('th', {}, desk.say('data_files.fault.severity')),
            el('th', {}, desk.say('data_files.fault.message')),
          ),
        ),
        rows,
      ),
    ),
    note,
  );
}

function tile(words, value, tone) {
  return el(
    'div',
    { class: `tile ${tone || ''}` },
    el('span', { class: 'tile-label' }, words),
    el('span', { class: 'tile-value' }, el('b', {}, count(value))),
  );
}

function tiles(desk, result) {
  const changes = result.changes?.counts;
  const shown = changes
    ? [
        ['data_files.new', changes.new],
        ['data_files.changed', changes.changed],
        ['data_files.unchanged', changes.unchanged],
        ['data_files.gone', changes.gone],
      ].map(([key, n]) => tile(desk.say(key), n, `files-${key.split('.')[1]}`))
    : (result.counts || []).map(([words, n]) => tile(words, n));
  if (result.bad_rows)
    shown.push(tile(desk.say('data_files.bad_rows'), result.bad_rows, 'tile-bad'));
  return el('div', { class: 'files-tiles' }, shown);
}

function examples(desk, result) {
  const found = result.changes?.examples;
  if (!found) return null;
  const value = (v) =>
    v === null || v === undefined || v === ''
      ? '—'
      : v === true
        ? desk.say('data_files.yes')
        : v === false
          ? desk.say('data_files.no')
          : String(v);
  const list = (what, key, open) =>
    found[what].length
      ? el(
          'details',
          { open },
          el('summary', {}, desk.say(key, { count: result.changes.counts[what] })),
          el(
            'ul',
            { class: 'files-examples' },
            found[what].slice(0, 20).map((e) =>
              el(
                'li',
                {},
                el('b', {}, e.name || '—'),
                e.fields.map(([name, before, after]) =>
                  el(
                    'span',
                    {},
                    before === null && after === null
                      ? name
                      : `${name} ${value(before)} → ${value(after)}`,
                  ),
                ),
              ),
            ),
          ),
        )
      : null;
  return el(
    'section',
    {},
    list('changed', 'data_files.changed_list', true),
    list('new', 'data_files.new_list', false),
    list('gone', 'data_files.gone_list', false),
  );
}

function draw(desk, features) {
  const holder = $('files-map');
  holder.hidden = !features?.length;
  const map = townMap();
  if (!map || !features?.length) return;
  desk.drawn?.remove();
  const canvas = L.canvas({ pane: 'overlayPane' });
  desk.drawn = L.geoJSON(collection(features), {
    renderer: canvas,
    style: (f) => ({
      color: cssToken(TOKENS[f?.properties.what]),
      weight: 2.5,
      fillOpacity: 0.25,
      dashArray: f?.properties.what === 'gone' ? '4 4' : undefined,
    }),
    pointToLayer: (f, at) =>
      L.circleMarker(at, { renderer: canvas, radius: f.properties.what === 'unchanged' ? 4 : 7 }),
    onEachFeature: (f, layer) =>
      layer.bindTooltip(
        () => {
          const box = document.createElement('div');
          box.textContent = `${desk.say(`data_files.${f.properties.what}`)} ${f.properties.name}`;
          return box;
        },
        { className: 'hint', sticky: true },
      ),
  }).addTo(map);
  setTimeout(() => {
    map.invalidateSize({ animate: false });
    const bounds = desk.drawn.getBounds();
    if (bounds.isValid()) map.fitBounds(bounds, { animate: false, maxZoom: 18, padding: [24, 24] });
  }, 0);
}

// What would happen; nothing is written yet.
function show(desk, result, steps) {
  if (result.already) {
    done(desk, result, steps);
    return;
  }
  const refused = result.refused;
  const clean = !refused && !result.bad_rows;
  const nothing =
    !refused && result.changes && !result.changes.counts.new && !result.changes.counts.changed;
  const buttons = el(
    'div',
    { class: 'files-buttons' },
    clean &&
      !nothing &&
      el(
        'button',
        {
          id: 'files-import',
          class: 'main',
          says: 'plan',
          onclick: () => steps.bring(result, false),
        },
        desk.say('data_files.import'),
      ),
    !refused &&
      result.bad_rows > 0 &&
      result.rows_read > result.bad_rows &&
      el(
        'button',
        { id: 'files-skip', says: 'plan', onclick: () => steps.bring(result, true) },
        desk.say('data_files.import_rest', { rows: result.bad_rows }),
      ),
    result.stale &&
      el('button', { class: 'main', onclick: steps.judge }, desk.say('data_files.judge_again')),
    el('button', { onclick: steps.ask }, desk.say('data_files.back')),
    el('button', { onclick: steps.start }, desk.say('data_files.other_file')),
  );
  const title = result.stale
    ? 'data_files.stale'
    : refused
      ? 'data_files.refused'
      : result.bad_rows
        ? 'data_files.has_faults'
        : nothing
          ? 'data_files.nothing_new'
          : 'data_files.would';
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card', id: 'files-preview' },
      el('h2', { class: clean ? '' : 'loud' }, desk.say(title, { rows: result.bad_rows || 0 })),
      el(
        'p',
        { class: 'muted' },
        `${desk.upload.name} · ${desk.say('data_files.rows_read', { rows: result.rows_read ?? 0 })}`,
      ),
      refused ? null : tiles(desk, result),
      buttons,
    ),
  );
  $('files-runs').hidden = true;
  draw(desk, refused ? [] : result.map);
  put(
    $('files-more'),
    result.findings.length ? faults(desk, result) : null,
    refused ? null : examples(desk, result),
    result.notes?.length
      ? el(
          'section',
          {},
          el('h3', {}, desk.say('data_files.assumed')),
          el(
            'ul',
            { class: 'files-notes' },
            result.notes.map((n) => el('li', {}, n)),
          ),
        )
      : null,
  );
}

// What did happen.
function done(desk, result, steps) {
  $('files-map').hidden = true;
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card', id: 'files-done' },
      el(
        'h2',
        { class: 'good' },
        desk.say(result.already ? 'data_files.already' : 'data_files.imported', {
          rows: result.rows_written ?? 0,
          name: desk.upload?.name || '',
        }),
      ),
      result.already ? null : tiles(desk, { ...result, bad_rows: 0 }),
      result.made?.length
        ? el(
            'ul',
            { class: 'files-notes' },
            result.made.map((m) => el('li', {}, m)),
          )
        : null,
      el(
        'div',
        { class: 'files-buttons' },
        el(
          'a',
          { class: 'quiet', href: '/', 'data-keep': 'path=/' },
          desk.say('data_files.to_map'),
        ),
        el('button', { onclick: () => location.reload() }, desk.say('data_files.to_list')),
        el('button', { onclick: steps.start }, desk.say('data_files.next_file')),
      ),
    ),
  );
  put(
    $('files-more'),
    result.notes?.length
      ? el(
          'section',
          {},
          el('h3', {}, desk.say('data_files.assumed')),
          el(
            'ul',
            { class: 'files-notes' },
            result.notes.map((n) => el('li', {}, n)),
          ),
        )
      : null,
  );
  writeAddress();
}

export { show, done, faults };
