// Plays operations on plans given as JSON on standard input; answers what the browser would think
// after each of them. tests/assets/pages/planner/test_parity.py compares it with layers/grids.
import { readFileSync } from 'node:fs';
import { Plan } from '../../../../assets/pages/planner/plan/plan.js';
import { dissolve, splitPlain } from '../../../../assets/pages/planner/plan/parting.js';
import { findings } from '../../../../assets/pages/planner/plan/findings.js';
import { Shapes } from '../../../../assets/pages/planner/drawing/shapes.js';

function shapesOf(town) {
  // Only points matter here: every plot is a dot of a triangle.
  const n = town.point.length / 2;
  const ring = Array.from({ length: n + 1 }, (_, p) => 3 * p);
  const xy = [];
  for (let p = 0; p < n; p++) xy.push(town.point[2 * p], town.point[2 * p + 1], 1, 0, 0, 1);
  return new Shapes({
    ...town,
    n,
    xy,
    ring,
    plot_ring: ring.map((_, p) => p),
    kind: 'b'.repeat(n),
    area_m2: new Array(n).fill(1),
  });
}

function play(town) {
  const plan = new Plan(town);
  const shapes = shapesOf(town);
  const index = (id) => {
    const found = plan.grids.findIndex((grid) => grid.id === id);
    return found >= 0 ? found : plan.addGrid({ id });
  };
  return town.operations.map((operation) => {
    plan.begin();
    const only = operation.only_from === undefined ? -1 : index(operation.only_from);
    if (operation.kind === 'brush') plan.paint(operation.plots, index(operation.to), only);
    if (operation.kind === 'lasso')
      plan.paint(shapes.lasso(operation.ring), index(operation.to), only);
    if (operation.kind === 'estate')
      plan.paint(plan.estatePlots(operation.estate), index(operation.to), only);
    if (operation.kind === 'split')
      plan.paint(
        splitPlain(plan, index(operation.grid), shapes.sideOf(operation.line)),
        index(operation.to),
      );
    if (operation.kind === 'merge')
      plan.paint(plan.members(index(operation.grids[1])), index(operation.grids[0]));
    if (operation.kind === 'dissolve')
      for (const [p, g] of dissolve(plan, index(operation.grid))) plan.paint([p], g);
    const moves = plan.finish().map(([p, from, to]) => [p, plan.grids[from].id, plan.grids[to].id]);
    return {
      moves,
      loads: Object.fromEntries(
        plan.grids
          .map((grid, g) => [grid.id, plan.sums[g]])
          .filter(([, s]) => s.plots)
          .map(([id, s]) => [id, [s.households, s.persons, s.buildings, s.plots]]),
      ),
      findings: findings(plan).map((f) => [
        f.code,
        plan.grids[f.grid].id,
        f.piece ? f.piece.plots : [],
        f.piece && f.to >= 0 ? plan.grids[f.to].id : null,
      ]),
    };
  });
}

process.stdout.write(JSON.stringify(JSON.parse(readFileSync(0, 'utf8')).map(play)));
