// The panel while a picture is pinned: what to click next, the pairs and how far each is off.
import { say } from '../desk.js';
import { $, el } from '../../../../shared/elements.js';
import { slider } from './look.js';
import { LEAST, next } from './pairs.js';

const HINTS = {
  map: 'data_buildings.pin_next_map',
  scan: 'data_buildings.pin_next_scan',
  first: 'data_buildings.pin_first',
  more: 'data_buildings.pin_more',
};

/** @param {import('./pins.js').Pins} state @param {() => void} close */
export function show(state, close) {
  const { fit, pins } = state;
  const hint = say(HINTS[next(pins.length, state.half)], { n: pins.length + 1 });
  $('buildings-hint').replaceChildren(el('b', {}, hint));
  /** @param {import('./pairs.js').Model} value @param {string} words */
  const model = (value, words) =>
    el(
      'label',
      {},
      el('input', {
        type: 'radio',
        name: 'pin-model',
        value,
        checked: state.model === value,
        disabled: value === 'affine' && pins.length < LEAST.affine,
        onchange: () => state.choose(value),
      }),
      ' ',
      say(words),
    );
  const words = !fit
    ? state.why || say('data_buildings.pin_none')
    : fit.rms_m === null
      ? say(state.model === 'affine' ? 'data_buildings.pin_exact_3' : 'data_buildings.pin_exact_2')
      : say('data_buildings.pin_rms', {
          metres: fit.rms_m.toFixed(2),
          worst: fit.worst + 1,
          by: fit.residuals_m[fit.worst].toFixed(2),
        });
  $('buildings-panel').replaceChildren(
    el('h2', {}, say('data_buildings.pin_title', { name: state.sheet.name })),
    el('p', { class: 'muted' }, say('data_buildings.pin_about')),
    el(
      'div',
      { class: 'pin-models' },
      model('similarity', 'data_buildings.pin_similarity'),
      model('affine', 'data_buildings.pin_affine'),
    ),
    el(
      'table',
      { class: 'pin-table' },
      el(
        'thead',
        {},
        el(
          'tr',
          {},
          el('th', {}, '#'),
          el('th', {}, say('data_buildings.pin_picture')),
          el('th', {}, say('data_buildings.pin_residual')),
          el('th', {}),
        ),
      ),
      el(
        'tbody',
        {},
        pins.map((p, i) =>
          el(
            'tr',
            { class: fit?.worst === i ? 'pin-row-worst' : '' },
            el('td', {}, String(i + 1)),
            el('td', {}, `${Math.round(p.x)}, ${Math.round(p.y)}`),
            el(
              'td',
              {},
              fit?.residuals_m[i] !== undefined
                ? `${fit.residuals_m[i].toFixed(2)} m${fit.worst === i ? ` ${say('data_buildings.pin_worst')}` : ''}`
                : '—',
            ),
            el(
              'td',
              {},
              el(
                'button',
                {
                  type: 'button',
                  'aria-label': say('data_buildings.pin_remove', { n: i + 1 }),
                  onclick: () => state.remove(i),
                },
                '×',
              ),
            ),
          ),
        ),
      ),
    ),
    el('p', { id: 'pin-said', role: 'status', class: fit ? '' : 'muted' }, words),
    fit
      ? el(
          'p',
          { class: 'muted' },
          say('data_buildings.sheet_pixel', { metres: fit.pixel_m.toFixed(2) }),
        )
      : '',
    fit?.mirrored ? el('p', { class: 'loud' }, say('data_buildings.pin_mirrored')) : '',
    slider(state.sheet.id, (share) => state.preview?.fade(share)),
    el(
      'div',
      { class: 'row end' },
      el('button', { type: 'button', onclick: close }, say('data_buildings.cancel')),
      el(
        'button',
        {
          type: 'button',
          class: 'main',
          id: 'pin-save',
          disabled: !fit || fit.mirrored,
          onclick: () => state.store(),
        },
        say('data_buildings.pin_save'),
      ),
    ),
  );
}
