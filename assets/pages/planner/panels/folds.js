// Folded groups of the panels stay folded: the list of grids gets their room.
import { all } from '../../../shared/elements.js';

export function attach() {
  for (const fold of /** @type {HTMLDetailsElement[]} */ (all('details[data-fold]'))) {
    const name = `getu-fold-${fold.dataset.fold}`;
    try {
      if (localStorage.getItem(name)) fold.open = localStorage.getItem(name) === 'open';
    } catch {
      /* not kept */
    }
    fold.ontoggle = () => {
      try {
        localStorage.setItem(name, fold.open ? 'open' : 'shut');
      } catch {
        /* not kept */
      }
    };
  }
}
