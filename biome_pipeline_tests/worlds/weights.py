"""Weights of ordering problems of every kind, drawn."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

KINDS = (
    "integers",
    "floats",
    "sparse",
    "ties",
    "negative",
    "tournament",
    "skewed",
    "halves",
    "near acyclic",
    "blocks",
)


def draw_weights(kind: str, n: int, seed: int) -> NDArray[np.float64]:
    """Draw weights: plain, or with a direction for each pair, or around a planted order."""
    generator = np.random.Generator(np.random.PCG64([seed, n, KINDS.index(kind)]))
    shape = (n, n)
    is_upper = np.triu(np.ones(shape, dtype=bool), 1)
    if kind == "integers":
        return generator.integers(0, 100, shape).astype(np.float64)
    if kind == "floats":
        return generator.normal(size=shape) * 10.0 ** generator.integers(-9, 9)
    if kind == "sparse":
        return generator.integers(1, 9, shape) * (generator.random(shape) < 0.15).astype(np.float64)
    if kind == "ties":
        return generator.integers(0, 2, shape).astype(np.float64)
    if kind == "negative":
        return -generator.integers(0, 50, shape).astype(np.float64)
    if kind == "halves":
        return generator.integers(0, 20, shape) / 2
    if kind in {"tournament", "skewed"}:
        is_ahead = is_upper & (generator.random(shape) < 0.5)
        size = np.ones(shape)
        if kind == "skewed":
            size = np.ceil(np.exp(generator.normal(2, 3, shape)))
        return np.where(is_upper, is_ahead * size, (is_upper & ~is_ahead).T * size.T)
    place = generator.permutation(n)
    if kind == "blocks":
        block = generator.integers(0, min(3, n), n)
        inside = generator.integers(0, 9, shape).astype(np.float64)
        ahead = 50.0 * (place[block[:, None]] < place[block])
        return np.where(block[:, None] == block, inside, ahead)
    is_reversed = is_upper & (generator.random(shape) < 0.05)
    size = np.where(is_reversed, generator.integers(1, 4, shape), generator.integers(5, 200, shape))
    planted = size * np.where(is_reversed, 0, is_upper) + (size * is_reversed).T
    return planted.astype(np.float64)[place][:, place]
