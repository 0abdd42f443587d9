"""Families of parents and children with sparse vectors, alike as planted."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_array


@dataclass(frozen=True, eq=False)
class Relatives:
    """Edges, and the vector of every model, of length one or empty."""

    vectors: csr_array
    parent_row: np.ndarray
    child_row: np.ndarray
    family: np.ndarray


def draw_relatives(
    seed: int,
    n_families: int = 60,
    *,
    n_terms: int = 8,
    n_parents: int = 2,
    to_siblings: float = 0.0,
    share_empty: float = 0.0,
    share_second: float = 0.0,
) -> Relatives:
    """Draw families of `n_parents` parents, each with one to many children.

    A vector is the length-one version of what its family shares plus noise of
    its own; with `to_siblings` 0 parents, children and siblings are exchangeable,
    above it siblings share something more, which their parent lacks. Some
    vectors are empty, and some children have a second parent of their family.
    """
    generator = np.random.Generator(np.random.PCG64(seed))
    parent_row: list[int] = []
    child_row: list[int] = []
    family: list[int] = []
    rows: list[np.ndarray] = []
    for f in range(n_families):
        shared = generator.normal(0, 1, n_terms)
        parents = list(range(len(rows), len(rows) + n_parents))
        rows += [shared + generator.normal(0, 1, n_terms) for _ in parents]
        for parent in parents:
            more = to_siblings * generator.normal(0, 1, n_terms)
            for _ in range(1 + int(generator.lognormal(0.7, 0.8))):
                homes = {parent}
                if generator.random() < share_second:
                    homes.add(int(generator.choice(parents)))
                parent_row += sorted(homes)
                child_row += [len(rows)] * len(homes)
                family += [f] * len(homes)
                rows.append(shared + more + generator.normal(0, 1, n_terms))
    dense = np.array(rows).reshape(len(rows), n_terms)
    dense /= np.maximum(np.linalg.norm(dense, axis=1), 1e-12)[:, None]
    dense[generator.random(len(rows)) < share_empty] = 0
    shuffled = generator.permutation(len(parent_row))
    return Relatives(
        csr_array(dense),
        np.array(parent_row, dtype=np.int64)[shuffled],
        np.array(child_row, dtype=np.int64)[shuffled],
        np.array(family, dtype=np.int64)[shuffled],
    )
