// Candidates side by side, with the plan as it is now: what each is, moves and why.
import { best } from './best.js';
import { also, certificate, moves, name, picture, rows, sentences } from './candidates.js';
import { buttons } from './choice.js';
import { foot, show } from './dialog.js';
import { say, WHAT } from './words.js';
import { el } from '../../../shared/elements.js';

function head(result) {
  const now = result.communities.flatMap((c) => c.map);
  return el(
    'thead',
    {},
    el(
      'tr',
      {},
      el('th', {}, ''),
      el('th', { scope: 'col' }, say('division.now'), picture(result, now, false)),
      result.candidates.map((c) => {
        const grids = c.communities.flatMap((row) => row.grids);
        return el(
          'th',
          { scope: 'col' },
          name(result, c),
          picture(result, grids, true),
          also(result, c),
        );
      }),
    ),
  );
}

// A row of which the plan as it is now has nothing to say.
/** @param {string | null} title @param {HTMLTableCellElement[]} cells of the candidates */
const row = (title, cells) =>
  el(
    'tr',
    {},
    title ? el('th', { scope: 'row' }, title) : el('th', {}, ''),
    el('td', {}, ''),
    cells,
  );

// Figures of all: what is loud is marked above zero, the best candidate where they differ.
function measures(result) {
  const now = result.before;
  return rows(result).map(([label, of, write, better, isLoud]) => {
    const marks = best(
      result.candidates.map((c) => of(c.measures)),
      better,
    );
    const cell = (m, isBest) =>
      el('td', { class: isLoud && of(m) > 0 ? 'bad' : isBest ? 'best' : '' }, write(of(m), m));
    return el(
      'tr',
      {},
      el('th', { scope: 'row' }, label),
      now ? cell(now, false) : el('td', {}, ''),
      result.candidates.map((c, i) => cell(c.measures, marks[i])),
    );
  });
}

function moved(result) {
  const figures = result.candidates.map((c) => c.moved);
  const marks = best(figures, -1);
  return figures.map((n, i) =>
    el(
      'td',
      { class: marks[i] ? 'best' : '' },
      n === null ? '—' : say('division.households', { n }),
    ),
  );
}

/** @param {import('./job.js').Job} job */
function table(job) {
  const { result } = job;
  const plain = (of) => result.candidates.map((c, i) => el('td', {}, of(c, i)));
  const words = (of) => result.candidates.map((c) => el('td', { class: 'words' }, of(c)));
  const changed = (c) =>
    say('division.households_buildings', { n: c.changed, b: c.changed_buildings });
  return el(
    'table',
    { class: 'division-table' },
    head(result),
    el(
      'tbody',
      {},
      row(
        null,
        plain((c, i) => buttons(job, c, i)),
      ),
      row(say('division.why'), words(sentences)),
      measures(result),
      row(say('division.moved'), moved(result)),
      row(say('division.changed'), plain(changed)),
      row(say('division.certificate'), words(certificate)),
      row(
        say('division.moves'),
        words((c) => moves(result, c)),
      ),
    ),
  );
}

/** @param {import('./job.js').Job} job one that is done */
export function candidates(job) {
  const { result } = job;
  const what = say(WHAT[result.what]);
  const { communities } = result;
  const unhurt =
    result.what === 'repair' && result.candidates.every((c) => !c.changed_buildings && !c.changed);
  const took = say('division.done_in', {
    candidates: result.candidates.length,
    seconds: job.seconds,
  });
  // Its click is heard by main.js, as the panel's own.
  const again = ['divide', 'repair'].includes(result.what)
    ? el(
        'button',
        { type: 'button', needs: 'plan', 'data-division': result.what },
        say('division.again'),
      )
    : '';
  show(
    communities.length === 1 ? `${what} · ${communities[0].name}` : what,
    unhurt ? el('p', { class: 'good' }, say('division.nothing_wrong')) : null,
    el('div', { class: 'division-scroll' }, table(job)),
    el('p', { class: 'division-note' }, `${took} ${say('division.legend')}`),
    el('p', { class: 'loud', role: 'alert', id: 'division-said' }),
    foot(again),
  );
}
