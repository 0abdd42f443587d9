"""Shares by group of models, with intervals from resampling units; all share the draws.

What does not belong here: what the groups are, and one ratio (``ratios``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.ratios import ratios

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from biome_pipeline.inference.ratios import Ratio
    from biome_pipeline.inference.units import Units

__all__ = ["shares_by_group"]


def shares_by_group(
    units: Units,
    node: npt.NDArray[np.int64],
    group: npt.NDArray[np.int64],
    columns: Sequence[npt.NDArray[np.float64]],
    *,
    n_groups: int,
    n_replicates: int,
    seed: int,
) -> list[list[Ratio]]:
    """Give the mean of each column within each group.

    Parameters
    ----------
    units : Units
        Who is resampled with whom.
    node : ndarray of int64, shape (n_rows,)
        Model of each row; a model may have rows in several groups.
    group : ndarray of int64, shape (n_rows,)
        Group of each row, from 0.
    columns : sequence of ndarray of float64, shape (n_rows,)
        Values from 0 to 1; NaN where a row does not tell.
    n_groups : int
        Number of groups.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    list of list of Ratio
        For each column and group.

    Raises
    ------
    InferenceError
        If the arrays do not match, or B is not positive.
    """
    if {node.shape, group.shape, *(column.shape for column in columns)} != {node.shape}:
        raise InferenceError(
            "models, groups and values do not match", remedy="give one of each per row"
        )
    numerators, denominators, n_units = [], [], []
    for column in columns:
        is_told = ~np.isnan(column)
        key = units.lot[node[is_told]] * n_groups + group[is_told]
        shape = (units.n_lots, n_groups)
        sums = np.bincount(key, weights=column[is_told], minlength=shape[0] * n_groups)
        counts = np.bincount(key, minlength=shape[0] * n_groups)
        numerators.append(sums.reshape(shape))
        denominators.append(counts.reshape(shape).astype(np.float64))
        pairs = np.unique(units.unit[node[is_told]] * n_groups + group[is_told])
        n_units.append(np.bincount(pairs % n_groups, minlength=n_groups))
    found = ratios(
        np.concatenate(numerators, axis=1),
        np.concatenate(denominators, axis=1),
        np.ones(n_groups * len(columns), np.bool_),
        np.concatenate(n_units),
        n_replicates=n_replicates,
        seed=seed,
    )
    return [found[k * n_groups : (k + 1) * n_groups] for k in range(len(columns))]
