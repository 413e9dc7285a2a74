// Household tables of offices, month by month: what is open, what was published, one table's work.
import '../../../shared/shell.js';
import { whenOpened } from '../../../shared/desk_start.js';
import * as charts from './chart.js';
import * as columns from './columns.js';
import * as forecast from './forecast.js';
import * as maps from './map.js';
import * as preview from './preview.js';
import * as queue from './queue.js';
import { address, writeAddress } from '../../../shared/address.js';
import { $, count, el, put, sayer } from '../../../shared/elements.js';
import { isNamed } from '../../../shared/page.js';

class Refused extends Error {
  constructor(status, said) {
    super(said?.error || `HTTP ${status}`);
    this.status = status;
    this.findings = said?.findings || [];
  }
}

function openDesk(config) {
  const page = /** @type {HTMLElement} */ (document.querySelector('.households-page'));
  if (!page) return;
  /** @type {Record<string, any>} the desk: its panels, the table at hand, what the parts offer each other */
  const H = {
    page,
    config,
    side: $('households-side'),
    work: $('households-work'),
    sheet: $('households-sheet'),
    say: sayer(config),
    upload: null,
    step: config.households.step || 'queue',
    overview: null,
  };
  const say = H.say;
  H.measure = (name) => say(`measure.${name}`).replace(/^[户套]（(.*)）$/, '$1');

  // ---- asking -------------------------------------------------------------------------------
  /** @param {string} path @param {{body?: any, form?: FormData, progress?: (share: number) => void}} [about] */
  H.call = async (path, { body, form, progress } = {}) => {
    const address = `/api/households${path}${path.includes('?') ? '&' : '?'}lang=${config.lang}`;
    let status, said;
    if (form) {
      ({ status, said } = await send(address, form, progress));
    } else {
      const headers = { 'X-Getu': 'households' };
      if (body) headers['Content-Type'] = 'application/json';
      const answer = await fetch(address, {
        method: body ? 'POST' : 'GET',
        headers,
        body: body && JSON.stringify(body),
        cache: 'no-store',
      });
      status = answer.status;
      said = await answer.json().catch(() => null);
    }
    if (status >= 400) throw new Refused(status, said);
    return said;
  };
  // fetch() tells nothing of an upload's progress.
  const send = (address, form, progress) =>
    new Promise((done, failed) => {
      const asked = new XMLHttpRequest();
      asked.open('POST', address);
      asked.setRequestHeader('X-Getu', 'households');
      asked.upload.onprogress = (e) => {
        if (e.lengthComputable) progress?.(e.loaded / e.total);
      };
      asked.onload = () => {
        let said = null;
        try {
          said = JSON.parse(asked.responseText);
        } catch {
          /* no JSON: the status says it */
        }
        done({ status: asked.status, said });
      };
      asked.onerror = () => failed(new Error(say('data_households.unreachable')));
      asked.send(form);
    });

  H.why = (error) => {
    if (error.status === 409) return say('data_households.conflict');
    if (error.status === 413) return say('data_households.too_big');
    return say('data_households.failed', { why: error.message });
  };
  let silence = null;
  H.tell = (sentence, loud) => {
    const bar = $('households-says');
    put(bar, el('span', {}, sentence));
    bar.classList.toggle('loud', Boolean(loud));
    bar.classList.add('shown');
    clearTimeout(silence);
    silence = setTimeout(() => bar.classList.remove('shown'), loud ? 12000 : 5000);
  };
  // The server knows who signed in, and takes no other name.
  H.by = () => {
    if (isNamed()) return '-';
    try {
      return localStorage.getItem('getu-by') || '';
    } catch {
      return '';
    }
  };
  H.keepBy = (name) => {
    try {
      localStorage.setItem('getu-by', name);
    } catch {
      /* asked again next time */
    }
  };
  // Who does it is asked once and kept in this browser.
  H.byField = () => {
    if (isNamed()) return null;
    const input = el('input', {
      type: 'text',
      name: 'by',
      maxlength: 60,
      value: H.by(),
      autocomplete: 'name',
      required: true,
    });
    input.onchange = () => H.keepBy(input.value.trim());
    return el('label', { class: 'line' }, el('span', {}, say('data_households.by')), input);
  };
  H.remember = () => {
    Object.assign(address, {
      upload: H.upload?.id || null,
      step: H.upload && H.step !== 'queue' ? H.step : null,
    });
    writeAddress();
  };

  // ---- the left side ------------------------------------------------------------------------
  const SUFFIXES = '.xlsx,.xls,.xlsm,.csv,.txt';
  function dropZone() {
    const input = el('input', {
      type: 'file',
      accept: SUFFIXES,
      id: 'households-file',
      class: 'unseen',
    });
    input.onchange = () => {
      if (input.files?.[0]) columns.look(H, input.files[0]);
      input.value = '';
    };
    const zone = el(
      'label',
      { class: 'drop', for: 'households-file', needs: 'work' },
      el('b', {}, say('data_households.drop')),
      el('small', {}, say('data_households.drop_kinds')),
      input,
    );
    zone.ondragover = (e) => {
      e.preventDefault();
      zone.classList.add('over');
    };
    zone.ondragleave = () => zone.classList.remove('over');
    zone.ondrop = (e) => {
      e.preventDefault();
      zone.classList.remove('over');
      const file = e.dataTransfer?.files[0];
      if (file) columns.look(H, file);
    };
    return zone;
  }

  function openTables() {
    const open = H.overview.uploads;
    if (!open.length) return el('p', { class: 'muted' }, say('data_households.no_open'));
    return el(
      'ul',
      { class: 'tables' },
      open.map((u) => {
        const waits = u.states.queued || 0;
        return el(
          'li',
          {},
          el(
            'button',
            {
              type: 'button',
              'data-upload': u.id,
              class: H.upload?.id === u.id ? 'here' : '',
              onclick: () => H.open(u.id),
            },
            el('b', {}, u.file),
            el(
              'span',
              { class: waits ? 'waits' : 'ready' },
              waits ? say('data_households.waits', { rows: waits }) : say('data_households.ready'),
            ),
            el(
              'small',
              {},
              say('data_households.table_of', { day: u.effective_on, by: u.by, at: u.at }),
            ),
          ),
        );
      }),
    );
  }

  function rollBack(row, line) {
    const reason = el('input', {
      type: 'text',
      maxlength: 400,
      required: true,
      placeholder: say('data_households.reason'),
    });
    const form = el(
      'form',
      { class: 'roll' },
      el('p', {}, say('data_households.roll_back_means', { day: row.effective_on })),
      reason,
      H.byField(),
      el(
        'div',
        { class: 'buttons' },
        el('button', { type: 'submit', class: 'strong' }, say('data_households.roll_back_do')),
        el(
          'button',
          { type: 'button', onclick: () => form.remove() },
          say('data_households.cancel'),
        ),
      ),
    );
    form.onsubmit = async (e) => {
      e.preventDefault();
      await act(
        `/snapshots/${row.id}/roll-back`,
        { reason: reason.value.trim(), by: H.by() || undefined },
        say('data_households.rolled_back_now', { day: row.effective_on }),
      );
    };
    line.querySelector('form')?.remove();
    line.append(form);
    reason.focus();
  }
  async function act(path, body, done) {
    try {
      await H.call(path, { body });
      H.tell(done);
    } catch (error) {
      H.tell(H.why(error), true);
    }
    await H.refresh();
  }

  function snapshots() {
    const rows = H.overview.snapshots;
    if (!rows.length) return el('p', { class: 'muted' }, say('data_households.no_snapshots'));
    return el(
      'ol',
      { class: 'snapshots' },
      rows.map((row) => {
        const line = el(
          'li',
          { class: row.rolled_back ? 'gone' : '', 'data-snapshot': row.id },
          el('b', {}, row.effective_on),
          row.newest ? el('span', { class: 'badge' }, say('data_households.newest')) : null,
          el('span', { class: 'figure' }, say('data_households.in_table', { n: row.households })),
          el('small', {}, [row.source, row.file, row.by].filter(Boolean).join(' · ')),
          row.unplaced
            ? el(
                'small',
                { class: 'loud' },
                say('data_households.unplaced_too', { n: row.unplaced }),
              )
            : null,
          row.rolled_back
            ? el(
                'small',
                { class: 'loud' },
                say('data_households.rolled_back_at', { at: row.rolled_back }),
              )
            : null,
        );
        line.append(
          row.rolled_back
            ? el(
                'button',
                {
                  type: 'button',
                  class: 'act',
                  needs: 'plan',
                  onclick: () =>
                    act(
                      `/snapshots/${row.id}/take-back`,
                      { by: H.by() || undefined },
                      say('data_households.taken_back_now', { day: row.effective_on }),
                    ),
                },
                say('data_households.take_back'),
              )
            : el(
                'button',
                { type: 'button', class: 'act', needs: 'plan', onclick: () => rollBack(row, line) },
                say('data_households.roll_back'),
              ),
        );
        return line;
      }),
    );
  }

  function drawSide() {
    const top = H.side.scrollTop;
    put(
      H.side,
      dropZone(),
      el(
        'section',
        { class: 'section', needs: H.overview.uploads.length ? null : 'work' },
        el('h3', {}, say('data_households.open_tables')),
        openTables(),
      ),
      el(
        'section',
        { class: 'section' },
        el('h3', {}, say('data_households.snapshots', { measure: H.measure(H.overview.measure) })),
        snapshots(),
      ),
      el('section', { class: 'section', id: 'households-forecast' }),
    );
    forecast.draw(H);
    H.side.scrollTop = top;
  }
  H.refresh = async () => {
    try {
      const before = H.overview?.revision;
      H.overview = await H.call(`/${config.county}`);
      drawSide();
      if (before !== H.overview.revision) forecast.load(H); // it rests on the newest counts
    } catch (error) {
      put(
        H.side,
        el('p', { class: 'says', role: 'alert' }, H.why(error)),
        el('button', { type: 'button', onclick: H.refresh }, say('data_households.again')),
      );
    }
  };

  // ---- one table ----------------------------------------------------------------------------
  H.close = () => {
    H.upload = null;
    queue.leave();
    H.map.clear();
    H.remember();
    idle();
    if (H.overview) drawSide();
  };
  H.open = async (id, step) => {
    columns.close(H);
    try {
      H.upload = await H.call(`/uploads/${id}`);
    } catch (error) {
      H.tell(error.status === 404 ? say('data_households.no_such_table') : H.why(error), true);
      return H.close();
    }
    if (H.upload.state !== 'open') {
      H.tell(say('data_households.closed_meanwhile'), true);
      return H.close();
    }
    H.go(step || (H.upload.states.queued ? 'queue' : 'preview'));
    if (window.matchMedia('(max-width: 900px)').matches) H.work.scrollIntoView({ block: 'start' });
  };
  H.go = (step) => {
    H.step = step;
    H.map.clear();
    if (H.overview) drawSide();
    H.remember();
    if (step === 'preview') {
      queue.leave();
      preview.open(H);
    } else queue.open(H, step);
  };

  // The head of the work: which table, how far it is, the steps.
  H.head = () => {
    const u = H.upload,
      n = (state) => u.states[state] || 0;
    const steps = [
      ['queue', 'data_households.step_queue', n('queued')],
      ['ruled', 'data_households.step_ruled', null],
      ['placed', 'data_households.step_placed', n('placed')],
      ['preview', 'data_households.step_preview', null],
    ];
    const bar = ['placed', 'queued', 'unplaced', 'ignored'].map((s) =>
      n(s) ? el('span', { class: `state-${s}`, style: `flex-grow:${n(s)}` }) : null,
    );
    return [
      el(
        'div',
        { class: 'kicker' },
        say('data_households.table_of', { day: u.effective_on, by: u.by, at: u.at }),
      ),
      el('h2', {}, u.file),
      el('div', { class: 'state-bar', 'aria-hidden': 'true' }, bar),
      el(
        'p',
        { class: 'states', id: 'households-states' },
        say('data_households.states', {
          placed: n('placed'),
          queued: n('queued'),
          unplaced: n('unplaced'),
          ignored: n('ignored'),
        }),
      ),
      u.findings.length
        ? el(
            'details',
            { class: 'found' },
            el('summary', {}, say('data_households.found', { n: u.findings.length })),
            el(
              'ul',
              {},
              u.findings.map((f) => el('li', {}, f.message)),
            ),
          )
        : null,
      el(
        'nav',
        { class: 'chips' },
        steps.map(([key, label, many]) =>
          el(
            'button',
            {
              type: 'button',
              'data-step': key,
              'aria-pressed': String(H.step === key),
              onclick: () => H.go(key),
            },
            say(label),
            many === null ? null : el('span', { class: 'many' }, count(many)),
          ),
        ),
      ),
    ];
  };
  H.discard = async () => {
    if (!H.confirmed) {
      H.confirmed = true;
      H.tell(say('data_households.discard_sure'), true);
      setTimeout(() => {
        H.confirmed = false;
      }, 6000);
      return;
    }
    H.confirmed = false;
    await act(
      `/uploads/${H.upload.id}/discard`,
      { version: H.upload.version, by: H.by() || undefined },
      say('data_households.discarded'),
    );
    H.close();
  };

  function idle() {
    put(
      H.work,
      el('h2', {}, say('data_households.title')),
      el('p', { class: 'muted', needs: 'work' }, say('data_households.idle')),
      el(
        'ol',
        { class: 'how', needs: 'work' },
        [
          'data_households.how_1',
          'data_households.how_2',
          'data_households.how_3',
          'data_households.how_4',
        ].map((key) => el('li', {}, say(key))),
      ),
      el('p', { class: 'muted' }, say('data_households.idle_map')),
      el('div', { id: 'households-card' }),
    );
  }

  // A building on the map: its counts over time; while a name is ruled on: the building meant.
  H.pickAt = async (lon, lat) => {
    try {
      const found = await H.call(
        `/${config.county}/building?lon=${lon.toFixed(6)}&lat=${lat.toFixed(6)}`,
      );
      if (!found.building) {
        H.tell(say('data_households.no_building_here'));
        return;
      }
      if (H.upload && H.step !== 'preview') queue.pick(H, found.building);
      else H.card(found);
    } catch (error) {
      H.tell(H.why(error), true);
    }
  };
  H.cardOf = async (id) => {
    try {
      H.card(await H.call(`/${config.county}/building?id=${id}`), true);
    } catch (error) {
      H.tell(H.why(error), true);
    }
  };
  H.card = (found, fit) => {
    H.map.outline(found.building, fit);
    const holder = $('households-card');
    if (!holder) return;
    put(
      holder,
      charts.card(H, found, () => {
        put(holder);
        H.map.outline(null);
      }),
    );
    holder.scrollIntoView({ block: 'nearest' });
  };

  H.map = maps.make(H);
  idle();
  columns.remind(H);
  H.refresh().then(() => {
    const wanted = config.households.upload;
    if (wanted) H.open(wanted, H.config.households.step || undefined);
    page.dataset.ready = '1';
  });
  // Colleagues open and publish tables too.
  setInterval(() => {
    if (page.isConnected && !document.hidden && !H.side.querySelector('form') && H.overview)
      H.refresh();
  }, 20000);
  H.refused = Refused;
}

whenOpened(openDesk);
