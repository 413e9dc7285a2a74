// 旧网格: opens a set, ties the list, the map, the case at hand and the keys together.
import '../../../shared/shell.js';
import { whenOpened } from '../../../shared/desk_start.js';
import { begin, call, desk, isOpen, say, shown, tell } from './desk.js';
import { left, progress, rows } from './list.js';
import { CasesMap } from './map.js';
import { right } from './one.js';
import { defer, poll, rule, undo } from './rulings.js';
import { stepped } from './standing.js';
import { address, writeAddress } from '../../../shared/address.js';
import { townMap } from '../../../shared/map/maps.js';
import { all } from '../../../shared/elements.js';

const POLL_MS = 5000;
let listening = false;

Object.assign(desk, { choose, open, right, progress, rows, listed: left });

function choose(item, look) {
  desk.chosen = item;
  for (const row of all('#cases-rows [data-item]'))
    row.setAttribute('aria-selected', Number(row.dataset.item) === item?.id ? 'true' : 'false');
  document
    .querySelector('#cases-rows [aria-selected="true"]')
    ?.scrollIntoView({ block: 'nearest' });
  desk.map?.choose(item, look);
  right();
}

async function open(id, stay) {
  const before = desk.chosen?.id;
  desk.data = await call(`/sets/${id}`);
  desk.chosen = null;
  address.set = id;
  writeAddress();
  left();
  desk.map.show(desk.data);
  if (!stay) desk.map.whole();
  const again = stay && desk.data.items.find((item) => item.id === before);
  choose(again || null);
}

function key(e) {
  if (!desk.data || !document.querySelector('.cases-page') || e.altKey || e.metaKey) return;
  if (e.target.closest?.('input, select, textarea') && e.target.id !== 'cases-rows') return;
  const list = shown();
  const pressed = e.key.toLowerCase();
  if (e.ctrlKey) {
    if (pressed === 'z' && isOpen()) {
      e.preventDefault();
      undo();
    }
    return;
  }
  if (pressed === 'arrowdown' || pressed === 'arrowup') {
    if (!list.length) return;
    e.preventDefault();
    choose(stepped(list, desk.chosen?.id, pressed === 'arrowdown' ? 1 : -1), true);
  } else if (pressed === 'escape') choose(null);
  else if (desk.chosen && isOpen() && (pressed === 'a' || pressed === 'b')) {
    const claim = desk.chosen.claims['ab'.indexOf(pressed)];
    if (claim) rule(claim.claimant);
  } else if (desk.chosen && isOpen() && pressed === 'n') defer();
}

async function openDesk(config) {
  begin(config);
  if (!listening) {
    listening = true;
    document.addEventListener('keydown', key);
    setInterval(() => {
      if (document.visibilityState === 'visible' && document.querySelector('.cases-page')) poll();
    }, POLL_MS);
  }
  while (!townMap()?._loaded) await new Promise((done) => setTimeout(done, 50));
  const map = townMap();
  desk.map = new CasesMap(map, (item) => choose(item, false));
  map.on('click', () => choose(null));
  try {
    desk.sets = (await call(`/${config.county}`)).sets;
    const wanted =
      desk.sets.find((s) => s.id === config.case_set) ||
      desk.sets.find((s) => s.state === 'open') ||
      desk.sets[0];
    if (wanted) await open(wanted.id);
    else {
      left();
      right();
    }
  } catch (error) {
    left();
    tell(say('data_cases.failed'), true, error.message);
  }
}

whenOpened(openDesk);
