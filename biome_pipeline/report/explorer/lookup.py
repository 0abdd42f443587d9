"""The lookup of the explorer: in which family a model is, without a list of all ids.

A page asks for one bucket by the checksum of the id. What does not belong here:
how a search suggests names (``index``).
"""

from __future__ import annotations

import zlib
from typing import TYPE_CHECKING

import numpy as np

from biome_pipeline.report.explorer.script import call

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    import numpy.typing as npt

__all__ = ["bucket_file", "checksum", "count_buckets", "lookup_scripts"]

_MODELS_PER_BUCKET = 4096
_MOST_BUCKETS = 64


def checksum(model_id: str) -> int:
    """Give the checksum by which a model is found.

    Parameters
    ----------
    model_id : str
        The model.

    Returns
    -------
    int
        CRC-32 of the id in UTF-8; two models may share it.
    """
    return zlib.crc32(model_id.encode())


def count_buckets(n_models: int) -> int:
    """Choose how many files the lookup has.

    Parameters
    ----------
    n_models : int
        Models to be found.

    Returns
    -------
    int
        A power of two, at most 64.
    """
    n_buckets = 1
    while n_buckets < _MOST_BUCKETS and n_buckets * _MODELS_PER_BUCKET < n_models:
        n_buckets *= 2
    return n_buckets


def bucket_file(bucket: int) -> str:
    """Name the file of a bucket.

    Parameters
    ----------
    bucket : int
        Its number.

    Returns
    -------
    str
        Such as ``lookup-07.js``.
    """
    return f"lookup-{bucket:02d}.js"


def lookup_scripts(
    ids: Sequence[str], places: npt.NDArray[np.int64], n_buckets: int
) -> Iterator[str]:
    """Write the buckets.

    Parameters
    ----------
    ids : sequence of str
        Models to be found.
    places : ndarray of int64, shape (n_models,)
        Place in the index of the family of each.
    n_buckets : int
        How many buckets.

    Yields
    ------
    str
        Script of each bucket in turn: ascending checksums, and families. A
        checksum comes once for each family that has a model of it.
    """
    sums = np.fromiter((checksum(model_id) for model_id in ids), np.int64, len(ids))
    pairs = np.unique(np.column_stack([sums, places]), axis=0)
    bucket = pairs[:, 0] % n_buckets
    for number in range(n_buckets):
        found = pairs[bucket == number]
        yield call("lookup", number, {"crc": found[:, 0].tolist(), "family": found[:, 1].tolist()})
