// What the scripts of the data desk share: elements whose texts are never HTML, numbers, words.
// An element with attributes, handlers (on…) and children; null and '' are left out.
function el(tag, about, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(about || {})) {
    if (name === 'class') element.className = value;
    else if (name.startsWith('on')) element[name] = value;
    else if (value !== undefined && value !== null && value !== false) element.setAttribute(name, value === true ? '' : value);
  }
  return put(element, children);
}
const there = (c) => c !== null && c !== undefined && c !== '' && c !== false;
// Replace what an element holds.
function put(element, ...children) {
  element.replaceChildren(...children.flat(3).filter(there));
  return element;
}
const count = (value) => (value === null || value === undefined ? '—' : value.toLocaleString('en-US'));
import { rootPx } from './page.js';

// A function that says the sentences of a page's configuration, filled with values.
const sayer = (config) => (key, values) => (config.words[key] || key).replace(/\{(\w+)\}/g, (_, name) => {
  const value = values?.[name];
  return typeof value === 'number' ? count(value) : value ?? '';
});
const px = () => rootPx() / 16;
const still = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

// A place to drop a file on, which also opens the browser's dialogue.
function dropZone(id, title, help, accept, give) {
  const input = el('input', { id, type: 'file', class: 'files-input', accept });
  const zone = el('label', { class: 'files-drop', for: id }, el('b', {}, title), el('small', {}, help), input);
  input.onchange = () => input.files[0] && give(input.files[0], zone);
  zone.ondragover = (e) => { e.preventDefault(); zone.classList.add('over'); };
  zone.ondragleave = () => zone.classList.remove('over');
  zone.ondrop = (e) => { e.preventDefault(); zone.classList.remove('over'); if (e.dataTransfer.files[0]) give(e.dataTransfer.files[0], zone); };
  return zone;
}

const SYSTEMS = ['EPSG:4490', 'gcj02', 'bd09', 'EPSG:4326', 'EPSG:4544', 'EPSG:4545', 'EPSG:4546'];
const SYSTEM_WORDS = { gcj02: 'data_files.crs_gcj02', bd09: 'data_files.crs_bd09', 'EPSG:4490': 'data_files.crs_4490', 'EPSG:4326': 'data_files.crs_4326' };
// The reference systems of county files, as options; the words are those of data_files.
const systemOptions = (say, chosen) => SYSTEMS.map((c) => el('option', { value: c, selected: chosen === c }, say(SYSTEM_WORDS[c] || 'data_files.crs_zone', { crs: c })));

export { el, put, count, sayer, px, still, dropZone, systemOptions };
