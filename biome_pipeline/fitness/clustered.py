"""How sure estimates are where models of one author, or of one root, are alike.

The jackknife over clusters (CV3: MacKinnon, Nielsen and Webb 2023, J.
Econometrics 232) asks how the estimates move when a cluster is left out:

    V = (G - 1) / G  sum_g d_g d_g',    d_g = (H - H_g)^-1 s_g

with the score s_g and the information H_g of each of G clusters. Of least
squares that is the estimate without the cluster less the estimate, exactly; of
counts it is the first Newton step towards it. Where a few clusters are large,
as on the Hub, it errs to the careful side, where the sandwich (CV1) is too
narrow. Two ways of clustering are put together as author + root - both
(Cameron, Gelbach and Miller 2011, JBES 29), and of the three the largest error
counts, because that sum may fall below its parts.

What does not belong here: the estimates (``glm``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    import numpy.typing as npt

    from biome_pipeline.fitness.glm import Fit

    Matrix = npt.NDArray[np.float64]
    Codes = npt.NDArray[np.integer[Any]]

__all__ = ["Clustered", "clustered_errors", "jackknife_covariance", "sandwich_covariance"]

_SMALL_LEVERAGE = 1e-3
"""Clusters below it move the estimates as if H_g were 0, to that relative error."""

_SAFE_LEVERAGE = 0.9
_BATCH = 256


@dataclass(frozen=True, eq=False)
class Clustered:
    """The uncertainty of a fit.

    Attributes
    ----------
    covariance : ndarray of float64, shape (k, k)
        Positive semidefinite; its diagonal is the square of `error`.
    error : ndarray of float64, shape (k,)
        The largest of the three standard errors of each term.
    by_author, by_root : ndarray of float64, shape (k,)
        Standard errors of one way each.
    plain : ndarray of float64, shape (k,)
        Standard errors if rows were independent and the model right.
    n_authors, n_roots : int
        Clusters.
    df : int
        Fewest clusters less 1.
    """

    covariance: Matrix
    error: Matrix
    by_author: Matrix
    by_root: Matrix
    plain: Matrix
    n_authors: int
    n_roots: int

    @property
    def df(self) -> int:
        """Degrees of freedom of t."""
        return min(self.n_authors, self.n_roots) - 1


def clustered_errors(design: Matrix, fit: Fit, author: Codes, root: Codes) -> Clustered:
    """Give the standard errors of a fit, clustered both ways.

    Parameters
    ----------
    design : ndarray of float64, shape (n, k)
        What was fitted.
    fit : Fit
        The fit.
    author, root : ndarray of integers, shape (n,)
        Author and root of each row, any numbering.

    Returns
    -------
    Clustered
        Standard errors, and a covariance for joint statements.
    """
    authors, roots = _numbered(author), _numbered(root)
    both = _numbered(authors.astype(np.int64) * (int(roots.max()) + 1) + roots)
    one, two, three = (jackknife_covariance(design, fit, codes) for codes in (authors, roots, both))
    way = _positive(one + two - three)
    squares = np.max([np.diag(matrix) for matrix in (one, two, way)], axis=0)
    # The joint covariance keeps the correlations of two ways, and no less variance.
    scale = np.sqrt(np.divide(squares, np.diag(way), where=np.diag(way) > 0, out=np.ones(len(way))))
    short = np.where(np.diag(way) > 0, 0.0, squares)
    plain = np.linalg.inv(fit.hessian) * fit.plain_scale
    return Clustered(
        covariance=way * np.outer(scale, scale) + np.diag(short),
        error=np.sqrt(squares),
        by_author=np.sqrt(np.diag(one)),
        by_root=np.sqrt(np.diag(two)),
        plain=np.sqrt(np.diag(plain)),
        n_authors=int(authors.max()) + 1,
        n_roots=int(roots.max()) + 1,
    )


def jackknife_covariance(design: Matrix, fit: Fit, cluster: Codes) -> Matrix:
    """Give the linearised jackknife covariance over clusters (CV3).

    Parameters
    ----------
    design : ndarray of float64, shape (n, k)
        What was fitted.
    fit : Fit
        The fit.
    cluster : ndarray of integers, shape (n,)
        Cluster of each row, from 0 without gaps.

    Returns
    -------
    ndarray of float64, shape (k, k)
        The covariance. Of clusters with a leverage below one thousandth the
        information is taken as 0. A term that rests on one cluster alone counts
        as 0 without it.
    """
    n_clusters = int(cluster.max()) + 1
    inverse = np.linalg.inv(fit.hessian)
    scores = _cluster_sums(design, fit.residual, cluster, n_clusters)
    moves = scores @ inverse
    leverage = np.bincount(
        cluster,
        weights=fit.weight * np.einsum("ij,ij->i", design @ inverse, design),
        minlength=n_clusters,
    )
    counts = np.bincount(cluster, minlength=n_clusters)
    is_alone = (counts == 1) & (leverage < _SAFE_LEVERAGE)
    moves[is_alone] /= 1 - leverage[is_alone, None]
    large = np.flatnonzero(~is_alone & (leverage > _SMALL_LEVERAGE))
    order = np.argsort(cluster, kind="stable")
    starts = np.searchsorted(cluster[order], np.arange(n_clusters + 1))
    for start in range(0, large.size, _BATCH):
        batch = large[start : start + _BATCH]
        kept = np.empty((batch.size, *fit.hessian.shape))
        for place, g in enumerate(batch.tolist()):
            rows = order[starts[g] : starts[g + 1]]
            own = design[rows]
            kept[place] = fit.hessian - own.T @ (own * fit.weight[rows, None])
        # Below a leverage of 1 no direction of H is the cluster's alone.
        is_safe = leverage[batch] < _SAFE_LEVERAGE
        safe = batch[is_safe]
        moves[safe] = np.linalg.solve(kept[is_safe], scores[safe][:, :, None])[:, :, 0]
        for place in np.flatnonzero(~is_safe).tolist():
            moves[batch[place]] = _moved(kept[place], fit, scores[batch[place]])
    result: Matrix = (n_clusters - 1) / n_clusters * (moves.T @ moves)
    return result


def sandwich_covariance(
    design: Matrix, fit: Fit, cluster: Codes, *, is_corrected: bool = True
) -> Matrix:
    """Give the sandwich covariance over clusters (CV0, corrected CV1).

    Parameters
    ----------
    design : ndarray of float64, shape (n, k)
        What was fitted.
    fit : Fit
        The fit.
    cluster : ndarray of integers, shape (n,)
        Cluster of each row, from 0 without gaps.
    is_corrected : bool, default True
        Whether it is multiplied by G / (G - 1) (n - 1) / (n - k).

    Returns
    -------
    ndarray of float64, shape (k, k)
        The covariance.
    """
    n_clusters = int(cluster.max()) + 1
    moves = _cluster_sums(design, fit.residual, cluster, n_clusters) @ np.linalg.inv(fit.hessian)
    n, k = design.shape
    factor = n_clusters / (n_clusters - 1) * (n - 1) / (n - k) if is_corrected else 1.0
    result: Matrix = factor * (moves.T @ moves)
    return result


def _numbered(cluster: Codes) -> npt.NDArray[np.int64]:
    return np.unique(cluster, return_inverse=True)[1].astype(np.int64)


def _cluster_sums(design: Matrix, residual: Matrix, cluster: Codes, n_clusters: int) -> Matrix:
    """Give the score of each cluster, float64, shape (n_clusters, k)."""
    sums = np.empty((n_clusters, design.shape[1]))
    for k in range(design.shape[1]):
        sums[:, k] = np.bincount(cluster, weights=design[:, k] * residual, minlength=n_clusters)
    return sums


def _moved(kept: Matrix, fit: Fit, score: Matrix) -> Matrix:
    """Give how the estimates move without a cluster whose information is taken away."""
    scale = 1 / np.sqrt(np.diag(fit.hessian))
    scaled = kept * np.outer(scale, scale)
    values, vectors = np.linalg.eigh(scaled)
    # What nothing but the cluster tells is 0 without it.
    is_told = values > 1e-10
    gone = vectors[:, ~is_told]
    back = vectors[:, is_told] / values[is_told] @ (vectors[:, is_told].T @ (score * scale))
    lost = gone @ (gone.T @ (fit.coefficients / scale))
    result: Matrix = (back + lost) * scale
    return result


def _positive(matrix: Matrix) -> Matrix:
    """Set negative eigenvalues to 0 (Cameron, Gelbach and Miller 2011, section 2.3)."""
    scale = np.sqrt(np.maximum(np.abs(np.diag(matrix)), 1e-300))
    values, vectors = np.linalg.eigh(matrix / np.outer(scale, scale))
    result: Matrix = (vectors * np.maximum(values, 0)) @ vectors.T * np.outer(scale, scale)
    return result
