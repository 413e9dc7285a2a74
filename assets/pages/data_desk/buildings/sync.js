// Saving edits of buildings: what the desk sends by the one queue (shared/sync.js). What the server
// refused is kept here too until somebody rules on it.
import { Refused, Unreachable, caller, token } from '../../../shared/calls.js';
import { Sync } from '../../../shared/sync.js';

const call = caller('/api', 'data');

// The edits of a county. item: {body, about} – body is what the server is asked, about what this page
// needs to draw it: {before, shown}.
// told: {done(answer, item), refused(item), conflict(item), status()}
function edits(county, by, told) {
  const queue = new Sync(
    `getu-buildings:${county}`,
    {},
    {
      send: (item) =>
        call(`/buildings/${county}/edits`, {
          method: 'POST',
          body: { ...item.body, token: item.token, by: by() },
        }),
      done: told.done,
      status: told.status,
      refused(error) {
        const item = queue.setAside({
          status: error.status,
          message: error.message,
          body: error.body,
        });
        told[error.status === 409 ? 'conflict' : 'refused'](item);
        return true; // the others do not wait for a ruling
      },
    },
  );
  return queue;
}

export { edits, call, token, Unreachable, Refused };
