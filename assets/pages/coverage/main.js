// What Dash calls on the coverage page: the question's controls, modes, choices, keys.
import { minute } from '../../shared/clock.js';
import '../../shared/shell.js';
import './writing.js';
import { ask, renew, tryOut } from './asking.js';
import {
  drawAreas,
  drawSites,
  drawSketch,
  drawStations,
  drawWay,
  drawn,
  ready,
  refreshHand,
} from './map.js';
import { isSame, profileOf, questionOf } from './question.js';
import { S, choose, fill, still, usable, words } from './state.js';
import { address, writeAddress } from '../../shared/address.js';
import { clientside, none, publish } from '../../shared/page.js';
import { all } from '../../shared/elements.js';

clientside('coverage', {
  question(minutes, services, travel, profile, tier, weekday, clock, asked) {
    const vehicle = travel === 'response';
    const walkers = document.getElementById('coverage-walkers');
    if (walkers) walkers.hidden = vehicle;
    for (const note of all('[data-services]'))
      note.hidden = (note.dataset.services === 'vehicle') !== vehicle;
    if (!usable()) return none();
    const question = questionOf({ minutes, services, travel, profile, tier, weekday, clock });
    if (!question) return none();
    for (const key of ['minutes', 'services', 'way', 'profile', 'tier', 'weekday', 'clock'])
      address[key] = question[key] || null;
    writeAddress();
    // The page comes with its first question, and with the answer.
    return isSame(question, asked) ? none() : question;
  },
  minutes(...clicks) {
    const context = window.dash_clientside.callback_context;
    if (!context.triggered.length || !clicks.some(Boolean)) return none();
    return Number(context.triggered[0].prop_id.split('.')[0].split('-').pop());
  },
  paint(question, drawing) {
    S.drawing = drawing || 'areas';
    address.drawing = S.drawing === 'areas' ? null : S.drawing;
    writeAddress();
    if (!question) return none();
    const asked = { ...question };
    delete asked.at;
    S.question = asked;
    ask(asked);
    return none();
  },
  // Another version of the data than the one on the screen: ask again, and say so.
  renew(current) {
    if (!current || !S.answer || current.version === S.answer.version) return none();
    renew();
    return fill(words().renewed, { at: minute(current.at) });
  },
  weight(goal, keep) {
    return goal !== 'cover' || keep === 'move'; // a capacity is for new stations alone
  },
  mode(mode) {
    S.mode = mode;
    address.mode = mode === 'gaps' ? null : mode;
    writeAddress();
    S.adding = false;
    S.picking = false;
    for (const panel of all('[data-mode]')) panel.hidden = panel.dataset.mode !== mode;
    refreshHand();
    if (S.cover?.map && S.answer) {
      S.effect = null;
      drawAreas(S.cover.map, S.answer.areas);
      drawStations(S.cover.map, S.answer.stations);
      drawSites(S.cover.map);
      drawSketch();
      S.cover.draw();
      if (mode === 'what_if' && S.scenario) tryOut(null, true);
    }
    return none();
  },
  scenario(scenario) {
    S.scenario = scenario;
    const panel = document.getElementById('coverage-effect');
    if (!scenario) panel?.replaceChildren();
    address.scenario = scenario ? String(scenario.id) : null;
    writeAddress();
    if (!S.cover?.map || !S.answer || S.mode !== 'what_if') return none();
    if (scenario) tryOut(null, true);
    else {
      S.effect = null;
      drawStations(S.cover.map, S.answer.stations);
      drawAreas(S.cover.map, S.answer.areas);
      S.cover.draw();
    }
    return none();
  },
  held(key) {
    S.station = key;
    for (const [name, marker] of Object.entries(drawn.byKey || {}))
      marker._icon?.firstChild?.classList?.toggle('station-held', name === key);
    return none();
  },
  add(clicks) {
    if (!clicks) return none();
    S.adding = !S.adding;
    refreshHand();
    return none();
  },
  draw(clicks) {
    if (!clicks) return none();
    if (S.sketching) {
      const done = S.sketching;
      if (done.length < 3) {
        S.sketching = null;
        drawn.sketch?.remove();
        refreshHand();
        return null;
      }
      drawSketch();
      S.sketching = null;
      refreshHand();
      return done;
    }
    S.sketching = [];
    drawn.sketch?.remove();
    refreshHand();
    return null;
  },
  candidates(kind) {
    S.picking = kind === 'picked';
    for (const part of all('[data-candidates]')) part.hidden = part.dataset.candidates !== kind;
    if (kind !== 'drawn') {
      S.sketching = null;
      drawn.sketch?.remove();
    }
    refreshHand();
    S.cover?.draw();
    return none();
  },
  form(travel, profile) {
    return profileOf(travel, profile);
  },
  // Who asks about clinics adds a clinic, until they say otherwise.
  category(services) {
    const first = (services || [])[0];
    return !first || first === 'party' ? 'service_station' : first;
  },
  clock(weekday) {
    return !weekday; // without a day any time will do
  },
  goal(value) {
    return value === 'all'; // the fewest stations: their number is the answer
  },
  sites(answer) {
    S.sites = answer?.sites || [];
    if (S.cover?.map) drawSites(S.cover.map);
    return none();
  },
  selected(chosen) {
    S.chosen = chosen?.building ?? null;
    address.sel = chosen ? Object.entries(chosen)[0].join(':') : null;
    writeAddress();
    S.cover?.draw();
    return none();
  },
  way(found) {
    S.way = found?.line || null;
    ready().then((map) => {
      drawWay(map);
      if (found?.bounds)
        map.fitBounds(found.bounds, { animate: !still, maxZoom: 17, padding: [30, 30] });
    });
    return none();
  },
});

document.addEventListener('keydown', (event) => {
  if (event.key !== 'Escape' || event.defaultPrevented || !document.querySelector('.coverage-page'))
    return;
  if (document.querySelector('[data-radix-popper-content-wrapper]')) return;
  if (S.adding || S.sketching) {
    S.adding = false;
    S.sketching = null;
    drawn.sketch?.remove();
    refreshHand();
    return;
  }
  if (S.chosen !== null || address.sel) choose(null);
});

publish({ coverage: { state: S } });
