// Household tables of offices, month by month: what is open, what was published, one table's work.
import '../../../shared/shell.js';
import { begin, desk } from './desk.js';
import { TablesMap } from './map.js';
import * as columns from './reading/columns.js';
import { refresh } from './side/side.js';
import { close, go, idle, open } from './table.js';
import { whenOpened } from '../../../shared/desk_start.js';

const REFRESH_MS = 20000; // colleagues open and publish tables too

// What the parts lead to, so that none of them imports the other.
Object.assign(desk, { open, go, close, refresh });

/** @param {PageConfig} config */
function openDesk(config) {
  const page = /** @type {HTMLElement | null} */ (document.querySelector('.households-page'));
  if (!page) return;
  begin(page, config);
  desk.map = new TablesMap();
  idle();
  columns.remind();
  refresh().then(() => {
    const { upload, step } = config.households;
    if (upload) open(upload, step || undefined);
    page.dataset.ready = '1';
  });
  setInterval(() => {
    if (page.isConnected && !document.hidden && !desk.side.querySelector('form') && desk.overview)
      refresh();
  }, REFRESH_MS);
}

whenOpened(openDesk);
