// The desk of household tables: the table at hand, what the server said, who works here; main.js puts
// its actions on it.
import { address, writeAddress } from '../../../shared/address.js';
import { Unreachable, caller } from '../../../shared/calls.js';
import { $, el, put, sayer } from '../../../shared/elements.js';
import { isNamed } from '../../../shared/page.js';
import { upload } from '../../../shared/upload.js';

const QUIET_MS = 5000;
const LOUD_MS = 12000;

/**
 * @typedef {{severity: string, message: string}} Finding
 * @typedef {'queue' | 'ruled' | 'placed' | 'preview'} Step of the work on one table
 * @typedef {object} Upload a table that is open
 * @property {number} id
 * @property {string} file
 * @property {string} state
 * @property {Record<string, number>} states rows by what became of them
 * @property {number} version
 * @property {string} effective_on
 * @property {string} by
 * @property {string} at
 * @property {Finding[]} findings
 *
 * @typedef {object} Building
 * @property {number} id
 * @property {string} name
 * @property {string | null} community
 * @property {string | null} address
 * @property {number | null} households
 * @property {number} lon
 * @property {number} lat
 * @property {GeoJSON.Geometry} geometry
 *
 * @typedef {object} Snapshot a table that was published
 * @property {number} id
 * @property {string} effective_on
 * @property {boolean} newest
 * @property {number} households
 * @property {number} unplaced
 * @property {string | null} source
 * @property {string | null} file
 * @property {string | null} by
 * @property {string | null} rolled_back when
 *
 * @typedef {object} Overview
 * @property {Upload[]} uploads
 * @property {Snapshot[]} snapshots
 * @property {string} measure
 * @property {number} revision
 *
 * @typedef {object} Open
 * @property {HTMLElement} page
 * @property {PageConfig} config
 * @property {HTMLElement} side
 * @property {HTMLElement} work
 * @property {HTMLElement} sheet
 * @property {Say} say
 * @property {Upload} upload the table at hand; null while there is none
 * @property {Step} step
 * @property {Overview} overview null until it came
 * @property {import('./map.js').TablesMap} map
 *
 * @typedef {object} Steps What leads from one view to another.
 * @property {(id: number, step?: Step) => Promise<void>} open
 * @property {(step: Step) => void} go
 * @property {() => void} close
 * @property {() => Promise<void>} refresh
 *
 * @typedef {Open & Steps} Desk
 */

// What stands where there is nothing: no table at hand, no overview yet.
export const NONE = /** @type {any} */ (null);
export const desk = /** @type {Desk} */ (/** @type {unknown} */ ({}));

/** @param {HTMLElement} page @param {PageConfig} config */
export function begin(page, config) {
  Object.assign(desk, {
    page,
    config,
    side: $('households-side'),
    work: $('households-work'),
    sheet: $('households-sheet'),
    say: sayer(config),
    upload: NONE,
    step: config.households.step || 'queue',
    overview: NONE,
  });
}

/** @type {Say} */
export const say = (key, values) => desk.say(key, values);
// A measure by its name alone: 户（常住） is 常住.
/** @param {string} name */
export const measure = (name) => say(`measure.${name}`).replace(/^[户套]（(.*)）$/, '$1');

// ---- asking -----------------------------------------------------------------------------------
export const call = caller('/api/households', 'households');
/** @param {string} path @param {FormData} form @param {(share: number) => void} progress */
export const send = (path, form, progress) =>
  upload(`/api/households${path}?lang=${desk.config.lang}`, 'households', form, { progress });

/** @param {any} error of a call @returns {string} */
export function why(error) {
  if (error.status === 409) return say('data_households.conflict');
  if (error.status === 413) return say('data_households.too_big');
  const words = error instanceof Unreachable ? say('data_households.unreachable') : error.message;
  return say('data_households.failed', { why: words });
}
// What the server found wrong, one by one; none where it only refused.
/** @param {any} error @returns {Finding[]} */
export const findingsOf = (error) => error?.body?.findings || [];

/** @type {Timer | undefined} */
let silence;
/** @param {string} sentence @param {boolean} [loud] */
export function tell(sentence, loud) {
  const bar = $('households-says');
  put(bar, el('span', {}, sentence));
  bar.classList.toggle('loud', Boolean(loud));
  bar.classList.add('shown');
  clearTimeout(silence);
  silence = setTimeout(() => bar.classList.remove('shown'), loud ? LOUD_MS : QUIET_MS);
}

// One deed, what it did in words, and everything anew.
/** @param {string} path @param {any} body @param {string} done */
export async function act(path, body, done) {
  try {
    await call(path, { body });
    tell(done);
  } catch (error) {
    tell(why(error), true);
  }
  await desk.refresh();
}

// ---- who --------------------------------------------------------------------------------------
// The server knows who signed in, and takes no other name.
/** @returns {string} */
export function by() {
  if (isNamed()) return '-';
  try {
    return localStorage.getItem('getu-by') || '';
  } catch {
    return '';
  }
}
/** @param {string} name */
function keepBy(name) {
  try {
    localStorage.setItem('getu-by', name);
  } catch {
    /* asked again next time */
  }
}
// Who does it is asked once and kept in this browser.
export function byField() {
  if (isNamed()) return null;
  const input = el('input', {
    type: 'text',
    name: 'by',
    maxlength: 60,
    value: by(),
    autocomplete: 'name',
    required: true,
  });
  input.onchange = () => keepBy(input.value.trim());
  return el('label', { class: 'line' }, el('span', {}, say('data_households.by')), input);
}

export function remember() {
  Object.assign(address, {
    upload: desk.upload?.id || null,
    step: desk.upload && desk.step !== 'queue' ? desk.step : null,
  });
  writeAddress();
}
