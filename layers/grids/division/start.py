"""Where a division starts: trees cut in two again and again, or packed whatever it takes.

Fewest parts of a tree: Kundu and Misra, "A linear tree partitioning algorithm" (1977).

Numbers and truths that go to other kernels are given their type here: of a plain 0 or True the
compiler makes another copy of the kernel, for that value alone.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from layers.grids.division.tree import cost_cuts, mark_side, random_tree


@njit(cache=True, nogil=True)
def initial_division(graph: Any, work: Any, limit: Any, grids: Any, tries: Any, state: Any) -> Any:
    """Divide a connected graph into ``grids`` pieces by recursive tree bisection.

    Each piece knows how many grids it will become; the best of ``tries`` random trees is cut
    where border, overflow and unevenness are least. The result may be over the limit.
    """
    n = len(graph.households)
    label = np.zeros(n, np.int64)
    parts = np.zeros(grids, np.int64)
    parts[0] = grids
    made = 1
    g = 0
    while g < made:
        if parts[g] <= 1:
            g += 1
            continue
        count = np.int64(0)
        total = 0
        for i in range(n):
            if label[i] == g:
                work.nodes[count] = i
                work.place[i] = count
                count += 1
                total += graph.households[i]
        mean = max(total / parts[g], 1e-9)
        best = 1e300
        best_parts = 0
        for _ in range(tries):
            reached, edges = random_tree(graph, work, count, state, bool(1))
            cost_cuts(graph, work, reached, edges)
            top = np.int64(-1)
            top_cost = 1e300
            top_parts = 0
            for x in range(1, reached):
                y = work.order[x]
                here = work.load[y]
                rest = total - here
                least = max(1, parts[g] - (count - work.size[y]))
                most = min(parts[g] - 1, work.size[y])
                if least > most:  # more grids than plots on one side
                    continue
                k1 = min(max(int(here / mean + 0.5), least), most)
                k2 = parts[g] - k1
                over = max(0, here - limit * k1) + max(0, rest - limit * k2)
                cost = (
                    work.cut[y] / np.sqrt(min(k1, k2))
                    + 0.3 * over
                    + 3.0 * abs(here / k1 - rest / k2) / mean
                )
                if cost < top_cost:
                    top_cost = cost
                    top = y
                    top_parts = k1
            if top >= 0 and top_cost < best:
                best = top_cost
                best_parts = top_parts
                mark_side(work, reached, top)
                for a in range(count):
                    work.best_side[a] = work.side[a]
        if best_parts > 0:
            for a in range(count):
                if work.best_side[a]:
                    label[work.nodes[a]] = made
            parts[made] = best_parts
            parts[g] -= best_parts
            made += 1
        else:  # a single plot that was promised several grids
            parts[g] = 1
        for a in range(count):
            work.place[work.nodes[a]] = -1
    return label


@njit(cache=True, nogil=True)
def pack_trees(graph: Any, work: Any, limit: Any, tries: Any, state: Any) -> Any:
    """Divide a connected graph under the limit, whatever it takes: the fewest parts of a tree.

    Of ``tries`` random trees the one with the fewest parts, then the least border. Every plot must
    be within the limit on its own. Kundu and Misra (1977): at each node cut the heaviest branches.
    """
    n = len(graph.households)
    for i in range(n):
        work.nodes[i] = i
        work.place[i] = i
    label = np.zeros(n, np.int64)
    best = np.zeros(n, np.int64)
    best_parts = 1 << 60
    best_cut = 1e300
    kept = np.zeros(n, np.int64)
    is_cut = np.zeros(n, np.bool_)
    for _ in range(tries):
        reached, _ = random_tree(graph, work, n, state, bool(1))
        for a in range(n):
            is_cut[a] = False
        parts = 1
        for x in range(reached - 1, -1, -1):
            y = work.order[x]
            total = graph.households[y]
            q = work.head[y]
            while q >= 0:
                if work.to[q] != work.parent[y]:
                    total += kept[work.to[q]]
                q = work.following[q]
            while total > limit:
                heaviest = -1
                q = work.head[y]
                while q >= 0:
                    z = work.to[q]
                    open_branch = z != work.parent[y] and not is_cut[z]
                    if open_branch and (heaviest < 0 or kept[z] > kept[heaviest]):
                        heaviest = z
                    q = work.following[q]
                if heaviest < 0:
                    break
                is_cut[heaviest] = True
                total -= kept[heaviest]
                parts += 1
            kept[y] = total
        if parts > best_parts:
            continue
        made = 0
        for x in range(reached):
            y = work.order[x]
            if x == 0 or is_cut[y]:
                label[y] = made
                made += 1
            else:
                label[y] = label[work.parent[y]]
        cut = 0.0
        for q in range(len(graph.other)):
            if label[graph.other[q]] != label[graph.source[q]]:
                cut += graph.weight[q]
        if parts < best_parts or cut < best_cut:
            best_parts = parts
            best_cut = cut
            for a in range(n):
                best[a] = label[a]
    for i in range(n):
        work.place[i] = -1
    return best
