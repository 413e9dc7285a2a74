// Reshaping: the corners of one building in the hand, dragged, added, taken away; done is one edit.
import * as F from './geometry.js';
import * as places from './places.js';
import { submit } from './together.js';

// hand: {kind: 'reshape', id, frame, shape, past: [shapes], corner: held, wall, chosen, changed}
class Corners extends places.Places {
  // What every gesture ends in: tools.js does it.
  show() {}
  finish() {}
  /** @param {() => void} [_send] */
  letGo(_send) {}
  /** @param {string} _tool */
  choose(_tool) {}
  cancel() {
    return false;
  }

  startReshape() {
    const { desk } = this;
    if (desk.selected.size !== 1) {
      desk.tell('data_buildings.reshape_which');
      return;
    }
    const [id] = desk.selected;
    if (!desk.mayEdit([id])) return;
    const frame = this.frame();
    const shape = frame.shape(desk.features.get(id).geometry);
    this.hand = {
      kind: 'reshape',
      id,
      ids: new Set([id]),
      frame,
      shape,
      past: [],
      corner: null,
      chosen: null,
      changed: false,
    };
    desk.hidden = new Set([id]);
    desk.canvas.paint();
  }

  clickReshape(point) {
    const { hand, desk } = this;
    if (hand) {
      const m = hand.frame.toM(this.degrees(point));
      const corner = F.cornerAt(hand.shape, m, this.reach(14));
      if (corner) {
        // The second click on a corner takes it away.
        const same = hand.chosen && corner.every((v, i) => v === hand.chosen[i]);
        if (same && Date.now() - hand.clickedAt < 450) this.removeCorner();
        else {
          hand.chosen = corner;
          hand.clickedAt = Date.now();
        }
        this.show();
        return;
      }
      if (F.contains(hand.shape, m) || F.wallAt(hand.shape, m, this.reach(14))) {
        hand.chosen = null;
        this.show();
        return;
      }
      if (hand.changed) {
        this.finish();
        return;
      }
      this.cancel();
    }
    const id = this.hit(point);
    desk.select(id === null ? [] : [id]);
    if (id !== null) this.startReshape();
    this.show();
  }

  // What was reshaped goes out; nothing was: the tool is put away.
  finishReshape() {
    const { desk, hand } = this;
    if (!hand.changed) {
      this.choose('select');
      return;
    }
    if (F.selfCrossing(hand.shape.flat()[0])) {
      desk.tell('data_buildings.crosses_itself');
      return;
    }
    const shapes = new Map([[hand.id, hand.shape]]);
    this.letGo(() => submit(desk, 'reshape', hand.frame, shapes));
    this.choose('select');
  }

  removeCorner() {
    const { hand, desk } = this;
    if (!hand?.chosen) {
      desk.tell('data_buildings.corner_which');
      return;
    }
    const next = F.withoutCorner(hand.shape, hand.chosen);
    if (!next) {
      desk.tell('data_buildings.corner_last');
      return;
    }
    this.remember();
    Object.assign(hand, { shape: next, chosen: null, changed: true });
    this.show();
  }

  dragCorner(m) {
    const { hand } = this;
    if (hand.wall) {
      // a new corner grows out of a wall
      this.remember();
      const [p, r, i] = hand.wall.at;
      hand.shape = F.copied(hand.shape);
      hand.shape[p][r].splice(i, 0, m);
      hand.corner = [p, r, i];
      hand.wall = null;
      hand.dragging = true;
    } else if (!hand.dragging) {
      this.remember();
      hand.shape = F.copied(hand.shape);
      hand.dragging = true;
    }
    const [p, r, i] = hand.corner;
    const ring = hand.shape[p][r];
    const n = ring.length;
    let to = m;
    hand.snap = null;
    if (this.square !== this.shift) to = F.squared(ring[(i + n - 2) % n], ring[(i + n - 1) % n], m);
    else if (!this.free) to = this.snapped(hand.frame, m, hand.ids);
    ring[i] = to;
    hand.chosen = hand.corner;
    hand.changed = true;
    this.show();
  }

  remember() {
    this.hand.past.push(this.hand.shape);
  }
}

export { Corners };
