"""The paper's three heuristics about relatives, each estimated and tested.

Source: "Anatomy of a Machine Learning Ecosystem" (arXiv 2508.06811), which reads
them off a chart of means: relatives of one family are alike, and they are less
alike with each generation between them and with each step of distance.

The first is a difference of two means. The other two are slopes across the
positions of the topologies: the least-squares slope of position means on the
gap (or distance) with an intercept for each topology. A topology's positions
are measured on the same occurrences, so that its models are compared with
themselves; positions of different topologies are of different families, and
their difference is left out. The slope is a weighted sum of position means, and
families are resampled across all positions at once. P-values are those at which
the percentile interval touches 0; both are too bold with few families, and the
caveat says so below `FEW_FAMILIES`.

What does not belong here: the means themselves with their intervals
(``weighting``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.inference.findings import Finding, verdict_of
from biome_pipeline.inference.resampling import family_sums, percentile_interval, resampled_sums
from biome_pipeline.inference.significance import bootstrap_p_value

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

__all__ = [
    "FEW_FAMILIES",
    "SUBJECT",
    "PositionValues",
    "alike_within_family",
    "falls_with_distance",
    "falls_with_generation_gap",
]

SUBJECT = "similarity"
"""Subject of these findings in ``inference.findings``."""

HeuristicWeighting = Literal["pair", "family"]
"""Weight of a value: the same for every pair, or for every family."""


FEW_FAMILIES = 50
"""Below this many families a percentile interval is too narrow to be believed."""


@dataclass(frozen=True, eq=False)
class PositionValues:
    """Similarity of the pairs drawn for one position of a topology.

    Attributes
    ----------
    topology, position : str
        Names of the two.
    generation_gap, distance : int
        Generations and steps between the two nodes of the position.
    values : ndarray of float64, shape (n_pairs,)
        Similarity of each pair, NaN where it is missing.
    family : ndarray of integers, shape (n_pairs,)
        Family of each pair, numbered alike in all positions.
    """

    topology: str
    position: str
    generation_gap: int
    distance: int
    values: npt.NDArray[np.float64]
    family: npt.NDArray[np.integer[Any]]


def alike_within_family(
    relatives: npt.NDArray[np.float64],
    family: npt.NDArray[np.integer[Any]],
    random_pairs: npt.NDArray[np.float64],
    *,
    graph: str,
    weighting: HeuristicWeighting = "pair",
    n_replicates: int,
    seed: int,
) -> Finding:
    """Test whether relatives of one family are more alike than random pairs.

    Families and random pairs are resampled apart from each other.

    Parameters
    ----------
    relatives : ndarray of float64, shape (n_pairs,)
        Similarity of pairs of relatives, NaN where it is missing.
    family : ndarray of integers, shape (n_pairs,)
        Family of each of them.
    random_pairs : ndarray of float64, shape (n_random,)
        Similarity of arbitrary pairs, NaN where it is missing.
    graph : str
        The graph of the pairs.
    weighting : {"pair", "family"}, default "pair"
        Weight of the relatives.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    Finding
        Mean of relatives minus mean of random pairs.

    Raises
    ------
    InferenceError
        If the arrays do not match, or B is not positive.
    """
    sums = _family_rows([(relatives, family)], weighting)
    known = random_pairs[~np.isnan(random_pairs)]
    n = int(np.count_nonzero(~np.isnan(relatives))) + int(known.size)
    effect: float | None = None
    replicates = np.zeros(0)
    if len(sums) and known.size:
        effect = float(sums[:, 0].sum() / sums[:, 1].sum() - known.mean())
    if len(sums) > 1 and known.size > 1:
        drawn = resampled_sums(sums, n_replicates=n_replicates, seed=seed)
        # Another seed, or equal numbers of families and pairs would be drawn alike.
        other = resampled_sums(known[:, None], n_replicates=n_replicates, seed=seed ^ 1)
        replicates = drawn[:, 0] / drawn[:, 1] - other[:, 0] / known.size
    claim = _Claim(
        "alike_within_family",
        "Relatives of one family are more alike than random pairs.",
        1,
        "Difference of mean similarity. Random pairs are resampled one by one, although those "
        "that touch one large family depend on each other; and a family shares templates, "
        "authors and its own name.",
    )
    return _finding(claim, graph, effect, replicates, n=n, n_families=len(sums))


def falls_with_generation_gap(
    positions: Sequence[PositionValues],
    *,
    graph: str,
    weighting: HeuristicWeighting = "pair",
    n_replicates: int,
    seed: int,
) -> Finding:
    """Test whether similarity falls with the generations between two relatives.

    Parameters
    ----------
    positions : sequence of PositionValues
        The positions to compare, without random pairs.
    graph : str
        The graph of the pairs.
    weighting : {"pair", "family"}, default "pair"
        Weight within a position mean.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    Finding
        Slope of position means per generation, within topologies.

    Raises
    ------
    InferenceError
        If the arrays of a position do not match, or B is not positive.
    """
    gap = np.array([position.generation_gap for position in positions], dtype=np.float64)
    claim = _Claim(
        "falls_with_generation_gap",
        "Similarity falls with the generation gap.",
        -1,
        "Change of mean similarity per generation, a straight line within each topology; "
        "siblings have gap 0. Gap and distance grow together, so that neither slope is the "
        "effect of one of them alone.",
    )
    return _slope_finding(
        claim, graph, positions, gap, weighting, n_replicates=n_replicates, seed=seed
    )


def falls_with_distance(
    positions: Sequence[PositionValues],
    *,
    graph: str,
    weighting: HeuristicWeighting = "pair",
    n_replicates: int,
    seed: int,
) -> Finding:
    """Test whether similarity falls with the steps between two relatives.

    Parameters
    ----------
    positions : sequence of PositionValues
        The positions to compare, without random pairs.
    graph : str
        The graph of the pairs.
    weighting : {"pair", "family"}, default "pair"
        Weight within a position mean.
    n_replicates : int
        Replicates (B).
    seed : int
        Seed of the draws.

    Returns
    -------
    Finding
        Slope of position means per step, within topologies.

    Raises
    ------
    InferenceError
        If the arrays of a position do not match, or B is not positive.
    """
    distance = np.array([position.distance for position in positions], dtype=np.float64)
    claim = _Claim(
        "falls_with_distance",
        "Similarity falls with the network distance.",
        -1,
        "Change of mean similarity per step, a straight line within each topology; siblings "
        "have distance 2. Distance and gap grow together, so that neither slope is the effect "
        "of one of them alone.",
    )
    return _slope_finding(
        claim, graph, positions, distance, weighting, n_replicates=n_replicates, seed=seed
    )


@dataclass(frozen=True)
class _Claim:
    """What is the same for every set of numbers: name, words, and the claimed sign."""

    finding: str
    statement: str
    sign: Literal[-1, 1]
    caveat: str


def _slope_finding(
    claim: _Claim,
    graph: str,
    positions: Sequence[PositionValues],
    steps: npt.NDArray[np.float64],
    weighting: HeuristicWeighting,
    *,
    n_replicates: int,
    seed: int,
) -> Finding:
    is_known = [~np.isnan(position.values) for position in positions]
    # A position without any value has no mean, and must not move its topology's mean step.
    used = [k for k, known in enumerate(is_known) if known.any()]
    chosen = [positions[k] for k in used]
    n = sum(int(np.count_nonzero(is_known[k])) for k in used)
    weight = _slope_weights([position.topology for position in chosen], steps[used])
    effect: float | None = None
    replicates = np.zeros(0)
    n_families = 0
    if weight is not None:
        rows = _family_rows([(position.values, position.family) for position in chosen], weighting)
        n_families = len(rows)
        effect = float((_means(rows.sum(axis=0)[None, :]) * weight).sum())
        if n_families > 1:
            drawn = resampled_sums(rows, n_replicates=n_replicates, seed=seed)
            # A replicate that misses a position has no slope: it stays NaN.
            replicates = (_means(drawn) * weight).sum(axis=1)
    return _finding(claim, graph, effect, replicates, n=n, n_families=n_families)


def _slope_weights(
    topology: list[str], steps: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64] | None:
    """Give what each position mean adds to the slope; None without any contrast."""
    if not topology:
        return None
    _, place = np.unique(np.array(topology), return_inverse=True)
    centred = steps - (np.bincount(place, weights=steps) / np.bincount(place))[place]
    total = float((centred**2).sum())
    return centred / total if total > 1e-9 else None


def _family_rows(
    parts: Sequence[tuple[npt.NDArray[np.float64], npt.NDArray[np.integer[Any]]]],
    weighting: HeuristicWeighting,
) -> npt.NDArray[np.float64]:
    """Give sum and number of the values of each part, one row per family.

    float64, shape (n_families, 2 n_parts): the sums first, then the numbers; by
    family a family's mean stands for its sum, and 1 for its number.
    """
    for values, family in parts:
        if values.ndim != 1 or values.shape != family.shape:
            raise InferenceError(
                f"values and families do not match: shapes {values.shape} and {family.shape}",
                remedy="give two arrays of one dimension and the same length",
            )
    known = [~np.isnan(values) for values, _ in parts]
    homes = [family[is_known] for (_, family), is_known in zip(parts, known, strict=True)]
    names = np.unique(np.concatenate(homes)) if homes else np.zeros(0, dtype=np.int64)
    rows = np.zeros((names.size, 2 * len(parts)))
    for k, (values, _) in enumerate(parts):
        sums = family_sums(values[known[k]][:, None], homes[k])
        if weighting == "family":
            sums = np.stack([sums[:, 0] / sums[:, 1], np.ones(len(sums))], axis=1)
        place = np.searchsorted(names, np.unique(homes[k]))
        rows[place, k], rows[place, len(parts) + k] = sums[:, 0], sums[:, 1]
    return rows


def _means(sums: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Divide the first half of the columns by the second; NaN where that is 0."""
    n_parts = sums.shape[1] // 2
    count = sums[:, n_parts:]
    return np.where(count > 0, sums[:, :n_parts] / np.maximum(count, 1), np.nan)


def _finding(
    claim: _Claim,
    graph: str,
    effect: float | None,
    replicates: npt.NDArray[np.float64],
    *,
    n: int,
    n_families: int,
) -> Finding:
    low, high = percentile_interval(replicates)
    caveat = claim.caveat
    if n_families < FEW_FAMILIES:
        caveat += f" With {n_families} families the interval is too narrow."
    return Finding(
        subject=SUBJECT,
        finding=claim.finding,
        graph=graph,
        statement=claim.statement,
        estimate=effect,
        ci_low=low,
        ci_high=high,
        p_value=bootstrap_p_value(replicates),
        n=n,
        verdict=verdict_of(low, high, sign=claim.sign),
        caveat=caveat,
    )
