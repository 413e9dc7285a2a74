// Edits: sent, answered, refused, ruled on, taken back.
import { drawn, featureOf } from './canvas/footprints.js';
import { desk, problem, say, tell, told } from './desk.js';
import { readLog } from './log.js';
import * as panels from './panel.js';
import { call, token as newToken } from './sync.js';
import { load, reapply, restore, select, toolChanged } from './view.js';
import { $, first } from '../../../shared/elements.js';
import { may, refuse } from '../../../shared/rights.js';

export function mayEdit(ids) {
  if (!may('work')) {
    refuse();
    return false;
  }
  for (const id of ids)
    if (desk.waiting.has(id) || typeof id !== 'number') {
      tell('data_buildings.one_moment');
      return false;
    }
  return true;
}

const hasBefore = (id) => desk.features.has(id);

export function submit(kind, ids, more = {}) {
  if (!mayEdit(ids)) return;
  const versions = Object.fromEntries(ids.map((id) => [id, desk.features.get(id)?.p.version]));
  const { values } = more;
  const shown =
    kind === 'attributes'
      ? Object.fromEntries(
          Object.entries(values).filter(([k]) =>
            [
              'name',
              'number',
              'levels',
              'use',
              'life',
              'estate_id',
              'external_id',
              'addresses',
              'aliases',
            ].includes(k),
          ),
        )
      : {};
  send({
    body: { kind, buildings: ids, versions, confirm: [], ...more },
    about: { before: ids.filter(hasBefore).map((id) => featureOf(desk.features.get(id))), shown },
  });
}

function send(item) {
  desk.last = null;
  const sent = desk.sync.push(item);
  if (item.body.kind === 'remove') desk.selected.clear();
  reapply();
  panels.chosen();
  return sent;
}

export function done(answer, item) {
  for (const id of [...desk.features.keys()])
    if (id === `new:${item.token}`) desk.features.delete(id);
  take(answer);
  const { kind } = item.body;
  const made = (answer.features || []).map((f) => f.properties.id);
  if (
    ['draw', 'cut', 'join', 'split_by_entrance'].includes(kind) &&
    !desk.tools.draft &&
    !desk.tools.hand
  ) {
    if (desk.tools.tool !== 'draw' && desk.tools.tool !== 'rectangle') desk.tools.choose('select');
    select(made);
    if (kind === 'draw') first('[name=name]', $('buildings-panel'))?.focus({ preventScroll: true });
  } else panels.chosen();
  if (kind === 'remove') tell('data_buildings.removed', { buildings: item.body.buildings.length });
}

// What the server says of some buildings replaces what is here.
function take(answer) {
  for (const id of answer.removed || []) {
    desk.features.delete(id);
    desk.selected.delete(id);
  }
  for (const f of answer.features || []) desk.features.set(f.properties.id, drawn(f));
  desk.last = answer;
  desk.faults = [];
  if (!desk.total) desk.total = desk.features.size;
  toolChanged();
  reapply();
  readLog().then(
    () => {
      if (!desk.selected.size) panels.chosen();
    },
    () => {},
  );
}

export function ruled(item) {
  restore(item);
  desk.faults = (item.why.body.findings || []).map((f) => f.geometry).filter(Boolean);
  if (item.body.kind === 'draw') desk.faults.push(item.body.geometry);
  desk.canvas.paintTop();
  panels.chosen();
  $('buildings-panel').querySelector('.building-refused')?.scrollIntoView({ block: 'nearest' });
  told(item.why.status === 409 ? panels.first(item.why.message) : item.why.message);
}

