// The left side: tools, search, colours; the hint under the map.
import * as classes from '../canvas/classes.js';
import { desk, say } from '../desk.js';
import * as saving from '../sync.js';
import * as windows from '../windows.js';
import { LIFE_WORDS, KNOWN_WORDS, HINTS, TOOLS, nameOf } from './words.js';
import { writeAddress } from '../../../../shared/address.js';
import { $, button, el, field as input } from '../../../../shared/elements.js';
import { may } from '../../../../shared/rights.js';
import { isNamed } from '../../../../shared/page.js';

export function controls() {
  const d = desk;
  /** @param {string} [needs] */
  const button = (id, words, key, onclick, needs) =>
    el('button', { type: 'button', id, needs, onclick }, words, key ? el('kbd', {}, key) : '');
  const found = el('ul', { id: 'buildings-found', class: 'found-list' });
  const search = el('input', {
    id: 'buildings-find',
    type: 'search',
    placeholder: say('data_buildings.find'),
    'aria-label': say('data_buildings.find'),
    oninput: (e) => find(e.target.value),
    onkeydown: (e) => {
      if (e.key === 'Enter') {
        e.preventDefault();
        found.querySelector('button')?.click();
      }
      if (e.key === 'Escape') {
        e.target.value = '';
        find('');
      }
    },
  });
  $('buildings-work').replaceChildren(
    search,
    found,
    el('div', { id: 'buildings-tools', class: 'buildings-tools', needs: 'work' }),
    el(
      'label',
      { class: 'row', needs: 'work' },
      el('input', {
        type: 'checkbox',
        id: 'buildings-square',
        onchange: (e) => {
          d.tools.square = e.target.checked;
        },
      }),
      el('span', {}, say('data_buildings.square')),
      el('kbd', {}, 'Shift'),
    ),
    el(
      'div',
      { class: 'row' },
      button(
        'buildings-undo',
        say('data_buildings.undo'),
        'Ctrl Z',
        () => {
          if (!d.tools.back()) d.step('undo');
        },
        'work',
      ),
      button('buildings-redo', say('data_buildings.redo'), 'Ctrl Y', () => d.step('redo'), 'work'),
    ),
    ...(isNamed()
      ? []
      : [
          el(
            'label',
            { class: 'row', needs: 'work' },
            el('span', { class: 'muted' }, say('data_buildings.by')),
            el('input', {
              id: 'buildings-by',
              maxlength: 60,
              value: d.by() || '',
              onchange: (e) => d.setBy(e.target.value.trim()),
            }),
          ),
        ]),
    el('p', { id: 'buildings-status', role: 'status' }),
  );
  $('buildings-colours').replaceChildren(
    el(
      'label',
      { class: 'row' },
      el('span', { class: 'muted' }, say('data_buildings.colour')),
      el(
        'select',
        { id: 'buildings-colour', onchange: (e) => d.setColour(e.target.value) },
        el('option', { value: 'known' }, say('data_buildings.colour_known')),
        el('option', { value: 'life' }, say('data_buildings.colour_life')),
      ),
    ),
    el('ul', { id: 'buildings-legend', class: 'legend' }),
  );
  const file = el('input', {
    type: 'file',
    id: 'buildings-file',
    hidden: true,
    accept: '.png,.jpg,.jpeg,.tif,.tiff,.pdf,.mbtiles',
    onchange: (e) => {
      desk.upload(e.target.files[0]);
      e.target.value = '';
    },
  });
  $('buildings-pictures').replaceChildren(
    el('div', { id: 'buildings-sheets' }),
    file,
    el(
      'div',
      { class: 'row', needs: 'work' },
      button('buildings-upload', say('data_buildings.upload'), '', () => file.click()),
      el(
        'label',
        { class: 'row' },
        el('span', { class: 'muted' }, say('data_buildings.page')),
        el('input', {
          type: 'number',
          id: 'buildings-page',
          class: 'number',
          min: 1,
          max: 9999,
          value: 1,
        }),
      ),
    ),
    el(
      'label',
      { class: 'form-field', needs: 'work' },
      el('span', {}, say('data_buildings.shift')),
      el(
        'select',
        { id: 'buildings-shift' },
        el('option', { value: '' }, say('data_buildings.shift_none')),
        el('option', { value: 'gcj02' }, say('data_buildings.shift_gcj02')),
        el('option', { value: 'bd09' }, say('data_buildings.shift_bd09')),
      ),
    ),
    el('p', { id: 'buildings-upload-said', class: 'muted', role: 'status' }),
    el('p', { class: 'muted', needs: 'work' }, say('data_buildings.upload_about')),
  );
  $('buildings-files').replaceChildren(
    el(
      'div',
      { class: 'row' },
      el(
        'a',
        { class: 'quiet', href: '?tab=files', needs: 'work', 'data-keep': 'tab=files' },
        say('data_buildings.import'),
      ),
      button('buildings-export', say('data_buildings.export'), '', () => windows.download()),
    ),
  );
  writeAddress();
}

