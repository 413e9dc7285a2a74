// A tab of the data desk begins when Dash has laid it out: `open` gets the page's configuration.
import { writeAddress } from './address.js';
import { clientside, none, pageConfig } from './page.js';

export function whenOpened(open) {
  clientside('desk', {
    open(start) {
      if (start) {
        open(pageConfig());
        writeAddress();
      }
      return none();
    },
  });
}
