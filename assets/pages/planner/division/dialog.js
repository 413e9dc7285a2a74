// The one window of automatic division: whatever is shown replaces what it showed.
import { say } from './words.js';
import { shown } from '../dialog.js';
import { el, put } from '../../../shared/elements.js';

/** @type {HTMLDialogElement | null} */
let box = null;

/** @param {string} title @param {...Child} content */
function show(title, ...content) {
  if (!box) {
    const made = el('dialog', { class: 'division-dialog', id: 'division-dialog' });
    shown(made);
    made.addEventListener('close', () => {
      box = null;
    });
    box = made;
  }
  put(box, el('h2', {}, title), content);
}
const close = () => box?.close();

const closeButton = () => el('button', { type: 'button', onclick: close }, say('division.close'));
// The last row of a window: its own buttons, then the one that closes it.
/** @param {...Child} buttons */
const foot = (...buttons) => el('div', { class: 'row end' }, buttons, closeButton());

// One sentence in a window of its own.
/** @param {string} sentence @param {Record<string, any>} [about] @param {string} [title] */
const tell = (sentence, about, title = say('division.title')) =>
  show(title, el('p', about || {}, sentence), foot());

// What went wrong, in a window of its own.
/** @param {string} sentence */
const fault = (sentence) => tell(sentence, { class: 'loud', role: 'alert' });

export { show, close, closeButton, foot, tell, fault };
