// A building's counts over time, in a card under the work.
import { card as cardBox } from './card.js';
import { call, desk, tell, why } from '../desk.js';
import { $, put } from '../../../../shared/elements.js';

/** @param {number} id */
async function cardOf(id) {
  try {
    card(await call(`/${desk.config.county}/building?id=${id}`), true);
  } catch (error) {
    tell(why(error), true);
  }
}

/** @param {any} found @param {boolean} [fit] the map shows it whole */
function card(found, fit) {
  desk.map.outline(found.building, fit);
  const holder = $('households-card');
  if (!holder) return;
  put(
    holder,
    cardBox(found, () => {
      put(holder);
      desk.map.outline(null);
    }),
  );
  holder.scrollIntoView({ block: 'nearest' });
}

export { card, cardOf };
