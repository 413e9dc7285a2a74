// What Dash's own components tell a screen reader, put right wherever they are drawn: radio buttons
// and boxes are called options of a list box, which may hold nothing that can be pressed; a list that
// opens is reached by a field that is hidden, and its button by nothing; and neither has a name.
const GROUPS = '.dash-radioitems, .dash-checklist, .dash-dropdown-options';
const WRONG = '.dash-dropdown-focus-target:not([tabindex="-1"]), .dash-dropdown[tabindex="-1"]';
let named = 0;

/** @param {Element} part The label before it, as an id; '' where there is none. */
function nameOf(part) {
  const before = part.previousElementSibling;
  const label = before?.matches('.field, label, .unseen') ? before : null;
  if (!label) return '';
  label.id ||= `named-${++named}`;
  return label.id;
}

function group(part) {
  part.setAttribute('role', part.matches('.dash-radioitems') ? 'radiogroup' : 'group');
  const name = nameOf(part);
  if (name) part.setAttribute('aria-labelledby', name);
}

function option(part) {
  part.removeAttribute('role');
  part.removeAttribute('aria-selected'); // the box or button in it says so
}

function opens(part) {
  part.tabIndex = part.matches('button') ? 0 : -1;
  if (!part.matches('button')) return;
  const name = nameOf(part.closest('.dash-dropdown-wrapper') || part);
  const said = part.getAttribute('aria-labelledby') || '';
  // In front of what is chosen: "the plan of grids: in force".
  if (name && !said.startsWith(name)) part.setAttribute('aria-labelledby', `${name} ${said}`);
}

// The list that opens: a dialog, which is called as the button that opens it.
function opened(part) {
  const button = document.querySelector(`[aria-controls="${CSS.escape(part.id)}"]`);
  const name = button?.getAttribute('aria-labelledby');
  if (name) part.setAttribute('aria-labelledby', name);
}

function mend() {
  document.querySelectorAll('.dash-dropdown-content:not([aria-labelledby])').forEach(opened);
  document.querySelectorAll(`:is(${GROUPS})[role="listbox"]`).forEach(group);
  document.querySelectorAll(`:is(${GROUPS}) > [role="option"]`).forEach(option);
  document.querySelectorAll(`:is(${GROUPS}) > [aria-selected]`).forEach(option);
  document.querySelectorAll(WRONG).forEach(opens);
}

// Dash writes anew what changed in its own view of things: a choice, not the role.
let due = 0;
new MutationObserver(() => {
  if (!due)
    due = requestAnimationFrame(() => {
      due = 0;
      mend();
    });
}).observe(document.documentElement, {
  subtree: true,
  childList: true,
  attributeFilter: ['aria-selected'],
});
