// Who answers for a breach (特殊情况说明): given with a reason, for what there is; withdrawn.
import { desk, say } from '../desk.js';
import { ask, by, byField, field } from '../dialog.js';
import { call } from '../sync.js';
import { el } from '../../../shared/elements.js';

const again = () => desk.open(desk.draft.id, desk.state.community, { keepView: true });

/** @param {import('./shown_findings.js').Shown} found */
function waive(found) {
  const { draft, plan } = desk;
  const grid = plan.grids.find((one) => one.id === found.grid);
  ask(
    say('planner.waive_title', { grid: grid?.number }),
    [
      el('p', {}, found.message),
      el('p', { class: 'muted' }, say('planner.waive_words')),
      field(
        say('planner.reason'),
        el('textarea', { name: 'reason', rows: 3, required: true, maxlength: 500 }),
      ),
      byField(),
    ],
    say('planner.confirm'),
    async (form) => {
      await call(`/drafts/${draft.id}/waivers`, {
        method: 'POST',
        body: { grid: found.grid, finding: found.code, reason: form.get('reason'), by: by(form) },
      });
      await again();
    },
  );
}

/** @param {{id: number, reason: string, by: string}} given */
function withdraw(given) {
  ask(
    say('planner.waiver_withdraw'),
    [el('p', {}, say('planner.waiver_withdraw_words', { reason: given.reason, by: given.by }))],
    say('planner.confirm'),
    async () => {
      await call(`/waivers/${given.id}`, { method: 'DELETE' });
      await again();
    },
  );
}

export { waive, withdraw };
