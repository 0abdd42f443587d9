"""Many small families put together into lots, so that a bootstrap stays quick.

Families are independent of each other, and so are sets of whole families: a
bootstrap over any partition into such sets is valid as long as there are many
(Davison and Hinkley 1997, section 3.8, whose clusters may be of any size). The
largest families stay what they are, because what they do decides the shape of
an interval; the small ones, of which there may be hundreds of thousands, are
dealt out into lots of about the same size. The variance of a sum is then
estimated from thousands of units in place of all, which adds some 2 % to the
uncertainty of an interval's width.

What does not belong here: the resampling itself (``resampling``).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import InferenceError

if TYPE_CHECKING:
    import numpy.typing as npt

__all__ = ["MOST_LOTS", "lots_of_families"]

MOST_LOTS = 4096
"""Most units that families are resampled in."""


def lots_of_families(
    sizes: npt.NDArray[np.integer[Any]], *, most: int = MOST_LOTS
) -> npt.NDArray[np.int64]:
    """Give the lot of each family.

    Parameters
    ----------
    sizes : ndarray of integers, shape (n_families,)
        Edges or models of each family.
    most : int, default `MOST_LOTS`
        Most lots, at least 2.

    Returns
    -------
    ndarray of int64, shape (n_families,)
        Lots from 0, without gaps. Up to `most` families are a lot each, in their
        order; of more, half of the lots are the largest families, of equals the
        first, and the others are dealt out in turn into the rest, by size.

    Raises
    ------
    InferenceError
        If fewer than 2 lots are asked for, or the sizes are not of one dimension.
    """
    if most < 2 or sizes.ndim != 1:
        raise InferenceError(
            f"{most} lots of families of shape {sizes.shape}",
            remedy="ask for 2 or more lots of families in one dimension",
        )
    if sizes.size <= most:
        return np.arange(sizes.size)
    n_alone = most // 2
    lot = np.empty(sizes.size, np.int64)
    order = np.argsort(-sizes.astype(np.int64), kind="stable")
    lot[order[:n_alone]] = np.arange(n_alone)
    lot[order[n_alone:]] = n_alone + np.arange(sizes.size - n_alone) % (most - n_alone)
    return lot
