// What the scripts of the desks share: elements whose texts are never HTML, numbers, words.
import { FEW, told } from './few.js';
import { rootPx } from './page.js';
import { saying } from './rights.js';

// An element with attributes, handlers (on…) and children; null and '' are left out. `needs`: the
// right without which it is hidden; `says`: the one without which it stands and says why.
/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, any> | null} [about]
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
function el(tag, about, ...children) {
  const element = document.createElement(tag);
  const { needs, says, ...rest } = about || {};
  if (needs) rest['data-needs'] = needs;
  if (says) Object.assign(rest, saying(says));
  for (const [name, value] of Object.entries(rest)) {
    if (name === 'class') element.className = value;
    else if (name.startsWith('on')) Reflect.set(element, name, value);
    else if (value !== undefined && value !== null && value !== false)
      element.setAttribute(name, value === true ? '' : value);
  }
  return put(element, children);
}
/** @param {unknown} c */
const there = (c) => c !== null && c !== undefined && c !== '' && c !== false;
// Replace what an element holds.
/**
 * @template {Element} E
 * @param {E} element
 * @param {...Child} children
 */
function put(element, ...children) {
  element.replaceChildren(.../** @type {any[]} */ (children).flat(3).filter(there));
  return element;
}
/** @param {number | string | null | undefined} value */
const count = (value) => told(value);
// A function that says the sentences of a page's configuration, filled with values.
/** @param {{words: Record<string, string>}} config @returns {Say} */
const sayer = (config) => (key, values) =>
  (config.words[key] || key).replace(/\{(\w+)\}/g, (_, name) => {
    const value = values?.[name];
    return typeof value === 'number' || value === FEW ? count(value) : (value ?? '');
  });
const px = () => rootPx() / 16;
const still = () => window.matchMedia('(prefers-reduced-motion: reduce)').matches;

// The element of this id, which the page has while it is asked for (`?.` where it may be gone).
/** @param {string} id */
const $ = (id) => /** @type {HTMLElement} */ (document.getElementById(id));
/** @param {string} id */
const field = (id) => /** @type {HTMLInputElement} */ (document.getElementById(id));
/** @param {string} id */
const button = (id) => /** @type {HTMLButtonElement} */ (document.getElementById(id));
// All that a selector finds, and the first of it, inside an element (else on the page).
/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement[]} */
const all = (selector, root = document) => [
  .../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(selector)),
];
/** @param {string} selector @param {ParentNode} [root] @returns {HTMLElement | null} */
const first = (selector, root = document) => root.querySelector(selector);
// What has the keyboard.
const focused = () => /** @type {HTMLInputElement | null} */ (document.activeElement);
// What an event happened on, or in.
/** @param {Event} event @param {string} selector @returns {HTMLElement | null} */
const within = (event, selector) =>
  event.target instanceof Element ? event.target.closest(selector) : null;
// The brush of a canvas.
/** @param {HTMLCanvasElement} canvas */
const brush = (canvas) => /** @type {CanvasRenderingContext2D} */ (canvas.getContext('2d'));

// A place to drop a file on, which also opens the browser's dialogue.
/**
 * @param {string} id @param {Child} title @param {Child} help @param {string} accept
 * @param {(file: File, zone: HTMLElement) => unknown} give
 */
function dropZone(id, title, help, accept, give) {
  const input = el('input', { id, type: 'file', class: 'files-input', accept });
  const zone = el(
    'label',
    { class: 'files-drop', for: id },
    el('b', {}, title),
    el('small', {}, help),
    input,
  );
  input.onchange = () => {
    if (input.files?.[0]) give(input.files[0], zone);
  };
  zone.ondragover = (e) => {
    e.preventDefault();
    zone.classList.add('over');
  };
  zone.ondragleave = () => zone.classList.remove('over');
  zone.ondrop = (e) => {
    e.preventDefault();
    zone.classList.remove('over');
    const file = e.dataTransfer?.files[0];
    if (file) give(file, zone);
  };
  return zone;
}

const SYSTEMS = ['EPSG:4490', 'gcj02', 'bd09', 'EPSG:4326', 'EPSG:4544', 'EPSG:4545', 'EPSG:4546'];
/** @type {Record<string, string>} */
const SYSTEM_WORDS = {
  gcj02: 'data_files.crs_gcj02',
  bd09: 'data_files.crs_bd09',
  'EPSG:4490': 'data_files.crs_4490',
  'EPSG:4326': 'data_files.crs_4326',
};
// The reference systems of county files, as options; the words are those of data_files.
/** @param {Say} say @param {string} chosen */
const systemOptions = (say, chosen) =>
  SYSTEMS.map((c) =>
    el(
      'option',
      { value: c, selected: chosen === c },
      say(SYSTEM_WORDS[c] || 'data_files.crs_zone', { crs: c }),
    ),
  );

export {
  $,
  all,
  brush,
  button,
  count,
  dropZone,
  el,
  field,
  first,
  focused,
  px,
  put,
  sayer,
  still,
  systemOptions,
  within,
};
