// The choice of a candidate: it is drawn into the draft that is open, or into a new one.
import { call, county } from './calls.js';
import { name } from './candidates.js';
import * as dialog from './dialog.js';
import { say } from './words.js';
import { by, desk, reason, show } from '../desk.js';
import { Unreachable, token } from '../../../shared/calls.js';
import { $, all, el } from '../../../shared/elements.js';
import { call as ofPlanner } from '../sync.js';

/** @typedef {import('./job.js').Job} Job */

const TOLD_MS = 8000;
/** @type {{key: string, token: string, draft: number | null} | null} */
let unanswered = null; // a choice whose answer was lost: pressed again it is the same one

/** @param {Job} job @param {any} candidate @param {number} index its position in the result */
function buttons(job, candidate, index) {
  const same = candidate.communities.every((row) => row.grids.every((grid) => !grid.changed));
  if (same) return el('span', { class: 'muted' }, say('division.unchanged'));
  const { draft, state } = desk;
  const here = state?.editable && draft?.id === job.result.draft;
  return el(
    'div',
    { class: 'row' },
    here
      ? el(
          'button',
          {
            class: 'main',
            'data-choose': index,
            needs: 'plan',
            onclick: () => choose(job, index, false),
          },
          say('division.choose'),
        )
      : '',
    el(
      'button',
      {
        class: here ? '' : 'main',
        'data-choose-new': index,
        needs: 'plan',
        onclick: () => choose(job, index, true),
      },
      say('division.choose_new'),
    ),
  );
}

/** @param {boolean} disabled */
function disable(disabled) {
  const pressed = all('#division-dialog [data-choose], #division-dialog [data-choose-new]');
  for (const one of /** @type {HTMLButtonElement[]} */ (pressed)) one.disabled = disabled;
}

// A new draft for a candidate: of the plan that was divided, else of what is in force.
/** @param {any} result @param {number} index @returns {Promise<number>} */
async function newDraft(result, index) {
  const inForce = result.communities.some((c) => c.plan !== null);
  const source =
    result.draft === null
      ? { kind: inForce ? 'in_force' : 'empty' }
      : { kind: 'plan', plan: result.draft };
  const title = say('division.new_draft', { wish: name(result, result.candidates[index]) });
  const body = { name: title, by: by(), source, communities: null };
  return (await ofPlanner(`/${county()}/drafts`, { body })).id;
}

/** @param {Job} job @param {number} index @param {boolean} anew */
async function choose(job, index, anew) {
  const { result } = job;
  const here = result.communities.find((c) => c.id === desk.state?.community);
  const community = (here ?? result.communities[0]).id;
  const open = async (draft, sentence) => {
    unanswered = null;
    dialog.close();
    await desk.refresh();
    await desk.open(draft, community, { keepView: true });
    show(sentence, TOLD_MS);
  };
  disable(true);
  const key = `${job.id} ${index} ${anew}`;
  if (unanswered?.key !== key)
    unanswered = { key, token: token(), draft: anew ? null : result.draft };
  const mine = unanswered;
  try {
    mine.draft ??= await newDraft(result, index);
    const body = { candidate: index, draft: mine.draft, by: by(), token: mine.token };
    const answer = await call(`/jobs/${job.id}/choice`, { body });
    await open(mine.draft, say('division.chosen', { communities: answer.changes.length }));
  } catch (error) {
    if (error.status === 409 && error.body.branch) {
      await open(error.body.branch, say('division.branched', { why: error.message }));
      return;
    }
    if (!(error instanceof Unreachable)) unanswered = null;
    disable(false);
    const said = $('division-said');
    if (said) said.textContent = reason(error);
    else show(reason(error), TOLD_MS);
  }
}

export { buttons };
