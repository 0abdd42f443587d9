"""Card bodies that say nearly the same: leaders, and who follows them.

Two bodies are compared by the sets of their runs of three words (shingles:
Broder 1997, "On the resemblance and containment of documents"): the share of
shingles that both have of those that either has (Jaccard). Candidates are found
by minima of random hashes, in bands of eight (Indyk and Motwani 1998; Leskovec,
Rajaraman and Ullman, "Mining of Massive Datasets", section 3.4), and whether
one is alike is then computed exactly, so that no pair below the threshold is
ever joined; one just above it may be missed (1 in 20 at 0.8, 1 in 10,000 at 0.9).

Bodies follow a leader, and leaders follow nobody: chains, in which the last has
nothing of the first, cannot form.

What does not belong here: which bodies are compared, and whose they are
(``templates``).
"""

from __future__ import annotations

from collections import defaultdict
from itertools import count
from typing import TYPE_CHECKING, Any

import numpy as np

from biome_pipeline.errors import InferenceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy.typing as npt

__all__ = ["THRESHOLD", "leaders", "shingle_sets", "similarity"]

THRESHOLD = 0.8
"""Share of shingles in common from which on two bodies are one template."""

_N_HASHES = 128
_ROWS_PER_BAND = 8
_SHINGLE = 3
# Of the candidates only those can be alike whose share of equal minima, which
# varies by 0.035 about the true one, is not far below the threshold.
_SLACK = 0.1
_MOST_COMPARED = 16

_MULTIPLIERS = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB], np.uint64)


def leaders(
    bodies: Iterable[Sequence[str]], *, seed: int, threshold: float = THRESHOLD
) -> npt.NDArray[np.int64]:
    """Find for each body the leader that it is nearly the same as.

    Bodies are taken in their order. One that is at least `threshold` alike to a
    leader before it follows the one it is most alike to, of equals the first;
    any other becomes a leader.

    Parameters
    ----------
    bodies : iterable of sequence of str
        Words of each body, the most frequent body first.
    seed : int
        Seed of the hashes.
    threshold : float, default `THRESHOLD`
        From which Jaccard similarity on two bodies are alike, above 0 to 1.

    Returns
    -------
    ndarray of int64, shape (n_bodies,)
        Place of the leader; a leader's is its own.

    Raises
    ------
    InferenceError
        If the threshold is not above 0 and at most 1.
    """
    if not 0 < threshold <= 1:
        raise InferenceError(
            f"a threshold of {threshold} joins all or nothing", remedy="give one of 0 to 1"
        )
    shingles, indptr = shingle_sets(bodies)
    n = indptr.size - 1
    leader = np.arange(n)
    if not n:
        return leader
    minima, bands = _signatures(shingles, indptr, seed)
    n_each = np.diff(indptr)
    with_band: list[dict[int, list[int]]] = [defaultdict(list) for _ in range(bands.shape[1])]
    for body, keys in enumerate(bands.tolist()):
        found = {place for band, key in zip(with_band, keys, strict=True) for place in band[key]}
        if found:
            candidates = np.array(sorted(found))
            is_sized = (n_each[candidates] >= threshold * n_each[body]) & (
                n_each[candidates] * threshold <= n_each[body]
            )
            candidates = candidates[is_sized]
            equal = (minima[candidates] == minima[body]).mean(axis=1)
            order = np.argsort(-equal, kind="stable")[:_MOST_COMPARED]
            likely = candidates[order[equal[order] >= threshold - _SLACK]]
            own = shingles[indptr[body] : indptr[body + 1]]
            best = 0.0
            for place in np.sort(likely).tolist():
                alike = similarity(own, shingles[indptr[place] : indptr[place + 1]])
                if alike >= threshold and alike > best:
                    best, leader[body] = alike, place
        if leader[body] == body:
            for band, key in zip(with_band, keys, strict=True):
                band[key].append(body)
    return leader


def shingle_sets(
    bodies: Iterable[Sequence[str]],
) -> tuple[npt.NDArray[np.uint64], npt.NDArray[np.int64]]:
    """Give the set of shingles of each body as numbers.

    Parameters
    ----------
    bodies : iterable of sequence of str
        Words of each body; one of fewer than three words is a shingle by itself.

    Returns
    -------
    shingles : ndarray of uint64, shape (n_shingles,)
        Numbers of the shingles, ascending and each once within a body; equal
        runs of words have equal numbers, others do not but for one in 10^19.
    indptr : ndarray of int64, shape (n_bodies + 1,)
        Where the shingles of each body begin.
    """
    # From 1 on: a blank at the end of a short body is no word.
    vocabulary: defaultdict[str, int] = defaultdict(count(1).__next__)
    sets: list[npt.NDArray[np.uint64]] = []
    for words in bodies:
        numbers = [vocabulary[word] for word in words]
        numbers += [0] * (_SHINGLE - len(numbers))
        sets.append(np.unique(_hashed(np.array(numbers, np.uint64))))
    indptr = np.zeros(len(sets) + 1, np.int64)
    np.cumsum([own.size for own in sets], out=indptr[1:])
    return np.concatenate(sets) if sets else np.zeros(0, np.uint64), indptr


def similarity(first: npt.NDArray[np.uint64], second: npt.NDArray[np.uint64]) -> float:
    """Give the Jaccard similarity of two sets of shingles.

    Parameters
    ----------
    first, second : ndarray of uint64
        Shingles, each once; not both empty.

    Returns
    -------
    float
        From 0 to 1.
    """
    n_common = int(np.intersect1d(first, second, assume_unique=True).size)
    return n_common / (first.size + second.size - n_common)


def _hashed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """Hash each run of three numbers to one (the mixer of splitmix64: Steele et al. 2014)."""
    mixed = np.zeros(numbers.size - _SHINGLE + 1, np.uint64)
    for k in range(_SHINGLE):
        mixed = _mixed(mixed + numbers[k : numbers.size - _SHINGLE + 1 + k] * _MULTIPLIERS[0])
    return mixed


def _mixed(numbers: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    numbers = (numbers ^ (numbers >> np.uint64(30))) * _MULTIPLIERS[1]
    numbers = (numbers ^ (numbers >> np.uint64(27))) * _MULTIPLIERS[2]
    result: npt.NDArray[np.uint64] = numbers ^ (numbers >> np.uint64(31))
    return result


def _signatures(
    shingles: npt.NDArray[np.uint64], indptr: npt.NDArray[np.int64], seed: int
) -> tuple[npt.NDArray[np.uint32], npt.NDArray[np.uint64]]:
    """Give the minima of each body under each hash, and one number per band of them."""
    generator = np.random.Generator(np.random.PCG64(seed))
    odd: Any = generator.integers(2**63, size=_N_HASHES, dtype=np.uint64) * np.uint64(2)
    odd = odd + np.uint64(1)
    minima = np.empty((indptr.size - 1, _N_HASHES), np.uint32)
    for k in range(_N_HASHES):
        # The upper half of a product mixes best, and halves the work of what follows.
        hashed = (shingles * odd[k] >> np.uint64(32)).astype(np.uint32)
        minima[:, k] = np.minimum.reduceat(hashed, indptr[:-1])
    bands = np.zeros((len(minima), _N_HASHES // _ROWS_PER_BAND), np.uint64)
    for row in range(_ROWS_PER_BAND):
        bands = _mixed(bands + minima[:, row::_ROWS_PER_BAND] * _MULTIPLIERS[0])
    return minima, bands
