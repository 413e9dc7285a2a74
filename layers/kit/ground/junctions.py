"""Streets split at the vertices that they share: the one noding rule of the program."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Junctions:
    """Lines cut at every vertex that two of them share.

    ``nodes``: (n, 2) float64 coordinates. ``u``, ``v``: node of each piece's first and last
    vertex. ``line``: index of the line that a piece comes from. ``geometry``: the pieces, in the
    order of the lines and along each line. CRS: that of the input, in metres.
    """

    nodes: NDArray[np.float64]
    u: NDArray[np.int64]
    v: NDArray[np.int64]
    line: NDArray[np.int64]
    geometry: NDArray[np.object_]


def split_at_shared_vertices(lines: NDArray[np.object_], *, decimals: int = 3) -> Junctions:
    """Cut LineStrings where two of them, or one and itself, share a vertex.

    Streets connect at shared vertices only: lines that merely cross stay apart (bridges), and
    are found by another rule. Vertices are equal when they agree after rounding to ``decimals``
    (1 mm in metres), because files round differently. Consecutive equal vertices are dropped,
    and with them lines without length. Empty lines are ignored.
    """
    coordinates, owner = shapely.get_coordinates(lines, return_index=True)
    key = np.round(coordinates, decimals) + 0.0  # + 0.0: no negative zero
    if len(key):
        fresh = np.ones(len(key), bool)
        fresh[1:] = (owner[1:] != owner[:-1]) | (key[1:] != key[:-1]).any(axis=1)
        coordinates, owner, key = coordinates[fresh], owner[fresh], key[fresh]
    size = np.bincount(owner, minlength=len(lines)) if len(owner) else np.zeros(len(lines), int)
    keep = size[owner] >= 2
    coordinates, owner, key = coordinates[keep], owner[keep], key[keep]
    if not len(key):
        empty = np.empty(0, np.int64)
        return Junctions(np.empty((0, 2)), empty, empty, empty, np.empty(0, object))
    _, vertex = np.unique(key, axis=0, return_inverse=True)
    vertex = vertex.reshape(-1)
    end = np.zeros(len(key), bool)
    end[0] = end[-1] = True
    end[1:] |= owner[1:] != owner[:-1]
    end[:-1] |= owner[1:] != owner[:-1]
    cut = end | (np.bincount(vertex)[vertex] > 1)
    first = np.flatnonzero(cut[:-1] & (owner[:-1] == owner[1:]))
    cuts = np.flatnonzero(cut)
    last = cuts[np.searchsorted(cuts, first, side="right")]
    ids, node = np.unique(vertex[cut], return_inverse=True)
    node_of = np.full(vertex.max() + 1, -1, np.int64)
    node_of[vertex[cut]] = node.reshape(-1)
    position = np.full(vertex.max() + 1, -1, np.int64)
    position[vertex[::-1]] = np.arange(len(vertex))[::-1]
    nodes = key[position[ids]]
    lengths = last - first + 1
    piece = np.repeat(np.arange(len(first)), lengths)
    offset = np.arange(len(piece)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    geometry = shapely.linestrings(key[first[piece] + offset], indices=piece)
    return Junctions(nodes, node_of[vertex[first]], node_of[vertex[last]], owner[first], geometry)
