"""Means with their uncertainty: resampling of pairs and of families.

Values of relatives depend on each other through their family, so that an
interval which takes each value for itself is too narrow. The published rule
resamples pairs; the robust rule resamples whole families with replacement (the
cluster bootstrap: Davison and Hinkley 1997, "Bootstrap Methods and their
Application", section 3.8), and what is estimated is a ratio of two sums over
families. All intervals are the 2.5 % and 97.5 % percentiles of the replicates.

A value that is missing is NaN: it is left out, and counted.

What does not belong here: shares of whole counts, which have a cheaper
bootstrap of the same law (``genealogy.fertility.ratio_interval``), tests
(``significance``), and what the values are (``similarity``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import InferenceError

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy.typing as npt

# Up to so many a gather is as quick as a product of matrices.
_FEW_COLUMNS = 3

__all__ = [
    "Estimate",
    "blocks",
    "check_arrays",
    "family_sums",
    "mean_of_group_means",
    "mean_over_families",
    "mean_over_pairs",
    "percentile_interval",
    "ratio_over_families",
    "resampled_sums",
]

_BLOCK = 1 << 20
"""Draws held at once: 8 MB of indices, and as much of what they point to."""


@dataclass(frozen=True)
class Estimate:
    """A number with its uncertainty and what it rests on.

    Attributes
    ----------
    value : float or None
        The estimate; ``None`` if no value is left.
    ci_low, ci_high : float or None
        Ends of the 95 % interval; ``None`` with fewer than two units to resample.
    n : int
        Values used.
    n_missing : int
        Values left out because they are missing.
    n_families : int or None
        Families with at least one value; ``None`` where pairs were resampled.
    """

    value: float | None
    ci_low: float | None
    ci_high: float | None
    n: int
    n_missing: int
    n_families: int | None


def mean_over_pairs(values: npt.NDArray[np.float64], *, n_replicates: int, seed: int) -> Estimate:
    """Give the mean of values, and its interval over pairs (the published rule).

    Parameters
    ----------
    values : ndarray of float64, shape (n_pairs,)
        One value per pair, NaN where it is missing.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    Estimate
        The mean; no interval with fewer than two values.

    Raises
    ------
    InferenceError
        If the values are not one-dimensional, or B is not positive.
    """
    check_arrays(n_replicates, values=values)
    known = values[~np.isnan(values)]
    n_missing = int(values.size - known.size)
    if not known.size:
        return Estimate(None, None, None, 0, n_missing, None)
    low, high = None, None
    if known.size > 1:
        sums = resampled_sums(known[:, None], n_replicates=n_replicates, seed=seed)
        low, high = percentile_interval(sums[:, 0] / known.size)
    return Estimate(float(known.mean()), low, high, int(known.size), n_missing, None)


def mean_over_families(
    values: npt.NDArray[np.float64],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> Estimate:
    """Give the mean of values, and its interval over families.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
        The values, NaN where one is missing.
    family : ndarray of integers, shape (n_values,)
        Family of each value, any numbering.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    Estimate
        The mean, each value with the same weight; no interval with fewer than
        two families.

    Raises
    ------
    InferenceError
        If the arrays do not match, or B is not positive.
    """
    check_arrays(n_replicates, values=values, family=family)
    is_known = ~np.isnan(values)
    known = values[is_known]
    sums = family_sums(known[:, None], family[is_known])
    n_missing = int(values.size - known.size)
    return _ratio(sums, int(known.size), n_missing, n_replicates, seed)


def ratio_over_families(
    numerator: npt.NDArray[np.float64],
    denominator: npt.NDArray[np.float64],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> Estimate:
    """Give the ratio of two sums, and its interval over families.

    Parameters
    ----------
    numerator, denominator : ndarray of float64, shape (n_units,)
        What each unit adds to the two sums; every denominator is positive.
    family : ndarray of integers, shape (n_units,)
        Family of each unit.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    Estimate
        The ratio; `n` counts units. No interval with fewer than two families.

    Raises
    ------
    InferenceError
        If the arrays do not match, a denominator is not positive, or B is not.
    """
    check_arrays(n_replicates, numerator=numerator, denominator=denominator, family=family)
    if not np.all(denominator > 0):
        raise InferenceError("a denominator is not positive", remedy="leave such units out")
    sums = family_sums(np.stack([numerator, denominator], axis=1), family)[:, :2]
    return _ratio(sums, int(numerator.size), 0, n_replicates, seed)


def mean_of_group_means(
    values: npt.NDArray[np.float64],
    group: npt.NDArray[np.integer[Any]],
    family: npt.NDArray[np.integer[Any]],
    *,
    n_replicates: int,
    seed: int,
) -> Estimate:
    """Give the mean over groups of the mean within each, and its interval over families.

    Parameters
    ----------
    values : ndarray of float64, shape (n_values,)
        The values, NaN where one is missing.
    group : ndarray of integers, shape (n_values,)
        Group of each value: a parent, or the family itself.
    family : ndarray of integers, shape (n_values,)
        Family of each value; a group lies in one family.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    Estimate
        The mean, each group with the same weight; a group without any value is
        left out. A family brings all its groups into a replicate, or none. No
        interval with fewer than two families.

    Raises
    ------
    InferenceError
        If the arrays do not match, a group lies in two families, or B is not
        positive.
    """
    check_arrays(n_replicates, values=values, group=group, family=family)
    is_known = ~np.isnan(values)
    known = values[is_known]
    n_missing = int(values.size - known.size)
    _, first, place = np.unique(group[is_known], return_index=True, return_inverse=True)
    home = family[is_known]
    torn = np.flatnonzero(home != home[first][place])
    if torn.size:
        raise InferenceError(
            "a group has values of two families",
            place=f"group {int(group[is_known][torn[0]])}",
            remedy="number the groups so that each lies in one family",
        )
    means = np.bincount(place, weights=known) / np.bincount(place)
    sums = family_sums(means[:, None], home[first])
    return _ratio(sums, int(known.size), n_missing, n_replicates, seed)


def family_sums(
    columns: npt.NDArray[np.float64], family: npt.NDArray[np.integer[Any]]
) -> npt.NDArray[np.float64]:
    """Sum columns within each family, and count its rows.

    Parameters
    ----------
    columns : ndarray of float64, shape (n_rows, n_columns)
        What to sum, without NaN.
    family : ndarray of integers, shape (n_rows,)
        Family of each row.

    Returns
    -------
    ndarray of float64, shape (n_families, n_columns + 1)
        The sums, and the number of rows as last column; families ascending.
    """
    names, place = np.unique(family, return_inverse=True)
    sums = np.empty((names.size, columns.shape[1] + 1))
    for k in range(columns.shape[1]):
        sums[:, k] = np.bincount(place, weights=columns[:, k], minlength=names.size)
    sums[:, -1] = np.bincount(place, minlength=names.size)
    return sums


def resampled_sums(
    rows: npt.NDArray[np.float64], *, n_replicates: int, seed: int
) -> npt.NDArray[np.float64]:
    """Draw as many rows as there are, with replacement, and sum them; B times.

    Parameters
    ----------
    rows : ndarray of float64, shape (n_rows, n_columns)
        One row per unit of resampling: a pair, or a family with its sums.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    ndarray of float64, shape (n_replicates, n_columns)
        The sums of each replicate; they do not depend on how the draws are cut
        into blocks. Takes some 20 MB beside, up to a million rows.

    Raises
    ------
    InferenceError
        If there are no rows, or B is not positive.
    """
    check_arrays(n_replicates)
    if not len(rows):
        raise InferenceError("there is nothing to resample", remedy="give at least one row")
    generator = np.random.Generator(np.random.PCG64(seed))
    n_rows = len(rows)
    # Columns one by one: a gather and a sum along memory, the same to the last bit
    # on every machine, which a product of matrices is not.
    columns = [np.ascontiguousarray(column) for column in rows.T]
    sums = np.empty((n_replicates, len(columns)))
    for start, stop in blocks(n_replicates, n_rows):
        drawn = generator.integers(n_rows, size=(stop - start, n_rows))
        if len(columns) <= _FEW_COLUMNS:
            for k, column in enumerate(columns):
                sums[start:stop, k] = column[drawn].sum(axis=1)
            continue
        # Of many columns it takes too long; twelve digits are the same everywhere.
        drawn += n_rows * np.arange(stop - start)[:, None]
        times = np.bincount(drawn.reshape(-1), minlength=(stop - start) * n_rows)
        found = times.reshape(stop - start, n_rows).astype(np.float64) @ rows
        sums[start:stop] = np.round(found, 12)
    return sums


def percentile_interval(
    replicates: npt.NDArray[np.float64],
) -> tuple[float | None, float | None]:
    """Give the 2.5 % and 97.5 % percentiles of the replicates that are numbers.

    Parameters
    ----------
    replicates : ndarray of float64, shape (n_replicates,)
        The replicates; NaN where one could not be had.

    Returns
    -------
    tuple of (float or None, float or None)
        The interval; ``None`` if over half of the replicates are NaN.
    """
    known = replicates[~np.isnan(replicates)]
    if 2 * known.size < replicates.size or not known.size:
        return None, None
    low, high = np.percentile(known, [2.5, 97.5])
    return float(low), float(high)


def _ratio(
    sums: npt.NDArray[np.float64], n: int, n_missing: int, n_replicates: int, seed: int
) -> Estimate:
    """Make the estimate of a ratio of sums from a sum and a number per family."""
    if not len(sums):
        return Estimate(None, None, None, 0, n_missing, 0)
    value = float(sums[:, 0].sum() / sums[:, 1].sum())
    low, high = None, None
    if len(sums) > 1:
        drawn = resampled_sums(sums, n_replicates=n_replicates, seed=seed)
        low, high = percentile_interval(drawn[:, 0] / drawn[:, 1])
    return Estimate(value, low, high, n, n_missing, len(sums))


def blocks(n_replicates: int, n_units: int) -> Iterator[tuple[int, int]]:
    """Cut replicates into blocks whose draws fit memory.

    Parameters
    ----------
    n_replicates : int
        Replicates (B).
    n_units : int
        Units drawn for each.

    Yields
    ------
    tuple of (int, int)
        First replicate of a block, and the one after its last.
    """
    n_each = max(1, _BLOCK // n_units)
    for start in range(0, n_replicates, n_each):
        yield start, min(start + n_each, n_replicates)


def check_arrays(n_replicates: int, **arrays: npt.NDArray[Any]) -> None:
    """Refuse arrays that do not belong to the same units.

    Parameters
    ----------
    n_replicates : int
        Replicates (B) asked for.
    **arrays : ndarray
        The arrays, by name.

    Raises
    ------
    InferenceError
        If B is not positive, or an array is not one-dimensional or of another
        length.
    """
    if n_replicates < 1:
        raise InferenceError(
            f"{n_replicates} replicates were asked for", remedy="ask for one or more"
        )
    shapes = {name: array.shape for name, array in arrays.items()}
    if any(len(shape) != 1 for shape in shapes.values()) or len(set(shapes.values())) > 1:
        raise InferenceError(
            f"the arrays do not match: {shapes}",
            remedy="give arrays of one dimension and the same length",
        )
