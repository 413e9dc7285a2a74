// The desk of old grids: the set at hand, its words, who works here; main.js puts its actions on it.
import { caller } from '../../../shared/calls.js';
import { $, el, field, sayer } from '../../../shared/elements.js';
import { may } from '../../../shared/rights.js';
import { isNamed } from '../../../shared/page.js';
import { shownOf, stateOf } from './standing.js';

// choose(item, look), open(id, stay), right(), listed(): put here by main.js
/**
 * @typedef {{id: number, building: number | null, to: number | null, deferred: boolean, proposal: number,
 *   kind: string, by: string, claims: any[]} & Record<string, any>} Case
 * @typedef {object} Open
 * @property {any[]} sets
 * @property {{set: any, items: Case[], claimants: any[]}} data the set at hand; null while there is none
 * @property {Case | null} chosen
 * @property {string} filter
 * @property {string} kind
 * @property {import('./map.js').CasesMap} map
 *
 * @typedef {Open & Record<string, any>} Desk
 */
// What `data` is while no set is at hand.
export const NONE = /** @type {any} */ (null);
export const desk = /** @type {Desk} */ (
  /** @type {unknown} */ ({
    sets: [],
    data: null,
    chosen: null,
    filter: 'all',
    kind: 'all',
    by: '',
    map: null,
  })
);

export const call = caller('/api/cases', 'cases');
/** @param {number} share */
export const percent = (share) => `${Math.round(share * 100)}%`;
/** @type {Say} */
export const say = (key, values) => desk.words(key, values);

/** @param {PageConfig} config */
export function begin(config) {
  Object.assign(desk, {
    words: sayer(config),
    lang: config.lang,
    county: config.county,
    sets: [],
    data: NONE,
    chosen: null,
    filter: 'all',
    kind: 'all',
    by: '',
    map: null,
  });
}

// ---- who ----------------------------------------------------------------------------------
export const by = () => {
  try {
    return localStorage.getItem('getu-by') || '';
  } catch {
    return desk.by || '';
  }
};
/** @param {string} name */
export function keepBy(name) {
  desk.by = name;
  try {
    if (name) localStorage.setItem('getu-by', name);
  } catch {
    /* asked again next time */
  }
}
// The name in its field; without one the field is asked for.
export function named() {
  if (isNamed()) return '-'; // the server knows, and takes no other name
  const box = field('cases-by');
  const name = box?.value.trim();
  if (!name) {
    tell(say('data_cases.by_needed'), true);
    box?.focus();
    return null;
  }
  keepBy(name);
  return name;
}

/** @param {string} message @param {boolean} [loud] @param {string} [detail] */
export function tell(message, loud, detail) {
  const box = $('cases-told');
  if (!box) return;
  box.className = loud ? 'told loud' : 'told';
  box.replaceChildren(message || '', detail ? el('small', {}, detail) : '');
}

// ---- what things are called ---------------------------------------------------------------
/** @type {Record<string, string>} */
export const KINDS = {
  overlap: 'data_cases.kind_overlap',
  split: 'data_cases.kind_split',
  partly: 'data_cases.kind_partly',
  none: 'data_cases.kind_none',
};
/** @type {Record<string, string>} */
export const LAND = {
  area_overlap: 'data_cases.kind_area_overlap',
  area_gap: 'data_cases.kind_area_gap',
};
/** @type {Record<string, string>} */
const OF_BORDERS = {
  overlap: 'data_cases.kind_two_communities',
  none: 'data_cases.kind_no_community',
};
// Open and not the reader's to rule on looks as it stands; `isOpen` is for whoever may rule.
export const isOpen = () => desk.data?.set.state === 'open' && may('work');
export const ofBorders = () => desk.data?.set.kind === 'borders';
export const kindsShown = () =>
  ofBorders() ? { ...LAND, ...OF_BORDERS, partly: KINDS.partly } : KINDS;
/** @param {Case} item */
export const kindOf = (item) =>
  say({ ...KINDS, ...LAND, ...(ofBorders() ? OF_BORDERS : {}) }[item.kind]);
/** @param {Case} item */
export const nameOf = (item) =>
  item.building === null
    ? say('data_cases.land', { m2: Math.round(item.area_m2) })
    : item.label || say('data_cases.nameless', { id: item.building });
/** @param {Case} item */
export const sizeOf = (item) =>
  item.building === null
    ? ''
    : item.households === null
      ? say('data_cases.unknown')
      : say('data_cases.households', { count: item.households });
/** @param {number} position */
export const labelOf = (position) => {
  const c = desk.data.claimants[position];
  if (c.label.startsWith('#+')) return say('data_cases.new_grid', { number: c.label.slice(2) });
  return c.name && c.name !== c.label ? c.name : c.label;
};
// A grid of the report, which knows it by its old code.
/** @param {string} label */
export const calledBy = (label) => {
  const at = desk.data.claimants.findIndex((c) => c.label === label);
  return at < 0 ? label : labelOf(at);
};
/** @param {Case} item */
export const given = (item) =>
  item.to !== null
    ? say('data_cases.given', { grid: labelOf(item.to), by: item.by })
    : say('data_cases.given', { grid: labelOf(item.proposal), by: say('data_cases.by_proposal') });
/** @param {Case} item */
export const stands = (item) => stateOf(item, isOpen());
export const shown = () => shownOf(desk.data.items, desk, isOpen());
