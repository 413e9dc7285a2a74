// A building in a card: what it is, and its counts of one measure.
import { chart } from './chart.js';
import { series } from './series.js';
import { desk, measure, say } from '../desk.js';
import { el } from '../../../../shared/elements.js';

/** @param {any} found a building and its history @param {() => void} close */
function card(found, close) {
  const b = found.building;
  const measures = desk.config.households.measures.filter((/** @type {string} */ m) =>
    found.history.some((/** @type {import('./series.js').Count} */ r) => r.measure === m),
  );
  const households = measures.filter(
    (/** @type {string} */ m) => `measure.${m}` in desk.config.words,
  );
  const shown = households.includes(found.measure) ? found.measure : households[0];
  const holder = el('div', {});
  /** @param {string} name of a measure */
  function draw(name) {
    const points = series(found.history, name);
    holder.replaceChildren(
      ...(points.length ? [chart(points, say('data_households.unit'), measure(name))] : []),
    );
  }
  const choice = el(
    'select',
    { 'aria-label': say('data_households.measure') },
    households.map((/** @type {string} */ m) =>
      el('option', { value: m, selected: m === shown }, measure(m)),
    ),
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
