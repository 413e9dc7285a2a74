// A building's households over time, as a small chart with its units and days.
import { scale } from './series.js';
import { count } from '../../../../shared/elements.js';

const NS = 'http://www.w3.org/2000/svg';

/** @param {string} tag @param {Record<string, any>} about @param {...Node} children */
function svg(tag, about, ...children) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(about)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
/** @param {number} x @param {number} y @param {string} sentence @param {Record<string, any>} about */
const words = (x, y, sentence, about) => {
  const t = svg('text', { x, y, ...about });
  t.textContent = sentence;
  return t;
};

// Points in order of days. A count stands until the next one: steps, not slopes.
/** @param {import('./series.js').Count[]} points @param {string} unit @param {string} name */
function chart(points, unit, name) {
  const W = 320,
    HEIGHT = 128,
    left = 40,
    right = 10,
    top = 30,
    bottom = 22;
  const days = points.map((p) => Date.parse(p.on));
  const first = days[0],
    span = Math.max(days[days.length - 1] - first, 1);
  const most = Math.max(...points.map((p) => p.value), 1);
  const { step, high } = scale(most);
  /** @param {number} day */
  const x = (day) =>
    points.length === 1 ? left + 12 : left + ((day - first) / span) * (W - left - right - 8);
  /** @param {number} value */
  const y = (value) => top + (1 - value / high) * (HEIGHT - top - bottom);
  const drawing = svg('svg', {
    viewBox: `0 0 ${W} ${HEIGHT}`,
    class: 'chart',
    role: 'img',
    'aria-label': `${name}: ${points.map((p) => `${p.on} ${count(p.value)}`).join(', ')} ${unit}`,
  });
  for (let v = 0; v <= high; v += step) {
    drawing.append(
      svg('line', { x1: left, x2: W - right, y1: y(v), y2: y(v), class: 'rule' }),
      words(left - 5, y(v) + 3.5, count(v), { class: 'axis', 'text-anchor': 'end' }),
    );
  }
  drawing.append(words(2, 10, unit, { class: 'axis' }));
  let path = '';
  points.forEach((p, i) => {
    path += i ? `H${x(days[i])}V${y(p.value)}` : `M${x(days[0])} ${y(p.value)}`;
  });
  drawing.append(svg('path', { d: `${path}H${W - right}`, class: 'line' }));
  drawing.append(
    ...points.map((p, i) =>
      svg('circle', {
        cx: x(days[i]),
        cy: y(p.value),
        r: 3.2,
        class: p.confidence === 'estimated' ? 'dot estimated' : 'dot',
      }),
    ),
  );
  const last = points[points.length - 1];
  drawing.append(
    words(x(days[days.length - 1]), y(last.value) - 6, count(last.value), {
      class: 'value',
      'text-anchor': points.length === 1 ? 'start' : 'end',
    }),
  );
  drawing.append(words(left, HEIGHT - 6, points[0].on, { class: 'axis' }));
  if (points.length > 1)
    drawing.append(words(W - right, HEIGHT - 6, last.on, { class: 'axis', 'text-anchor': 'end' }));
  return drawing;
}

export { chart };
