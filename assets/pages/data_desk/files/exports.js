// What the desk gives out: the county's data and results, in each format.
import { el } from '../../../shared/elements.js';
import { desk } from './desk.js';

/** @typedef {{words: string, formats: string[], href: string}} Paper `href` has {form} for the format. */

/** @type {Record<string, string>} */
const NAMES = { geojson: 'GeoJSON' };

export function section() {
  const rows = desk.exports.map((/** @type {Paper & {key: string}} */ one) => ({
    ...one,
    href: `/api/files/${desk.county}/export/${one.key}.{form}?lang=${desk.lang}`,
  }));
  return el(
    'section',
    { class: 'section' },
    el('h3', {}, desk.say('data_files.out')),
    el('p', { class: 'muted' }, desk.say('data_files.out_help')),
    list(rows),
    el('h3', { class: 'files-results' }, desk.say('data_files.results')),
    list(desk.results),
  );
}

/** @param {Paper[]} papers */
const list = (papers) =>
  el(
    'dl',
    { class: 'files-out' },
    papers.map((one) => [
      el('dt', {}, one.words),
      el(
        'dd',
        {},
        one.formats.map((format) => link(one, format)),
      ),
    ]),
  );

/** @param {Paper} paper @param {string} format */
function link(paper, format) {
  const name = NAMES[format] || format.toUpperCase();
  return el(
    'a',
    {
      href: paper.href.replace('{form}', format),
      download: '',
      'data-paper': `${paper.words} ${name}`,
      'aria-label': `${paper.words} ${name}`,
    },
    name,
  );
}
