// The bar of tools: which one is at hand, how wide its brush is, whose plots it takes.
import { desk, say } from '../desk.js';
import { RADII_PX } from '../drawing/hand.js';
import { hint } from './hint.js';
import { $, all, button as buttonOf, el, field, within } from '../../../shared/elements.js';

function attach() {
  $('planner-tools').onclick = (e) => {
    const tool = within(e, '[data-tool]')?.dataset.tool;
    if (tool) {
      desk.tools.choose(tool);
      desk.map.getContainer().focus({ preventScroll: true });
    }
  };
  $('planner-undo').onclick = () => desk.undo();
  $('planner-redo').onclick = () => desk.redo();
  const size = el('input', {
    id: 'planner-size',
    type: 'range',
    min: 0,
    max: RADII_PX.length - 1,
    step: 1,
  });
  size.oninput = () => {
    desk.tools.size = Number(size.value);
  };
  $('planner-size-holder').replaceChildren(size);
  $('planner-only').onclick = toggleOnly;
}

function toolChanged() {
  for (const button of /** @type {HTMLButtonElement[]} */ (all('#planner-tools [data-tool]'))) {
    button.setAttribute('aria-pressed', String(button.dataset.tool === desk.tools.tool));
    const tool = button.dataset.tool || '';
    button.disabled = desk.choosing
      ? !desk.choosing.tools.has(tool)
      : !desk.state?.editable && tool !== 'select';
  }
  field('planner-size').value = String(desk.tools.size);
  if (desk.plan) hint();
  only();
}

// The filter of strokes: only plots of the grid that is chosen when it is switched on.
function toggleOnly() {
  if (desk.tools.only >= 0) desk.tools.only = -1;
  else if (desk.selected < 0) {
    desk.tell('planner.only_first');
    return;
  } else {
    desk.tools.only = desk.selected;
    desk.select(-1);
    desk.tell('planner.only_then');
  }
  only();
}
function only() {
  const button = buttonOf('planner-only');
  const on = desk.tools.only >= 0;
  button.setAttribute('aria-pressed', String(on));
  button.textContent = on
    ? say('planner.only_from', { grid: desk.plan.grids[desk.tools.only].number })
    : say('planner.only_any');
  button.disabled = !desk.state?.editable;
}

export { attach, toolChanged, toggleOnly };
