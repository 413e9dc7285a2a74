// A tab of the data desk begins when Dash has laid it out: `open` gets the page's configuration.
import { writeAddress } from './address.js';
import { clientside, none, pageConfig } from './page.js';

/** @param {(config: PageConfig) => unknown} open */
export function whenOpened(open) {
  clientside('desk', {
    /** @param {unknown} start */
    open(start) {
      if (start) {
        open(pageConfig());
        writeAddress();
      }
      return none();
    },
  });
}
