// The keyboard at the building desk: shortcuts, and drawing without a mouse.
import * as F from './geometry.js';
import { CLICKED } from './draft.js';
import * as together from './together.js';

const NUDGE_M = 0.5;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

function keydown(tools, e) {
  const { desk } = tools;
  if (!document.getElementById('buildings')) return;
  const field = e.target.closest?.(
    'input:not([type=range]):not([type=checkbox]):not([type=radio]), textarea, select, dialog, [contenteditable]',
  );
  if (field || desk.pinning) return;
  const command = e.ctrlKey || e.metaKey;
  const onButton = e.target.closest?.('button, a, summary, input');
  if (command && !e.altKey) {
    const key = e.key.toLowerCase();
    if (key === 'z' && !e.shiftKey) {
      e.preventDefault();
      if (!tools.back()) desk.step('undo');
    }
    if (key === 'y' || (key === 'z' && e.shiftKey)) {
      e.preventDefault();
      desk.step('redo');
    }
    return;
  }
  if (e.altKey) return;
  if (e.key === 'Escape') {
    if (tools.cancel()) e.preventDefault();
    else if (desk.dismiss()) e.preventDefault();
    else if (tools.tool !== 'select') {
      tools.choose('select');
      e.preventDefault();
    } else if (desk.selected.size) {
      desk.select([]);
      e.preventDefault();
    }
    return;
  }
  if (ARROWS[e.key]) {
    e.preventDefault();
    arrow(tools, ARROWS[e.key], e.shiftKey);
    return;
  }
  if (e.code === 'Space' && !onButton) {
    e.preventDefault();
    if (tools.tool === 'select' || CLICKED.has(tools.tool))
      tools.click(pointer(tools), { shift: e.shiftKey });
    return;
  }
  if (e.key === 'Enter' && !onButton) {
    e.preventDefault();
    tools.finish();
    return;
  }
  if ((e.key === ',' || e.key === '.') && tools.tool === 'reshape') {
    nextCorner(tools, e.key === '.' ? 1 : -1);
    return;
  }
  if (e.key === 'Delete' || e.key === 'Backspace') {
    e.preventDefault();
    if (tools.tool === 'reshape' && tools.hand) tools.removeCorner();
    else if (tools.draft) tools.back();
    else desk.remove();
    return;
  }
  if (desk.shortcut(e.key)) e.preventDefault();
}

function pointer(tools) {
  tools.desk.pointer ||= tools.map.getSize().divideBy(2).round();
  return tools.desk.pointer;
}

// Arrows move what is in the hand, the chosen corner, or else a pointer of their own.
function arrow(tools, step, far) {
  const { desk, map } = tools;
  if ((tools.tool === 'move' || tools.tool === 'rotate') && desk.selected.size) {
    nudge(tools, step, far);
    return;
  }
  if (tools.tool === 'reshape' && tools.hand?.chosen) {
    nudgeCorner(tools, step, far);
    return;
  }
  const size = map.getSize();
  const at = pointer(tools);
  const px = far ? 40 : 8;
  const next = L.point(at.x + step[0] * px, at.y + step[1] * px);
  const out = [
    Math.min(0, next.x) + Math.max(0, next.x - size.x),
    Math.min(0, next.y) + Math.max(0, next.y - size.y),
  ];
  if (out[0] || out[1]) map.panBy([out[0] * 6, out[1] * 6], { animate: false }); // the edge moves the map on
  desk.pointer = L.point(
    Math.max(0, Math.min(size.x, next.x)),
    Math.max(0, Math.min(size.y, next.y)),
  );
  tools.hover(desk.pointer);
  desk.canvas.paintTop();
}

// What is chosen goes half a metre, or turns by a degree; ten times as far with Shift.
function nudge(tools, [dx, dy], far) {
  const { desk } = tools;
  if (!desk.selected.size || !desk.mayEdit(desk.selected)) return;
  if (!tools.hand || tools.hand.kind !== tools.tool) together.takeUp(tools, tools.tool);
  const step = far ? 10 * NUDGE_M : NUDGE_M;
  if (tools.tool === 'move')
    together.shiftTo(
      tools,
      [tools.hand.shift[0] + dx * step, tools.hand.shift[1] - dy * step],
      false,
    );
  else together.turnTo(tools, tools.hand.angle - ((dx || -dy) * (far ? 15 : 1) * Math.PI) / 180);
}

// The next corner of the shape in the hand; arrows move it.
function nextCorner(tools, by) {
  const { hand } = tools;
  if (hand?.kind !== 'reshape') return;
  const all = hand.shape.flatMap((rings, p) =>
    rings.flatMap((ring, r) => ring.map((_, i) => [p, r, i])),
  );
  const now = hand.chosen ? all.findIndex((at) => at.every((v, i) => v === hand.chosen[i])) : -1;
  hand.chosen = all[(now + by + all.length) % all.length];
  tools.show();
}

function nudgeCorner(tools, [dx, dy], far) {
  const { hand } = tools;
  if (!hand?.chosen) return;
  tools.remember();
  hand.shape = F.copied(hand.shape);
  const [p, r, i] = hand.chosen;
  const step = far ? 10 * NUDGE_M : NUDGE_M;
  const [x, y] = hand.shape[p][r][i];
  hand.shape[p][r][i] = [x + dx * step, y - dy * step];
  hand.changed = true;
  tools.show();
}

export { keydown };
