// Who lies beside whom. Pure (node runs it in tests/assets), as plan.js.

/** @typedef {{start: Int32Array, to: Int32Array, border: Float64Array}} Links border: metres */

// Neighbours as one run of positions a plot (CSR), both directions.
// In the order of their numbers: sums of borders then agree with Python's to the last bit.
/**
 * @param {number} n plots @param {number[]} a @param {number[]} b ends of each common border
 * @param {number[]} shared its metres
 * @returns {Links}
 */
function adjacency(n, a, b, shared) {
  const start = new Int32Array(n + 1);
  for (let e = 0; e < a.length; e++) {
    start[a[e] + 1]++;
    start[b[e] + 1]++;
  }
  for (let p = 0; p < n; p++) start[p + 1] += start[p];
  const place = start.slice(0, n);
  const to = new Int32Array(2 * a.length);
  const border = new Float64Array(2 * a.length);
  for (let e = 0; e < a.length; e++) {
    border[place[a[e]]] = shared[e];
    to[place[a[e]]++] = b[e];
    border[place[b[e]]] = shared[e];
    to[place[b[e]]++] = a[e];
  }
  for (let p = 0; p < n; p++) {
    const order = Array.from({ length: start[p + 1] - start[p] }, (_, i) => start[p] + i).sort(
      (i, j) => to[i] - to[j],
    );
    const [near, metres] = [order.map((i) => to[i]), order.map((i) => border[i])];
    to.set(near, start[p]);
    border.set(metres, start[p]);
  }
  return { start, to, border };
}

export { adjacency };
