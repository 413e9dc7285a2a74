// 旧网格: a file of old grids or borders is given; what the file does not say is asked.
import {
  $,
  button,
  dropZone,
  el,
  field as input,
  put,
  systemOptions,
} from '../../../shared/elements.js';
import { isNamed } from '../../../shared/page.js';

const ACCEPT = '.zip,.geojson,.json,.gpkg,.kml,.fgb,.gml';
const MOST_FAULTS = 30;

// desk: {say, call, tell, by, keepBy, county, isFirst(), brought(made)}; returns the form, folded once there are sets.
export function casesUpload(desk) {
  const { say } = desk;
  let file = null;
  const field = (id, key, control) => [el('label', { class: 'field', for: id }, say(key)), control];
  const choose = (given, zone) => {
    file = given;
    put(zone.querySelector('b'), given.name);
    put(
      zone.querySelector('small'),
      say('data_cases.kilobytes', { kb: Math.max(1, Math.round(given.size / 1000)) }),
    );
    input('cases-name').value = input('cases-name').value || given.name.replace(/\.[^.]*$/, '');
    put($('cases-layer-holder'));
    button('cases-bring').disabled = false;
  };
  const form = el(
    'form',
    { class: 'cases-form' },
    field(
      'cases-what',
      'data_cases.what',
      el(
        'select',
        { id: 'cases-what' },
        el('option', { value: 'grids' }, say('data_cases.what_grids')),
        el('option', { value: 'borders' }, say('data_cases.what_borders')),
      ),
    ),
    dropZone('cases-file', say('data_files.drop'), say('data_cases.file_help'), ACCEPT, choose),
    el('div', { id: 'cases-layer-holder' }),
    field(
      'cases-crs',
      'data_files.crs_known',
      el(
        'select',
        { id: 'cases-crs' },
        el('option', { value: '' }, say('data_files.crs_own')),
        systemOptions(say, ''),
      ),
    ),
    field(
      'cases-name',
      'data_cases.name',
      el('input', { id: 'cases-name', maxlength: 120, autocomplete: 'off' }),
    ),
    isNamed()
      ? null
      : field(
          'cases-who',
          'data_files.by',
          el('input', { id: 'cases-who', maxlength: 60, value: desk.by(), autocomplete: 'name' }),
        ),
    el(
      'button',
      { id: 'cases-bring', type: 'submit', class: 'main', disabled: true },
      say('data_cases.bring'),
    ),
    el('progress', { id: 'cases-bringing', hidden: true }),
  );
  form.onsubmit = (e) => {
    e.preventDefault();
    bring();
  };

  async function bring() {
    const data = new FormData();
    for (const [name, id] of [
      ['kind', 'cases-what'],
      ['crs', 'cases-crs'],
      ['name', 'cases-name'],
      ['by', 'cases-who'],
      ['layer', 'cases-layer'],
    ])
      data.set(name, input(id)?.value.trim() || '');
    data.set('file', file);
    desk.keepBy(data.get('by'));
    button('cases-bring').disabled = true;
    $('cases-bringing').hidden = false;
    faults([]);
    desk.tell(say('data_cases.reading'));
    try {
      const made = await desk.call(`/${desk.county}`, { form: data });
      await desk.brought(made);
      faults([...made.findings, ...made.notes.map((message) => ({ message, severity: 'info' }))]);
    } catch (error) {
      const { layers, findings } = error.body || {};
      if (layers)
        put(
          $('cases-layer-holder'),
          field(
            'cases-layer',
            'data_cases.layer',
            el(
              'select',
              { id: 'cases-layer' },
              layers.map((one) => el('option', { value: one }, one)),
            ),
          ),
        );
      desk.tell(
        say(layers ? 'data_cases.layer_choose' : 'data_cases.refused'),
        true,
        findings ? '' : error.message,
      );
      faults(layers ? [] : findings || []);
      button('cases-bring').disabled = false;
    } finally {
      if ($('cases-bringing')) $('cases-bringing').hidden = true;
    }
  }

  // What was wrong with the file stays folded below; errors are open.
  function faults(list) {
    const box = $('cases-faults');
    if (!box) return;
    const rows = list
      .slice(0, MOST_FAULTS)
      .map((f) =>
        el(
          'li',
          { class: f.severity },
          f.row ? say('data_cases.row', { row: f.row }) : '',
          f.message,
        ),
      );
    const rest =
      list.length > MOST_FAULTS
        ? el('li', {}, say('data_cases.more', { count: list.length - MOST_FAULTS }))
        : null;
    put(
      box,
      list.length
        ? el(
            'details',
            { open: list.some((f) => f.severity === 'error') },
            el('summary', {}, say('data_cases.told_of_file', { count: list.length })),
            el('ul', { class: 'faults' }, rows, rest),
          )
        : null,
    );
  }

  return el(
    'details',
    { id: 'cases-upload', needs: 'work', open: desk.isFirst() },
    el('summary', {}, say('data_cases.bring_new')),
    form,
  );
}
