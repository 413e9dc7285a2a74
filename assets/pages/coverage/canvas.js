// Buildings by class, streets within reach: one canvas, drawn anew in a few milliseconds.
import { buildingAt } from './packing.js';
import { S } from './state.js';
import { cssToken } from '../../shared/page.js';
import { brush } from '../../shared/elements.js';

const CLASSES = ['0', '1', '2', '3', 'o', 'f', 'n', 'u'];
const LOUD = new Set(['o', 'f', 'n', 'u']);
/** @type {Record<string, string>} */
const FILLS = {
  0: '--cover-0',
  1: '--cover-1',
  2: '--cover-2',
  3: '--cover-3',
  o: '--cover-out',
  f: '--cover-far',
  n: '--cover-none',
  u: '--cover-untied',
};

function hatch(letter) {
  const tile = document.createElement('canvas');
  const ratio = window.devicePixelRatio || 1;
  tile.width = tile.height = 8 * ratio;
  const c = brush(tile);
  c.scale(ratio, ratio);
  c.fillStyle = cssToken(FILLS[letter]);
  c.fillRect(0, 0, 8, 8);
  c.strokeStyle = cssToken('--cover-hatch');
  c.lineWidth = 1.4;
  c.beginPath();
  if (letter === 'o' || letter === 'f') {
    c.moveTo(-2, 6);
    c.lineTo(6, -2);
    c.moveTo(2, 10);
    c.lineTo(10, 2);
  }
  if (letter === 'f' || letter === 'n') {
    c.moveTo(-2, 2);
    c.lineTo(6, 10);
    c.moveTo(2, -2);
    c.lineTo(10, 6);
  }
  if (letter === 'u') {
    c.arc(4, 4, 1.4, 0, 7);
  }
  c.stroke();
  return tile;
}

// Over a light edge, so that a band is seen on streets of any colour.
function drawStreets(c, world, dx, dy, near) {
  const bands = (S.mode === 'what_if' && S.effect?.lines) || S.answer.lines;
  if (!bands) return;
  c.lineCap = c.lineJoin = 'round';
  bands.forEach((lines, place) => {
    const band = bands.length - 1 - place;
    c.beginPath();
    for (const line of lines) {
      c.moveTo(line[0] * world + dx, line[1] * world + dy);
      for (let i = 2; i < line.length; i += 2)
        c.lineTo(line[i] * world + dx, line[i + 1] * world + dy);
    }
    c.lineWidth = (near ? 4 : 2.4) - 0.4 * band;
    c.strokeStyle = cssToken(`--reach-${band}`);
    c.stroke();
  });
}

