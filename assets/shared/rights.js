// What the reader's role may not do: hidden (`data-needs`, rules of frame/rights.css), or there with the
// reason (`data-lacks`): it answers no click and says why. The page's rights are the document's; the
// server refuses the same by its own table (dashboard/access/rights.py).
import { pageConfig } from './page.js';

const SAID_MS = 12000;
/** @type {Record<string, string> | null} */
let reasons = null;

/** @param {string} right */
export function may(right) {
  const rights = document.documentElement.dataset.rights;
  return rights === undefined || rights.split(' ').includes(right);
}

// Why a right is not the reader's.
/** @param {string} right @returns {string} */
export function why(right) {
  reasons = reasons || pageConfig()?.lacks || null;
  return reasons?.[right] || '';
}

// Attributes of a control that says why it is not for the reader's role, where it is not.
/** @param {string} right @returns {Record<string, string>} */
export const saying = (right) =>
  may(right)
    ? { 'data-needs': right }
    : {
        'data-needs': right,
        'data-lacks': '',
        'aria-disabled': 'true',
        'aria-description': why(right),
        title: why(right),
      };

// A form to read only: its fields stand, and change nothing.
/** @param {HTMLFormElement} form @param {string} right */
export function readable(form, right) {
  if (may(right)) return form;
  for (const one of /** @type {Iterable<HTMLInputElement>} */ (
    /** @type {unknown} */ (form.elements)
  ))
    one.disabled = true;
  return form;
}

// Say why, where the reader is.
/** @type {Timer | undefined} */
let quiet;
export function refuse() {
  const banner = /** @type {HTMLElement | null} */ (document.querySelector('.refused'));
  if (!banner) return;
  banner.hidden = false;
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    banner.hidden = true;
  }, SAID_MS);
}

// What lacks its right answers nothing, however it is set off (Enter in a field presses a form's
// button, hidden or not); what is there with a reason says it.
/** @param {Event} event */
function stop(event) {
  const control =
    event.target instanceof Element &&
    /** @type {HTMLElement | null} */ (event.target.closest('[data-needs]'));
  if (!control || may(control.dataset.needs || '')) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  if ('lacks' in control.dataset) refuse();
}
document.addEventListener('click', stop, true);
