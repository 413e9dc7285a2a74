// A window that asks: fields, what they are given, and a refusal that is told where they stand.
import { desk, reason, say } from './desk.js';
import { el } from '../../shared/elements.js';
import { isNamed } from '../../shared/page.js';

// A window with fields; `send` gets their values and closes it unless it throws.
/**
 * @param {string} title @param {Child[]} fields @param {string} sendWords what sends it
 * @param {(values: FormData, said: HTMLElement) => Promise<unknown>} send
 */
function ask(title, fields, sendWords, send) {
  const said = el('p', { class: 'loud', role: 'alert' });
  const form = el(
    'form',
    { method: 'dialog', class: 'planner-form' },
    el('h2', {}, title),
    fields,
    said,
    el(
      'div',
      { class: 'row end' },
      el('button', { type: 'button', onclick: () => box.close() }, say('planner.cancel')),
      el('button', { type: 'submit', class: 'main' }, sendWords),
    ),
  );
  const box = el('dialog', { class: 'planner-dialog' }, form);
  form.onsubmit = async (e) => {
    e.preventDefault();
    const button = /** @type {HTMLButtonElement} */ (form.querySelector('[type=submit]'));
    button.disabled = true;
    said.textContent = '';
    try {
      await send(new FormData(form), said);
      box.close();
    } catch (error) {
      said.textContent = reason(error);
    } finally {
      button.disabled = false;
    }
  };
  shown(box);
  return box;
}

// Show a window over the desk. The focus goes into it, and back when it closes: to what opened it, to
// what stands in its place when the panel was made anew, else to the map.
/** @param {HTMLDialogElement} box */
function shown(box) {
  const opener = /** @type {HTMLElement | null} */ (document.activeElement);
  const words = opener?.textContent;
  const panel = opener?.closest('section, aside, form')?.id;
  box.onclose = () => {
    box.remove();
    if (document.querySelector('dialog[open]')) return;
    const again = panel
      ? [...document.querySelectorAll(`#${panel} button`)].find((b) => b.textContent === words)
      : undefined;
    const target = opener?.isConnected && opener !== document.body ? opener : again;
    /** @type {HTMLElement} */ (target ?? desk.map.getContainer()).focus({ preventScroll: true });
  };
  document.body.append(box);
  box.showModal();
}

/** @param {string} label @param {Child} input */
function field(label, input) {
  return el('label', { class: 'field' }, label, input);
}
/** @param {string} [value] */
const nameField = (value) =>
  field(say('planner.name'), el('input', { name: 'name', required: true, maxlength: 80, value }));
// Who does it, where nobody signed in.
const byField = () =>
  isNamed()
    ? ''
    : field(
        say('planner.by'),
        el('input', {
          name: 'by',
          required: true,
          maxlength: 60,
          value: localStorage.getItem('getu-by') || '',
          autocomplete: 'name',
        }),
      );
// The same, and kept for the next time.
/** @param {FormData} form @returns {string | undefined} */
function by(form) {
  if (isNamed()) return undefined;
  const name = String(form.get('by') || '').trim();
  try {
    localStorage.setItem('getu-by', name);
  } catch {
    /* asked again next time */
  }
  desk.by = name;
  return name;
}

/** @param {string | number} value @param {string} words @param {boolean} [chosen] */
function option(value, words, chosen) {
  return el('option', { value, selected: chosen }, words);
}

export { ask, field, shown, nameField, byField, by, option };