// Somebody rules on what was refused: confirm it, try it again, or let it go.
export async function rule(item, ruling, codes) {
  desk.sync.drop(item);
  desk.faults = [];
  const { why, token, ...rest } = item;
  if (ruling === 'confirm') {
    send({
      ...rest,
      body: { ...rest.body, confirm: [...new Set([...(rest.body.confirm || []), ...codes])] },
    });
    return;
  }
  if (ruling === 'again') {
    again(rest);
    return;
  }
  try {
    await load(true);
    if (ruling === 'mine') {
      const gone = rest.body.buildings.filter((id) => !desk.features.has(id));
      if (gone.length) {
        tell('data_buildings.gone');
        return;
      }
      const versions = Object.fromEntries(
        rest.body.buildings.map((id) => [id, desk.features.get(id).p.version]),
      );
      send({
        body: { ...rest.body, versions },
        about: {
          ...rest.about,
          before: rest.body.buildings.map((id) => featureOf(desk.features.get(id))),
        },
      });
      return;
    }
  } catch (error) {
    desk.sync.kept.push(item); // not lost with the connection
    desk.sync.keep();
    problem(error);
  }
  panels.chosen();
  desk.canvas.paintTop();
}

export function editable(item) {
  return item.body.kind === 'draw' || item.body.buildings.length === 1;
}

// The refused shape is in the hand once more.
function again({ body }) {
  const { tools } = desk;
  if (body.kind === 'draw') {
    tools.choose('draw');
    const frame = tools.frame();
    tools.draft = { frame, points: frame.shape(body.geometry)[0][0], hover: null };
    tools.show();
    panels.chosen();
    return;
  }
  const [id] = body.buildings;
  select([id]);
  tools.choose('reshape');
  if (tools.hand) {
    tools.remember();
    Object.assign(tools.hand, {
      shape: tools.hand.frame.shape(body.geometries[id]),
      changed: true,
    });
    tools.show();
  }
  panels.chosen();
}

export function join() {
  if (!may('work')) return;
  const ids = [...desk.selected];
  if (ids.length < 2) {
    tell('data_buildings.join_which');
    return;
  }
  submit('join', ids);
}

export function remove() {
  if (!may('work')) return;
  const ids = [...desk.selected];
  if (!ids.length) {
    tell('data_buildings.remove_which');
    return;
  }
  submit('remove', ids);
}

export async function step(which) {
  if (desk.stepping || !may('work')) return;
  if (which === 'undo') {
    const item = desk.sync.withdraw();
    if (item) {
      restore(item);
      panels.chosen();
      return;
    }
  }
  if (desk.sync.items.length) {
    tell('data_buildings.one_moment');
    return;
  }
  desk.stepping = true;
  try {
    const answer = await call(`/buildings/${desk.county}/${which}`, {
      method: 'POST',
      body: { by: desk.by(), token: newToken() },
    });
    take(answer);
    panels.chosen();
    tell(which === 'undo' ? 'data_buildings.stepped_back' : 'data_buildings.stepped_again');
  } catch (error) {
    if (error.status === 400)
      tell(which === 'undo' ? 'data_buildings.nothing_to_undo' : 'data_buildings.nothing_to_redo');
    else if (error.status === 409)
      told(say('data_buildings.step_conflict', { who: panels.first(error.message) }));
    else problem(error);
  } finally {
    desk.stepping = false;
  }
}

// Households of one building, said by hand.
export async function count(id, values) {
  try {
    await call(`/counts/${desk.county}/${id}`, {
      method: 'POST',
      body: { ...values, by: desk.by() },
    });
    const found = await call(`/buildings/${desk.county}/${id}`);
    desk.features.set(id, drawn(found));
    desk.canvas.paintAll();
    panels.chosen();
    tell('data_buildings.counted');
  } catch (error) {
    problem(error);
  }
}

// Esc lets the last word about faults go; true when there was one.
export function dismiss() {
  if (!desk.faults.length) return false;
  desk.faults = [];
  desk.canvas.paintTop();
  return true;
}

// Edits of an earlier visit that never reached the server, and those that wait for a ruling.
export function resume() {
  if (!may('work')) return;
  const found = desk.sync.resume();
  if (found.items.length) {
    tell('data_buildings.resumed', { edits: found.items.length });
    reapply();
    desk.sync.flush();
  }
}
