// The one queue of work on its way to the server: strokes of the planner, edits of buildings. Items
// go one after another, each with a token, so that one that is sent twice is done once. What cannot
// go yet waits in the browser (localStorage) and goes later; what the server refused may be kept
// apart until somebody rules on it.
//
// Each open desk keeps its own items: two windows do not mix. Whoever opens the same place next takes
// over what a desk left behind: at once when it was closed or reloaded, after a while when it only
// fell silent (a crash).
import { RETRY_MS, Refused, Unreachable, token } from './calls.js';

const SILENT_MS = 40_000;

/**
 * @typedef {Record<string, any> & {token?: string, why?: any}} Item The desk's own, with a token of ours.
 * @typedef {{items: Item[], refused: Item[], about: Record<string, any>}} Held
 * @typedef {object} Way What a desk does with its items.
 * @property {(item: Item) => Promise<any>} send Gives the server's answer, or throws Unreachable, Refused.
 * @property {(answer: any, item: Item) => void} [settle] What the answer changes in what still waits; the
 *   item is out by then.
 * @property {(answer: any, item: Item) => void} done Tells the page; not called when the desk is closed.
 * @property {(error: Refused) => boolean | Promise<boolean>} refused Rules on the first item (shift it, set
 *   it aside); true: send the next ones.
 * @property {() => void} status What waits has changed.
 */

// What waits at a place, under a key of its own: whoever opens the place next takes it over.
/** @param {string} place @param {Item[]} items @param {Record<string, any>} about */
export function leave(place, items, about = {}) {
  localStorage.setItem(
    `${place}:${token()}`,
    JSON.stringify({ items, refused: [], about, at: Date.now(), left: true }),
  );
}

// What no open desk cares for any more, taken out of the store: of `most` desks, none of them mine.
/** @param {string} place @param {string} mine @param {number} most @returns {Held[]} */
function leftAt(place, mine, most) {
  const found = [];
  try {
    for (const key of Object.keys(localStorage)) {
      if (found.length >= most) break;
      if (!key.startsWith(`${place}:`) || key === mine) continue;
      const held = JSON.parse(localStorage.getItem(key) || '{}');
      if (!held.left && Date.now() - held.at < SILENT_MS) continue;
      localStorage.removeItem(key);
      found.push({ items: held.items || [], refused: held.refused || [], about: held.about || {} });
    }
  } catch {
    /* nothing is kept here */
  }
  return found;
}

// The server was not reached, has no time now (503), or does not know any more who asks (401): it is
// asked again later. Work waits for whoever signs in again, here or in another window.
/** @param {any} error */
export const isOfTheLine = (error) =>
  error instanceof Unreachable || error.status === 503 || error.status === 401;

/** @type {Map<string, Sync>} what goes on by itself, by its place */
const running = new Map();

export class Sync {
  /**
   * @param {string} place names what is worked on (its key in the store begins so)
   * @param {Record<string, any>} about what the desk must know again to send what it left (a version),
   *   kept with the items
   * @param {Way} way
   */
  constructor(place, about, way) {
    running.get(place)?.close(); // taken over by whoever opens the place again
    this.place = place;
    this.about = about;
    this.way = way;
    this.key = `${place}:${token()}`;
    /** @type {Item[]} */
    this.items = [];
    /** @type {Item[]} */
    this.kept = []; // refused, with `why`
    this.sending = false;
    this.away = false; // the line is down, or nobody is signed in any more
    this.out = false; // it is the latter
    this.unkept = false; // the browser keeps nothing: said beside the count of what waits
    this.tries = 0;
    this.closed = false;
    this.alone = false; // the desk went on to something else: what waits goes, and nobody is told
    /** @type {Timer | undefined} */
    this.timer = undefined;
    this.online = () => {
      this.tries = 0;
      this.flush();
    };
    this.leaving = () => this.keep(true);
    window.addEventListener('online', this.online);
    window.addEventListener('pagehide', this.leaving);
  }

  close() {
    if (this.closed) return;
    if (running.get(this.place) === this) running.delete(this.place);
    clearTimeout(this.timer);
    window.removeEventListener('online', this.online);
    window.removeEventListener('pagehide', this.leaving);
    this.keep(true);
    this.closed = true;
  }

