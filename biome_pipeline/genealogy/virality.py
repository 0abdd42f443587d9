"""Structural virality: how far apart the members of a family are on average.

A family in which everybody derives from one model has a virality just below 2;
one in which each model derives from the last has a third of its size. The
measure is the Wiener index W, the sum of distances over all pairs of members of
the undirected family, divided by the number of pairs.

Hanging trees are pruned first: an edge with s of the n members behind it lies
on s (n - s) shortest paths, and the members behind it become weight of the node
where it hangs. For a tree that is all. What is left otherwise, the *core*, has
no node with fewer than two neighbours; there distances come from breadth-first
searches that run from many sources at once, one bit each.

What does not belong here: directed measures of a family (``shape``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import CountOverflowError, GenealogyError
from biome_pipeline.genealogy.graphs import neighbours

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.genealogy.families import Families
    from biome_pipeline.genealogy.graphs import Graph

__all__ = ["Virality", "wiener"]

_LARGEST_COUNT = int(np.iinfo(np.int64).max)
_N_SOURCES_AT_ONCE = 512  # eight words: one line of the processor's cache per node
_DISTANCES_AT_ONCE = 1 << 22  # of a search in many small cores: 32 MiB of 64-bit numbers


@dataclass(frozen=True, eq=False)
class Virality:
    """Distances within each family; family ``f`` is at index ``f - 1``.

    Attributes
    ----------
    wiener_index : ndarray of int64, shape (n_families,)
        Sum of distances over all unordered pairs of members, in edges; an
        estimate, rounded, where `is_exact` is False.
    structural_virality : ndarray of float64, shape (n_families,)
        Mean distance over all pairs, 2W / (n (n - 1)), in edges.
    is_exact : ndarray of bool, shape (n_families,)
        Whether all distances were taken, or those from a sample of sources.
    std_error : ndarray of float64, shape (n_families,)
        Standard error of `structural_virality`; 0 where exact.
    """

    wiener_index: npt.NDArray[np.int64]
    structural_virality: npt.NDArray[np.float64]
    is_exact: npt.NDArray[np.bool_]
    std_error: npt.NDArray[np.float64]


def wiener(
    graph: Graph,
    families: Families,
    *,
    exact_core_limit: int = 20_000,
    n_sources: int = 2_000,
    seed: int = 0,
) -> Virality:
    """Compute Wiener index and structural virality of each family.

    The measure is that of Goel, Anderson, Hofman and Watts (2016), "The
    Structural Virality of Online Diffusion", Management Science 62(1),
    equation 1, on the undirected family. On a core with weights w, of total n,
    W = 1/2 sum of w(u) D(u), with D(u) = sum of w(v) d(u, v). In a core of more
    than `exact_core_limit` nodes, `n_sources` sources are drawn with
    replacement and probability w(u) / n: W = n/2 times the mean of D, with the
    standard error of that mean.

    Parameters
    ----------
    graph : Graph
        The graph.
    families : Families
        Its families.
    exact_core_limit : int
        Most nodes of a core whose distances are all taken.
    n_sources : int
        Sources drawn in a larger core, 2 or more.
    seed : int
        Seed of the draws. The draws of a family depend on the seed and the
        family alone, whatever other families there are.

    Returns
    -------
    Virality
        One entry per family.

    Raises
    ------
    GenealogyError
        If the families are not those of the graph, or `n_sources` is below 2.
    CountOverflowError
        If a Wiener index does not fit 64 bits.
    """
    if families.family.shape != (graph.n_nodes,):
        raise GenealogyError(
            f"the graph has {graph.n_nodes} nodes, the families {families.family.size}",
            remedy="give the families of this graph",
        )
    if n_sources < 2:
        raise GenealogyError(f"{n_sources} sources are too few", remedy="draw 2 or more")

    total, weight = _prune(graph, families)
    error = np.zeros(families.n_families)
    core = _find_core(graph, families, weight)
    is_large = core.sizes > exact_core_limit
    for block in np.flatnonzero(is_large).tolist():
        index = int(core.family[block]) - 1
        estimate, error[index] = _sample_core(core, block, n_sources, seed)
        total[index] += estimate
    small = np.flatnonzero(~is_large)
    total[core.family[small] - 1] += _measure_cores(core, small, total.dtype)

    n_pairs = families.n_models * (families.n_models - 1) // 2
    wiener_index = _as_int64(total, families)
    is_exact = np.ones(families.n_families, dtype=np.bool_)
    is_exact[core.family[is_large] - 1] = False
    return Virality(wiener_index, wiener_index / n_pairs, is_exact, error / n_pairs)


def _count_type(families: Families) -> np.dtype[Any]:
    """Give the type in which no sum of distances can overflow.

    Of all connected graphs on n nodes the chain has the largest Wiener index,
    n (n^2 - 1) / 6. Cores sum every pair twice, and an estimate may exceed the
    truth, but not n^3 / 2. Python's own integers are exact at any size, and slow.
    """
    n = int(families.n_models.max(initial=0))
    return np.dtype(np.int64 if n**3 // 2 <= _LARGEST_COUNT else object)


def _as_int64(total: npt.NDArray[Any], families: Families) -> npt.NDArray[np.int64]:
    too_large = np.flatnonzero(total > _LARGEST_COUNT)
    if too_large.size:
        index = int(too_large[0])
        raise CountOverflowError(
            f"the Wiener index {total[index]} does not fit 64 bits",
            place=f"family {index + 1} with {families.n_models[index]} models",
            remedy="exclude the edges that join so many models in so long a line",
        )
    return total.astype(np.int64)


def _prune(graph: Graph, families: Families) -> tuple[npt.NDArray[Any], npt.NDArray[np.int64]]:
    """Take hanging trees off, layer by layer.

    Returns the sum of s (n - s) over the edges taken off, by family, and the
    weight of each node: 0 when taken off, else the members that it stands for.
    The exclusive or of all neighbours of a node is its neighbour once one is
    left, so no adjacency is needed.
    """
    total = np.zeros(families.n_families, dtype=_count_type(families))
    weight = np.ones(graph.n_nodes, dtype=np.int64)
    degree = graph.n_children + graph.n_parents
    mixed = np.zeros(graph.n_nodes, dtype=np.int32)
    np.bitwise_xor.at(mixed, graph.parent, graph.child)
    np.bitwise_xor.at(mixed, graph.child, graph.parent)
    leaf = np.flatnonzero(degree == 1)
    while leaf.size:
        # Two leaves that are each other's neighbour share one edge: take one of them.
        leaf = leaf[(degree[mixed[leaf]] > 1) | (leaf > mixed[leaf])]
        holder = mixed[leaf]
        index = families.family[leaf] - 1
        n_behind = weight[leaf]
        n_paths = n_behind * (families.n_models[index] - n_behind)
        np.add.at(total, index, n_paths.astype(total.dtype))
        np.add.at(weight, holder, n_behind)
        np.subtract.at(degree, holder, 1)
        np.bitwise_xor.at(mixed, holder, leaf.astype(np.int32))
        degree[leaf] = 0
        weight[leaf] = 0
        leaf = np.unique(holder[degree[holder] == 1])
    weight[degree == 0] = 0
    return total, weight


@dataclass(frozen=True, eq=False)
class _Core:
    """The cores of all families, as one undirected graph, one block of rows each.

    `family` and `start` are by core; `start` has one entry more. `indptr`,
    `indices` and `weight` are by row.
    """

    family: npt.NDArray[np.int32]
    start: npt.NDArray[np.int64]
    weight: npt.NDArray[np.int64]
    indptr: npt.NDArray[np.int64]
    indices: npt.NDArray[np.int32]

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """Nodes of each core."""
        return np.diff(self.start)

    def take(self, first: int, stop: int) -> _Core:
        """Give the cores `first` to `stop`, the last one excluded."""
        rows = slice(int(self.start[first]), int(self.start[stop]))
        edges = slice(int(self.indptr[rows.start]), int(self.indptr[rows.stop]))
        return _Core(
            family=self.family[first:stop],
            start=self.start[first : stop + 1] - rows.start,
            weight=self.weight[rows],
            indptr=self.indptr[rows.start : rows.stop + 1] - edges.start,
            indices=self.indices[edges] - np.int32(rows.start),
        )


def _find_core(graph: Graph, families: Families, weight: npt.NDArray[np.int64]) -> _Core:
    """Lay out what pruning left, smallest core first, nodes in their own order."""
    node = np.flatnonzero(weight)
    size = np.bincount(families.family[node], minlength=families.n_families + 1)
    node = node[np.lexsort((node, families.family[node], size[families.family[node]]))]
    family = families.family[node]
    first = np.flatnonzero(np.diff(family, prepend=0))
    row = np.full(graph.n_nodes, -1, dtype=np.int32)
    row[node] = np.arange(node.size, dtype=np.int32)
    is_inside = (row[graph.parent] >= 0) & (row[graph.child] >= 0)
    upper, lower = row[graph.parent[is_inside]], row[graph.child[is_inside]]
    tail, tip = np.concatenate((upper, lower)), np.concatenate((lower, upper))
    degree = np.bincount(tail, minlength=node.size)
    return _Core(
        family=family[first],
        start=np.append(first, node.size),
        weight=weight[node],
        indptr=np.concatenate(([0], np.cumsum(degree))),
        indices=tip[np.lexsort((tip, tail))],
    )


def _measure_cores(
    core: _Core, chosen: npt.NDArray[np.int64], count_type: np.dtype[Any]
) -> npt.NDArray[Any]:
    """Sum the weighted distances of each chosen core; they are the first ones."""
    total = np.zeros(chosen.size, dtype=count_type)
    first = 0
    while first < chosen.size:
        # Cores come smallest first: one search serves as many as fit side by side.
        n_sources = np.minimum(core.sizes[first : chosen.size], _N_SOURCES_AT_ONCE)
        n_distances = np.diff(core.start)[first : chosen.size].cumsum() * n_sources
        n_taken = max(1, int(np.searchsorted(n_distances, _DISTANCES_AT_ONCE, side="right")))
        batch = core.take(first, first + n_taken)
        place = np.arange(batch.weight.size) - np.repeat(batch.start[:-1], batch.sizes)
        block = np.repeat(np.arange(n_taken), batch.sizes)
        for turn in range(0, int(batch.sizes.max()), _N_SOURCES_AT_ONCE):
            source = np.flatnonzero((place >= turn) & (place < turn + _N_SOURCES_AT_ONCE))
            bit = place[source] - turn
            distance = _distance_sums(batch, source, bit)[block[source], bit]
            weighted = batch.weight[source].astype(count_type) * distance.astype(count_type)
            np.add.at(total, first + block[source], weighted)
        first += n_taken
    return total // 2  # every pair was met from both ends


def _sample_core(core: _Core, block: int, n_sources: int, seed: int) -> tuple[int, float]:
    """Estimate the sum of weighted distances of one core, with its standard error."""
    one = core.take(block, block + 1)
    n = int(one.weight.sum())
    key = np.random.SeedSequence([seed, n, one.weight.size, one.indices.size])
    draws = np.random.Generator(np.random.PCG64(key)).integers(n, size=n_sources)
    drawn = np.searchsorted(np.cumsum(one.weight), draws, side="right")
    source, n_times = np.unique(drawn, return_counts=True)
    parts = []
    for turn in range(0, source.size, _N_SOURCES_AT_ONCE):
        rows = source[turn : turn + _N_SOURCES_AT_ONCE]
        parts.append(_distance_sums(one, rows, np.arange(rows.size))[0, : rows.size])
    distance = np.repeat(np.concatenate(parts), n_times).astype(np.float64)
    error = float(distance.std(ddof=1)) / n_sources**0.5
    return round(n / 2 * float(distance.mean())), n / 2 * error


def _distance_sums(
    core: _Core, source: npt.NDArray[np.int64], bit: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Sum the weighted distances from each source to its whole core.

    Sources of different cores may share a bit. The result has one row per core
    and one column per bit.
    """
    planes = _search(core, source, bit)
    n_bits = 64 * (-(-int(bit.max() + 1) // 64))
    total = np.zeros((core.family.size, n_bits), dtype=np.int64)
    for power, plane in enumerate(planes):
        total += _weights_per_bit(plane, core) << power
    return total


def _search(
    core: _Core, source: npt.NDArray[np.int64], bit: npt.NDArray[np.int64]
) -> list[npt.NDArray[np.uint8]]:
    """Search breadth-first from many sources at once, one bit of a mask each.

    Returns the distances written in binary: array k holds, for each row and bit,
    digit k of the distance, so that a search of any depth has few arrays to sum.
    (Bit-parallel search: Then et al. 2014, "The More the Merrier: Efficient
    Multi-Source Graph Traversal", PVLDB 8(4).)
    """
    shape = (core.weight.size, -(-int(bit.max() + 1) // 64))
    seen = np.zeros(shape, dtype=np.uint64)
    seen.view(np.uint8)[source, bit // 8] = np.left_shift(1, bit % 8).astype(np.uint8)
    planes: list[npt.NDArray[np.uint64]] = []
    active, distance = source, 0
    while active.size:
        distance += 1
        is_near = np.zeros(shape[0], dtype=np.bool_)
        is_near[neighbours(core.indptr, core.indices, active)] = True
        near = np.flatnonzero(is_near)
        degree = core.indptr[near + 1] - core.indptr[near]
        # What a neighbour has seen and a node has not, the neighbour saw one step ago.
        arriving = seen.take(neighbours(core.indptr, core.indices, near), axis=0)
        reached = np.bitwise_or.reduceat(arriving, np.cumsum(degree) - degree, axis=0)
        reached &= ~seen.take(near, axis=0)
        is_new = reached.any(axis=1)
        active, reached = near[is_new], reached[is_new]
        seen[active] |= reached
        if active.size and len(planes) < distance.bit_length():
            planes.append(np.zeros(shape, dtype=np.uint64))
        for power, plane in enumerate(planes):
            if distance >> power & 1:
                plane[active] |= reached
    return [plane.view(np.uint8) for plane in planes]


def _weights_per_bit(plane: npt.NDArray[np.uint8], core: _Core) -> npt.NDArray[np.int64]:
    """Sum the weights of the rows in which each bit is set, by core."""
    if core.family.size > 1:
        is_set = np.unpackbits(plane, axis=1, bitorder="little")
        return np.add.reduceat(is_set * core.weight[:, None], core.start[:-1], axis=0)
    # A histogram of each byte costs an eighth of spreading the bits. Sums of whole
    # numbers up to the size of a family are exact in floating point.
    value = np.arange(256, dtype=np.uint8)[:, None]
    is_set = np.unpackbits(value, axis=1, bitorder="little").astype(np.float64)
    histogram = np.stack(
        [np.bincount(byte, weights=core.weight, minlength=256) for byte in plane.T]
    )
    return np.rint(histogram @ is_set).astype(np.int64).reshape(1, -1)
