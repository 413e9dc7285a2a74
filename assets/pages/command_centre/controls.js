// Controls of layers, whatever they are: what they are set to goes into the address bar and into
// the layer's own url. A layer declares them (layers/kit/layer.py, Control); no layer is named here.
import { drawn, want } from './features.js';
import { showDay } from './grid_tiles.js';
import { sendFor } from './standing.js';
import { address, writeAddress } from '../../shared/address.js';
import { none, pageConfig } from '../../shared/page.js';

const day = (first, offset) => {
  const d = new Date(`${first}T00:00:00Z`);
  d.setUTCDate(d.getUTCDate() + offset);
  return d.toISOString().slice(0, 10);
};
const layerUrl = (key, values) => {
  const config = pageConfig();
  const params = new URLSearchParams({ county: config.county, v: config.revision });
  for (const [name, value] of Object.entries(values)) if (value) params.set(name, value);
  return `/layers/${key}?${params}`;
};

const sayDays = (key, days, range) => {
  const words = document.querySelector(`[data-days="${key}"]`);
  if (words) words.textContent = `${day(days[0], range[0])} – ${day(days[0], range[1])}`;
};
const isMet = (needs, selected) =>
  needs.every(([name, value]) => !selected[name] || selected[name] === value);

// One function for each kind of control: it writes what it stands for into ``params`` and the
// address; false when the layer keeps what it shows.
const KINDS = {
  choice(name, control, value, params) {
    params[name] = value;
    address[name] = value === control.usual ? null : value;
    if (control.marks) want(value);
    return true;
  },
  day(name, control, value, params) {
    if (value !== control.usual) params[name] = value;
    address[name] = value === control.usual ? null : value;
    return Boolean(value);
  },
  days(_name, control, range, params, _selected, key) {
    if (!range || !control.days) return false;
    const [first, last] = [day(control.days[0], range[0]), day(control.days[0], range[1])];
    const whole = first === control.days[0] && last === control.days[1];
    for (const [end, value] of [
      ['first', first],
      ['last', last],
    ]) {
      address[end] = whole ? null : value;
      if (!whole) params[end] = value;
    }
    sayDays(key, control.days, range);
    return true;
  },
  subject(name, control, value, params, selected) {
    address[name] = value === control.usual ? null : value;
    if (value !== 'one') return true;
    if (selected?.layer !== control.of || !isMet(control.needs, selected)) return false;
    params[control.parameter] = selected.id;
    return true;
  },
};
const shown = {}; // layer key -> the url that it was asked with last

function apply(key, layer, values, selected) {
  const params = {};
  let moves = true;
  for (const [name, value] of Object.entries(values)) {
    const control = layer.controls[name];
    moves = KINDS[control.kind](name, control, value, params, selected, key) && moves;
  }
  if (!moves) return;
  const asked = layerUrl(
    key,
    Object.fromEntries(layer.parameters.map((name) => [name, params[name]])),
  );
  const before = shown[key];
  shown[key] = asked;
  if (before === asked || (!before && !layer.waits)) return; // the page came with it
  const dated = Object.entries(layer.controls).find(([, control]) => control.kind === 'day');
  if (dated) {
    drawn[key] = {};
    showDay(key, params[dated[0]] || null);
  }
  sendFor(key, asked);
}

// A chosen thing shows its own; letting it go shows all again.
let followed;
function follow(layers, set, selected) {
  const now = selected ? `${selected.layer}:${selected.id}` : '';
  const isFirst = followed === undefined;
  const same = followed === now;
  followed = now;
  if (isFirst || same) return;
  for (const [key, values] of Object.entries(set)) {
    for (const [name, value] of Object.entries(values)) {
      const control = layers[key].controls[name];
      if (control.kind !== 'subject') continue;
      const chosen =
        selected?.layer === control.of && control.needs.every(([p, v]) => selected[p] === v);
      const next = chosen ? 'one' : !selected && value === 'one' ? control.usual : value;
      if (next !== value)
        window.dash_clientside.set_props({ type: 'control', layer: key, name }, { value: next });
    }
  }
}

// What a layer's controls are set to goes into the address bar and into the layer's own url.
export function controls(_choices, _days, _ranges, selected) {
  const layers = pageConfig()?.layers;
  if (!layers) return none(); // another page: it has no controls
  const set = {};
  for (const { id, value } of window.dash_clientside.callback_context.inputs_list
    .slice(0, 3)
    .flat()) {
    set[id.layer] ??= {};
    set[id.layer][id.name] = value;
  }
  for (const [key, values] of Object.entries(set)) apply(key, layers[key], values, selected);
  follow(layers, set, selected);
  writeAddress();
  return none();
}
export function dragged() {
  const layers = pageConfig()?.layers;
  for (const { id, value } of layers
    ? window.dash_clientside.callback_context.inputs_list[0]
    : []) {
    const { days } = layers[id.layer].controls[id.name];
    if (days && value) sayDays(id.layer, days, value);
  }
  return none();
}
