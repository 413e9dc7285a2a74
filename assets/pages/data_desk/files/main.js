// 导入导出: choose a kind, give a file, say only what the file does not, see what it would do.
import '../../../shared/shell.js';
import { whenOpened } from '../../../shared/desk_start.js';
import * as previews from './preview.js';
import { writeAddress } from '../../../shared/address.js';
import {
  $,
  button as buttonOf,
  count,
  dropZone,
  el,
  put,
  sayer,
  systemOptions,
} from '../../../shared/elements.js';
import { isNamed } from '../../../shared/page.js';

const POLL_MS = 500;
/** @type {any} */
let desk = null;

const kindOf = (key) => desk.kinds.find((k) => k.key === key);
const stored = (key, value) => {
  try {
    if (value !== undefined) localStorage.setItem(key, value);
    return localStorage.getItem(key) || '';
  } catch {
    return '';
  } // the browser keeps nothing
};

async function call(path, options) {
  const query = new URLSearchParams({ lang: desk.lang, kind: desk.kind || '' });
  const answer = await fetch(
    `/api/files${path}${path.includes('?') ? '&' : '?'}${query}`,
    options && {
      method: options.method || 'POST',
      headers: { 'X-Getu': 'files', 'Content-Type': 'application/json' },
      body: options.body ? JSON.stringify(options.body) : undefined,
    },
  );
  const body = await answer.json().catch(() => ({}));
  if (!answer.ok)
    throw Object.assign(new Error(body.error || answer.statusText), {
      status: answer.status,
      findings: body.findings,
    });
  return body;
}

function tell(message, loud) {
  const box = $('files-told');
  if (box) {
    box.textContent = message || '';
    box.className = loud ? 'told loud' : 'told';
  }
}

// ---- the panel: kind, file, who ----------------------------------------------------------------
function panel() {
  const kind = kindOf(desk.kind);
  put(
    $('files-panel'),
    el(
      'section',
      { needs: 'work' },
      el('h2', {}, desk.say('data_files.bring')),
      el('label', { class: 'field', for: 'files-kind' }, desk.say('data_files.what')),
      el(
        'select',
        {
          id: 'files-kind',
          onchange: (e) => {
            desk.kind = e.target.value;
            forget();
            panel();
          },
        },
        desk.kinds.map((k) =>
          el('option', { value: k.key, selected: k.key === desk.kind }, k.words),
        ),
      ),
      el('p', { class: 'muted' }, kind.help),
      kind.template &&
        el(
          'a',
          {
            class: 'files-template',
            href: `/api/files/templates/${kind.key}.xlsx?lang=${desk.lang}`,
            download: '',
          },
          `↓ ${desk.say('data_files.template_get')}`,
        ),
      drop(),
      isNamed()
        ? null
        : el(
            'label',
            { class: 'field', for: 'files-by', needs: 'work' },
            desk.say('data_files.by'),
          ),
      isNamed()
        ? null
        : el('input', {
            id: 'files-by',
            needs: 'work',
            maxlength: 60,
            value: stored('getu-by'),
            autocomplete: 'name',
            onchange: (e) => stored('getu-by', e.target.value.trim()),
          }),
      el('p', { id: 'files-told', class: 'told', role: 'status' }),
      el(
        'div',
        { class: 'files-elsewhere' },
        desk.elsewhere.map((one) =>
          el(
            'p',
            {},
            `${one.words} → `,
            el(
              'a',
              { href: `?tab=${one.tab}`, 'data-keep': `tab=${one.tab}` },
              desk.say('data_files.other_tab'),
            ),
            one.template && [
              ' · ',
              el(
                'a',
                {
                  href: `/api/files/templates/${one.template}.xlsx?lang=${desk.lang}`,
                  download: '',
                },
                desk.say('data_files.template'),
              ),
            ],
          ),
        ),
      ),
    ),
    exports(),
  );
  writeAddress();
}

const drop = () =>
  el(
    'div',
    { needs: 'work' },
    dropZone('files-file', desk.say('data_files.drop'), desk.say('data_files.drop_help'), '', give),
  );