// Buildings by what people call them; the county's, not only those in view.
let asking = null;
function find(words) {
  clearTimeout(asking);
  const list = $('buildings-found');
  if (!words.trim()) {
    list.replaceChildren();
    return;
  }
  asking = setTimeout(async () => {
    try {
      const { found } = await saving.call(
        `/places/${desk.county}?q=${encodeURIComponent(words.trim())}`,
      );
      if (input('buildings-find').value.trim() !== words.trim()) return;
      list.replaceChildren(
        ...(found.length
          ? found.map((f) =>
              el(
                'li',
                {},
                el(
                  'button',
                  { type: 'button', onclick: () => desk.visit(f.id, f.lon, f.lat) },
                  el('span', {}, f.label || say('data_buildings.unnamed', { id: String(f.id) })),
                  el('small', { class: 'muted' }, f.about || ''),
                ),
              ),
            )
          : [el('li', { class: 'muted' }, say('data_buildings.find_none'))]),
      );
    } catch (error) {
      desk.problem(error);
    }
  }, 200);
}

export function tools() {
  const d = desk;
  const now = d.tools.tool;
  const many = d.selected.size;
  $('buildings-tools').replaceChildren(
    ...TOOLS.map(([tool, words, key]) =>
      el(
        'button',
        {
          type: 'button',
          'data-tool': tool,
          needs: 'work',
          'aria-pressed': String(tool === now),
          onclick: () => d.tools.choose(tool),
        },
        say(words),
        el('kbd', {}, key),
      ),
    ),
    el(
      'button',
      {
        type: 'button',
        id: 'buildings-join',
        needs: 'work',
        disabled: many < 2,
        onclick: () => d.join(),
      },
      say('data_buildings.t_join'),
      el('kbd', {}, 'J'),
    ),
    el(
      'button',
      {
        type: 'button',
        id: 'buildings-remove',
        needs: 'work',
        disabled: !many,
        onclick: () => d.remove(),
      },
      say('data_buildings.t_remove'),
      el('kbd', {}, 'Del'),
    ),
  );
  button('buildings-undo').disabled = !(
    d.tools.draft ||
    d.tools.hand ||
    d.sync?.items.length ||
    d.steps?.undo
  );
  button('buildings-redo').disabled = !d.steps?.redo;
  const square = input('buildings-square');
  square.checked = d.tools.square;
  const { sync } = d;
  const waiting = sync ? sync.items.length : 0;
  const refused = sync?.kept.length || 0;
  const said =
    !sync || !may('work')
      ? ''
      : !waiting && refused
        ? say('data_buildings.to_rule', { edits: refused })
        : sync.away
          ? say(sync.out ? 'data_buildings.signed_out' : 'data_buildings.away', { edits: waiting })
          : waiting
            ? say('data_buildings.saving', { edits: waiting })
            : say('data_buildings.saved');
  $('buildings-status').textContent =
    sync?.unkept && waiting ? `${said} ${say('data_buildings.not_kept')}` : said;
  $('buildings-status').className = sync?.away || refused ? 'loud' : '';
}

// The line under the map: what to do next, what is measured.
export function hint(t) {
  const line = $('buildings-hint');
  if (!line || desk.pinning) return;
  const m = t.measures();
  const parts = [];
  if (m?.edge) parts.push(say('data_buildings.edge', { metres: m.edge.toFixed(1) }));
  if (m?.area)
    parts.push(say('data_buildings.area', { area: m.area.toFixed(m.area < 100 ? 1 : 0) }));
  const busy =
    t.draft?.points.length ||
    (t.hand && (t.hand.kind === 'reshape' || t.hand.shift?.some(Boolean) || t.hand.angle));
  const done =
    busy && t.tool !== 'rectangle'
      ? el(
          'button',
          { type: 'button', class: 'main', id: 'buildings-done', onclick: () => t.finish() },
          say('data_buildings.done'),
        )
      : '';
  const stop = busy
    ? el(
        'button',
        {
          type: 'button',
          onclick: () => {
            t.cancel();
            if (t.tool === 'reshape') t.choose('select');
          },
        },
        say('data_buildings.cancel'),
      )
    : '';
  line.replaceChildren(
    el('span', {}, say(may('work') ? HINTS[t.tool] : 'data_buildings.hint_look')),
    el('b', {}, parts.join(' · ')),
    el('span', { id: 'buildings-under', class: 'muted' }),
    done,
    stop,
  );
}

// Under the pointer: its name and three figures.
export function under(id) {
  const place = $('buildings-under');
  const f = id === null ? null : desk.features.get(id);
  if (!place) return;
  place.textContent = f
    ? [
        nameOf(f.p),
        f.p.households === null || f.p.households === undefined
          ? say('data_buildings.households_unknown')
          : say('data_buildings.households', { households: f.p.households }),
        f.p.levels ? say('data_buildings.levels', { levels: f.p.levels }) : '',
        say(LIFE_WORDS[f.p.life]),
      ]
        .filter(Boolean)
        .join(' · ')
    : '';
}

export function legend() {
  const d = desk;
  const words = d.colour === 'life' ? LIFE_WORDS : KNOWN_WORDS;
  const names = d.colour === 'life' ? classes.LIVES : classes.KNOWN;
  $('buildings-legend').replaceChildren(
    ...names.map((name) =>
      el(
        'li',
        {},
        el('span', { class: `mark building-mark building-${name}` }),
        el('span', {}, say(words[name])),
      ),
    ),
  );
  input('buildings-colour').value = d.colour;
}
