// Automatic division: what its panel's buttons do, while a plan is open and all of it is saved.
import * as dialog from './dialog.js';
import { form } from './form.js';
import { even, split } from './grid.js';
import * as job from './job.js';
import { results } from './results.js';
import { say, setWords } from './words.js';
import { desk, reason } from '../desk.js';
import { $, within } from '../../../shared/elements.js';

const MEET_MS = 700;

// Runs where there is a plan and the server has all of it; else says why not.
/** @param {() => void} run */
const ready = (run) => () => {
  if (!desk.state) dialog.tell(say('division.no_plan'));
  else if (desk.sync?.items.length) dialog.tell(say('division.unsaved'));
  else run();
};

/** @type {Record<string, () => void | Promise<void>>} */
const ACTIONS = {
  divide: ready(() => form('divide')),
  repair: ready(() => form('repair')),
  split: ready(split),
  even: ready(even),
  results,
};

document.addEventListener('click', (e) => {
  const action = within(e, '[data-division]')?.dataset.division;
  if (!action || !desk.county) return;
  setWords($('division').dataset.words);
  Promise.resolve(ACTIONS[action]()).catch((error) => dialog.fault(reason(error)));
});

// The page is laid out by Dash: its panel is met when it is there.
setInterval(() => {
  const panel = $('division');
  if (!panel || panel.dataset.met || !desk.state) return;
  panel.dataset.met = 'yes';
  setWords(panel.dataset.words);
  job.resume();
}, MEET_MS);
