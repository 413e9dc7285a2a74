// The desk of quality: what was asked (check, place, months: also in the address bar), what came of it.
import { address, writeAddress } from '../../../shared/address.js';
import { Unreachable, caller } from '../../../shared/calls.js';
import { sayer } from '../../../shared/elements.js';
import { CHECKS } from './checks.js';

export const AT_ONCE = 100;

/**
 * @typedef {import('./checks.js').Place} Place
 * @typedef {object} Survey
 * @property {Place} whole
 * @property {Place[]} communities
 * @property {string} measure
 * @property {number} months after which a count is old
 * @property {string} day
 * @property {boolean} has_streets
 *
 * @typedef {object} Row What a check found wrong.
 * @property {string} name
 * @property {number | null} households
 * @property {string} note
 * @property {Point | null} place
 * @property {[number, number, number, number]} bounds
 *
 * @typedef {object} Steps What a click leads to (main.js).
 * @property {(check: string | null) => void} choose
 * @property {(code: string) => void} go
 * @property {(i: number, fromMap?: boolean) => void} show a row
 * @property {() => void} load asks anew
 */

export class Desk {
  /** @param {HTMLElement} page @param {PageConfig} config */
  constructor(page, config) {
    const { check, in: place, months } = config.quality;
    this.page = page;
    this.config = config;
    this.say = sayer(config);
    this.survey = /** @type {Survey} */ (/** @type {unknown} */ (null)); // until it came
    /** @type {Row[] | null} */
    this.rows = null;
    this.total = 0;
    this.shown = AT_ONCE;
    /** @type {number | null} */
    this.chosen = null;
    this.asked = 0;
    this.how = false; // how the score is made stands open
    /** @type {string | null} */
    this.check = check in CHECKS ? check : null;
    /** @type {string} */
    this.place = place || 'all';
    /** @type {number | null} */
    this.months = /^\d{1,2}$/.test(months || '') ? Number(months) : null;
  }

  // The place at hand.
  here() {
    const { whole, communities } = this.survey;
    return communities.find((one) => one.code === this.place) || whole;
  }

  // The months go with every question: what is old is wrong.
  /** @param {Record<string, string | null>} more */
  query(more) {
    const asked = { county: this.config.county, ...more };
    return new URLSearchParams(
      Object.assign(asked, this.months ? { months: String(this.months) } : null),
    );
  }

  async readSurvey() {
    this.survey = await call(`?${this.query({})}`);
    this.place = this.here().code;
  }

  // The rows of the check at hand; false where another was chosen meanwhile.
  async readRows() {
    const ticket = this.asked;
    const { check, place } = this;
    const answer = await call(`/rows?${this.query({ check, in: place })}`);
    if (ticket !== this.asked) return false;
    this.rows = answer.rows;
    this.total = answer.total;
    return true;
  }

  // Where all rows of the check at hand are a file.
  file() {
    const { check, place } = this;
    return `/data/quality/rows.csv?${this.query({ lang: this.config.lang, check, in: place })}`;
  }

  remember() {
    Object.assign(address, {
      check: this.check,
      in: this.place === 'all' ? null : this.place,
      months: this.months,
    });
    writeAddress();
  }

  /** @param {any} error of a call */
  why(error) {
    const { say } = this;
    const why = error instanceof Unreachable ? say('data_quality.no_connection') : error.message;
    return say('data_quality.failed', { why });
  }
}

const call = caller('/data/quality', 'quality');
