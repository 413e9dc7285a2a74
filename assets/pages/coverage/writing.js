// What the page writes: scenarios, siting questions, walkers, each by its route (docs/coverage-api.md).
// Dash calls these when a button is pressed; their answers go to stores, whose callbacks show them.
import { S, say, words } from './state.js';
import { Unreachable, caller } from '../../shared/calls.js';
import { all } from '../../shared/elements.js';
import { clientside, none, pageConfig } from '../../shared/page.js';

const call = caller('/api/coverage', 'coverage');
const at = (path) => `/${pageConfig().county}${path}`;
/** @param {any} error */
const why = (error) => {
  if (error instanceof Unreachable) return words().no_connection;
  if (error.status === undefined) throw error;
  return error.message;
};
// The component that set a callback off.
const pressed = () => {
  const { triggered } = window.dash_clientside.callback_context;
  return triggered[0]?.value ? triggered[0].prop_id.split('.')[0] : '';
};

// Changes go one after another, each with the version that the one before left: the page shows it
// a moment later.
/** @type {Promise<any>} */
let turn = Promise.resolve();
/** @type {Map<number, number>} */
const versions = new Map();
/** @param {() => Promise<any>} change */
const inTurn = (change) => {
  turn = turn.then(change, change);
  return turn;
};

const SPEED = 'coverage-form-speed-';
const STEPS = {
  'coverage-undo': 'undo',
  'coverage-redo': 'redo',
  'coverage-adopt': 'adopt',
  'coverage-discard': 'discard',
  'coverage-operation': 'operations',
};

/** @param {any} held @param {string} step @param {Record<string, any>} values */
async function change(held, step, values) {
  const version = Math.max(held.version, versions.get(held.id) || 0);
  try {
    const { scenario, said } = await call(at(`/scenarios/${held.id}/${step}`), {
      body: { version, ...values },
    });
    if (scenario) versions.set(scenario.id, scenario.version);
    return { id: scenario?.id ?? null, says: said || '', is_good: !scenario, is_made: false };
  } catch (error) {
    versions.delete(held.id);
    return { id: held.id, says: why(error), is_good: false, is_made: false };
  }
}

async function create(title) {
  try {
    const { scenario } = await call(at('/scenarios'), { body: { title } });
    return { id: scenario.id, says: '', is_good: false, is_made: true };
  } catch (error) {
    return { id: S.scenario?.id ?? null, says: why(error), is_good: false, is_made: false };
  }
}

// What a component of the page holds now: a field's value, a store's data.
/** @param {string} id @param {string} [prop] @returns {any} */
const now = (id, prop = 'value') => window.dash_component_api.getLayout(id)?.props?.[prop] ?? null;
const by = (id) => (now(id) || '').trim();

const SITING = {
  goal: 'coverage-site-goal',
  number: 'coverage-site-number',
  where: 'coverage-site-candidates',
  weight: 'coverage-site-weight',
  least: 'coverage-site-least',
  most: 'coverage-site-most',
};
const PROFILE = {
  title: 'coverage-form-title',
  flat_speed_m_s: 'coverage-form-flat',
  off_street_speed_m_s: 'coverage-form-off',
  steps_factor: 'coverage-form-steps',
  start_s: 'coverage-form-start',
  source: 'coverage-form-source',
};
/** @param {Record<string, string>} fields */
const values = (fields) =>
  Object.fromEntries(Object.entries(fields).map(([name, id]) => [name, now(id)]));

// Who does it is asked where nobody signed in; what is missing is said before anything is sent.
/** @param {string} field */
const isUnnamed = (field) => !pageConfig().is_named && !by(field);

async function askSiting(question) {
  const { at: _at, ...asked } = question;
  const body = {
    question: asked,
    keep: now('coverage-site-keep'),
    area: now('coverage-site-area', 'data'),
    picked: now('coverage-site-picked', 'data'),
    ...values(SITING),
  };
  const { id } = await call(at('/sitings'), { body });
  return { id, says: '' };
}

async function saveProfile(button) {
  const key = now('coverage-form-key');
  const body = { by: by('coverage-form-by') };
  if (button === 'coverage-form-remove') {
    const { key: left, said } = await call(at(`/profiles/${key}/remove`), { body });
    return { key: left, says: said, is_new: false };
  }
  const speeds = all(`[id^="${SPEED}"]`).map((one) => one.id);
  Object.assign(body, values(PROFILE), {
    has_slopes: Boolean(now('coverage-form-slopes')?.length),
    speeds_km_h: Object.fromEntries(speeds.map((id) => [id.replace(SPEED, ''), now(id)])),
  });
  const done = await (key === 'new'
    ? call(at('/profiles'), { body })
    : call(at(`/profiles/${key}`), { method: 'PUT', body }));
  return { key: done.key, says: done.said, is_new: key === 'new' };
}

clientside('coverage', {
  change_scenario(made, operation, _undo, _redo, _adopt, _discard, held) {
    const button = pressed();
    if (button === 'coverage-scenario-new')
      return made ? inTurn(() => create(by('coverage-scenario-title'))) : none();
    const step = STEPS[button];
    if (!step || !held) return none();
    const { at: _at, several, ...one } = operation || {};
    const isBare = isUnnamed('coverage-adopt-by') || !by('coverage-adopt-reason');
    if (step === 'adopt' && isBare)
      return { id: held.id, says: words().adopt_who, is_good: false, is_made: false };
    const more = {
      operations: { operations: several || [one], category: now('coverage-add-category') },
      adopt: { by: by('coverage-adopt-by'), reason: by('coverage-adopt-reason') },
    };
    return inTurn(() => change(held, step, more[step] || {}));
  },
  async ask_siting(_start, _cancel, job, question) {
    const button = pressed();
    try {
      if (button === 'coverage-site-start' && question) return await askSiting(question);
      if (button !== 'coverage-site-cancel' || !job) return none();
      await call(at(`/sitings/${job.id}/cancel`), { body: {} });
      return { id: job.id, says: '' };
    } catch (error) {
      return { id: null, says: why(error) };
    }
  },
  async try_siting(clicks, job, question) {
    if (!clicks || !job) return [none(), none()];
    try {
      const body = {
        category: now('coverage-add-category'),
        services: question?.services || '',
      };
      const { scenario } = await call(at(`/sitings/${job.id}/scenario`), { body });
      return [scenario.id, 'what_if'];
    } catch (error) {
      say(why(error));
      return [none(), none()];
    }
  },
  async save_profile(_saved, _removed) {
    const button = pressed();
    if (!button) return none();
    if (isUnnamed('coverage-form-by')) return { key: null, says: words().form_who, is_new: false };
    try {
      return await saveProfile(button);
    } catch (error) {
      return { key: null, says: why(error), is_new: false };
    }
  },
});
