// From draft to plan in force: stages with their papers, waivers, history, exports.
import { minute } from '../../../shared/clock.js';
import { desk, ofApproval, say } from '../desk.js';
import * as dialog from '../dialog.js';
import * as saving from '../sync.js';
import { unsaved } from './shown_findings.js';
import { pageConfig } from '../../../shared/page.js';
import { $, el } from '../../../shared/elements.js';

const KIND = {
  forward: 'planner.stage_forward',
  back: 'planner.stage_back',
  withdraw: 'planner.stage_withdraw',
  publish: 'planner.stage_publish',
};
const FORMATS = [
  ['gpkg', 'GeoPackage'],
  ['shp', 'Shapefile UTF-8'],
  ['shp&encoding=gbk', 'Shapefile GBK'],
  ['geojson', 'GeoJSON'],
  ['csv', 'CSV'],
  ['xlsx', 'XLSX'],
  ['docx', 'DOCX'],
  ['pdf', 'PDF'],
  ['png', 'PNG'],
];

function stagePanel() {
  const { draft, county } = desk;
  if (!draft) return;
  const stages = county.policy.stages;
  const now = stages.indexOf(draft.stage);
  $('planner-stages').replaceChildren(
    el('h3', {}, say('planner.approval')),
    el(
      'ol',
      { class: 'stage-bar' },
      stages.map((stage, i) =>
        el(
          'li',
          {
            class: i < now ? 'past' : i === now ? 'now' : '',
            'aria-current': i === now ? 'step' : undefined,
          },
          stage,
        ),
      ),
    ),
    draft.document_number
      ? el('p', { class: 'muted' }, say('planner.document_is', { number: draft.document_number }))
      : '',
    draft.published
      ? ''
      : el(
          'p',
          { class: 'muted' },
          say(draft.numbered ? 'planner.numbers_final' : 'planner.numbers_provisional'),
        ),
    draft.coming ? coming(draft) : '',
    el('p', { id: 'planner-blocking' }),
    el(
      'div',
      { class: 'row' },
      (draft.next_stages || []).map((next) =>
        el(
          'button',
          {
            class: next.kind === 'forward' || next.kind === 'publish' ? 'main' : '',
            onclick: () => move(next),
            'data-stage': next.kind,
            ...ofApproval(next.right),
          },
          say(KIND[next.kind], { stage: next.stage }),
        ),
      ),
    ),
    history(draft),
  );
  counts();
  exports();
}

// Published for a later day: which, and that it can be taken back before.
function coming(draft) {
  return el(
    'div',
    { id: 'planner-coming' },
    el('p', {}, say('planner.coming', { on: draft.in_force_from })),
    el('button', { ...ofApproval('approve'), onclick: takeBack }, say('planner.take_back')),
  );
}

function takeBack() {
  const { draft } = desk;
  const { field, byField, by, ask } = dialog;
  ask(
    say('planner.take_back'),
    [
      el('p', {}, say('planner.take_back_words', { name: draft.name, on: draft.in_force_from })),
      field(say('planner.reason'), el('textarea', { name: 'comment', rows: 3, required: true })),
      byField(),
    ],
    say('planner.confirm'),
    async (form) => {
      await saving.call(`/drafts/${draft.id}/take-back`, {
        method: 'POST',
        body: { comment: form.get('comment'), by: by(form) },
      });
      await desk.refresh();
      await desk.open(draft.id, desk.state.community, { keepView: true });
    },
  );
}

function counts() {
  const { draft } = desk;
  const line = $('planner-blocking');
  if (!line || !draft?.next_stages?.length) return;
  const waiting = unsaved();
  if (waiting) {
    line.className = 'loud';
    line.textContent = say('planner.blocking_unsaved', { strokes: waiting });
    return;
  }
  const here = desk.findings.filter((f) => f.severity === 'error' && !f.waived).length;
  const before = draft.community_rows.find((row) => row.id === desk.state.community);
  const waived = desk.findings.filter((f) => f.severity === 'error' && f.waived).length;
  const all = Math.max(here, draft.blocking - Math.max(0, (before?.errors || 0) - waived) + here);
  line.className = all ? 'loud' : 'good';
  line.textContent = all
    ? `■ ${say('planner.blocking', { errors: all })}`
    : `✓ ${say('planner.nothing_blocks')}`;
}

