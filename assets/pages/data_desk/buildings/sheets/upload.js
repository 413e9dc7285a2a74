// A picture of a plan on its way to the server; one that does not know its place is pinned next.
import { desk, say } from '../desk.js';
import { call } from '../sync.js';
import { Unreachable } from '../../../../shared/calls.js';
import { $, field } from '../../../../shared/elements.js';
import { goTo, load, reload } from './list.js';
import { pin } from './pins.js';

/** @typedef {import('./look.js').Sheet} Sheet */

const MOST_MB = 50;

/** @param {File | undefined} file */
export async function upload(file) {
  const d = desk;
  const said = $('buildings-upload-said');
  /** @param {string} words @param {boolean} [loud] */
  const tellHere = (words, loud) => {
    said.textContent = words;
    said.className = loud ? 'loud' : 'muted';
  };
  if (!file) return;
  if (file.size > MOST_MB * 1e6) {
    tellHere(
      say('data_buildings.upload_large', {
        megabytes: (file.size / 1e6).toFixed(0),
        most: MOST_MB,
      }),
      true,
    );
    return;
  }
  const form = new FormData();
  form.append('file', file);
  form.append('by', d.by() || '');
  form.append('page', field('buildings-page').value || '1');
  form.append('shift', field('buildings-shift').value);
  tellHere(say('data_buildings.uploading', { megabytes: (file.size / 1e6).toFixed(1) }));
  try {
    const sheet = await call(`/sheets/${d.county}`, { method: 'POST', form });
    await load();
    tellHere(
      sheet.pages > 1
        ? say('data_buildings.uploaded_page', {
            page: field('buildings-page').value || '1',
            pages: sheet.pages,
          })
        : say('data_buildings.uploaded', { name: sheet.name }),
    );
    if (sheet.corners) goTo(sheet);
    else
      pin(
        d.sheets.find((/** @type {Sheet} */ one) => one.id === sheet.id),
        reload,
      );
  } catch (error) {
    tellHere(
      error instanceof Unreachable ? say('data_buildings.no_connection') : error.message,
      true,
    );
  }
}
