// Calls of the desks that save: a fault of the line (Unreachable: the work waits and goes later) is
// told from a refusal of the server (Refused, with its sentence).
import { pageConfig } from './page.js';

const RETRY_MS = [1000, 2000, 4000, 8000, 15000];

class Unreachable extends Error {}

class Refused extends Error {
  /** @param {number} status @param {any} body what the server said, if it said anything */
  constructor(status, body) {
    super(body?.error || `HTTP ${status}`);
    this.status = status;
    this.body = body || {};
  }
}

// A function that asks under a path; writes carry the mark that the server demands.
/**
 * @param {string} base @param {string} mark
 * @returns {(path: string, about?: {method?: string, body?: any, form?: FormData}) => Promise<any>}
 *   It throws Unreachable or Refused.
 */
const caller =
  (base, mark) =>
  async (path, { body, form, method = body || form ? 'POST' : 'GET' } = {}) => {
    const lang = pageConfig()?.lang || 'zh';
    const address = `${base}${path}${path.includes('?') ? '&' : '?'}lang=${lang}`;
    /** @type {Record<string, string>} */
    const headers = { 'X-Getu': mark };
    if (body) headers['Content-Type'] = 'application/json';
    let answer;
    try {
      answer = await fetch(address, {
        method,
        headers,
        body: form || (body ? JSON.stringify(body) : undefined),
      });
    } catch (error) {
      throw new Unreachable(String(error));
    }
    if (answer.status === 204) return null;
    const said = await answer.json().catch(() => null);
    if (answer.status >= 502) throw new Unreachable(`HTTP ${answer.status}`);
    if (!answer.ok) throw new Refused(answer.status, said);
    return said;
  };

// Names a piece of work, so that one that is sent twice is done once.
const token = () =>
  crypto.randomUUID
    ? crypto.randomUUID()
    : [...crypto.getRandomValues(new Uint32Array(4))]
        .map((v) => v.toString(16).padStart(8, '0'))
        .join('-');

export { Unreachable, Refused, RETRY_MS, caller, token };
