// The desk of files: the kind, the file at hand and what was said of it, who works here.
import { Unreachable, caller } from '../../../shared/calls.js';
import { sayer } from '../../../shared/elements.js';
import { optionsOf } from './options.js';

/**
 * @typedef {{key: string, words: string, help: string, template: boolean, place: boolean}} Kind
 * @typedef {{id: number, name: string, bytes: number, kind: string, look: import('./options.js').Look | null}} Upload
 * @typedef {object} Open
 * @property {Say} say
 * @property {string} kind the key of a Kind
 * @property {Upload | null} upload the file at hand
 * @property {import('./options.js').Options} options what was said of it
 * @property {number | null} job the last that judged or imported it
 * @property {object | null} ticket whose answers count: another file makes another
 * @property {boolean} sending
 *
 * @typedef {PageConfig & Open} Desk
 *
 * @typedef {object} Steps What leads from one view of a file to another (main.js).
 * @property {() => void} start no file
 * @property {() => void} instead another file; this one is not kept
 * @property {() => void} ask
 * @property {(change: {layer?: string, encoding?: string}) => unknown} again reads the file anew
 * @property {() => void} judge
 * @property {(result: any, skip: boolean) => void} bring
 */
export const desk = /** @type {Desk} */ ({});

/** @param {PageConfig} config */
export function begin(config) {
  const asked = new URLSearchParams(location.search).get('kind');
  const known = config.kinds.some((/** @type {Kind} */ one) => one.key === asked);
  Object.assign(desk, config, {
    say: sayer(config),
    kind: known ? asked : config.kinds[0].key,
    upload: null,
    options: optionsOf(null),
    job: null,
    ticket: null,
    sending: false,
  });
}

export const call = caller('/api/files', 'files');

/** @param {string} key @returns {Kind | undefined} */
export const kindOf = (key) => desk.kinds.find((/** @type {Kind} */ one) => one.key === key);

/** @param {any} error of a call */
export const why = (error) =>
  error instanceof Unreachable ? desk.say('data_files.no_connection') : error.message;

// Who does it, kept in this browser; without a place for it, for nothing.
export const by = () => {
  try {
    return localStorage.getItem('getu-by') || '';
  } catch {
    return '';
  }
};
/** @param {string} name */
export const keepBy = (name) => {
  try {
    localStorage.setItem('getu-by', name);
  } catch {
    /* the browser keeps nothing */
  }
};
