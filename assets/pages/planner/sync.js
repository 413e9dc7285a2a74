// Saving: strokes go to the server one after another; what cannot go yet waits in the browser
// (localStorage) and goes later. Where somebody else saved first, the work goes on in a branch.
import { RETRY_MS, Refused, Unreachable, caller, token } from '../../shared/calls.js';

const call = caller('/api/planner', 'planner');

// Each page that is open keeps its own strokes: two windows on one draft do not mix. Whoever opens
// the draft next takes over what a window left behind: at once when it was closed or reloaded, after
// a while when it only fell silent (a crash). A stroke sent twice is harmless: it has a token.
const PREFIX = 'getu-planner:';
const SILENT_MS = 40_000;
const here = token();
const keyOf = (draft, community, page = here) => `${PREFIX}${draft}:${community}:${page}`;

function leave(draft, community, version, items) {
  localStorage.setItem(keyOf(draft, community, token()), JSON.stringify({ version, items, at: Date.now(), left: true }));
}

// Strokes of a draft that no open window cares for any more; they are taken out of the store.
function kept(draft, community) {
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(keyOf(draft, community, '')) || key === keyOf(draft, community)) continue;
      const held = JSON.parse(localStorage.getItem(key));
      if (!held.left && Date.now() - held.at < SILENT_MS) continue;
      localStorage.removeItem(key);
      return held;
    }
  } catch { /* nothing is kept here */ }
  return null;
}

class Sync {
  // told: {saved(change, item), status(), reload(why, detail), branched(draft, state), failed(sentence), branchName()}
  constructor(draft, community, version, by, told) {
    Object.assign(this, { draft, community, version, by, told });
    this.items = [];
    this.sending = false;
    this.away = false;
    this.tries = 0;
    this.closed = false;
    this.online = () => { this.tries = 0; this.flush(); };
    this.leaving = () => this.keep(true);
    window.addEventListener('online', this.online);
    window.addEventListener('pagehide', this.leaving);
  }

  close() {
    this.closed = true;
    clearTimeout(this.timer);
    window.removeEventListener('online', this.online);
    window.removeEventListener('pagehide', this.leaving);
    if (this.items.length) this.keep(true);
  }

  keep(left = false) {
    try {
      const key = keyOf(this.draft, this.community);
      if (this.items.length) localStorage.setItem(key, JSON.stringify({ version: this.version, items: this.items, at: Date.now(), left }));
      else localStorage.removeItem(key);
      this.unkept = false;
    } catch {
      this.unkept = true; // the browser keeps nothing: said beside the count of waiting strokes
    }
  }

  resume(items) { this.items = items; this.keep(); this.told.status(); this.flush(); }

  push(item) {
    this.items.push({ token: token(), ...item });
    this.keep();
    this.told.status();
    this.flush();
  }

  // Take the last stroke back while it still waits here; null when it is on its way already.
  withdraw() {
    if (!this.items.length || (this.sending && this.items.length === 1)) return null;
    const item = this.items.pop();
    this.keep();
    this.told.status();
    return item;
  }

  async flush() {
    if (this.sending || this.closed) return;
    clearTimeout(this.timer);
    this.sending = true;
    try {
      while (this.items.length && !this.closed) {
        const item = this.items[0];
        const change = await call(`/drafts/${this.draft}/operations`, {
          method: 'POST',
          body: { ...item.body, kind: item.kind, community: this.community, version: this.version, token: item.token, by: this.by, expected: item.expected },
        });
        this.items.shift();
        this.version = change.version;
        this.rename(change.created || {});
        this.away = false;
        this.tries = 0;
        this.keep();
        this.told.saved(change, item);
      }
    } catch (error) {
      await this.stopped(error);
    } finally {
      this.sending = false;
      if (!this.closed) this.told.status();
    }
  }

  // A stroke made a grid: whatever waits names it by its new id.
  rename(created) {
    const to = new Map(Object.entries(created).map(([old, id]) => [Number(old), id]));
    if (!to.size) return;
    const named = (id) => (to.has(id) ? to.get(id) : id);
    for (const item of this.items) {
      const { body } = item;
      for (const field of ['to', 'grid']) if (field in body) body[field] = named(body[field]);
      if (body.grids) body.grids = body.grids.map(named);
      item.moves = item.moves.map(([p, from, into]) => [p, named(from), named(into)]);
      item.expected = Object.fromEntries(Object.entries(item.expected).map(([id, count]) => [named(Number(id)), count]));
    }
  }

  async stopped(error) {
    if (error instanceof Unreachable || error.status === 503) {
      this.away = true;
      this.keep(); // still here
      this.timer = setTimeout(() => this.flush(), RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)]);
      return;
    }
    if (!(error instanceof Refused)) throw error;
    if (error.status === 409) { await this.branch(error); return; }
    this.items.shift();
    this.keep();
    this.told.reload('planner.stroke_refused', error.message);
  }

  // Somebody was first: the refused stroke is in a branch already, or a branch is made of what is
  // there now; the strokes that wait follow it there.
  async branch(refused) {
    const waiting = this.items;
    let draft = refused.body.branch;
    try {
      const done = draft ? waiting.shift() : null;
      if (!draft) draft = await call(`/drafts/${this.draft}/branch`, { method: 'POST', body: { name: this.told.branchName(), by: this.by } });
      const state = await call(`/drafts/${draft.id}/communities/${this.community}`);
      // Grids that the refused stroke made have their ids in the branch now.
      if (done) this.rename(Object.fromEntries(done.moves.filter((m) => m[2] < 0).map((m) => [m[2], state.assignment[m[0]]])));
      this.items = [];
      this.keep();
      this.close();
      this.told.branched(draft, waiting, refused.message, state);
    } catch (error) {
      if (error instanceof Unreachable) { this.away = true; this.timer = setTimeout(() => this.flush(), RETRY_MS[2]); return; }
      this.told.failed(`${refused.message} ${error.message}`);
    }
  }
}

export { Sync, call, kept, leave, Unreachable, Refused };