  // The desk goes on to something else: what waits still goes, if the line is there. Whoever opens
  // this place again takes over what has not gone by then.
  finish() {
    if (this.closed) return;
    running.get(this.place)?.close();
    this.alone = true;
    running.set(this.place, this);
    if (!this.items.length) this.close();
    else if (!this.sending) this.flush();
  }

  // Store what waits; `left`: nobody will care for it from here.
  keep(left = false) {
    try {
      // Somebody has taken over what a closed desk left: it is theirs now.
      if (this.closed && localStorage.getItem(this.key) === null) return;
      const held = {
        items: this.items,
        refused: this.kept,
        about: this.about,
        at: Date.now(),
        left: left || this.closed,
      };
      if (this.items.length || this.kept.length)
        localStorage.setItem(this.key, JSON.stringify(held));
      else localStorage.removeItem(this.key);
      this.unkept = false;
    } catch {
      this.unkept = true;
    }
  }

  // Take over what `most` desks left at this place; in the store it is this desk's from now on.
  resume(most = Infinity) {
    /** @type {{items: Item[], refused: Item[], about: Record<string, any> | null}} */
    const found = { items: [], refused: [], about: null };
    for (const held of leftAt(this.place, this.key, most)) {
      found.items.push(...held.items);
      found.refused.push(...held.refused);
      found.about = held.about;
    }
    this.items.push(...found.items);
    this.kept.push(...found.refused);
    if (found.items.length && found.about) Object.assign(this.about, found.about);
    this.keep();
    return found;
  }

  /** @param {Item} item */
  push(item) {
    const named = { token: token(), ...item };
    if (this.closed) {
      leave(this.place, [named], this.about);
      return Promise.resolve();
    }
    this.items.push(named);
    this.keep();
    this.way.status();
    return this.flush();
  }

  // Take the last item back while it still waits here; null when it is on its way already.
  /** @returns {Item | null} */
  withdraw() {
    if (!this.items.length || (this.sending && this.items.length === 1)) return null;
    const item = this.items.pop() || null;
    this.keep();
    this.way.status();
    return item;
  }

  // The first item is done with: it waits no more.
  shift() {
    const item = this.items.shift();
    this.keep();
    return item;
  }

  // The first item is kept apart, with why, until somebody rules on it.
  /** @param {any} why */
  setAside(why) {
    const item = { ...this.items.shift(), why };
    this.kept.push(item);
    this.keep();
    return item;
  }

  // Somebody has ruled on a refused item.
  /** @param {Item} item */
  drop(item) {
    this.kept = this.kept.filter((one) => one.token !== item.token);
    this.keep();
  }

  async flush() {
    if (this.sending || this.closed) return;
    clearTimeout(this.timer);
    this.sending = true;
    if (!this.alone) this.way.status();
    try {
      while (this.items.length && !this.closed) {
        const item = this.items[0];
        const answer = await this.way.send(item);
        this.items.shift();
        this.way.settle?.(answer, item);
        this.away = false;
        this.out = false;
        this.tries = 0;
        this.keep();
        if (!this.closed && !this.alone) this.way.done(answer, item);
      }
    } catch (error) {
      await this.stopped(error);
    } finally {
      this.sending = false;
      if (this.alone && !this.items.length) this.close();
      if (!this.closed && !this.alone) this.way.status();
    }
  }

  /** @param {any} error */
  async stopped(error) {
    const line = isOfTheLine(error);
    if (!line && !(error instanceof Refused)) throw error;
    if (this.closed) return; // what waits is in the store, for whoever opens the place next
    if (line) {
      this.out = /** @type {any} */ (error).status === 401;
      this.retry();
      return;
    }
    if (this.alone) {
      this.close(); // it is ruled on where the place is opened again
      return;
    }
    if (await this.way.refused(error)) setTimeout(() => this.flush(), 0);
  }

  // The line is down: what waits goes a little later.
  retry() {
    this.away = true;
    this.keep(); // still here
    this.timer = setTimeout(
      () => this.flush(),
      RETRY_MS[Math.min(this.tries++, RETRY_MS.length - 1)],
    );
  }
}
