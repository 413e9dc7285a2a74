// A queue that gives the least first. Pure, as plan.js.
// A binary heap, the least first.
/** @template T */
class Heap {
  /** @param {(one: T, other: T) => number} compare */
  constructor(compare) {
    this.compare = compare;
    /** @type {T[]} */
    this.items = [];
  }
  get size() {
    return this.items.length;
  }

  /** @param {T} item */
  push(item) {
    const { items, compare } = this;
    let i = items.push(item) - 1;
    for (
      let up = (i - 1) >> 1;
      i > 0 && compare(items[i], items[up]) < 0;
      i = up, up = (i - 1) >> 1
    )
      [items[i], items[up]] = [items[up], items[i]];
  }

  // What is least; only of a heap that holds something.
  pop() {
    const { items, compare } = this;
    const [least, last] = [items[0], /** @type {T} */ (items.pop())];
    if (!items.length) return least;
    items[0] = last;
    for (let i = 0; ; ) {
      let low = i;
      for (const child of [2 * i + 1, 2 * i + 2])
        if (child < items.length && compare(items[child], items[low]) < 0) low = child;
      if (low === i) return least;
      [items[i], items[low]] = [items[low], items[i]];
      i = low;
    }
  }
}

export { Heap };
