// Calls of automatic division.
import { caller } from '../../../shared/calls.js';
import { pageConfig } from '../../../shared/page.js';

export const call = caller('/api/division', 'planner');
/** @returns {string} */
export const county = () => pageConfig().county;
