// Quality of the data: the score and what it is made of, the communities, the rows of a check in a
// list and on the map. The address bar holds the check, the community and the months.
import '../../../shared/shell.js';
import { whenOpened } from '../../../shared/desk_start.js';
import { address as addressBar, writeAddress } from '../../../shared/address.js';
import {
  $,
  all,
  count,
  el,
  first,
  focused,
  put,
  px,
  sayer,
  still,
  within,
} from '../../../shared/elements.js';
import { on } from '../../../shared/events.js';
import { pane, townMap } from '../../../shared/map/maps.js';
import { cssToken } from '../../../shared/page.js';

/** @type {Record<string, [string, string, string, string]>} title, why, what to do ('': nothing), unit */
const CHECKS = {
  uncounted: [
    'data_quality.uncounted',
    'data_quality.uncounted_why',
    'data_quality.uncounted_do',
    'data_quality.unit_buildings',
  ],
  unplaced: [
    'data_quality.unplaced',
    'data_quality.unplaced_why',
    'data_quality.unplaced_do',
    'data_quality.unit_households',
  ],
  estimated: [
    'data_quality.estimated',
    'data_quality.estimated_why',
    'data_quality.estimated_do',
    'data_quality.unit_buildings',
  ],
  stale: [
    'data_quality.stale',
    'data_quality.stale_why',
    'data_quality.stale_do',
    'data_quality.unit_buildings',
  ],
  untied: [
    'data_quality.untied',
    'data_quality.untied_why',
    'data_quality.untied_do',
    'data_quality.unit_buildings',
  ],
  unnamed: [
    'data_quality.unnamed',
    'data_quality.unnamed_why',
    'data_quality.unnamed_do',
    'data_quality.unit_buildings',
  ],
  overlapping: [
    'data_quality.overlapping',
    'data_quality.overlapping_why',
    'data_quality.overlapping_do',
    'data_quality.unit_buildings',
  ],
  crossing: [
    'data_quality.crossing',
    'data_quality.crossing_why',
    'data_quality.crossing_do',
    'data_quality.unit_streets',
  ],
  off_network: [
    'data_quality.off_network',
    'data_quality.off_network_why',
    'data_quality.off_network_do',
    'data_quality.unit_stations',
  ],
  levels: ['data_quality.levels', 'data_quality.levels_why', '', 'data_quality.unit_buildings'],
};
const KNOWN = [
  'data_quality.known_counted',
  'data_quality.known_reported',
  'data_quality.known_estimated',
  'data_quality.known_unplaced',
];
const AT_ONCE = 100;
const FAR_ZOOM = 15.5; // dots of many rows are smaller from afar

const tenth = (value) => (value > 0 && value < 0.05 ? '<0.1' : value.toFixed(1));

