"""Worlds of mere margins: children draw their values whatever their parents had.

On every mutated edge the parent's value set stays, and the child's is drawn from
the law of mutated children, but for the parent's own. That is quasi-independence
(Goodman 1968, JASA 63): a mutated edge from set P to set C has a weight
a_P b_C, and none on the diagonal; a and b are fitted by iterative proportional
fitting (Deming and Stephan 1940) to how often each set is left and reached.
Because only the diagonal is missing, a sum over all sets but one is the whole
sum less one term, and a step costs as much as there are sets, not pairs of sets.

Values of a set go together: children draw whole sets, restricted to the values
that are ordered, and transitions are counted on them as on the data. For traits
of a single value this is the quasi-independence of values.

What is assumed: children draw independently of each other, given their parents.
Where families draw alike (a wave of uploads with one card), shares of the data
vary more than the null says: of 100 worlds in which each family had a law of its
own about the common one (Dirichlet, weight 20, 5 and 1), 2, 6 and 15 were said to
be beyond margins.

What does not belong here: what such worlds are compared with (``nulls``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.inference.resampling import check_arrays

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.drift.edges import TraitEdges

__all__ = ["QuasiIndependence", "fit_quasi_independence", "margin_transitions"]

_STEPS = 2_000
_TOLERANCE = 1e-9
# Up to so many pairs of sets a table of all is quicker than a sort of the edges.
_TABLE = 1 << 18


@dataclass(frozen=True, eq=False)
class QuasiIndependence:
    """Weights of a square table without its diagonal.

    Attributes
    ----------
    source, target : ndarray of float64, shape (n_kinds,)
        a and b; the expected count of a cell off the diagonal is a_i b_j.
    """

    source: npt.NDArray[np.float64]
    target: npt.NDArray[np.float64]


def fit_quasi_independence(
    left: npt.NDArray[np.floating[Any] | np.integer[Any]],
    reached: npt.NDArray[np.floating[Any] | np.integer[Any]],
) -> QuasiIndependence:
    """Fit a_i b_j off the diagonal to the margins of a table without one.

    Parameters
    ----------
    left, reached : ndarray, shape (n_kinds,)
        Sums of the rows and of the columns of the table.

    Returns
    -------
    QuasiIndependence
        The weights. A kind that is an end of every edge has no finite weight:
        the fit stops near it.
    """
    source, target = left.astype(np.float64), reached.astype(np.float64)
    for _ in range(_STEPS):
        target = target / max(target.sum(), 1e-300)
        source = _divided(left, target.sum() - target)
        target = _divided(reached, source.sum() - source)
        if np.allclose(source * (target.sum() - target), left, rtol=_TOLERANCE, atol=_TOLERANCE):
            break
    return QuasiIndependence(source, target)


def margin_transitions(
    edges: TraitEdges, *, n_replicates: int, seed: int
) -> npt.NDArray[np.float64]:
    """Draw worlds in which mutated children take their sets from one law.

    Parameters
    ----------
    edges : TraitEdges
        Value sets, restricted to the values that are ordered, and edges.
    n_replicates : int
        Worlds.
    seed : int
        Seed of the draws.

    Returns
    -------
    ndarray of float64, shape (n_replicates, n_values, n_values)
        Transitions of each world, counted as on the data.

    Raises
    ------
    InferenceError
        If the number of worlds is not positive.
    """
    check_arrays(n_replicates)
    n = edges.n_values
    sets, before, after = _mutated(edges)
    worlds = np.zeros((n_replicates, n, n))
    if not before.size:
        return worlds
    n_kinds = len(sets)
    fit = fit_quasi_independence(
        np.bincount(before, minlength=n_kinds), np.bincount(after, minlength=n_kinds)
    )
    law = _ChildLaw(fit.target)
    generator = np.random.Generator(np.random.PCG64([seed, 5]))
    for world in worlds:
        drawn = law.draw(before, generator)
        world[:] = _counted(sets, before, drawn)
    return worlds


class _ChildLaw:
    """The law of a child's kind, given that it is not its parent's."""

    def __init__(self, weight: npt.NDArray[np.float64]) -> None:
        self._weight, self._end = weight, np.cumsum(weight)

    def draw(
        self, parent: npt.NDArray[np.int64], generator: np.random.Generator
    ) -> npt.NDArray[np.int64]:
        own = self._weight[parent]
        coin = generator.random(parent.size) * (self._end[-1] - own)
        # The parent's kind is jumped over, so that no draw is made twice.
        coin += np.where(coin >= self._end[parent] - own, own, 0.0)
        drawn = np.searchsorted(self._end, coin, side="right")
        return np.minimum(drawn, self._weight.size - 1)


def _mutated(
    edges: TraitEdges,
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Give the distinct sets, and those of both ends of each mutated edge."""
    size = np.diff(edges.sets.indptr)
    used = np.flatnonzero((size[edges.parent] > 0) & (size[edges.child] > 0))
    nodes, place = np.unique(
        np.concatenate([edges.parent[used], edges.child[used]]), return_inverse=True
    )
    packed = np.packbits(edges.sets[nodes].toarray().astype(np.bool_), axis=1)
    kinds, kind = np.unique(packed, axis=0, return_inverse=True)
    ends = kind.reshape(-1)[place].reshape(2, -1)
    before, after = ends[:, ends[0] != ends[1]]
    names, ends = np.unique(np.stack([before, after]), return_inverse=True)
    before, after = ends.reshape(2, -1)
    sets = np.unpackbits(kinds[names], axis=1, count=edges.n_values).astype(np.float64)
    return sets, before, after


def _counted(
    sets: npt.NDArray[np.float64],
    before: npt.NDArray[np.int64],
    after: npt.NDArray[np.int64],
) -> npt.NDArray[np.float64]:
    """Count the transitions of edges between kinds of sets: added and removed.

    A pair of a parent's value p and a child's value c counts one if the parent
    lacks c, and one if the child lacks p: 2 - [c in both] - [p in both]. Sums of
    whole numbers in float64 are exact in any order.
    """
    n_kinds = len(sets)
    code = before * n_kinds + after
    if n_kinds**2 <= _TABLE:
        times = np.bincount(code, minlength=n_kinds**2)
        codes = np.flatnonzero(times)
        times = times[codes]
    else:
        codes, times = np.unique(code, return_counts=True)
    first, second = sets[codes // n_kinds], sets[codes % n_kinds]
    both = first * second
    weight = times[:, None]
    return np.asarray(
        2 * (first * weight).T @ second - (first * weight).T @ both - (both * weight).T @ second
    )


def _divided(
    margin: npt.NDArray[np.floating[Any] | np.integer[Any]], by: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    return np.where(margin > 0, margin / np.maximum(by, 1e-300), 0.0)
