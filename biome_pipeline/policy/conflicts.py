"""Which obligation of an ancestor's license its descendants dropped, and where.

For every model and every ancestor whose license is reviewed, each obligation of
that license either is kept by the model's own license, or is not, or cannot be
told because the model's license has no reviewed terms. Where it is not kept there
is a conflict; where it cannot be told, an unknown, never a conflict.

The evidence is a path from the ancestor to the model. The obligation *vanished* on
the first edge of the path whose child does not state a license that is known to
keep it. A path is worth what its weakest statement is worth.

What does not belong here: what licenses ask for (``vocabulary.license_terms``),
and which paths are taken (``ancestry``).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import PolicyError
from biome_pipeline.policy.ancestry import ancestor_pairs, blocks_of_descendants

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

    from biome_pipeline.genealogy.graphs import Graph
    from biome_pipeline.policy.ancestry import AncestorPairs

__all__ = ["CONFLICT", "UNKNOWN", "Conflicts", "Inherited", "TermArrays", "conflicts", "inherited"]

CONFLICT, UNKNOWN = 0, 1
"""Verdicts of a row of `Conflicts`."""


@dataclass(frozen=True, eq=False)
class TermArrays:
    """Terms of the reviewed licenses as arrays.

    Attributes
    ----------
    has : ndarray of bool, shape (n_licenses, n_obligations)
        Whether a license puts an obligation on derivatives.
    keeps : ndarray of bool, shape (n_licenses, n_obligations, n_licenses)
        Whether a derivative under the last license keeps an obligation of the first.
    """

    has: npt.NDArray[np.bool_]
    keeps: npt.NDArray[np.bool_]

    def __post_init__(self) -> None:
        n, m = self.has.shape
        if not n or self.keeps.shape != (n, m, n):
            raise PolicyError(
                f"terms of shapes {self.has.shape} and {self.keeps.shape} do not match",
                remedy="give one row per license in both, of one license at least",
            )


@dataclass(frozen=True, eq=False)
class Conflicts:
    """Obligations that are not known to be kept, one row each.

    Attributes
    ----------
    model, ancestor : ndarray of int32, shape (n_rows,)
        Nodes; rows are sorted by model, ancestor, obligation.
    obligation : ndarray of int16, shape (n_rows,)
        Column of the terms.
    verdict : ndarray of int8, shape (n_rows,)
        `CONFLICT` or `UNKNOWN`.
    lost_parent, lost_child : ndarray of int32, shape (n_rows,)
        The edge on which it vanished.
    weakness : ndarray of int8, shape (n_rows,)
        Largest weakness of a statement on the path.
    path_offset : ndarray of int64, shape (n_rows + 1,)
        Where the path of each row begins in `path`.
    path : ndarray of int32
        Nodes of the paths, each from the ancestor to the model.
    """

    model: npt.NDArray[np.int32]
    ancestor: npt.NDArray[np.int32]
    obligation: npt.NDArray[np.int16]
    verdict: npt.NDArray[np.int8]
    lost_parent: npt.NDArray[np.int32]
    lost_child: npt.NDArray[np.int32]
    weakness: npt.NDArray[np.int8]
    path_offset: npt.NDArray[np.int64]
    path: npt.NDArray[np.int32]


@dataclass(frozen=True, eq=False)
class Inherited:
    """What each model inherits of one license of its ancestors.

    Attributes
    ----------
    model : ndarray of int32, shape (n_rows,)
        Node; rows are sorted by model, then license.
    license : ndarray of int16, shape (n_rows,)
        Row of the terms: a license with obligations.
    n_ancestors : ndarray of int64, shape (n_rows,)
        Ancestors under that license.
    dropped : ndarray of bool, shape (n_rows, n_obligations)
        Obligations that the model's license does not keep; none where it is unknown.
    is_unknown : ndarray of bool, shape (n_rows,)
        Whether the model's own license has no reviewed terms.
    """

    model: npt.NDArray[np.int32]
    license: npt.NDArray[np.int16]
    n_ancestors: npt.NDArray[np.int64]
    dropped: npt.NDArray[np.bool_]
    is_unknown: npt.NDArray[np.bool_]


def conflicts(
    graph: Graph,
    license_code: npt.NDArray[np.int16],
    weakness: npt.NDArray[np.int8],
    terms: TermArrays,
    n_ancestors: npt.NDArray[np.int64],
) -> Iterator[Conflicts]:
    """Find every obligation that is not known to be kept, over whole paths.

    Parameters
    ----------
    graph : Graph
        Who descends from whom, without cycles.
    license_code : ndarray of int16, shape (n_nodes,)
        Row of the terms for each node; negative where there are no reviewed terms.
    weakness : ndarray of int8, shape (n_nodes,)
        How weak each statement of a license is, 0 for the strongest.
    terms : TermArrays
        The terms.
    n_ancestors : ndarray of int64, shape (n_nodes,)
        Ancestors of each node.

    Yields
    ------
    Conflicts
        Of blocks of models, ascending.

    Raises
    ------
    PolicyError
        If a code is no row of the terms, or an array is not one value per node.
    """
    _check(graph, license_code, weakness, terms)
    for block in blocks_of_descendants(graph, n_ancestors):
        pairs = ancestor_pairs(graph, block)
        yield _of_pairs(pairs, license_code, weakness, terms)


def inherited(
    graph: Graph,
    license_code: npt.NDArray[np.int16],
    terms: TermArrays,
    n_ancestors: npt.NDArray[np.int64],
) -> Iterator[Inherited]:
    """Tell, for each model and license among its ancestors', what its own license dropped.

    Parameters
    ----------
    graph : Graph
        Who descends from whom, without cycles.
    license_code : ndarray of int16, shape (n_nodes,)
        As of :func:`conflicts`.
    terms : TermArrays
        The terms.
    n_ancestors : ndarray of int64, shape (n_nodes,)
        Ancestors of each node.

    Yields
    ------
    Inherited
        Of blocks of models, ascending; of a model that has an ancestor with
        obligations.

    Raises
    ------
    PolicyError
        If a code is no row of the terms.
    """
    _check(graph, license_code, np.zeros(graph.n_nodes, np.int8), terms)
    binds = np.append(terms.has.any(axis=1), False)  # the last answers for code -1
    n_licenses = len(terms.has)
    for block in blocks_of_descendants(graph, n_ancestors):
        pairs = ancestor_pairs(graph, block)
        above = np.maximum(license_code[pairs.ancestor], -1)
        is_bound = binds[above]
        key = pairs.descendant[is_bound].astype(np.int64) * n_licenses + above[is_bound]
        found, counts = np.unique(key, return_counts=True)
        model, own = np.divmod(found, n_licenses)
        code = license_code[model]
        is_unknown = code < 0
        dropped = terms.has[own] & ~is_unknown[:, None]
        for name in range(terms.has.shape[1]):
            dropped[:, name] &= ~terms.keeps[own, name, np.maximum(code, 0)]
        yield Inherited(model.astype(np.int32), own.astype(np.int16), counts, dropped, is_unknown)


def _check(
    graph: Graph,
    license_code: npt.NDArray[np.int16],
    weakness: npt.NDArray[np.int8],
    terms: TermArrays,
) -> None:
    if license_code.shape != (graph.n_nodes,) or weakness.shape != (graph.n_nodes,):
        raise PolicyError(
            f"{license_code.size} licenses and {weakness.size} weaknesses of {graph.n_nodes} nodes",
            remedy="give one of each per node",
        )
    if license_code.size and license_code.max() >= len(terms.has):
        raise PolicyError(
            f"code {int(license_code.max())} is no row of the {len(terms.has)} licenses",
            remedy="number the licenses as the terms are",
        )


def _of_pairs(
    pairs: AncestorPairs,
    license_code: npt.NDArray[np.int16],
    weakness: npt.NDArray[np.int8],
    terms: TermArrays,
) -> Conflicts:
    above, below = license_code[pairs.ancestor], license_code[pairs.descendant]
    rows: list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int16]]] = []
    for name in range(terms.has.shape[1]):
        binds = (above >= 0) & terms.has[np.maximum(above, 0), name]
        is_kept = (below >= 0) & terms.keeps[np.maximum(above, 0), name, np.maximum(below, 0)]
        pair = np.flatnonzero(binds & ~is_kept)
        rows.append((pair, np.full(pair.size, name, np.int16)))
    pair = np.concatenate([row[0] for row in rows] or [np.zeros(0, np.int64)])
    obligation = np.concatenate([row[1] for row in rows] or [np.zeros(0, np.int16)])
    order = np.lexsort((obligation, pairs.ancestor[pair], pairs.descendant[pair]))
    pair, obligation = pair[order], obligation[order]
    lost_parent, lost_child = _vanished(pairs, pair, obligation, license_code, terms)
    offset, path = _paths(pairs, pair)
    return Conflicts(
        model=pairs.descendant[pair],
        ancestor=pairs.ancestor[pair],
        obligation=obligation,
        verdict=np.where(below[pair] < 0, UNKNOWN, CONFLICT).astype(np.int8),
        lost_parent=lost_parent,
        lost_child=lost_child,
        weakness=_weakest(pairs, weakness)[pair],
        path_offset=offset,
        path=path,
    )


def _vanished(
    pairs: AncestorPairs,
    pair: npt.NDArray[np.int64],
    obligation: npt.NDArray[np.int16],
    license_code: npt.NDArray[np.int16],
    terms: TermArrays,
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.int32]]:
    """Walk down each path until a model does not keep the obligation; the last one does not."""
    own = license_code[pairs.ancestor[pair]]
    parent = pairs.ancestor[pair].copy()
    child = pairs.second(pair)
    at = pair.copy()
    going = np.arange(pair.size)
    while going.size:
        code = license_code[child[going]]
        is_kept = (code >= 0) & terms.keeps[own[going], obligation[going], np.maximum(code, 0)]
        going = going[is_kept]
        at[going] = pairs.following[at[going]]
        parent[going] = child[going]
        child[going] = pairs.second(at[going])
    return parent, child


def _weakest(pairs: AncestorPairs, weakness: npt.NDArray[np.int8]) -> npt.NDArray[np.int8]:
    """Give the weakest statement on the path of each pair: pairs come nearest first."""
    found = np.maximum(weakness[pairs.ancestor], weakness[pairs.descendant])
    ends = np.searchsorted(pairs.distance, np.arange(2, pairs.distance.max(initial=1) + 2))
    for start, stop in itertools.pairwise(ends):
        found[start:stop] = np.maximum(found[start:stop], found[pairs.following[start:stop]])
    return found


def _paths(
    pairs: AncestorPairs, pair: npt.NDArray[np.int64]
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int32]]:
    length = pairs.distance[pair].astype(np.int64) + 1
    offset = np.concatenate([[0], np.cumsum(length)]).astype(np.int64)
    path = np.empty(offset[-1], np.int32)
    path[offset[:-1]] = pairs.ancestor[pair]
    at, going = pair.copy(), np.arange(pair.size)
    step = 1
    while going.size:
        path[offset[going] + step] = pairs.second(at[going])
        at[going] = pairs.following[at[going]]
        going = going[at[going] >= 0]
        step += 1
    return offset, path