export const Cover = L.Layer.extend({
  onAdd(map) {
    this.map = map;
    this.canvas = L.DomUtil.create('canvas', 'cover-canvas');
    this.canvas.setAttribute('aria-hidden', 'true');
    map.getPane('cover').append(this.canvas);
    map.on('moveend resize viewreset', this.draw, this);
    map.on('zoomstart', this.hide, this);
    this.draw();
  },
  onRemove(map) {
    map.off('moveend resize viewreset', this.draw, this);
    map.off('zoomstart', this.hide, this);
    this.canvas.remove();
  },
  hide() {
    this.canvas.style.visibility = 'hidden';
  },
  draw() {
    const { map, canvas } = this;
    const B = S.buildings;
    if (!map || !B || !S.answer) return;
    const size = map.getSize(),
      ratio = window.devicePixelRatio || 1,
      pad = Math.round(size.x * 0.25);
    const width = size.x + 2 * pad,
      height = size.y + 2 * pad;
    const corner = map.containerPointToLayerPoint([-pad, -pad]);
    if (canvas.width !== width * ratio || canvas.height !== height * ratio) {
      canvas.width = width * ratio;
      canvas.height = height * ratio;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    L.DomUtil.setPosition(canvas, corner);
    canvas.style.visibility = '';
    const c = brush(canvas);
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.clearRect(0, 0, width, height);
    const world = 256 * 2 ** map.getZoom();
    const origin = map.getPixelOrigin().add(corner);
    const dx = -origin.x,
      dy = -origin.y;
    /** @type {Record<string, number[]>} */
    const lists = Object.fromEntries(CLASSES.map((k) => [k, []]));
    const { boxes, rings } = B,
      letters = S.answer.letters;
    for (let d = 0; d < rings.length; d++) {
      const b = d * 4;
      if (
        boxes[b + 2] * world + dx < 0 ||
        boxes[b] * world + dx > width ||
        boxes[b + 3] * world + dy < 0 ||
        boxes[b + 1] * world + dy > height
      )
        continue;
      lists[letters[d]]?.push(d);
    }
    const trace = (d) => {
      const ring = rings[d];
      c.moveTo(ring[0] * world + dx, ring[1] * world + dy);
      for (let i = 2; i < ring.length; i += 2)
        c.lineTo(ring[i] * world + dx, ring[i + 1] * world + dy);
      c.closePath();
    };
    const mark = (d) => [
      ((boxes[d * 4] + boxes[d * 4 + 2]) / 2) * world + dx,
      ((boxes[d * 4 + 1] + boxes[d * 4 + 3]) / 2) * world + dy,
    ];
    const near = map.getZoom() >= 15.5;
    drawStreets(c, world, dx, dy, near);
    for (const letter of CLASSES) {
      const list = lists[letter];
      if (!list.length) continue;
      const loud = LOUD.has(letter);
      c.beginPath();
      for (const d of list) trace(d);
      c.fillStyle =
        (loud && near && c.createPattern(hatch(letter), 'repeat')) || cssToken(FILLS[letter]);
      c.fill();
      c.strokeStyle = cssToken(loud ? '--cover-out-edge' : '--cover-edge');
      c.lineWidth = loud && near ? 1.2 : 0.5;
      if (near || loud) c.stroke();
      // From afar a house is a speck: who is outside gets a diamond as large as a fingertip's dot.
      if (loud && !near) {
        c.beginPath();
        for (const d of list) {
          const [x, y] = mark(d);
          const r = 2 + Math.min(3.5, Math.sqrt(Number(B.households[d]) || 1) / 2.5);
          c.moveTo(x, y - r);
          c.lineTo(x + r, y);
          c.lineTo(x, y + r);
          c.lineTo(x - r, y);
          c.closePath();
        }
        c.lineWidth = 0.6;
        c.fill();
        c.stroke();
      }
    }
    const ring = (doors, colour, dash, sign) => {
      if (!doors?.length) return;
      c.beginPath();
      for (const d of doors) trace(d);
      c.setLineDash(dash);
      c.lineWidth = 3;
      c.strokeStyle = cssToken(colour);
      c.stroke();
      c.setLineDash([]);
      c.lineWidth = 2.4;
      c.beginPath();
      for (const d of doors) {
        const [x, y] = mark(d);
        c.moveTo(x - 4, y);
        c.lineTo(x + 4, y);
        if (sign === '+') {
          c.moveTo(x, y - 4);
          c.lineTo(x, y + 4);
        }
      }
      c.stroke();
    };
    if (S.mode === 'what_if' && S.effect) {
      ring(S.effect.gained, '--cover-gained', [], '+');
      ring(S.effect.lost, '--cover-lost', [4, 3], '-');
    }
    if (S.mode === 'siting')
      ring(
        [...S.picked].map((id) => B.place.get(id)).filter((d) => d !== undefined),
        '--chosen',
        [2, 2],
        '+',
      );
    const at = S.chosen === null ? undefined : B.place.get(S.chosen);
    if (at !== undefined) {
      c.beginPath();
      trace(at);
      c.lineWidth = 4;
      c.strokeStyle = cssToken('--chosen');
      c.stroke();
    }
  },
  at(latlng) {
    const world = 256 * 2 ** this.map.getZoom();
    return S.buildings ? buildingAt(S.buildings, latlng, 5 / world) : null;
  },
});
