// Gestures: what a mouse, a finger or the keys do to buildings. Every one ends in desk.submit(kind, …).
import * as corners from './corners.js';
import * as drafts from './draft.js';
import * as F from './geometry.js';
import * as keyboard from './keys.js';
import * as lassos from './lasso.js';
import * as panels from '../panel.js';
import * as sketches from './sketch.js';
import * as together from './together.js';

/** @typedef {{shift?: boolean, alt?: boolean, touch?: boolean}} Held keys that are held; touch: by a finger */

const STILL_PX = 4;
const TOUCH_STILL_PX = 12;

class Tools extends corners.Corners {
  /** @param {Record<string, any> | null} desk */
  constructor(desk) {
    super();
    this.desk = desk || {};
    this.tool = 'select';
    /** @type {any} the pointer that is down: {point, moved, still, shift, alt, held} */
    this.press = null;
    /** @type {Set<number>} */
    this.fingers = new Set();
  }

  attach(map) {
    this.map = map;
    map.boxZoom?.disable(); // Shift adds to the choice here
    map.keyboard?.disable();
    const box = map.getContainer();
    const on = (name, run) => box.addEventListener(name, run, { capture: true });
    on('pointerdown', (e) => this.down(e));
    on('pointermove', (e) => this.move(e));
    on('pointerup', (e) => this.up(e));
    on('pointercancel', (e) => {
      this.fingers.delete(e.pointerId);
      this.drop();
    });
    on('pointerleave', () => {
      if (!this.press) this.hover(null);
    });
    on('contextmenu', (e) => {
      if (this.tool !== 'select') e.preventDefault();
    });
    const keys = (e) => keyboard.keydown(this, e);
    document.addEventListener('keydown', keys, true);
    map.on('unload', () => document.removeEventListener('keydown', keys, true));
  }

  choose(tool) {
    if (this.hand?.kind === 'reshape' && this.hand.changed) this.finish();
    this.cancel();
    this.tool = tool;
    this.map.doubleClickZoom?.[tool === 'select' ? 'enable' : 'disable']();
    this.map.dragging[tool === 'lasso' ? 'disable' : 'enable']();
    this.map.getContainer().dataset.tool = tool;
    if (tool === 'reshape') this.startReshape();
    this.desk.toolChanged();
    this.show();
  }

  // ---- pointer ----

  down(e) {
    if (e.target.closest?.('.leaflet-control')) return;
    this.map.getContainer().focus({ preventScroll: true });
    this.fingers.add(e.pointerId);
    if (this.fingers.size > 1) {
      this.drop();
      return;
    } // two fingers move the map
    if (e.button !== 0) return;
    this.desk.pointer = null;
    const point = this.at(e);
    this.press = {
      point,
      moved: 0,
      still: e.pointerType === 'touch' ? TOUCH_STILL_PX : STILL_PX,
      shift: e.shiftKey,
      alt: e.altKey,
    };
    if (this.grab(point, e)) {
      this.press.held = true;
      this.map.dragging.disable();
      try {
        this.map.getContainer().setPointerCapture(e.pointerId);
      } catch {
        /* a made-up event has no pointer */
      }
    }
  }

  move(e) {
    const point = this.at(e);
    this.shift = e.shiftKey;
    this.free = e.altKey;
    if (this.fingers.size > 1) return;
    if (this.press) {
      this.press.moved = Math.max(this.press.moved, point.distanceTo(this.press.point));
      if (this.press.held) {
        if (this.press.moved > this.press.still) this.drag(point);
        return;
      }
      if (this.press.moved > this.press.still) return; // the map moves
    }
    if (e.pointerType !== 'touch') this.hover(point);
  }

  up(e) {
    this.fingers.delete(e.pointerId);
    const { press } = this;
    this.press = null;
    if (!press) return;
    if (press.held && this.tool !== 'lasso') this.map.dragging.enable();
    const point = this.at(e);
    if (press.moved > press.still) {
      if (press.held) this.released();
      return;
    }
    if (this.hand?.corner) {
      this.hand.corner = null;
    }
    if (this.lasso) {
      this.lasso = null;
      this.show();
      return;
    }
    this.click(point, {
      shift: press.shift || e.shiftKey,
      alt: press.alt,
      touch: press.still === TOUCH_STILL_PX,
    });
  }

