// Questions and trials: what is asked of the server, and what is shown of its answers.
import { board, drawAreas, drawStations } from './map.js';
import { unpack, unpackStreets } from './packing.js';
import { S, busy, page, say, words } from './state.js';
import { on } from '../../shared/events.js';
import { told } from '../../shared/few.js';
import { townMap } from '../../shared/map/maps.js';
import { pageConfig, setStore } from '../../shared/page.js';

const get = async (path, values) => {
  const config = pageConfig();
  const params = new URLSearchParams({ county: config.county, ...values });
  const answer = await fetch(`${path}?${params}`, { credentials: 'same-origin' });
  if (!answer.ok)
    throw new Error((await answer.json().catch(() => ({}))).error || String(answer.status));
  return answer.json();
};
// The answer is never from the browser's memory; outlines are, as long as the same buildings stand.
export const ask = async (question) => {
  const ticket = ++S.asked;
  busy(true);
  try {
    const map = await board();
    const outlines = (doors) => get('/coverage/buildings', { v: doors }).then(unpack);
    let [buildings, answer] = await Promise.all([
      S.buildings || outlines(words().doors),
      get('/coverage/answer', { ...question, drawing: S.drawing }),
    ]);
    // Somebody changed the data meanwhile: letters belong to the newer buildings.
    if (buildings.doors !== answer.doors) buildings = await outlines(answer.doors);
    if (ticket !== S.asked) return;
    answer.lines = unpackStreets(answer.streets);
    S.buildings = buildings;
    S.answer = answer;
    S.effect = null;
    drawAreas(map, answer.areas);
    drawStations(map, answer.stations);
    S.cover.draw();
    if (S.mode === 'what_if' && S.scenario) await tryOut(null, true);
    page()?.setAttribute('data-drawn', String(ticket));
  } catch (error) {
    say(error.message);
  } finally {
    if (ticket === S.asked) busy(false);
  }
};

// One request at a time while a hand moves; the newest place waits, the ones between are dropped.
let flying = false,
  waiting = null;
on('station-drag', ({ key, at }) => {
  waiting = { kind: 'move', key, lon: at.lng, lat: at.lat };
  if (!flying) fly();
});
async function fly() {
  flying = true;
  while (waiting) {
    const next = waiting;
    waiting = null;
    await tryOut(next, false);
  }
  flying = false;
}
let tries = 0;
export const tryOut = async (operation, whole) => {
  if (!S.scenario) return;
  const config = pageConfig(),
    ticket = ++tries,
    began = performance.now();
  const operations = operation ? [...S.scenario.operations, operation] : S.scenario.operations;
  const answer = await fetch('/api/coverage/try', {
    method: 'POST',
    credentials: 'same-origin',
    headers: { 'Content-Type': 'application/json', 'X-Getu': 'coverage' },
    body: JSON.stringify({
      county: config.county,
      question: S.question,
      operations,
      whole,
      drawing: S.drawing,
    }),
  });
  const body = await answer.json().catch(() => ({}));
  if (ticket !== tries && !whole) return;
  if (!answer.ok) {
    say(body.error || '');
    return;
  }
  if (body.version !== S.answer.version) {
    renew();
    return;
  }
  say('');
  // While a hand moves only doors are answered; the drawing follows when it rests.
  body.lines = whole ? unpackStreets(body.streets) : S.effect?.lines;
  body.areas = whole ? body.areas : S.effect?.areas;
  S.effect = body;
  if (whole) {
    const map = townMap();
    drawAreas(map, body.areas);
    drawStations(map, body.stations);
  }
  S.cover.draw();
  showEffect(body);
  const panel = document.getElementById('coverage-effect');
  panel?.setAttribute('data-ms', String(Math.round(performance.now() - began)));
  panel?.setAttribute('data-try', String(ticket));
};
// The data changed: the same question again, on the map and in the figures.
export const renew = () => {
  if (S.question) setStore('coverage-question', { ...S.question, at: Date.now() });
};
function showEffect(body) {
  const panel = document.getElementById('coverage-effect');
  if (!panel) return;
  const w = words();
  const tile = (cls, label, value) => {
    const box = document.createElement('div');
    box.className = `effect ${cls}`;
    const part = (kind, textContent) =>
      Object.assign(document.createElement(kind), { textContent });
    box.append(part('span', label), part('b', value), part('small', w.unit));
    return box;
  };
  const n = told;
  const signed = (sign, v) => (v ? `${sign}${n(v)}` : '0');
  const rows = body.grids.slice(0, 40).map(([name, gained, lost]) => {
    const tr = document.createElement('tr');
    for (const text of [name, gained ? `+${n(gained)}` : '', lost ? `−${n(lost)}` : ''])
      tr.append(Object.assign(document.createElement('td'), { textContent: text }));
    return tr;
  });
  const table = document.createElement('table');
  table.className = 'lines effect-table';
  if (rows.length) {
    const head = document.createElement('tr');
    for (const text of [w.grid, w.gained, w.lost])
      head.append(Object.assign(document.createElement('th'), { textContent: text, scope: 'col' }));
    table.append(head, ...rows);
  }
  const tiles = document.createElement('div');
  tiles.className = 'effects';
  tiles.append(
    tile('gained', w.gained_households, signed('+', body.gained_households)),
    tile('lost', w.lost_households, signed('−', body.lost_households)),
    tile('', w.outside_after, n(body.outside_after)),
  );
  panel.replaceChildren(tiles, table);
}
