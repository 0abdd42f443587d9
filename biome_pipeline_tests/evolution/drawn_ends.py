"""Configs of both ends of drawn edges, as dicts and as the arrays that kernels take.

What does not belong here: what is expected of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["CHOICES", "arrays_of", "draw_ends"]

Config = dict[str, float | None]

CHOICES: dict[str, tuple[float, ...]] = {
    "num_layers": (2, 4, 8),
    "hidden_size": (64, 128),
    "num_heads": (4, 8),
    "num_kv_heads": (1, 2, 4, 8),
    "head_dim": (16, 32),
    "intermediate_size": (256, 512),
    "vocab_size": (100, 200),
    "context_length": (512, 4096),
    "num_experts": (4, 8),
    "experts_per_token": (1, 2),
    "uses_moe": (0, 1),
    "rope_theta": (1e4, 1e6),
    "rope_type": (0, 1, 2),
    "rope_factor": (2, 4),
    "has_tied_embeddings": (0, 1),
    "norm_vectors": (0, 1, 2),
    "has_qk_norm": (0, 1),
    "has_latent_attention": (0, 1),
    "has_selector": (0, 1),
    "has_state_space": (0, 1),
    "has_linear_attention": (0, 1),
    "has_alibi": (0, 1),
    "sliding_window": (0, 512, 4096),
    "activation": (0, 1),
}
"""Values that each fact may have."""


def draw_ends(rng: np.random.Generator, n_edges: int) -> list[tuple[Config, Config]]:
    """Draw parents, and children that differ in some facts; a sixth is not known."""
    found = []
    for _ in range(n_edges):
        parent = {name: _draw(rng, name) for name in CHOICES}
        child = {
            name: _draw(rng, name) if rng.random() < 0.3 else value
            for name, value in parent.items()
        }
        found.append((parent, child))
    return found


def _draw(rng: np.random.Generator, name: str) -> float | None:
    return None if rng.random() < 1 / 6 else float(rng.choice(CHOICES[name]))


def arrays_of(
    ends: list[tuple[Config, Config]],
) -> dict[str, tuple[npt.NDArray[Any], npt.NDArray[Any]]]:
    """Give the facts as arrays by fact, of the parents and of the children."""

    def column(name: str, side: int) -> npt.NDArray[Any]:
        values = [pair[side][name] for pair in ends]
        return np.array([np.nan if value is None else value for value in values], float)

    return {name: (column(name, 0), column(name, 1)) for name in CHOICES}
