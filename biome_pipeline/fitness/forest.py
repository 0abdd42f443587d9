"""What a random forest makes of the traits: effects of any shape, judged on families left out.

A forest (Breiman 2001, Machine Learning 45) finds bends and combinations that no
regression has a term for. It is judged on models whose roots it has not seen, as
relatives are alike: within families it would know them by heart. The importance
of a trait is how much of the explained share is lost when its values, missing
ones too, are shuffled among the models left out. That is no effect: traits that
say the same share their importance, and one that matters may show none.

What does not belong here: variance inflation (``inflation``).
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.fitness.arrays import NUMBERS, PARENTLESS, TRAITS
from biome_pipeline.fitness.counts import robust_sample
from biome_pipeline.fitness.groups import lots_of_roots
from biome_pipeline.inference.resampling import percentile_interval, resampled_sums

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.fitness.arrays import FitnessModels

    Vector = npt.NDArray[np.float64]

__all__ = ["FOREST_OUTCOMES", "MOST_MODELS", "WHOLE", "forest_rows"]

FOREST_OUTCOMES: tuple[str, ...] = ("downloads", "descendants")
"""Outcomes that forests explain, as ln(1 + outcome)."""

MOST_MODELS = 20_000
"""A forest is grown and judged on at most so many models, drawn without replacement."""

WHOLE = "(all)"
"""Term of the share that the whole forest explains."""

_TREES = 100
_FEWEST_IN_LEAF = 20
_SHARE_HELDOUT = 0.3
_FEWEST_MODELS = 200
_FEWEST_ROOTS = 20
_SHUFFLES = 5
_CONTROLS = ("family", "role", "age")


def forest_rows(
    models: FitnessModels, *, n_replicates: int, seed: int, n_threads: int
) -> list[dict[str, Any]]:
    """Make the rows of ``fitness.diagnostics`` that are of forests.

    Parameters
    ----------
    models : FitnessModels
        All models.
    n_replicates : int
        Replicates of the intervals (B).
    seed : int
        Seed of the draws, the split, the forest and the shuffles.
    n_threads : int
        Threads that grow trees; the numbers do not depend on them.

    Returns
    -------
    list of dict
        One row per outcome and trait, and one of the whole; each with a reason where
        no forest can be grown.
    """
    rows = []
    for outcome in FOREST_OUTCOMES:
        found = _forest(models, outcome, n_replicates, seed, n_threads)
        rows += [{"model": f"forest_{outcome}", **row} for row in found]
    return rows


def _forest(
    models: FitnessModels, outcome: str, n_replicates: int, seed: int, n_threads: int
) -> list[dict[str, Any]]:
    sample = robust_sample(models, outcome)
    generator = np.random.Generator(np.random.PCG64(seed))
    rows = sample.rows
    if rows.size > MOST_MODELS:
        rows = np.sort(generator.choice(rows, MOST_MODELS, replace=False))
    goal = np.log1p(models.outcomes[outcome][rows])
    names = (*TRAITS, *_CONTROLS)
    missing = {name: _missing(models, name, rows) for name in TRAITS}
    roots = np.unique(models.root[rows])

    def refused(reason: str) -> list[dict[str, Any]]:
        return [
            {
                "term": name,
                "n": int(rows.size),
                "missing_share": missing.get(name),
                "reason": reason,
            }
            for name in (WHOLE, *names)
        ]

    if rows.size < _FEWEST_MODELS:
        return refused(f"{rows.size} models are too few: {_FEWEST_MODELS} are wanted")
    if roots.size < _FEWEST_ROOTS:
        return refused(f"{roots.size} roots are too few: {_FEWEST_ROOTS} are wanted")
    is_heldout = _heldout(models.root[rows], roots, generator)
    if np.ptp(goal[is_heldout]) == 0 or np.ptp(goal[~is_heldout]) == 0:
        return refused("the outcome is the same of all models")
    table = np.stack([_column(models, name, rows) for name in names], axis=1)
    error, losses = _grown(table, goal, is_heldout, generator, n_threads)
    about = (goal[is_heldout] - goal[is_heldout].mean()) ** 2
    root = models.root[rows][is_heldout]
    parts = {WHOLE: about - error, **dict(zip(names, losses, strict=True))}
    shared = {
        "n": int(np.count_nonzero(~is_heldout)),
        "n_heldout": int(np.count_nonzero(is_heldout)),
    }
    return [
        {
            "term": name,
            **shared,
            "missing_share": missing.get(name),
            **_share(part, about, root, n_replicates, seed),
        }
        for name, part in parts.items()
    ]


def _missing(models: FitnessModels, name: str, rows: npt.NDArray[np.intp]) -> float | None:
    return float(np.isnan(models.traits[name][rows]).mean()) if rows.size else None


def _column(models: FitnessModels, name: str, rows: npt.NDArray[np.intp]) -> Vector:
    """Give a column of the forest; what is not known stays NaN, which trees send either way."""
    if name == "family":
        return models.family[rows].astype(np.float64)
    if name == "role":
        # Whether a model without parents is a root is told by what is to be explained.
        alike = [-1 if role in PARENTLESS else code for code, role in enumerate(models.roles)]
        return np.array(alike, np.float64)[models.role[rows]]
    if name == "age":
        return np.log2(models.age_days[rows])
    values = models.traits[name][rows]
    return np.log2(values) if name in NUMBERS else values


def _heldout(
    root: npt.NDArray[np.int64], roots: npt.NDArray[np.int64], generator: np.random.Generator
) -> npt.NDArray[np.bool_]:
    """Draw roots until their models are about the share that is left out."""
    order = generator.permutation(roots.size)
    place = np.searchsorted(roots, root)
    counts = np.bincount(place, minlength=roots.size)
    before = np.cumsum(counts[order]) - counts[order]
    chosen = np.zeros(roots.size, np.bool_)
    # A family larger than the share is never left out.
    fits = before + counts[order] <= max(_SHARE_HELDOUT * root.size, counts.min())
    chosen[order[fits]] = True
    result: npt.NDArray[np.bool_] = chosen[place]
    return result


def _grown(
    table: npt.NDArray[np.float64],
    goal: Vector,
    is_heldout: npt.NDArray[np.bool_],
    generator: np.random.Generator,
    n_threads: int,
) -> tuple[Vector, list[Vector]]:
    """Grow a forest; give squared errors on models left out, and what shuffles add to them."""
    from sklearn.ensemble import RandomForestRegressor

    forest = RandomForestRegressor(
        n_estimators=_TREES,
        min_samples_leaf=_FEWEST_IN_LEAF,
        max_features=1 / 3,
        random_state=int(generator.integers(2**31)),
        n_jobs=n_threads,
    )
    forest.fit(table[~is_heldout], goal[~is_heldout])
    # Several threads would add the trees up in another order, and change the last digits.
    forest.n_jobs = 1
    left, wanted = table[is_heldout], goal[is_heldout]
    error = (wanted - forest.predict(left)) ** 2
    orders = [
        [generator.permutation(wanted.size) for _ in range(_SHUFFLES)]
        for _ in range(table.shape[1])
    ]

    def lost(k: int) -> Vector:
        added = np.zeros(wanted.size)
        for order in orders[k]:
            shuffled = left.copy()
            shuffled[:, k] = left[order, k]
            added += (wanted - forest.predict(shuffled)) ** 2 - error
        return added / _SHUFFLES

    with ThreadPoolExecutor(n_threads) as pool:
        return error, list(pool.map(lost, range(table.shape[1])))


def _share(
    part: Vector, about: Vector, root: npt.NDArray[np.int64], n_replicates: int, seed: int
) -> dict[str, float | None]:
    """Give a sum over the variation of the models left out, and its interval over roots."""
    lot = lots_of_roots(root)
    n_lots = int(lot.max()) + 1
    sums = np.stack(
        [np.bincount(lot, weights=values, minlength=n_lots) for values in (part, about)],
        axis=1,
        dtype=np.float64,
    )
    low = high = None
    if n_lots > 1:
        drawn = resampled_sums(sums, n_replicates=n_replicates, seed=seed)
        ratios = np.divide(
            drawn[:, 0], drawn[:, 1], where=drawn[:, 1] > 0, out=np.full(len(drawn), np.nan)
        )
        low, high = percentile_interval(ratios)
    value = float(part.sum() / about.sum())
    return {"importance": value, "importance_ci_low": low, "importance_ci_high": high}
