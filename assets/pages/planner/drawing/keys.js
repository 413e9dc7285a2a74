// The keyboard at the planner's desk: shortcuts, and strokes without a mouse.
import { DRAWN } from './hand.js';

// A window lies over the desk: keys are its own.
const isBehind = () =>
  document.querySelector('dialog[open]') !== null || document.body.classList.contains('comparing');

function keydown(tools, e) {
  if (isBehind()) return;
  const field = e.target.closest?.(
    'input:not([type=range]), textarea, select, dialog, [contenteditable]',
  );
  if (field && e.key !== 'Escape') return;
  const { desk } = tools;
  const command = e.ctrlKey || e.metaKey;
  if (command && !e.altKey) {
    const key = e.key.toLowerCase();
    if (key === 'z') {
      e.preventDefault();
      (e.shiftKey ? desk.redo : desk.undo)();
    }
    if (key === 'y') {
      e.preventDefault();
      desk.redo();
    }
    return;
  }
  if (e.altKey) return;
  if (e.code === 'Space' && DRAWN.has(tools.tool) && !e.target.closest?.('button, a')) {
    e.preventDefault();
    if (tools.key) keyStroke(tools);
    else tools.space = true;
    return;
  }
  if (e.key === 'Escape') {
    if (tools.cancel()) e.preventDefault();
    else if (tools.tool !== 'select') {
      tools.choose('select');
      e.preventDefault();
    } else if (desk.choosing) {
      desk.choosing.close();
      e.preventDefault();
    } else if (desk.selected >= 0) {
      desk.select(-1);
      e.preventDefault();
    }
    return;
  }
  const step = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[
    e.key
  ];
  if (step && tools.tool !== 'select') {
    e.preventDefault();
    e.stopPropagation();
    keyMove(tools, step, e.shiftKey ? 40 : 8);
    return;
  }
  if (e.key === 'Enter' && tools.key && !e.target.closest?.('button, a')) {
    e.preventDefault();
    keyStroke(tools);
    return;
  }
  if (desk.shortcut(e.key)) e.preventDefault();
}

// The arrow keys move a pointer of their own over the map.
function keyMove(tools, [dx, dy], px) {
  const size = tools.map.getSize();
  tools.key = tools.key || size.divideBy(2).round();
  tools.key = L.point(
    Math.max(0, Math.min(size.x, tools.key.x + dx * px)),
    Math.max(0, Math.min(size.y, tools.key.y + dy * px)),
  );
  if (tools.stroke) tools.drag(tools.key);
  else {
    tools.hover(tools.key);
    const m = tools.desk.canvas.toM(tools.key);
    tools.desk.cursor = tools.desk.cursor || {
      x: m[0],
      y: m[1],
      radius: 4 / tools.desk.canvas.scale,
    };
    tools.desk.canvas.paintTop();
  }
}

// Space or Enter puts that pointer down, and takes it up again.
function keyStroke(tools) {
  if (tools.stroke) tools.end(tools.key);
  else {
    tools.start(tools.key, false);
    if (tools.stroke && !DRAWN.has(tools.tool)) tools.end(tools.key);
  }
}

export { keydown };
