// Edits go to the server one after another. What cannot go yet waits in the browser (localStorage)
// and goes later; what the server refused is kept here too until somebody rules on it.
import { RETRY_MS, Refused, Unreachable, caller, token } from '../../../shared/calls.js';

const call = caller('/api', 'data');
const SILENT_MS = 40_000;
const PREFIX = 'getu-buildings:';

const here = token(); // each open window keeps its own edits: two do not mix
const keyOf = (county, page = here) => `${PREFIX}${county}:${page}`;

// Edits that no open window cares for any more; they are taken out of the store. An edit that is
// sent twice is harmless: it has a token.
function left(county) {
  const found = { items: [], refused: [] };
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(keyOf(county, '')) || key === keyOf(county)) continue;
      const held = JSON.parse(localStorage.getItem(key));
      if (!held.left && Date.now() - held.at < SILENT_MS) continue;
      localStorage.removeItem(key);
      found.items.push(...(held.items || []));
      found.refused.push(...(held.refused || []));
    }
  } catch { /* nothing is kept here */ }
  return found;
}

// item: {token, body, about} – body is what the server is asked, about what this page needs to
// draw it: {ids, geometry (degrees)}.
class Sync {
  // told: {done(answer, item), refused(item, error), conflict(item, error), status()}
  constructor(county, by, told) {
    Object.assign(this, { county, by, told, items: [], kept: [], sending: false, away: false, tries: 0, closed: false });
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
    this.keep(true);
  }

  keep(gone = false) {
    try {
      const key = keyOf(this.county);
      if (this.items.length || this.kept.length) localStorage.setItem(key, JSON.stringify({ items: this.items, refused: this.kept, at: Date.now(), left: gone }));
      else localStorage.removeItem(key);
      this.unkept = false;
    } catch {
      this.unkept = true; // said beside the count of waiting edits
    }
  }

  resume() {
    const found = left(this.county);
    this.items.push(...found.items);
    this.kept.push(...found.refused);
    this.keep();
    return found;
  }

  push(item) {
    this.items.push({ token: token(), ...item });
    this.keep();
    this.told.status();
    return this.flush();
  }

  // Take the last edit back while it still waits here; null when it is on its way already.
  withdraw() {
    if (!this.items.length || (this.sending && this.items.length === 1)) return null;
    const item = this.items.pop();
    this.keep();
    this.told.status();
    return item;
  }

  // A refused edit that somebody has ruled on.
  drop(item) {
    this.kept = this.kept.filter((one) => one.token !== item.token);
    this.keep();
  }

  async flush() {
    if (this.sending || this.closed) return;
    clearTimeout(this.timer);
    this.sending = true;
    this.told.status();
    try {
      while (this.items.length && !this.closed) {
        const item = this.items[0];
        const answer = await call(`/buildings/${this.county}/edits`, { method: 'POST', body: { ...item.body, token: item.token, by: this.by() } });
        this.items.shift();
        this.away = false;
        this.tries = 0;
        this.keep();
        this.told.done(answer, item);
      }
    } catch (error) {
      this.stopped(error);
    } finally {
      this.sending = false;
      if (!this.closed) this.told.status();
    }
  }

  stopped(error) {
    if (error instanceof Unreachable || error.status === 503) {
      this.away = true;
      this.keep(); // still here
      this.timer = setTimeout(() => this.flush(), RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)]);
      return;
    }
    if (!(error instanceof Refused)) throw error;
    const item = this.items.shift();
    item.why = { status: error.status, message: error.message, body: error.body };
    this.kept.push(item);
    this.keep();
    this.told[error.status === 409 ? 'conflict' : 'refused'](item);
    setTimeout(() => this.flush(), 0); // the others do not wait for a ruling
  }
}

export { Sync, call, token, Unreachable, Refused };
