// Quality of the data: the score and what it is made of, the communities, the rows of a check in a
// list and on the map.
import '../../../shared/shell.js';
import { whenOpened } from '../../../shared/desk_start.js';
import { $, el, first, put } from '../../../shared/elements.js';
import { on } from '../../../shared/events.js';
import { AT_ONCE, Desk } from './desk.js';
import { RowsMap } from './map.js';
import * as rows from './rows.js';
import * as summary from './summary.js';

/** @param {PageConfig} config */
function openDesk(config) {
  const page = first('.quality-page');
  if (!page) return;
  const desk = new Desk(page, config);
  const map = new RowsMap(desk, (i) => show(i, true));
  const [left, right] = [$('quality-summary'), $('quality-rows')];
  /** @type {import('./desk.js').Steps} */
  const steps = { choose, go, show, load };
  const drawRows = () => rows.draw(right, desk, steps);
  /** @param {any} error */
  const trouble = (error) => el('p', { class: 'says', role: 'alert' }, desk.why(error));

  /** @param {number} i @param {boolean} [fromMap] */
  function show(i, fromMap) {
    const row = desk.rows?.[i];
    if (!row) return;
    desk.chosen = i;
    if (i >= desk.shown) desk.shown = Math.ceil((i + 1) / AT_ONCE) * AT_ONCE;
    drawRows();
    map.outline(row, !fromMap);
    if (fromMap) first(`[data-row="${i}"]`, right)?.scrollIntoView({ block: 'nearest' });
  }

  async function loadRows() {
    const ticket = ++desk.asked;
    desk.rows = null;
    desk.chosen = null;
    desk.shown = AT_ONCE;
    drawRows();
    map.draw();
    desk.remember();
    if (!desk.check) return;
    try {
      if (!(await desk.readRows())) return;
      drawRows();
      map.draw();
      desk.page.dataset.rows = `${desk.check}:${desk.place}:${desk.total}`;
    } catch (error) {
      if (ticket === desk.asked) right.prepend(trouble(error));
    }
  }

  /** @param {string | null} check */
  function choose(check) {
    desk.check = check;
    loadRows();
  }

  /** @param {string} code */
  async function go(code) {
    desk.place = code;
    map.look();
    summary.draw(left, desk, steps);
    first('tr.here .row-button', left)?.focus();
    await loadRows();
  }

  async function load() {
    try {
      await desk.readSurvey();
    } catch (error) {
      put(left, trouble(error));
      return;
    }
    summary.draw(left, desk, steps);
    await loadRows();
    desk.page.dataset.ready = '1';
  }

  load();
  rows.listen(right);
  on('theme', () => map.draw());
  on('paper', () => map.draw());
  map.wait(() => {
    // The bridge shows the town first; a link to a community goes there afterwards.
    if (!config.placed && desk.place !== 'all')
      setTimeout(() => {
        if (desk.survey) map.look();
      }, 60);
  });
}

whenOpened(openDesk);
