// What the controls of the coverage page ask. Pure.

const MOST_MINUTES = 120;

// The parameters of a question; null where it asks nothing. What is usual is left out: on foot to a
// station, any tier, any time.
/**
 * @param {Record<string, any>} controls
 * @returns {Record<string, string> | null}
 */
export function questionOf({ minutes, services, travel, profile, tier, weekday, clock }) {
  const number = Number(minutes);
  if (!(number > 0 && number <= MOST_MINUTES) || !services?.length) return null;
  /** @type {Record<string, string>} */
  const question = {
    minutes: String(number),
    services: services.join(','),
    profile: profile || 'adult',
  };
  if (travel && travel !== 'to_station') question.way = travel;
  if (tier) question.tier = tier;
  if (weekday) {
    question.weekday = weekday;
    question.clock = clock || '10:00';
  }
  return question;
}

// Whether a question is the one that was asked before (null: none was), whenever it was asked.
/** @param {Record<string, string>} question @param {Record<string, any> | null} asked */
export function isSame(question, asked) {
  const { at: _, ...before } = asked || {};
  const keys = Object.keys(question);
  return (
    keys.length === Object.keys(before).length && keys.every((key) => question[key] === before[key])
  );
}

// Where a proposal or trial is made of this question: who walks, or a vehicle.
/** @param {string} travel @param {string | null} profile */
export const profileOf = (travel, profile) =>
  travel === 'response' ? 'vehicle' : profile || 'adult';
