"""How often a trait mutates from parent to child: rates, intervals, bounds.

Source: "Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811), Def. 7.1.
The mutation of an edge is the Jaccard distance of the value sets of its ends,
1 - |A & B| / |A | B| (the paper's section 4.3 words the complement). Only edges
that report count, those with values at both ends. The published count of
mutations is the sum of these distances, so that a set of ten languages that
loses one adds a tenth.

What silent edges would say is not known. The bounds say what the rate over all
edges would be had none of them mutated, and had all of them (Manski 1989,
"Anatomy of the selection problem").

What does not belong here: from which value to which (``transitions``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.inference.resampling import (
    blocks,
    check_arrays,
    family_sums,
    percentile_interval,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

    from biome_pipeline.drift.edges import TraitEdges

__all__ = ["MutationRate", "edge_mutations", "mutation_rate", "mutation_rates"]

_EDGES = 1 << 18
"""Edges held at once; with a hundred values each a block stays below 0.7 GB."""


@dataclass(frozen=True)
class MutationRate:
    """How often one group of edges mutates.

    Attributes
    ----------
    n_edges : int
        Edges of the group.
    n_reporting : int
        Edges of which both ends report the trait.
    n_mutations : float
        Sum of the Jaccard distances over reporting edges (as published).
    rate : float or None
        Their mean; ``None`` if no edge reports.
    ci_low, ci_high : float or None
        Ends of its 95 % interval over families; ``None`` with fewer than two
        families that report.
    bound_low, bound_high : float or None
        The rate over all edges if no silent edge mutates, and if all do;
        ``None`` without edges.
    n_families : int
        Families with a reporting edge.
    """

    n_edges: int
    n_reporting: int
    n_mutations: float
    rate: float | None
    ci_low: float | None
    ci_high: float | None
    bound_low: float | None
    bound_high: float | None
    n_families: int


def edge_mutations(edges: TraitEdges) -> npt.NDArray[np.float64]:
    """Give the mutation of every edge.

    Parameters
    ----------
    edges : TraitEdges
        Value sets and edges.

    Returns
    -------
    ndarray of float64, shape (n_edges,)
        1 - |A & B| / |A | B|, from 0 (the same set) to 1 (nothing shared); NaN
        if an end is silent.
    """
    n_parent, n_child = edges.sizes
    mutation = np.full(edges.n_edges, np.nan)
    # Most sets are of one value, and need no product of matrices.
    single = np.flatnonzero((n_parent == 1) & (n_child == 1))
    before, after = edges.first_values(single)
    mutation[single] = before != after
    several = np.flatnonzero((n_parent * n_child) > 1)
    for start in range(0, several.size, _EDGES):
        chosen = several[start : start + _EDGES]
        parent, child = edges.parent[chosen], edges.child[chosen]
        n_shared = edges.sets[parent].multiply(edges.sets[child]).sum(axis=1)
        mutation[chosen] = 1 - n_shared / (n_parent[chosen] + n_child[chosen] - n_shared)
    return mutation


def mutation_rate(
    mutation: npt.NDArray[np.float64],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> MutationRate:
    """Give the rate of one group of edges with its interval and its bounds.

    Families with the same sum and the same number of reporting edges are the
    same to the rate, so that a replicate is one multinomial draw over the
    distinct pairs: exactly the bootstrap over families, at a cost that hardly
    grows with their number.

    Parameters
    ----------
    mutation : ndarray of float64, shape (n_edges,)
        Mutation of each edge, NaN where it is silent.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    MutationRate
        Rate, interval and bounds.

    Raises
    ------
    InferenceError
        If the arrays do not match, or B is not positive.
    """
    check_arrays(n_replicates, mutation=mutation, family=family)
    is_reporting = ~np.isnan(mutation)
    known = mutation[is_reporting]
    n_edges, n_reporting = int(mutation.size), int(known.size)
    n_mutations = float(known.sum())
    n_silent = n_edges - n_reporting
    rows = family_sums(known[:, None], family[is_reporting])
    low, high = _interval(rows, n_replicates, seed)
    return MutationRate(
        n_edges=n_edges,
        n_reporting=n_reporting,
        n_mutations=n_mutations,
        rate=n_mutations / n_reporting if n_reporting else None,
        ci_low=low,
        ci_high=high,
        bound_low=n_mutations / n_edges if n_edges else None,
        bound_high=(n_mutations + n_silent) / n_edges if n_edges else None,
        n_families=len(rows),
    )


def mutation_rates(
    mutation: npt.NDArray[np.float64],
    family: npt.NDArray[np.integer[Any]],
    relations: Mapping[str, npt.NDArray[np.bool_]],
    *,
    n_replicates: int,
    seed: int,
) -> dict[str, MutationRate]:
    """Give the rates of the whole graph and of each relation.

    Parameters
    ----------
    mutation : ndarray of float64, shape (n_edges,)
        Mutation of each edge, NaN where it is silent.
    family : ndarray of integers, shape (n_edges,)
        Family of each edge.
    relations : mapping of str to ndarray of bool, shape (n_edges,)
        The edges of each relation; an edge may have several.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws; each group of edges has a stream of its own.

    Returns
    -------
    dict of str to MutationRate
        ``all`` first, then the relations as given.

    Raises
    ------
    InferenceError
        If the arrays do not match, or B is not positive.
    """
    check_arrays(n_replicates, mutation=mutation, family=family, **relations)
    groups = {"all": np.ones(mutation.size, dtype=np.bool_), **relations}
    return {
        name: mutation_rate(
            mutation[own], family[own], n_replicates=n_replicates, seed=seed + place
        )
        for place, (name, own) in enumerate(groups.items())
    }


def _interval(
    rows: npt.NDArray[np.float64], n_replicates: int, seed: int
) -> tuple[float | None, float | None]:
    """Resample families, of which each row gives the sum and the number."""
    n_families = len(rows)
    if n_families < 2:
        return None, None
    # Sums that differ by rounding alone are the same.
    kinds, counts = np.unique(np.round(rows, 9), axis=0, return_counts=True)
    generator = np.random.Generator(np.random.PCG64(seed))
    rates = np.empty(n_replicates)
    for start, stop in blocks(n_replicates, len(kinds)):
        drawn = generator.multinomial(n_families, counts / n_families, size=stop - start)
        rates[start:stop] = (drawn * kinds[:, 0]).sum(axis=1) / (drawn * kinds[:, 1]).sum(axis=1)
    return percentile_interval(rates)
