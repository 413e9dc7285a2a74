// What one candidate of an automatic division shows: its map, its figures, what it moves and why.
import { loadClass } from '../plan/load.js';
import { english, say, WISH } from './words.js';
import { count, el } from '../../../shared/elements.js';

const MOST_BOLD = 60;
const SVG = 'http://www.w3.org/2000/svg';
const OF = { repair: 'division.of_repair', split: 'division.of_split', even: 'division.of_even' };
const REASON = {
  over_limit: 'division.reason_over_limit',
  in_pieces: 'division.reason_in_pieces',
  oversize_building: 'division.reason_oversize_building',
  unassigned: 'division.reason_unassigned',
  makes_room: 'division.reason_makes_room',
};
const CHECK = {
  limit: 'division.check_limit',
  contiguous: 'division.check_contiguous',
  seamless: 'division.check_seamless',
  nothing_cut: 'division.check_nothing_cut',
  conserved: 'division.check_conserved',
  complete: 'division.check_complete',
};
const percent = (share) => `${(share * 100).toFixed(1)}%`;

const gridName = (number, to) =>
  number === null || number === undefined
    ? to < 0
      ? say('division.grid_new', { n: String(-to) })
      : say('division.nowhere')
    : say('division.grid_n', { n: String(number) });

function name(result, candidate) {
  const key = result.what === 'divide' ? WISH[candidate.prefer] : OF[result.what];
  const n = String(candidate.seed + 1);
  return result.what === 'divide'
    ? say('division.candidate', { wish: say(key), n })
    : say(key, { n });
}

function also(result, candidate) {
  const others = candidate.also
    .map(([prefer, seed]) => name(result, { prefer, seed }))
    .join(english() ? ', ' : '、');
  return others ? el('small', { class: 'division-also' }, say('division.also', { others })) : '';
}

function picture(result, shapes, changed) {
  const svg = document.createElementNS(SVG, 'svg');
  const alone = result.communities.length === 1;
  const [x, y, right, bottom] = alone ? result.communities[0].box : [0, 0, ...result.box];
  const pad = Math.max(right - x, bottom - y) * 0.03;
  svg.setAttribute(
    'viewBox',
    `${x - pad} ${y - pad} ${right - x + 2 * pad} ${bottom - y + 2 * pad}`,
  );
  svg.setAttribute('class', 'division-map');
  svg.setAttribute('aria-hidden', 'true');
  const draw = (shape, css) => {
    const path = document.createElementNS(SVG, 'path');
    path.setAttribute('d', shape.path);
    path.setAttribute('fill-rule', 'evenodd');
    path.setAttribute('class', css);
    const about = document.createElementNS(SVG, 'title');
    about.textContent = say('division.households', { n: shape.households });
    path.append(about);
    svg.append(path);
  };
  // Of a whole county nearly everything changes: a bold outline would say nothing.
  const bold = changed && shapes.filter((s) => s.changed).length <= MOST_BOLD;
  if (shapes.length > MOST_BOLD) svg.classList.add('small');
  const css = (shape) => loadClass(shape.households, result.limit, shape.plots);
  for (const shape of shapes.filter((s) => !(bold && s.changed))) draw(shape, css(shape));
  for (const shape of shapes.filter((s) => bold && s.changed)) draw(shape, `${css(shape)} changed`);
  return svg;
}

/**
 * @typedef {[label: string, of: (measures: any) => number, write: (figure: number, measures: any) => string,
 *   better: number, isLoud?: boolean]} Row better: 1 more is, -1 less is, 0 neither
 */

// Rows of the table: label, figure of measures, how it is written, which way is better.
/** @returns {Row[]} */
function rows(result) {
  const bound = result.communities.reduce((sum, c) => sum + c.lower_bound, 0);
  return [
    [say('division.grids', { bound }), (m) => m.grids, count, -1],
    [say('division.largest', { limit: result.limit }), (m) => m.largest, count, 0],
    [say('division.mean'), (m) => m.load_mean, (v) => v.toFixed(1), 0],
    [say('division.smallest'), (m) => m.smallest, count, 0],
    [say('division.spread'), (m) => m.load_deviation, percent, -1],
    [say('division.compactness'), (m) => m.compactness, (v) => v.toFixed(3), 1],
    [say('division.street_share'), (m) => m.street_share, percent, 1],
    [
      say('division.estates'),
      (m) => m.estates_split,
      (v, m) => say('division.of_all', { n: v, all: m.estates_small }),
      -1,
    ],
    [say('division.over'), (m) => m.over_limit, count, 0, true],
    [say('division.oversize'), (m) => m.oversize_buildings, count, 0],
  ];
}

function certificate(candidate) {
  const passed = candidate.communities.filter((row) => row.passed).length;
  const all = candidate.communities.length;
  const failed = candidate.communities.filter((row) => !row.passed);
  const shown = (failed[0] ?? candidate.communities[0]).certificate;
  const mark = { passed: '✓', failed: '■', 'not checked': '–', 'not known': '?' };
  return el(
    'details',
    {},
    el(
      'summary',
      { class: candidate.passed ? 'good' : 'loud' },
      candidate.passed ? say('division.passed') : say('division.not_passed'),
      all > 1 ? ` ${passed}/${all}` : '',
    ),
    el(
      'ul',
      {},
      Object.entries(shown.checks).map(([check, verdict]) =>
        el(
          'li',
          { class: verdict === 'failed' ? 'loud' : '' },
          `${mark[verdict]} ${say(CHECK[check])}`,
        ),
      ),
    ),
    el('p', { class: 'muted' }, `#${shown.digest.slice(0, 12)}`),
  );
}

const MOST = 6;
function sentences(candidate) {
  const all = candidate.findings;
  const line = (f) => (f.where ? `${f.where}${english() ? ': ' : '：'}${f.message}` : f.message);
  return el(
    'ul',
    {},
    all
      .slice(0, MOST)
      .map((f) => el('li', { class: f.severity === 'error' ? 'loud' : '' }, line(f))),
    all.length > MOST
      ? el('li', { class: 'muted' }, say('division.more', { n: all.length - MOST }))
      : '',
  );
}

function moves(result, candidate) {
  const all = candidate.communities
    .flatMap((row) => row.moves)
    .filter((m) => m.households || m.buildings);
  if (!all.length) return '';
  return el(
    'details',
    { open: result.what !== 'divide' },
    el('summary', {}, say('division.households', { n: candidate.changed })),
    el(
      'ul',
      {},
      all.slice(0, 12).map((m) => {
        const move = say('division.move', {
          from: gridName(m.from, 0),
          to: gridName(m.to_number, m.to),
          households: m.households,
          buildings: m.buildings,
        });
        return el(
          'li',
          {},
          REASON[m.reason] ? say('division.move_why', { move, why: say(REASON[m.reason]) }) : move,
        );
      }),
      all.length > 12
        ? el('li', { class: 'muted' }, say('division.more', { n: all.length - 12 }))
        : '',
    ),
  );
}

export { gridName, name, also, picture, rows, certificate, sentences, moves };
