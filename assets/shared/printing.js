// A page on paper: in the light theme, the whole map as it stands on the screen, its legend and what
// was asked below it (assets/frame/printed.css). The ground cannot be painted anew while a browser
// prints: its tiles are put together into one picture, in which no seams can show, and what was
// painted for the dark is turned around.
import { all, brush, el } from './elements.js';
import { tell } from './events.js';
import { paneOf, townMap } from './map/maps.js';

// A4, landscape, within its margins: so many pixels.
const WIDE_PX = 1047;
const HIGH_PX = 590;
const SHARP = 2;
const TURNED = 'invert(1) hue-rotate(180deg)';
/** @type {string | undefined} the theme of the screen, while it is printed */
let before;

/** @param {L.Map} map @param {boolean} isDark */
function wholeGround(map, isDark) {
  const box = map.getContainer();
  const { width, height, x, y } = box.getBoundingClientRect();
  const whole = el('canvas', {
    class: 'printed-ground',
    width: width * SHARP,
    height: height * SHARP,
  });
  whole.style.width = `${width}px`;
  whole.style.height = `${height}px`;
  const pen = brush(whole);
  if (isDark) pen.filter = TURNED;
  for (const tile of paneOf(map, 'ground').querySelectorAll('canvas')) {
    const at = tile.getBoundingClientRect();
    const [left, top] = [Math.round((at.x - x) * SHARP), Math.round((at.y - y) * SHARP)];
    pen.drawImage(tile, left, top, Math.ceil(at.width * SHARP), Math.ceil(at.height * SHARP));
  }
  box.prepend(whole);
}

// What a page has just painted anew on a canvas of its own is printed stroke by stroke, and what was
// wiped before comes out white and hides the ground: a copy of it is a picture.
/** @param {HTMLElement} box */
function copies(box) {
  for (const live of box.querySelectorAll('canvas')) {
    if (
      live.matches('.printed-ground') ||
      live.closest('.leaflet-ground-pane, .leaflet-names-pane')
    )
      continue;
    const copy = /** @type {HTMLCanvasElement} */ (live.cloneNode());
    copy.classList.add('printed-copy');
    if (copy.width && copy.height) brush(copy).drawImage(live, 0, 0);
    live.after(copy);
    live.dataset.copied = '';
  }
}

window.addEventListener('beforeprint', () => {
  const root = document.documentElement;
  before = root.dataset.theme;
  root.dataset.paper = before;
  root.dataset.theme = 'light';
  const map = townMap();
  const box = map?.getContainer();
  if (map && box?.clientWidth) {
    wholeGround(map, before === 'dark');
    const { clientWidth: wide, clientHeight: high } = box;
    const scale = Math.min(WIDE_PX / wide, HIGH_PX / high);
    const measures = {
      '--map-wide': `${wide}px`,
      '--map-high': `${high}px`,
      '--map-scale': String(scale),
      '--map-room': `${Math.ceil(high * scale)}px`,
      '--map-shift': `${Math.floor((WIDE_PX - wide * scale) / 2)}px`,
    };
    for (const [name, value] of Object.entries(measures)) root.style.setProperty(name, value);
  }
  tell('paper');
  if (box) copies(box);
});

window.addEventListener('afterprint', () => {
  const root = document.documentElement;
  root.dataset.theme = before;
  delete root.dataset.paper;
  for (const made of document.querySelectorAll('.printed-ground, .printed-copy')) made.remove();
  for (const live of all('[data-copied]')) delete live.dataset.copied;
  tell('paper');
});