  // Something under the pointer is taken into the hand?
  grab(point, e) {
    const { desk } = this;
    if (this.tool === 'lasso') {
      this.lasso = { frame: this.frame(), path: [] };
      return true;
    }
    if (this.tool === 'reshape' && this.hand?.kind === 'reshape') {
      const m = this.hand.frame.toM(this.degrees(point));
      const px = e.pointerType === 'touch' ? 24 : 10;
      const corner = F.cornerAt(this.hand.shape, m, this.reach(px));
      const wall = corner ? null : F.wallAt(this.hand.shape, m, this.reach(px * 0.8));
      if (!corner && !wall) return false;
      this.hand.corner = corner || null;
      this.hand.wall = wall;
      return true;
    }
    if (this.tool === 'move' || this.tool === 'rotate') {
      const id = this.hit(point);
      if (id !== null && !desk.selected.has(id)) desk.select([id], e.shiftKey);
      if (!desk.selected.size || (this.tool === 'move' && id === null)) return false;
      if (!desk.mayEdit(desk.selected)) return false;
      if (!this.hand || this.hand.kind !== this.tool) together.takeUp(this, this.tool);
      this.hand.from = this.hand.frame.toM(this.degrees(point));
      this.hand.base = { shift: this.hand.shift, angle: this.hand.angle };
      return true;
    }
    return false;
  }

  drag(point) {
    const { hand, lasso } = this;
    if (lasso) {
      lasso.path.push(lasso.frame.toM(this.degrees(point)));
      this.show();
      return;
    }
    const m = hand.frame.toM(this.degrees(point));
    if (hand.kind === 'reshape') this.dragCorner(m);
    else together.drag(this, m);
  }

  released() {
    const { hand, lasso } = this;
    if (lasso) {
      lassos.end(this);
      return;
    }
    if (hand.kind === 'reshape') {
      hand.corner = null;
      hand.dragging = false;
      this.show();
      return;
    }
    this.finish();
  }

  // ---- clicks ----

  /** @param {L.Point} point @param {Held} held */
  click(point, { shift, alt, touch } = {}) {
    const { desk } = this;
    if (drafts.CLICKED.has(this.tool)) {
      drafts.add(this, point, { shift, alt, touch });
      return;
    }
    if (this.tool === 'reshape') {
      this.clickReshape(point);
      return;
    }
    const id = this.hit(point);
    if (id === null && !shift) desk.select([]);
    else if (id !== null) desk.select([id], shift);
  }

  // Enter, a double click, or the button: what is in the hand goes out.
  finish() {
    const { hand } = this;
    if (hand?.kind === 'reshape') this.finishReshape();
    else if (hand) together.put(this);
    else if (this.draft) drafts.finish(this);
  }

  // The hand is empty; what it held is sent, if anything, and drawn where it lies now.
  /** @param {() => void} [send] */
  letGo(send) {
    this.hand = null;
    this.desk.hidden = null;
    send?.();
    this.desk.canvas.paint();
    this.show();
  }

  // One step back within what the hand is doing; false when it does nothing.
  back() {
    const { draft, hand } = this;
    if (draft) {
      draft.points.pop();
      if (!draft.points.length) this.draft = null;
      this.show();
      return true;
    }
    if (hand?.kind === 'reshape' && hand.past.length) {
      hand.shape = hand.past.pop();
      hand.chosen = null;
      hand.changed = hand.past.length > 0;
      this.show();
      return true;
    }
    return Boolean(hand) && this.cancel();
  }

  // A press that turned out to be none (a second finger).
  drop() {
    if (this.press?.held && this.tool !== 'lasso') this.map.dragging.enable();
    this.press = null;
    this.lasso = null;
    if (this.hand && this.hand.kind !== 'reshape') this.cancel();
  }

  // Nothing has happened.
  cancel() {
    const had = Boolean(this.draft || this.hand || this.lasso);
    Object.assign(this, { draft: null, hand: null, lasso: null });
    this.desk.hidden = null;
    this.desk.pointer = null;
    if (had) this.desk.canvas.paint();
    this.show();
    return had;
  }

  // ---- what is shown ----

  hover(point) {
    const { desk, draft } = this;
    if (draft && point) {
      draft.hover = drafts.placed(this, point, { shift: this.shift, alt: this.free });
      desk.hover = null;
      this.show();
      return;
    }
    const id = point && !drafts.CLICKED.has(this.tool) ? this.hit(point) : null;
    if (id === desk.hover) return;
    desk.hover = id;
    desk.canvas.paintTop();
    panels.under(id);
  }

  show() {
    const { desk } = this;
    desk.sketch = this.sketch();
    desk.canvas.paintTop();
    panels.hint(this);
  }

  sketch() {
    return sketches.sketch(this);
  }

  measures() {
    return sketches.measures(this);
  }
}

export { Tools };