function exports() {
  const named = (format) => ({ geojson: 'GeoJSON' })[format] || format.toUpperCase();
  const list = (entries) =>
    el(
      'dl',
      { class: 'files-out' },
      entries.map((one) => [
        el('dt', {}, one.words),
        el(
          'dd',
          {},
          one.formats.map((format) =>
            el(
              'a',
              {
                href: one.href.replace('{form}', format),
                download: '',
                'data-paper': `${one.words} ${named(format)}`,
                'aria-label': `${one.words} ${named(format)}`,
              },
              named(format),
            ),
          ),
        ),
      ]),
    );
  const rows = desk.exports.map((one) => ({
    ...one,
    href: `/api/files/${desk.county}/export/${one.key}.{form}?lang=${desk.lang}`,
  }));
  return el(
    'section',
    { class: 'section' },
    el('h3', {}, desk.say('data_files.out')),
    el('p', { class: 'muted' }, desk.say('data_files.out_help')),
    list(rows),
    el('h3', { class: 'files-results' }, desk.say('data_files.results')),
    list(desk.results),
  );
}

// ---- the file ----------------------------------------------------------------------------------
function give(file) {
  discard();
  forget();
  const query = new URLSearchParams({
    kind: desk.kind,
    name: file.name,
    by: stored('getu-by'),
    lang: desk.lang,
  });
  const request = new XMLHttpRequest();
  desk.sending = true;
  request.onloadend = () => {
    desk.sending = false;
  };
  const bar = el('progress', { max: 1, value: 0 });
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card' },
      el('p', {}, desk.say('data_files.sending', { name: file.name })),
      bar,
      el('button', { onclick: () => request.abort() }, desk.say('data_files.cancel')),
    ),
  );
  $('files-runs').hidden = true;
  reveal();
  request.open('POST', `/api/files/${desk.county}/uploads?${query}`);
  request.setRequestHeader('X-Getu', 'files');
  request.setRequestHeader('Content-Type', 'application/octet-stream');
  request.upload.onprogress = (e) => {
    if (e.lengthComputable) bar.value = e.loaded / e.total;
  };
  request.onabort = () => start();
  request.onerror = () => failed(desk.say('data_files.lost'));
  request.onload = () => {
    let body = {};
    try {
      body = JSON.parse(request.responseText);
    } catch {
      /* said below */
    }
    if (request.status !== 201) {
      failed(
        body.findings?.length ? '' : body.error || desk.say('data_files.lost'),
        body.findings,
        file.name,
      );
      return;
    }
    desk.upload = body;
    desk.options = {
      crs: '',
      layer: body.look?.layer || '',
      encoding: '',
      as_of: '',
      source: '',
      columns: { ...body.look?.matched },
    };
    ask();
  };
  request.send(file);
}

// On a phone the file at hand stands below the panel.
function reveal() {
  if (window.innerWidth < 900) $('files-work').scrollIntoView({ block: 'start' });
}

function failed(message, findings, name) {
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card' },
      el('h2', {}, desk.say('data_files.unusable', { name: name || '' })),
      message && el('p', { class: 'loud' }, message),
      findings?.length
        ? previews.faults(desk, { findings, errors: findings.length, warnings: 0 })
        : null,
      el('button', { onclick: start }, desk.say('data_files.other_file')),
    ),
  );
  put($('files-more'));
}

// ---- what only the user can say: shown only where the file does not ---------------------------
function ask() {
  const { look } = desk.upload;
  $('files-map').hidden = true;
  put($('files-more'));
  const fields = [];
  const field = (label, control) =>
    fields.push(el('label', { class: 'files-field' }, el('span', {}, label), control));
  if (look?.layers?.length > 1) {
    field(
      desk.say('data_files.layer'),
      el(
        'select',
        { id: 'files-layer', onchange: (e) => again({ layer: e.target.value }) },
        look.layers.map((l) => el('option', { value: l, selected: l === look.layer }, l)),
      ),
    );
  }
  if (kindOf(desk.kind).place) {
    const known = look ? look.crs : 'own';
    field(
      desk.say(known ? 'data_files.crs_known' : 'data_files.crs'),
      el(
        'select',
        {
          id: 'files-crs',
          onchange: (e) => {
            desk.options.crs = e.target.value;
            ready();
          },
        },
        el(
          'option',
          { value: '' },
          known === 'own'
            ? desk.say('data_files.crs_own')
            : known
              ? desk.say('data_files.crs_as_said', { crs: known })
              : desk.say('data_files.crs_choose'),
        ),
        systemOptions(desk.say, desk.options.crs),
      ),
    );
  }
  field(
    desk.say('data_files.as_of'),
    el('input', {
      id: 'files-day',
      type: 'date',
      value: desk.options.as_of,
      onchange: (e) => {
        desk.options.as_of = e.target.value;
      },
    }),
  );
  const more = el(
    'details',
    {},
    el('summary', {}, desk.say('data_files.more_options')),
    el(
      'label',
      { class: 'files-field' },
      el('span', {}, desk.say('data_files.encoding')),
      el(
        'select',
        { id: 'files-encoding', onchange: (e) => again({ encoding: e.target.value }) },
        [
          ['', 'data_files.encoding_auto'],
          ['UTF-8', null],
          ['GBK', null],
          ['GB18030', null],
        ].map(([v, key]) =>
          el(
            'option',
            { value: v, selected: v === desk.options.encoding },
            key ? desk.say(key) : v,
          ),
        ),
      ),
    ),
    el(
      'label',
      { class: 'files-field' },
      el('span', {}, desk.say('data_files.source')),
      el('input', {
        id: 'files-source',
        maxlength: 80,
        value: desk.options.source,
        placeholder: desk.say('data_files.source_help'),
        onchange: (e) => {
          desk.options.source = e.target.value.trim();
        },
      }),
    ),
  );
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card' },
      el('h2', {}, desk.upload.name),
      el(
        'p',
        { class: 'muted' },
        [
          look?.rows && desk.say('data_files.rows_there', { rows: look.rows }),
          `${count(Math.max(1, Math.round(desk.upload.bytes / 1000)))} KB`,
        ]
          .filter(Boolean)
          .join(' · '),
      ),
      el('div', { class: 'files-fields' }, fields),
      look && mapping(look),
      look && more,
      el('p', { id: 'files-missing', class: 'loud' }),
      el(
        'div',
        { class: 'files-buttons' },
        el(
          'button',
          { id: 'files-judge', class: 'main', onclick: judge },
          desk.say('data_files.judge'),
        ),
        el('button', { onclick: instead }, desk.say('data_files.other_file')),
      ),
    ),
  );
  ready();
}

