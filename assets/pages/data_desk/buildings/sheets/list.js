// The pictures of plans under the buildings: shown, faded, named, removed.
import { day } from '../../../../shared/clock.js';
import { desk, say } from '../desk.js';
import { unsigned } from '../panels/rulings.js';
import { call } from '../sync.js';
import * as windows from '../windows.js';
import { $, el } from '../../../../shared/elements.js';
import { may } from '../../../../shared/rights.js';
import { SheetLayer } from './layer.js';
import { keepLook, lookOf, slider, urlOf } from './look.js';
import { pin } from './pins.js';

/** @typedef {import('./look.js').Sheet} Sheet */

export async function load() {
  const d = desk;
  d.sheets = (await call(`/sheets/${d.county}`)).sheets;
  show();
}

function show() {
  const d = desk;
  for (const layer of d.sheetLayers.values()) layer.remove();
  d.sheetLayers.clear();
  // The newest lies on top.
  for (const sheet of [...d.sheets].reverse()) {
    const { on, opacity } = lookOf(sheet.id);
    if (!sheet.corners || !on) continue;
    const layer = new SheetLayer(urlOf(sheet), [sheet.width, sheet.height], sheet.corners, opacity);
    d.sheetLayers.set(sheet.id, layer.addTo(d.map));
  }
  d.canvas.paint(); // over a picture footprints are seen through
  list();
}

function list() {
  const rows = desk.sheets.map(row);
  $('buildings-sheets').replaceChildren(
    rows.length
      ? el('ul', { class: 'pin-sheets' }, rows)
      : el(
          'p',
          { class: 'muted' },
          say(may('work') ? 'data_buildings.sheets_none' : 'data_buildings.sheets_none_look'),
        ),
  );
}

/** @param {Sheet} sheet */
function row(sheet) {
  const d = desk;
  const { on } = lookOf(sheet.id);
  const placed = Boolean(sheet.corners);
  return el(
    'li',
    { class: 'pin-sheet', 'data-sheet': sheet.id },
    el(
      'div',
      { class: 'switch' },
      el(
        'label',
        {},
        el('input', {
          type: 'checkbox',
          checked: placed && on,
          disabled: !placed,
          onchange: (e) => {
            keepLook(sheet.id, { on: e.target.checked });
            show();
          },
        }),
        el('span', {}, sheet.name),
      ),
    ),
    el('p', { class: 'muted' }, about(sheet)),
    sheet.elsewhere ? el('p', { class: 'loud' }, say('data_buildings.sheet_elsewhere')) : '',
    placed && on ? slider(sheet.id, (share) => d.sheetLayers.get(sheet.id)?.fade(share)) : '',
    el(
      'div',
      { class: 'row' },
      el(
        'button',
        {
          type: 'button',
          'data-do': 'pin',
          needs: 'work',
          class: placed ? '' : 'main',
          onclick: () => pin(sheet, reload),
        },
        say(placed ? 'data_buildings.sheet_pin_again' : 'data_buildings.sheet_pin'),
      ),
      placed
        ? el(
            'button',
            { type: 'button', onclick: () => goTo(sheet) },
            say('data_buildings.sheet_look'),
          )
        : '',
      el(
        'button',
        { type: 'button', 'data-do': 'rename', needs: 'work', onclick: () => rename(sheet) },
        say('data_buildings.sheet_rename'),
      ),
      el(
        'button',
        { type: 'button', 'data-do': 'remove', needs: 'work', onclick: () => remove(sheet) },
        say('data_buildings.sheet_remove'),
      ),
    ),
  );
}

// How it lies, how exactly, who brought it.
/** @param {Sheet} sheet */
const about = (sheet) =>
  [
    sheet.corners
      ? say(
          sheet.placement === 'own' ? 'data_buildings.sheet_own' : 'data_buildings.sheet_pinned',
          { pins: sheet.pins.length },
        )
      : say('data_buildings.sheet_loose'),
    sheet.residual_m !== null
      ? say('data_buildings.sheet_residual', { metres: sheet.residual_m.toFixed(2) })
      : '',
    sheet.corners
      ? say('data_buildings.sheet_pixel', {
          metres: sheet.pixel_m < 1 ? sheet.pixel_m.toFixed(2) : sheet.pixel_m.toFixed(1),
        })
      : '',
    unsigned(sheet.by),
    day(sheet.at),
  ]
    .filter(Boolean)
    .join(' · ');

/** @param {Sheet} sheet */
export function goTo(sheet) {
  if (!sheet.corners) return;
  desk.map.fitBounds(
    sheet.corners.map(([lon, lat]) => [lat, lon]),
    { animate: false, padding: [16, 16] },
  );
}

// Once a picture is pinned, or is not.
export const reload = () => load().catch(desk.problem);

/** @param {Sheet} sheet */
async function rename(sheet) {
  const d = desk;
  const name = await windows.ask(
    say('data_buildings.sheet_rename_title'),
    null,
    say('data_buildings.save'),
    sheet.name,
  );
  if (!name?.trim()) return;
  try {
    await call(`/sheets/${d.county}/${sheet.id}`, { method: 'PATCH', body: { name: name.trim() } });
    await load();
  } catch (error) {
    d.problem(error);
  }
}

/** @param {Sheet} sheet */
async function remove(sheet) {
  const d = desk;
  if (
    !(await windows.ask(
      say('data_buildings.sheet_remove_title', { name: sheet.name }),
      say('data_buildings.sheet_remove_about'),
      say('data_buildings.sheet_remove'),
    ))
  )
    return;
  try {
    await call(`/sheets/${d.county}/${sheet.id}`, { method: 'DELETE' });
    await load();
  } catch (error) {
    d.problem(error);
  }
}
