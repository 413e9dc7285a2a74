// The panels of the building desk, for the other parts of it.
export { chosen, leave } from './panels/chosen.js';
export { controls, hint, legend, tools, under } from './panels/left.js';
export { first, unsigned } from './panels/rulings.js';
export { nameOf } from './panels/words.js';
