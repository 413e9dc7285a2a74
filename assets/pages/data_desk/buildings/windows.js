// Questions in a window of their own, and the buildings in view as a file.
import { desk, say } from './desk.js';
import { el } from '../../../shared/elements.js';

// A question with yes or no, or with a line to fill in (`value`): what was answered, null for no.
function ask(title, about, words, value) {
  return new Promise((answer) => {
    const input =
      value === undefined ? null : el('input', { value, maxlength: 120, 'aria-label': title });
    const form = el(
      'form',
      { method: 'dialog', class: 'planner-form' },
      el('h2', {}, title),
      about ? el('p', {}, about) : '',
      input,
      el(
        'div',
        { class: 'row end' },
        el('button', { type: 'button', onclick: () => box.close() }, say('data_buildings.cancel')),
        el('button', { type: 'submit', class: 'main', value: 'yes' }, words),
      ),
    );
    const box = el('dialog', { class: 'planner-dialog' }, form);
    box.onclose = () => {
      answer(box.returnValue === 'yes' ? (input ? input.value : true) : null);
      box.remove();
    };
    document.body.append(box);
    box.showModal();
  });
}

// A building in the columns that the import of footprints reads (docs/importing.md).
function row(f) {
  const {
    external_id,
    name,
    number,
    levels,
    use,
    life,
    address,
    aliases,
    estate,
    code,
    source,
    households,
    persons,
  } = f.p;
  const counts = { [desk.measure]: households, persons };
  return {
    type: 'Feature',
    geometry: f.geometry,
    properties: {
      external_id,
      name,
      number,
      levels,
      use,
      life,
      address,
      aliases: aliases.join(';'),
      estate,
      community: code,
      source,
      ...counts,
    },
  };
}

// The buildings in view as GeoJSON (EPSG:4326).
function download() {
  const seen = desk.canvas.inSight().filter((f) => typeof f.id === 'number');
  if (!seen.length) {
    desk.tell('data_buildings.export_none');
    return;
  }
  const about = JSON.stringify({ type: 'FeatureCollection', features: seen.map(row) });
  const link = el('a', {
    href: URL.createObjectURL(new Blob([about], { type: 'application/geo+json' })),
    download: `${desk.county}-${say('data_buildings.export_name')}.geojson`,
  });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
  desk.tell('data_buildings.exported', { buildings: seen.length });
}

export { ask, download };