async function again(change) {
  Object.assign(desk.options, change);
  const query = new URLSearchParams({ layer: desk.options.layer, encoding: desk.options.encoding });
  try {
    const { look } = await call(`/uploads/${desk.upload.id}/look?${query}`);
    desk.upload.look = look;
    desk.options.columns = { ...look.matched };
    ask();
  } catch (error) {
    failed(error.message, error.findings, desk.upload.name);
  }
}

// Their columns with the first rows; above each, which of ours it is.
function mapping(look) {
  const ours = look.ours;
  const of = (theirs) =>
    Object.keys(desk.options.columns).find((k) => desk.options.columns[k] === theirs) || '';
  const choose = (theirs) => {
    const select = el(
      'select',
      {
        'aria-label': theirs,
        onchange: () => {
          const before = of(theirs);
          if (before) delete desk.options.columns[before];
          if (select.value) desk.options.columns[select.value] = theirs;
          ask();
        },
      },
      el('option', { value: '' }, desk.say('data_files.column_unused')),
      ours.map((o) =>
        el(
          'option',
          {
            value: o.name,
            selected: of(theirs) === o.name,
            disabled: o.name in desk.options.columns && of(theirs) !== o.name,
          },
          o.words + (o.needed ? ' *' : ''),
        ),
      ),
    );
    return select;
  };
  return el(
    'div',
    { class: 'wide' },
    el('p', { class: 'muted' }, desk.say('data_files.columns_help')),
    el(
      'table',
      { class: 'table files-columns' },
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          look.columns.map((c) => el('th', { class: of(c) ? 'matched' : '' }, choose(c))),
        ),
        el(
          'tr',
          {},
          look.columns.map((c) => el('th', {}, c)),
        ),
      ),
      el(
        'tbody',
        {},
        look.first.map((row) =>
          el(
            'tr',
            {},
            row.map((v) => el('td', {}, v === null ? '' : v)),
          ),
        ),
      ),
    ),
  );
}

function ready() {
  const { look } = desk.upload;
  const button = buttonOf('files-judge');
  const missing = (look?.ours || [])
    .filter((o) => o.needed && !(o.name in desk.options.columns))
    .map((o) => o.words);
  const needsCrs =
    look?.needs_crs && !desk.options.crs && (!look.table || 'lon' in desk.options.columns);
  const said = [
    missing.length ? desk.say('data_files.columns_missing', { names: missing.join('、') }) : '',
    needsCrs ? desk.say('data_files.crs_missing') : '',
  ].filter(Boolean);
  $('files-missing').textContent = said.join(' ');
  button.disabled = said.length > 0;
}

// ---- judged, then imported: in the background, with progress -----------------------------------
const body = (extra) => ({ ...desk.options, ...extra, kind: desk.kind, by: stored('getu-by') });

function judge() {
  follow('judge', body({}), (result) =>
    previews.show(desk, result, { bring, ask, start: instead }),
  );
}
function bring(result, skip) {
  follow('import', body({ digest: result.digest, skip }), (done) => {
    if (done.refused) previews.show(desk, done, { bring, ask, start: instead, judge });
    else previews.done(desk, done, { start });
  });
}

