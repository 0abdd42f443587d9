"""How far the terms of a regression are made of each other.

What does not belong here: what a forest makes of the traits (``forest``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.fitness.arrays import TRAITS
from biome_pipeline.fitness.counts import robust_sample
from biome_pipeline.fitness.design import assemble, published_design, robust_columns
from biome_pipeline.fitness.glm import weighted_gram
from biome_pipeline.fitness.regressions import COUNT_MODELS

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.fitness.arrays import FitnessModels
    from biome_pipeline.fitness.design import Design

__all__ = ["inflation_rows", "variance_inflation"]

_OUTCOME = "likes"
"""Known of nearly every model; the terms are the same for every outcome."""


def variance_inflation(design: Design) -> npt.NDArray[np.float64]:
    """Give the variance inflation of each term but the constant.

    Parameters
    ----------
    design : Design
        Columns that are not collinear, the constant first.

    Returns
    -------
    ndarray of float64, shape (k - 1,)
        1 / (1 - R squared) of each on the others: the diagonal of the inverse
        correlation matrix (Marquardt 1970, Technometrics 12).
    """
    gram = weighted_gram(design.matrix, np.ones(len(design.matrix)))
    # Sums of squares about the mean, by taking the constant out.
    about = gram[1:, 1:] - np.outer(gram[1:, 0], gram[0, 1:]) / gram[0, 0]
    scale = np.sqrt(np.diag(about))
    found: npt.NDArray[np.float64] = np.diag(np.linalg.inv(about / np.outer(scale, scale)))
    return found


def inflation_rows(models: FitnessModels) -> list[dict[str, Any]]:
    """Make the rows of ``fitness.diagnostics`` that are of regressions.

    Parameters
    ----------
    models : FitnessModels
        All models.

    Returns
    -------
    list of dict
        One row per regression and term; of traits with the share of the models of
        which it is not known. Poisson and negative binomial have the same terms,
        which stand once, as ``poisson``.
    """
    sample = robust_sample(models, _OUTCOME)
    published = np.flatnonzero(models.is_published)
    rows = []
    if published.size:
        rows += _rows(models, "published", published_design(models, published), published)
    for model in ("poisson", "poisson_reduced") if sample.rows.size else ():
        columns = robust_columns(models, sample.rows, numbers=COUNT_MODELS[model])
        rows += _rows(models, model, assemble(columns), sample.rows)
    return rows


def _rows(
    models: FitnessModels, model: str, design: Design, rows: npt.NDArray[np.intp]
) -> list[dict[str, Any]]:
    inflation = variance_inflation(design).tolist() if rows.size > len(design.names) else None
    found = []
    for place, name in enumerate(design.names[1:]):
        row: dict[str, Any] = {"variance_inflation": inflation[place] if inflation else None}
        if inflation is None:
            row["reason"] = "there are no more models than terms"
        found.append((name, row))
    found += [(dropped.name, {"reason": dropped.reason}) for dropped in design.dropped]
    return [
        {
            "model": model,
            "term": name,
            "n": int(rows.size),
            "missing_share": float(np.isnan(models.traits[name][rows]).mean())
            if name in TRAITS
            else None,
            **row,
        }
        for name, row in found
    ]