function history(draft) {
  if (!draft.history?.length) return '';
  return el(
    'details',
    {},
    el('summary', {}, say('planner.history')),
    el(
      'ul',
      { class: 'history' },
      draft.history.map((step) =>
        el(
          'li',
          {},
          `${minute(step.at)} ${step.stage} · ${step.by}`,
          step.comment ? el('div', { class: 'muted' }, step.comment) : '',
          step.document_number ? el('div', { class: 'muted' }, step.document_number) : '',
          step.attachment
            ? el(
                'a',
                { href: `/api/planner/attachments/${step.attachment.id}` },
                step.attachment.name,
              )
            : '',
        ),
      ),
    ),
  );
}

function move(next) {
  const { draft } = desk;
  if (desk.sync.items.length) {
    desk.tell('planner.one_moment');
    return;
  }
  const { field, byField, by, ask } = dialog;
  const needs = new Set(next.needs || []);
  const publish = next.kind === 'publish';
  const fields = [
    publish ? el('p', {}, say('planner.publish_words')) : '',
    field(
      say('planner.comment'),
      el('textarea', { name: 'comment', rows: 3, required: needs.has('comment') }),
    ),
    next.kind === 'forward' || publish
      ? field(
          say('planner.document'),
          el('input', {
            name: 'document_number',
            required: needs.has('document_number'),
            maxlength: 80,
            value: draft.document_number || '',
          }),
        )
      : '',
    next.kind === 'forward' || publish
      ? field(
          say('planner.attachment'),
          el('input', { type: 'file', name: 'file', accept: '.pdf,.png,.jpg,.jpeg' }),
        )
      : '',
    publish
      ? field(
          say('planner.in_force_from'),
          el('input', {
            type: 'date',
            name: 'in_force_from',
            required: needs.has('in_force_from'),
            value: desk.county.today,
          }),
        )
      : '',
    byField(),
  ];
  ask(
    say(KIND[next.kind], { stage: next.stage }),
    fields,
    say('planner.confirm'),
    async (form, said) => {
      const call = saving.call;
      let attachment = null;
      const file = /** @type {File | null} */ (form.get('file'));
      if (file?.size) {
        const sent = new FormData();
        sent.set('file', file);
        attachment = (await call(`/drafts/${draft.id}/attachments`, { method: 'POST', form: sent }))
          .id;
      }
      const body = {
        stage: next.stage,
        by: by(form),
        comment: form.get('comment') || null,
        document_number: form.get('document_number') || null,
        attachment,
      };
      if (publish) body.in_force_from = form.get('in_force_from');
      try {
        await call(`/drafts/${draft.id}/stages`, { method: 'POST', body });
      } catch (error) {
        if (!error.body?.findings?.length) throw error;
        said.append(
          error.message,
          el(
            'ul',
            {},
            error.body.findings.slice(0, 8).map((f) => el('li', {}, f.message)),
          ),
        );
        throw Object.assign(
          new Error(
            `${error.message} ${error.body.findings
              .slice(0, 5)
              .map((f) => f.message)
              .join(' ')}`,
          ),
        );
      }
      await desk.refresh();
      await desk.open(draft.id, desk.state.community, { keepView: true });
    },
  );
}

function exports() {
  const { draft, state } = desk;
  const where = el(
    'select',
    { id: 'planner-export-where', 'aria-label': say('planner.export_where') },
    dialog.option('', say('planner.export_all')),
    dialog.option(state?.community, say('planner.export_here')),
  );
  const links = el(
    'div',
    { class: 'row exports' },
    FORMATS.map(([format, name]) =>
      el(
        'a',
        {
          class: 'quiet',
          href: '#',
          download: '',
          'data-format': format,
          'data-paper': `${draft.name} ${name}`,
        },
        name,
      ),
    ),
  );
  const aim = () => {
    for (const link of /** @type {Iterable<HTMLAnchorElement>} */ (
      /** @type {unknown} */ (links.children)
    )) {
      const [format, extra] = (link.dataset.format || '').split('&');
      const params = new URLSearchParams(extra || '');
      if (where.value) params.set('community', where.value);
      params.set('lang', pageConfig().lang);
      link.href = `/api/planner/plans/${draft.id}/export/${format}?${params}`;
    }
  };
  where.onchange = aim;
  aim();
  $('planner-exports').replaceChildren(el('h3', {}, say('planner.exports')), where, links);
}

export { stagePanel, counts };