async function follow(what, values, then) {
  const bar = el('progress', { max: 1 });
  const said = el('p', { class: 'muted' });
  const stop = el('button', {}, desk.say('data_files.cancel'));
  $('files-map').hidden = true;
  put($('files-more'));
  put(
    $('files-work'),
    el(
      'div',
      { class: 'files-card', id: 'files-working' },
      el('h2', {}, desk.say(what === 'judge' ? 'data_files.judging' : 'data_files.importing')),
      bar,
      said,
      stop,
    ),
  );
  const ticket = {};
  desk.ticket = ticket;
  try {
    let job = await call(`/uploads/${desk.upload.id}/${what}`, { body: values });
    desk.job = job.id;
    stop.onclick = () => {
      stop.disabled = true;
      call(`/jobs/${job.id}/cancel`, {}).catch(() => {});
    };
    while (ticket === desk.ticket && (job.state === 'waiting' || job.state === 'running')) {
      bar.value = job.progress;
      said.textContent = job.stage || desk.say('data_files.queued');
      await new Promise((next) => setTimeout(next, POLL_MS));
      job = await call(`/jobs/${job.id}`).catch((error) => {
        if (error.status) throw error;
        return job;
      });
    }
    if (ticket !== desk.ticket) return;
    if (job.state === 'done') {
      then(job.result);
      reveal();
    } else if (job.state === 'cancelled') {
      ask();
      $('files-missing').textContent = desk.say('data_files.cancelled');
    } else failed(desk.say('data_files.job_failed', { why: job.message || '' }));
  } catch (error) {
    if (ticket === desk.ticket) failed(error.message, error.findings, desk.upload?.name);
  }
}

// How it goes, while there is no file: what is written when, and what is never.
function steps() {
  return el(
    'div',
    { class: 'files-card files-steps', needs: 'work' },
    el(
      'ol',
      {},
      ['data_files.step_1', 'data_files.step_2', 'data_files.step_3'].map((key) =>
        el('li', {}, desk.say(key)),
      ),
    ),
  );
}

// Files that were given and not imported yet, by anybody: after a reload, or for a colleague.
async function waiting() {
  const { uploads } = await call(`/${desk.county}/uploads`).catch(() => ({ uploads: [] }));
  if (desk.upload || desk.sending || !uploads.length) return;
  const box = el(
    'div',
    { class: 'files-card', id: 'files-waiting' },
    el('h3', {}, desk.say('data_files.waiting')),
    uploads.map((one) =>
      el(
        'p',
        {},
        el('b', {}, one.name),
        ` ${kindOf(one.kind)?.words || ''} · ${one.by === '-' ? '—' : one.by} `,
        el('button', { needs: 'work', onclick: () => resume(one) }, desk.say('data_files.resume')),
        ' ',
        el(
          'button',
          {
            needs: 'work',
            onclick: () =>
              call(`/uploads/${one.id}`, { method: 'DELETE' }).then(start, (error) =>
                tell(error.message, true),
              ),
          },
          desk.say('data_files.discard'),
        ),
      ),
    ),
  );
  put($('files-more'), box);
}

async function resume(one) {
  forget();
  desk.kind = one.kind;
  panel();
  try {
    const { look } = await call(`/uploads/${one.id}/look`);
    desk.upload = { ...one, look };
    desk.options = {
      crs: '',
      layer: look?.layer || '',
      encoding: '',
      as_of: '',
      source: '',
      columns: { ...look?.matched },
    };
    $('files-runs').hidden = true;
    ask();
  } catch (error) {
    failed(error.message, error.findings, one.name);
  }
}

function forget() {
  desk.ticket = null;
  desk.upload = null;
  put($('files-work'), steps());
  put($('files-more'));
  $('files-map').hidden = true;
  $('files-runs').hidden = false;
}

function start() {
  forget();
  panel();
  waiting();
}

// Another file instead of this one: it is not kept.
async function discard() {
  const old = desk.upload;
  desk.upload = null;
  if (old) await call(`/uploads/${old.id}`, { method: 'DELETE' }).catch(() => {});
}
function instead() {
  const gone = discard();
  forget();
  panel();
  gone.then(waiting);
}

function openDesk(config) {
  if (!$('files-panel')) return;
  const asked = new URLSearchParams(location.search).get('kind');
  desk = {
    ...config,
    say: sayer(config),
    kind: config.kinds.some((k) => k.key === asked) ? asked : config.kinds[0].key,
    upload: null,
    options: {},
  };
  start();
}

whenOpened(openDesk);