function openDesk(config) {
  const page = /** @type {HTMLElement} */ (document.querySelector('.quality-page'));
  const summary = $('quality-summary');
  const aside = $('quality-rows');
  if (!page) return;
  /** @type {Record<string, any>} what was asked and what is shown */
  const S = {
    survey: null,
    rows: null,
    total: 0,
    shown: AT_ONCE,
    chosen: null,
    asked: 0,
    check: config.quality.check in CHECKS ? config.quality.check : null,
    place: config.quality.in || 'all',
    months: /^\d{1,2}$/.test(config.quality.months || '') ? Number(config.quality.months) : null,
  };
  const say = sayer(config);
  const address = (path, more) => {
    const asked = { county: config.county, lang: config.lang, ...more };
    if (S.months) asked.months = S.months;
    return `${path}?${new URLSearchParams(asked)}`;
  };
  async function ask(path, more) {
    const answer = await fetch(address(path, more), { cache: 'no-store' });
    const said = await answer.json().catch(() => null);
    if (!answer.ok) throw new Error(said?.error || `HTTP ${answer.status}`);
    return said;
  }
  const here = () =>
    [S.survey.whole, ...S.survey.communities].find((p) => p.code === S.place) || S.survey.whole;
  function remember() {
    Object.assign(addressBar, {
      check: S.check,
      in: S.place === 'all' ? null : S.place,
      months: S.months,
    });
    writeAddress();
  }

  // ---- the summary --------------------------------------------------------------------------
  function knownBar(place) {
    const whole = place.known.reduce((a, b) => a + b, 0);
    if (!whole) return el('p', { class: 'muted' }, say('data_quality.no_households'));
    const parts = place.known.map((n, i) =>
      n
        ? el('span', {
            class: `known known-${i}`,
            style: `flex-grow:${n}`,
            title: `${say(KNOWN[i])} ${count(n)}`,
          })
        : null,
    );
    const list = place.known.map((n, i) =>
      n || i < 3
        ? el(
            'li',
            {},
            el('span', { class: `mark known-${i}` }),
            el('span', {}, `${say(KNOWN[i])} ${count(n)}`),
          )
        : null,
    );
    return el(
      'div',
      {},
      el('div', { class: 'known-bar', 'aria-hidden': 'true' }, parts),
      el('ul', { class: 'legend known-list' }, list),
    );
  }

  function nextSteps(place) {
    const steps = place.next.slice(0, 4).map((key) => {
      const [wrong] = place.figures[key];
      return el(
        'li',
        {},
        el(
          'button',
          { type: 'button', class: 'step', onclick: () => choose(key) },
          el('span', {}, say(CHECKS[key][2], { wrong })),
          el('small', {}, say('data_quality.raises', { points: tenth(place.parts[key].costs) })),
        ),
      );
    });
    if (!steps.length)
      return place.points === null
        ? null
        : el('p', { class: 'good' }, say('data_quality.all_right'));
    return el(
      'section',
      { class: 'section' },
      el('h3', {}, say('data_quality.next')),
      el('ol', { class: 'steps' }, steps),
    );
  }

  function howMade(place) {
    const rows = Object.entries(place.parts).map(([key, part]) =>
      el(
        'tr',
        {},
        el('td', {}, say(CHECKS[key][0])),
        el('td', { class: 'number' }, count(part.weight)),
        el('td', { class: 'number' }, part.costs ? tenth(part.costs) : '0'),
      ),
    );
    return el(
      'details',
      {
        class: 'section',
        open: S.how,
        ontoggle: (e) => {
          S.how = e.target.open;
        },
      },
      el('summary', {}, say('data_quality.how')),
      el(
        'p',
        { class: 'legend-note' },
        say('data_quality.how_long', { measure: say(`measure.${S.survey.measure}`) }),
      ),
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
            el('th', {}, say('data_quality.weight')),
            el('th', {}, say('data_quality.got')),
          ),
        ),
        el('tbody', {}, rows),
      ),
    );
  }

  function monthsField() {
    const input = el('input', {
      type: 'number',
      id: 'quality-months',
      min: 1,
      max: 60,
      step: 1,
      value: S.survey.months,
      class: 'number',
    });
    input.onchange = () => {
      const months = Math.round(Number(input.value));
      if (!(months >= 1 && months <= 60)) {
        input.value = S.survey.months;
        return;
      }
      S.months = months;
      load();
    };
    return el(
      'label',
      { class: 'months' },
      `${say('data_quality.months_before')} `,
      input,
      ` ${say('data_quality.months_after', { day: S.survey.day })}`,
    );
  }

  function drawSummary() {
    const place = here();
    const lines = [S.survey.whole, ...S.survey.communities].map((p) => {
      const bar = el(
        'span',
        { class: 'score-bar', 'aria-hidden': 'true' },
        el('span', { style: `width:${p.points ?? 0}%` }),
      );
      const button = el(
        'button',
        {
          type: 'button',
          class: 'row-button',
          'aria-pressed': String(p.code === S.place),
          onclick: () => go(p.code),
        },
        p.name,
      );
      return el(
        'tr',
        { class: p.code === S.place ? 'here' : '' },
        el('th', { scope: 'row' }, button),
        el('td', {}, bar),
        el('td', { class: 'number' }, p.points === null ? '—' : p.points.toFixed(1)),
      );
    });
    put(
      summary,
      el('div', { class: 'kicker' }, `${say('data_quality.score')} · ${place.name}`),
      place.points === null
        ? el('p', { class: 'muted' }, say('data_quality.no_score'))
        : el(
            'div',
            { class: 'score' },
            el('b', {}, place.points.toFixed(1)),
            el('span', {}, say('data_quality.out_of')),
          ),
      el('p', { class: 'legend-note' }, say('data_quality.meaning')),
      nextSteps(place),
      el(
        'section',
        { class: 'section' },
        el('h3', {}, say('data_quality.known', { measure: say(`measure.${S.survey.measure}`) })),
        knownBar(place),
        monthsField(),
      ),
      el(
        'section',
        { class: 'section' },
        el('h3', {}, say('data_quality.by_community')),
        el(
          'table',
          { class: 'lines places' },
          el(
            'thead',
            {},
            el(
              'tr',
              {},
              el('th', { scope: 'col' }, ''),
              el('th', {}, ''),
              el('th', { scope: 'col' }, say('data_quality.points')),
            ),
          ),
          el('tbody', {}, lines),
        ),
        el('p', { class: 'legend-note' }, say('data_quality.order')),
      ),
      howMade(place),
    );
  }

  // ---- the checks and their rows ------------------------------------------------------------
  function checkLine(key, place) {
    const figure = place.figures[key];
    const [title, why, , unit] = CHECKS[key];
    const [wrong, base] = figure || [0, 0];
    const part = place.parts[key];
    const words = base
      ? say('data_quality.figure', { wrong, base, unit: say(unit) })
      : say('data_quality.nothing_to_check');
    const side = !base
      ? ''
      : !part
        ? say('data_quality.unscored')
        : part.costs
          ? say('data_quality.costs', { points: tenth(part.costs) })
          : '';
    const open = S.check === key;
    return el(
      'li',
      { class: `check ${!wrong ? 'right' : part ? 'wrong' : 'noted'} ${open ? 'open' : ''}` },
      el(
        'button',
        {
          type: 'button',
          'data-check': key,
          'aria-expanded': String(open),
          disabled: !base,
          onclick: () => choose(open ? null : key),
        },
        el(
          'span',
          { class: 'sign', 'aria-hidden': 'true' },
          !base ? '–' : !wrong ? '✓' : part ? '!' : 'i',
        ),
        el('span', { class: 'title' }, say(title)),
        el('span', { class: 'figure' }, words),
        el('small', {}, side),
      ),
      open
        ? el('div', { class: 'rows' }, el('p', { class: 'legend-note' }, say(why)), rowList())
        : null,
    );
  }

  function rowList() {
    if (!S.rows) return el('p', { class: 'muted' }, say('data_quality.looking'));
    if (!S.rows.length) return el('p', { class: 'muted' }, say('data_quality.none_here'));
    const told =
      S.rows.length < S.total
        ? say('data_quality.rows_cut', { total: S.total, shown: S.rows.length })
        : say('data_quality.rows', { total: S.total });
    const file = address('/data/quality/rows.csv', { check: S.check, in: S.place });
    const list = S.rows.slice(0, S.shown).map((row, i) => {
      const told = [
        el('span', { class: 'title' }, row.name),
        row.households === null
          ? null
          : el(
              'span',
              { class: 'figure' },
              say('data_quality.households', { households: row.households }),
            ),
        el('small', {}, row.note),
      ];
      if (!row.place) return el('li', {}, el('div', { class: 'row nowhere', 'data-row': i }, told));
      return el(
        'li',
        {},
        el(
          'button',
          {
            type: 'button',
            'data-row': i,
            class: `row ${S.chosen === i ? 'here' : ''}`,
            onclick: () => show(i),
          },
          told,
        ),
      );
    });
    const rest = S.rows.length - S.shown;
    const more =
      rest > 0
        ? el(
            'button',
            {
              type: 'button',
              class: 'more',
              onclick: () => {
                S.shown += AT_ONCE;
                drawRows();
              },
            },
            say('data_quality.more', { many: Math.min(rest, AT_ONCE) }),
          )
        : null;
    return [
      el(
        'div',
        { class: 'exports' },
        el('span', {}, told),
        el('a', { class: 'quiet', href: file, download: '' }, say('data_quality.export')),
      ),
      el('ul', { class: 'row-list' }, list),
      more,
    ];
  }

  function drawRows() {
    const place = here();
    const top = aside.scrollTop,
      had = focused()?.dataset;
    const focus = had?.check
      ? `[data-check="${had.check}"]`
      : had?.row
        ? `[data-row="${had.row}"]`
        : null;
    put(
      aside,
      el('h2', {}, place.name),
      S.check ? null : el('p', { class: 'muted' }, say('data_quality.pick')),
      S.survey.has_streets ? null : el('p', { class: 'muted' }, say('data_quality.no_streets')),
      el(
        'ul',
        { class: 'checks' },
        Object.keys(CHECKS)
          .filter((key) => key in place.figures)
          .map((key) => checkLine(key, place)),
      ),
    );
    aside.scrollTop = top;
    if (focus) first(focus, aside)?.focus();
  }
  aside.addEventListener('keydown', (event) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const here = within(event, '.row');
    if (!step || !here) return;
    const buttons = all('button.row', aside);
    const next = buttons[buttons.indexOf(here) + step];
    if (next) {
      event.preventDefault();
      next.focus();
      next.click();
    }
  });

  // ---- the map ------------------------------------------------------------------------------
  let dots = null,
    frame = null,
    canvas = null;
  function drawDots() {
    const map = townMap();
    dots?.remove();
    dots = null;
    if (S.chosen === null) {
      frame?.remove();
      frame = null;
    }
    page.dataset.dots = '0';
    if (!map?._loaded || !S.rows) return;
    pane(map, 'quality', 450, { clicks: true });
    canvas = canvas || L.canvas({ pane: 'quality', padding: 0.3 });
    dots = L.layerGroup().addTo(map);
    const scored = S.check in here().parts;
    const size = (map.getZoom() < FAR_ZOOM && S.rows.length > 200 ? 3 : 5) * px();
    const paint = scored
      ? {
          weight: 1.2,
          color: cssToken('--load-over-edge'),
          fillColor: cssToken('--load-over'),
          fillOpacity: 0.75,
        }
      : {
          weight: 1,
          color: cssToken('--load-80-edge'),
          fillColor: cssToken('--load-80'),
          fillOpacity: 0.6,
        };
    S.rows.forEach((row, i) => {
      if (!row.place) return;
      L.circleMarker([row.place[1], row.place[0]], {
        renderer: canvas,
        pane: 'quality',
        radius: size,
        ...paint,
      })
        .on('click', (e) => {
          L.DomEvent.stop(e);
          show(i, true);
        })
        .bindTooltip(() => el('b', {}, row.name), {
          direction: 'top',
          className: 'hint',
          opacity: 1,
        })
        .addTo(dots);
    });
    page.dataset.dots = String(dots.getLayers().length);
  }

  function show(i, fromMap) {
    const row = S.rows[i];
    S.chosen = i;
    if (i >= S.shown) S.shown = Math.ceil((i + 1) / AT_ONCE) * AT_ONCE;
    drawRows();
    const map = townMap();
    if (map && row.place) {
      const [w, s, e, n] = row.bounds;
      const far = 0.00012; // about 12 m: a point needs a frame too
      const bounds = L.latLngBounds(
        [s - (n === s ? far : 0.00003), w - (e === w ? far : 0.00003)],
        [n + (n === s ? far : 0.00003), e + (e === w ? far : 0.00003)],
      );
      if (!fromMap) map.fitBounds(bounds.pad(1.5), { maxZoom: 18.5, animate: !still() });
      frame?.remove();
      frame = L.rectangle(bounds, {
        pane: 'quality',
        interactive: false,
        color: cssToken('--chosen'),
        weight: 3,
        dashArray: '6 4',
        fill: false,
      }).addTo(map);
    }
    if (fromMap) aside.querySelector(`[data-row="${i}"]`)?.scrollIntoView({ block: 'nearest' });
  }

  // ---- asking -------------------------------------------------------------------------------
  async function loadRows() {
    const ticket = ++S.asked;
    S.rows = null;
    S.chosen = null;
    S.shown = AT_ONCE;
    drawRows();
    drawDots();
    remember();
    if (!S.check) return;
    try {
      const answer = await ask('/data/quality/rows', { check: S.check, in: S.place });
      if (ticket !== S.asked) return; // another check was chosen meanwhile
      S.rows = answer.rows;
      S.total = answer.total;
      drawRows();
      drawDots();
      page.dataset.rows = `${S.check}:${S.place}:${S.total}`;
    } catch (error) {
      if (ticket === S.asked)
        aside.prepend(
          el(
            'p',
            { class: 'says', role: 'alert' },
            say('data_quality.failed', { why: error.message }),
          ),
        );
    }
  }
  function choose(key) {
    S.check = key;
    loadRows();
  }
  // The map shows the place that the figures are of.
  function look() {
    const box = here().bounds,
      map = townMap();
    if (map && (box || config.bounds))
      map.fitBounds(
        box
          ? [
              [box[1], box[0]],
              [box[3], box[2]],
            ]
          : config.bounds,
        { padding: [12, 12], animate: !still() },
      );
  }
  async function go(code) {
    S.place = code;
    look();
    drawSummary();
    first('tr.here .row-button', summary)?.focus();
    await loadRows();
  }
  async function load() {
    try {
      S.survey = await ask('/data/quality');
    } catch (error) {
      put(
        summary,
        el(
          'p',
          { class: 'says', role: 'alert' },
          say('data_quality.failed', { why: error.message }),
        ),
      );
      return;
    }
    S.place = here().code;
    drawSummary();
    await loadRows();
    page.dataset.ready = '1';
  }
  load();
  on('theme', drawDots);
  // The map may be ready after the rows are.
  (function wait() {
    const map = townMap();
    if (!map?._loaded) {
      if (page.isConnected) setTimeout(wait, 60);
      return;
    }
    let far = map.getZoom() < FAR_ZOOM;
    map.on('zoomend', () => {
      if (far !== map.getZoom() < FAR_ZOOM) {
        far = !far;
        drawDots();
      }
    });
    drawDots();
    // The bridge shows the town first; a link to a community goes there afterwards.
    if (!config.placed && S.place !== 'all')
      setTimeout(() => {
        if (S.survey) look();
      }, 60);
  })();
}

whenOpened(openDesk);
