// A building's households over time, as a small chart with its units and days.
import { scale, series } from './series.js';
import { count, el } from '../../../shared/elements.js';

const NS = 'http://www.w3.org/2000/svg';

function svg(tag, about, ...children) {
  const element = document.createElementNS(NS, tag);
  for (const [name, value] of Object.entries(about)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}
const words = (x, y, sentence, about) => {
  const t = svg('text', { x, y, ...about });
  t.textContent = sentence;
  return t;
};

// points: [{on, value}] in order of days. A count stands until the next one: steps, not slopes.
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
  const x = (day) =>
    points.length === 1 ? left + 12 : left + ((day - first) / span) * (W - left - right - 8);
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

function card(H, found, close) {
  const { say } = H,
    b = found.building;
  const measures = H.config.households.measures.filter((m) =>
    found.history.some((r) => r.measure === m),
  );
  const households = measures.filter((m) => `measure.${m}` in H.config.words);
  const shown = households.includes(found.measure) ? found.measure : households[0];
  const holder = el('div', {});
  function draw(measure) {
    const points = series(found.history, measure);
    holder.replaceChildren(
      ...(points.length ? [chart(points, say('data_households.unit'), H.measure(measure))] : []),
    );
  }
  const choice = el(
    'select',
    { 'aria-label': say('data_households.measure') },
    households.map((m) => el('option', { value: m, selected: m === shown }, H.measure(m))),
  );
  choice.onchange = () => draw(choice.value);
  if (shown) draw(shown);
  return el(
    'div',
    { class: 'detail building-card' },
    el(
      'button',
      {
        type: 'button',
        class: 'close',
        'aria-label': say('data_households.close'),
        onclick: close,
      },
      '×',
    ),
    el('h2', {}, b.name),
    el('p', { class: 'muted' }, [b.community, b.address].filter(Boolean).join(' · ')),
    shown
      ? el('div', {}, choice, holder)
      : el('p', { class: 'muted' }, say('data_households.never_counted')),
  );
}
export { card };
