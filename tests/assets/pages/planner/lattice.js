// A small town for tests of the planner, drawn in letters.
import { Plan } from '../../../../assets/pages/planner/plan/plan.js';

// A lattice of `across` × `down` plots, each of 10 households; grid ids 100, 101, … by `rows`.
export function lattice(rows, about = {}) {
  const [down, across] = [rows.length, rows[0].length];
  const n = down * across;
  const [a, b, shared] = [[], [], []];
  for (let p = 0; p < n; p++) {
    if ((p + 1) % across) {
      a.push(p);
      b.push(p + 1);
      shared.push(10);
    }
    if (p + across < n) {
      a.push(p);
      b.push(p + across);
      shared.push(10);
    }
  }
  const letters = rows.join('');
  const names = [...new Set(letters)].sort();
  return new Plan({
    households: new Array(n).fill(10),
    persons: new Array(n).fill(25),
    buildings: new Array(n).fill(1),
    area: new Array(n).fill(100),
    limit: 60,
    a,
    b,
    shared,
    assignment: [...letters].map((l) => names.indexOf(l)),
    grids: names.map((l, i) => ({ id: 100 + i, number: i + 1, name: l })),
    ...about,
  });
}
