"""One regression of counts: which models, which terms, the fit, and how sure it is.

What does not belong here: rows of tables (``regressions``, ``curves``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.errors import InferenceError
from biome_pipeline.fitness.arrays import exposure_of
from biome_pipeline.fitness.clustered import clustered_errors
from biome_pipeline.fitness.design import assemble, has_architecture, without_repeated
from biome_pipeline.fitness.glm import fit_negative_binomial, fit_poisson
from biome_pipeline.fitness.separation import separated_rows, without_separated

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.fitness.arrays import FitnessModels
    from biome_pipeline.fitness.clustered import Clustered
    from biome_pipeline.fitness.design import Column, Design
    from biome_pipeline.fitness.glm import Fit

__all__ = ["CountFit", "Sample", "clustered_by_descent", "count_fit", "robust_sample"]


@dataclass(frozen=True, eq=False)
class Sample:
    """The models of one regression.

    Attributes
    ----------
    rows : ndarray of intp, shape (n,)
        Their places.
    outcome : ndarray of float64, shape (n,)
        Their outcome.
    log_exposure : ndarray of float64, shape (n,)
        Natural logarithm of the days in which they could earn it.
    n_missing : int
        Models that are not among them.
    """

    rows: npt.NDArray[np.intp]
    outcome: npt.NDArray[np.float64]
    log_exposure: npt.NDArray[np.float64]
    n_missing: int

    def where(self, kept: npt.NDArray[np.bool_]) -> Sample:
        """Give the models that stay.

        Parameters
        ----------
        kept : ndarray of bool, shape (n,)
            Which.

        Returns
        -------
        Sample
            Fewer models, the others counted as missing.
        """
        n_gone = int(kept.size - np.count_nonzero(kept))
        if not n_gone:
            return self
        return Sample(
            self.rows[kept], self.outcome[kept], self.log_exposure[kept], self.n_missing + n_gone
        )


@dataclass(frozen=True, eq=False)
class CountFit:
    """A regression of counts, or why there is none.

    Attributes
    ----------
    sample : Sample
        The models that are left.
    design : Design
        The terms.
    fit : Fit or None
        The estimates; ``None`` with a `reason`.
    clustered : Clustered or None
        Their errors; ``None`` with fewer than two authors or roots.
    reason : str
        Why there is no fit; empty if there is one.
    """

    sample: Sample
    design: Design
    fit: Fit | None
    clustered: Clustered | None
    reason: str


def robust_sample(models: FitnessModels, outcome: str) -> Sample:
    """Give the models of the robust regressions of one outcome.

    Parameters
    ----------
    models : FitnessModels
        All models.
    outcome : str
        One of `OUTCOMES`.

    Returns
    -------
    Sample
        Models of which any trait or the family, the age and the outcome are known.
    """
    values = models.outcomes[outcome]
    chosen = has_architecture(models) & ~np.isnan(values) & ~np.isnan(models.age_days)
    rows = np.flatnonzero(chosen)
    exposure = exposure_of(outcome, models.age_days[rows])
    return Sample(rows, values[rows], np.log(exposure), models.n - rows.size)


def count_fit(
    models: FitnessModels,
    sample: Sample,
    columns: list[Column],
    *,
    is_negative_binomial: bool = False,
    start: dict[str, float] | None = None,
) -> CountFit:
    """Fit one regression of counts.

    Parameters
    ----------
    models : FitnessModels
        All models.
    sample : Sample
        Those that are fitted.
    columns : list of Column
        The terms over the sample.
    is_negative_binomial : bool, default False
        Whether the variance is that of NB2; otherwise the estimate is Poisson's.
    start : dict of str to float, optional
        Estimates by term from which to begin.

    Returns
    -------
    CountFit
        The fit, or the reason why there is none.
    """
    if sample.rows.size and not sample.outcome.any():
        nothing = "the outcome of all models is 0"
        return CountFit(sample, assemble(columns), None, None, nothing)
    found, kept = without_separated(columns, sample.outcome)
    design = assemble(found, None if kept.all() else kept)
    told = ~separated_rows(design.matrix, sample.outcome[kept])
    if not told.all():
        kept[np.flatnonzero(kept)[~told]] = False
        design = assemble(found, kept)
    left = sample.where(kept)
    if not left.rows.size:
        return CountFit(left, design, None, None, "no model is left")
    begun = None
    if start is not None:
        begun = np.array([start.get(name, 0.0) for name in design.names])
    fit_counts = fit_negative_binomial if is_negative_binomial else fit_poisson
    try:
        fit = fit_counts(design.matrix, left.outcome, left.log_exposure, start=begun)
        # Where nearly all of the weight is on few models, columns may be alike in these.
        narrower = without_repeated(design, fit.hessian)
        if narrower is not design:
            design = narrower
            fit = fit_counts(design.matrix, left.outcome, left.log_exposure)
    except InferenceError as error:
        return CountFit(left, design, None, None, error.fact)
    return CountFit(left, design, fit, clustered_by_descent(models, left.rows, design, fit), "")


def clustered_by_descent(
    models: FitnessModels, rows: npt.NDArray[np.intp], design: Design, fit: Fit
) -> Clustered | None:
    """Give the errors of a fit by author and root.

    Parameters
    ----------
    models : FitnessModels
        All models.
    rows : ndarray of intp, shape (n,)
        Those that were fitted.
    design : Design
        The terms.
    fit : Fit
        The fit.

    Returns
    -------
    Clustered or None
        The errors; ``None`` with fewer than two authors or roots.
    """
    author, root = models.author[rows], models.root[rows]
    if min(np.unique(author).size, np.unique(root).size) < 2:
        return None
    return clustered_errors(design.matrix, fit, author, root)
